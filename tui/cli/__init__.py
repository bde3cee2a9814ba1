"""The command `dbtree`: arguments, the main entry, and one file per headless command.

It starts the screen (`tui.ui`), and nothing imports it.
"""
