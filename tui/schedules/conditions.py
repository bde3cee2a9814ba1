"""Automation conditions as the evaluation has them: trees of plain values, each node with an id."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from tui.definitions.conditions import NAMES
from tui.protocol.plain import plain

NARROWINGS = ("allow", "ignore")
"""Arguments that are selections."""


@plain(frozen=True, eq=False)
class Condition:
    """A node of a condition, as `AutomationCondition.row` has it."""

    kind: str
    label: str
    arguments: Mapping[str, Any]
    operands: tuple[Condition, ...]
    node_id: str
    """The same for whatever says the same: what is remembered of it survives that something else
    of the condition is changed."""

    @property
    def name(self) -> str:
        """The label, or else what it is."""
        return self.label or self.plain_name

    @property
    def plain_name(self) -> str:
        """What it is, without its label."""
        name = NAMES.get(self.kind, self.kind)
        if self.kind == "asset_matches":
            return str(self.arguments["key"])
        said = ", ".join(str(value) for value in self.arguments.values())
        return f"{name}({said})" if said else name

    def selections(self) -> Iterator[str]:
        """All selections that it narrows its dependencies by."""
        yield from (str(self.arguments[name]) for name in NARROWINGS if self.arguments.get(name))
        for operand in self.operands:
            yield from operand.selections()


def condition_of(row: Sequence[Any]) -> Condition:
    """The condition of a row as it came from JSON."""
    kind, label, arguments, operands = row
    made = tuple(condition_of(one) for one in operands)
    # What narrows it does not change what is remembered, as in Dagster.
    said = {key: value for key, value in arguments.items() if key not in NARROWINGS}
    text = json.dumps([kind, said, [one.node_id for one in made]], sort_keys=True)
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return Condition(kind, label, arguments, made, digest)
