"""The screen: the only package that imports Textual.

Stands on `tui.workspace`: subscribes to its states, sends it requests, and keeps nothing of its
own but what is being looked at (cursor, folds, marks, sizes). Must never import dbt.
"""
