"""The commands without a screen, on the same workspace and the same history.

One module per command. Data goes to stdout (with `--json` as one documented JSON value, see
docs/headless.md), messages go to stderr. Exit codes: 0 success, 1 something failed, 2 it could not
be done. Does not import Textual.
"""
