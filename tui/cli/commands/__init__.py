"""The commands without a screen, on the same workspace and the same history.

One module a command. Data goes to stdout (with `--json` as one documented JSON value, see
docs/headless.md), words go to stderr. Exit codes: 0 all good, 1 something failed, 2 it could not
be done. Knows nothing of Textual.
"""
