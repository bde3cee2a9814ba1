"""What a person reads is plain English: no private vocabulary, no inverted sentences."""

import argparse
import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import tui
from tui.cli.arguments import build_parser
from tui.ui.commands import COMMANDS

PACKAGE = Path(tui.__file__).parent
ODD = re.compile(
    r"""
      (?<!there\ )\bis\ no\ (?!longer)           # "is no command": unknown command
    | \bgo(?:es|ing)?\ on\b                   # "is going on": is running
    | \bthe\ like\b
    | \bother\ way\ round\b
    | \bwithout\ (?:a\ word|an\ end)\b
    | \bselects\ nothing\b                    # matches no assets
    | \bskipped\ for\ it\b                    # skipped because of it
    | \b(?:told|wish(?:es|ed)?|desk|hurry(?:ing)?|mend(?:s|ed|ing)?|heals?)\b
    | \btells\b
    | \b(?:stands|lies)\b                     # "where profiles.yml lies"
    | \bby\ itself\b                          # automatically
    | \bis\ (?:there|one)\ already\b
    | \bdoes\ not\ die\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
NAMES = {"mended partial parse"}
"""Names that are settled: users may have written them down."""


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The texts of a module that have a space in them, without its docstrings."""
    aside = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            aside.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            aside |= {part for part in node.values if isinstance(part, ast.Constant)}
            words = (p.value if isinstance(p, ast.Constant) else "…" for p in node.values)
            yield node.lineno, "".join(str(word) for word in words)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node not in aside and isinstance(node.value, str):
            yield node.lineno, node.value


def _helps(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield parser.format_help()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from _helps(each)


def test_the_keys_are_in_plain_words() -> None:
    odd = {c.id: found[0] for c in COMMANDS if (found := ODD.search(f"{c.title}. {c.help}"))}
    assert odd == {}


def test_the_help_of_every_command_is_in_plain_words() -> None:
    helps = [" ".join(text.split()) for text in _helps(build_parser())]
    assert len(helps) > 10
    assert [found[0] for text in helps for found in ODD.finditer(text)] == []


@pytest.mark.parametrize(
    "package", sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists())
)
def test_messages_are_in_plain_words(package: str) -> None:
    odd = [
        f"{path.relative_to(PACKAGE)}:{line}: {text}"
        for path in sorted((PACKAGE / package).rglob("*.py"))
        for line, text in _texts(ast.parse(path.read_text(encoding="utf-8")))
        if " " in text and text not in NAMES and ODD.search(text)
    ]
    assert odd == []
