"""What git says of a project's files: which branch, and what it changes. It only reads.

Nothing is fetched, nothing is written into the repository, and nothing that the repository's own
configuration names is run: no hook, no filter, no external diff, no file system monitor.
"""
