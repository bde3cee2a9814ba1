"""The page of a run: one file for each of its tabs, and what they say (pure) beside them.

A tab is one widget, a `RunTab`: it is given the run as it is now while it is shown.
"""
