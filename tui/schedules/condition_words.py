"""The tree of an automation condition in words, line by line: what was true at a tick. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tui.schedules.automation import ConditionNode, ConditionView

WORDS = {
    "and": "all of", "or": "any of", "not": "not", "newly_true": "became true", "since": "since",
    "any_deps": "any dependency", "all_deps": "all dependencies", "any_checks": "any check",
    "all_checks": "all checks",
}  # fmt: skip
SINCE = ("triggered by", "reset by")
"""What the two operands of `since` are."""
NameOf = Callable[[str], str]
"""The name of an asset or check by its unique_id."""


class ConditionLine(NamedTuple):
    """A node of a condition."""

    depth: int
    node: ConditionNode
    words: str

    @property
    def mark(self) -> str:
        """`[x]` of what is true, `[ ]` of what is not, `[-]` of what nobody needed to ask."""
        if not self.node.candidates and not self.node.is_true:
            return "[-]"
        return "[x]" if self.node.is_true else "[ ]"

    @property
    def text(self) -> str:
        """The line without colours."""
        return f"{'  ' * self.depth}{self.mark} {self.words}"


def condition_words(node: ConditionNode) -> str:
    """A node in words: its label, else what it is."""
    return node.label or WORDS.get(node.kind, node.name)


def condition_lines(view: ConditionView, name_of: NameOf) -> list[ConditionLine]:
    """All nodes, each before what it is made of; of what nobody needed to ask only the first."""
    found: list[ConditionLine] = []

    def add(node: ConditionNode, depth: int, target: str, prefix: str) -> None:
        words = condition_words(node)
        if node.target != target:
            # What a condition says of another asset: its only child is that condition there.
            (node,) = node.children or (node,)
            words, target = f"{name_of(node.target)}: {condition_words(node)}", node.target
        found.append(ConditionLine(depth, node, f"{prefix}{words}"))
        if found[-1].mark == "[-]":
            return
        for place, child in enumerate(node.children):
            add(child, depth + 1, target, f"{SINCE[place]}: " if node.kind == "since" else "")

    add(view.root, 0, view.asset, "")
    return found
