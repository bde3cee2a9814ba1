"""The arguments that several commands have."""

from __future__ import annotations

import argparse
from collections.abc import Callable

Command = Callable[..., argparse.ArgumentParser]
"""Adds a command by its name, with its help, and returns the parser of its arguments."""


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Add what is selected, spelled as in dbt."""
    parser.add_argument("selectors", nargs="*", metavar="SELECTOR", help="a dbt selector")
    parser.add_argument(
        "-s", "--select", action="append", nargs="+", default=[], metavar="SELECTOR",
        help="the same, spelled as in dbt",
    )  # fmt: skip
    parser.add_argument(
        "--exclude", action="append", nargs="+", default=[], metavar="SELECTOR",
        help="a dbt selector of what to leave out",
    )  # fmt: skip


def add_path(parser: argparse.ArgumentParser) -> None:
    """Add a project: where a command takes no other words, a word is the project."""
    parser.add_argument("path", nargs="?", metavar="PATH", help="anywhere inside the dbt project")


def add_json(parser: argparse._ActionsContainer) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="print JSON, as in docs/headless.md")


def whole_number(text: str) -> int:
    """An argument that counts something; 0 is allowed. Raises ArgumentTypeError."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def positive_number(text: str) -> int:
    """An argument of which there is at least one. Raises ArgumentTypeError."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive whole number")
    return int(text)
