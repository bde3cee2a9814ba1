"""Calls of `ref` and `source` in SQL, in YAML and in Python models, with their arguments. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tui.refactoring.jinja import Tag, Token, tags

FUNCTIONS = frozenset({"ref", "source"})
NAMESPACES = frozenset({"builtins", "dbt"})
"""Objects whose `ref` is dbt's own."""
OTHER_NAMES = frozenset({"doc", "var", "env_var", "metric", "source", "config"})
"""Functions whose arguments are the names of something else."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A text in quotes."""

    value: str
    start: int
    """Of the text itself, behind the quote."""

    @property
    def end(self) -> int:
        """The place of the closing quote."""
        return self.start + len(self.value)


@dataclass(frozen=True, slots=True)
class Call:
    """`ref('orders')`, `ref('shop', 'orders', v=1)`, `source('raw', 'orders')`."""

    function: str
    start: int
    arguments: tuple[Literal | None, ...]
    """Without the keywords; None for what is not a text in quotes."""


@dataclass(frozen=True, slots=True)
class Found:
    """What code says about names."""

    calls: tuple[Call, ...] = ()
    texts: tuple[Literal, ...] = ()
    """Texts in quotes that are arguments of no such call, nor of what takes other names."""
    comments: tuple[Tag, ...] = ()


def in_template(text: str, start: int = 0, end: int | None = None) -> Found:
    """What the tags of a template say; templates in the texts of a tag (hooks) are read too."""
    calls: list[Call] = []
    texts: list[Literal] = []
    comments: list[Tag] = []
    for tag in tags(text, start, end):
        if tag.is_comment:
            comments.append(tag)
            continue
        found = in_tokens(tag.tokens)
        calls += found.calls
        texts += found.texts
        for token in tag.tokens:
            if token.kind == "string" and "{" in token.text:
                inner = in_template(text, token.start + 1, token.end - 1)
                calls += inner.calls
                comments += inner.comments
    return Found(tuple(calls), tuple(texts), tuple(comments))


def in_tokens(tokens: Sequence[Token]) -> Found:
    """What an expression says."""
    calls: list[Call] = []
    taken: set[int] = set()
    for index, token in enumerate(tokens):
        if token.kind != "name" or not _is_called(tokens, index):
            continue
        name = token.text
        if name in FUNCTIONS and _is_dbts(tokens, index):
            parts, last = _arguments(tokens, index + 2)
            calls.append(Call(name, token.start, tuple(_positional(parts))))
            taken.update(range(index, last))
        elif name in OTHER_NAMES:
            taken.update(range(index, _arguments(tokens, index + 2)[1]))
    texts = [
        Literal(token.value, token.start + 1)
        for index, token in enumerate(tokens)
        if token.kind == "string" and index not in taken
    ]
    return Found(tuple(calls), tuple(texts))


def _is_called(tokens: Sequence[Token], index: int) -> bool:
    return index + 1 < len(tokens) and tokens[index + 1].text == "("


def _is_dbts(tokens: Sequence[Token], index: int) -> bool:
    """Whether it is dbt's function, and neither an object's method nor where a macro is made."""
    before = tokens[index - 1].text if index else ""
    if before == ".":
        return index > 1 and tokens[index - 2].text in NAMESPACES
    return before not in ("macro", "test", "materialization")


def _arguments(tokens: Sequence[Token], first: int) -> tuple[list[list[Token]], int]:
    """The tokens of each argument from behind the parenthesis on, and the place behind the last."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for index in range(first, len(tokens)):
        token = tokens[index]
        if token.text in ("(", "[", "{"):
            depth += 1
        elif token.text in (")", "]", "}"):
            if not depth:
                return [part for part in parts if part], index + 1
            depth -= 1
        if token.text == "," and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part], len(tokens)


def _positional(parts: Sequence[Sequence[Token]]) -> Iterator[Literal | None]:
    for part in parts:
        if len(part) > 2 and part[0].kind == "name" and part[1].text == "=":
            continue
        only = part[0] if len(part) == 1 else None
        if only is not None and only.kind == "string" and "\\" not in only.text:
            yield Literal(only.value, only.start + 1)
        else:
            yield None


# ---------------------------------------------------------------------------- Python


def in_python(text: str) -> Found:
    """What a Python model says; nothing where it is not Python."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return Found()
    data = text.encode()
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def place_of(node: ast.expr) -> int:
        """Of characters, where Python tells bytes."""
        return len(data[: starts[node.lineno - 1] + node.col_offset].decode())

    def literal(node: ast.expr) -> Literal | None:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            return None
        start = place_of(node)
        quoted = text[start : start + len(node.value) + 2]
        is_plain = quoted[1:-1] == node.value and quoted[:1] in ("'", '"')
        return Literal(node.value, start + 1) if is_plain else None

    calls: list[Call] = []
    texts: list[Literal] = []
    taken: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_dbt_attribute(node.func):
            assert isinstance(node.func, ast.Attribute)
            calls.append(Call(node.func.attr, place_of(node), tuple(map(literal, node.args))))
            taken.update(map(id, node.args))
        elif isinstance(node, ast.Constant) and id(node) not in taken:
            found = literal(node)
            if found is not None:
                texts.append(found)
    return Found(tuple(calls), tuple(texts))


def _is_dbt_attribute(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr in FUNCTIONS
        and isinstance(node.value, ast.Name)
        and node.value.id == "dbt"
    )
