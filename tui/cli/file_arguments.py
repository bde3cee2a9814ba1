"""The arguments of `dbtree new` and `dbtree rename`, which change the project's files."""

from __future__ import annotations

import argparse

from tui.cli.shared_arguments import Command, add_json

KINDS = ("model", "snapshot", "test", "column-test")
MATERIALIZED = ("view", "table", "incremental", "ephemeral")
COLUMN_TESTS = ("not_null", "unique", "accepted_values", "relationships")


def add_file_changes(command: Command) -> None:
    """Add both to the command line."""
    _add_new(command)
    _add_rename(command)


def _add_new(command: Command) -> None:
    new = command(
        "new",
        "print a new model, snapshot or test that reads an asset, as a diff",
        "`dbtree new model --from raw.orders` selects the columns of the source, one a line.\n"
        "Name and folder are those that its neighbours suggest, unless they are given.",
    )
    new.add_argument("kind", choices=KINDS)
    new.add_argument("name", nargs="?", default="", metavar="NAME")
    new.add_argument(
        "--from", dest="origin", required=True, metavar="ASSET", help="what it reads, or tests"
    )
    new.add_argument("--folder", metavar="FOLDER", help="relative to the project")
    new.add_argument("--materialized", choices=MATERIALIZED, default="", help="of a model")
    new.add_argument("--unique-key", metavar="COLUMN", help="of a snapshot")
    new.add_argument(
        "--updated-at", metavar="COLUMN",
        help="of a snapshot: says when a row changed; `--updated-at ''` compares all columns",
    )  # fmt: skip
    new.add_argument("--where", metavar="SQL", help="of a test: which rows are wrong")
    new.add_argument("--column", metavar="COLUMN", help="of a column test")
    new.add_argument("--test", choices=COLUMN_TESTS, help="of a column test (default: not_null)")
    new.add_argument("--values", metavar="A,B", help="of accepted_values")
    new.add_argument("--to", metavar="ASSET", help="of relationships")
    new.add_argument("--field", metavar="COLUMN", help="of relationships")
    _add_output(new)


def _add_rename(command: Command) -> None:
    rename = command(
        "rename",
        "print what another name of an asset changes, as a diff",
        "The file, its YAML, every ref in SQL, YAML and Python, selectors, and configuration by\n"
        "path. What cannot be changed safely is listed. Packages are never touched.",
    )
    rename.add_argument("asset", metavar="OLD")
    rename.add_argument("new", metavar="NEW")
    _add_output(rename)


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--write", action="store_true", help="write it")
    add_json(parser)
