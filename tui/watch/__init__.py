"""Watching the files of an open project: which matter, where they lie, batches of changes."""
