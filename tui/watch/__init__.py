"""Watching the files of an open project: which matter, where they are, batches of changes."""
