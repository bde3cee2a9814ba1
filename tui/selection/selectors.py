"""dbt's selector language, read: `+orders tag:nightly,config.materialized:table 2+@x`.

The grammar is dbt's own (dbt.graph.selector_spec and dbt.graph.cli): criteria separated by spaces
are a union, those joined by commas an intersection. Each criterion is a method with its value, and
how far it reaches: `+` upstream, `+` behind it downstream, each with a number of steps, and `@` for
everything downstream with all that this needs.
"""

from __future__ import annotations

import re

from tui.protocol.plain import plain

# As in dbt.graph.selector_spec.
_CRITERION = re.compile(
    r"\A(?P<childrens_parents>@)?"
    r"(?P<parents>(?P<parents_depth>\d*)\+)?"
    r"((?P<method>[\w.]+):)?(?P<value>.*?)"
    r"(?P<children>\+(?P<children_depth>\d*))?\Z"
)

METHODS = frozenset(
    {
        "access", "config", "exposure", "file", "fqn", "git", "group", "metric", "package", "path",
        "resource_type", "result", "saved_query", "selector", "semantic_model", "source",
        "source_status", "state", "status", "tag", "test_name", "test_type", "unit_test", "version",
    }
)  # fmt: skip
"""dbt's methods, and our own `status` (of assets), `git` (what differs from a branch) and
`selector` (one of selectors.yml)."""


class NotASelector(ValueError):
    """A text that is not a selector; says why, and which part of it is meant."""

    def __init__(self, message: str, column: int = 0, length: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        """Counted from 0."""
        self.length = length


@plain(frozen=True, slots=True)
class Criterion:
    """One part of a selector: a method with its value, and how far it reaches."""

    method: str
    value: str
    arguments: tuple[str, ...] = ()
    """What stands behind the method's dot: `materialized` of `config.materialized:table`."""
    childrens_parents: bool = False
    parents: bool = False
    parents_depth: int | None = None
    """None: however many steps."""
    children: bool = False
    children_depth: int | None = None
    column: int = 0
    """Where it stands in the text, counted from 0."""
    text: str = ""

    def __str__(self) -> str:
        before = "@" if self.childrens_parents else ""
        if self.parents:
            before += f"{'' if self.parents_depth is None else self.parents_depth}+"
        after = ""
        if self.children:
            after = f"+{'' if self.children_depth is None else self.children_depth}"
        return f"{before}{'.'.join((self.method, *self.arguments))}:{self.value}{after}"


@plain(frozen=True, slots=True)
class Selector:
    """A union of intersections of criteria. The empty one selects nothing."""

    unions: tuple[tuple[Criterion, ...], ...] = ()

    def __str__(self) -> str:
        return " ".join(",".join(map(str, criteria)) for criteria in self.unions)


def parse_selector(text: str) -> Selector:
    """Read a selector. Raises NotASelector where dbt would refuse it."""
    return Selector(
        tuple(
            tuple(_criteria(match.group(), match.start())) for match in re.finditer(r"[^ ]+", text)
        )
    )


def _criteria(intersection: str, column: int) -> list[Criterion]:
    found = []
    for part in intersection.split(","):
        found.append(_criterion(part, column))
        column += len(part) + 1
    return found


def _criterion(text: str, column: int) -> Criterion:
    match = _CRITERION.match(text)
    if match is None:
        raise NotASelector(f"`{text}` is not a selector", column, len(text))
    value, named = match["value"], match["method"]
    if match["childrens_parents"] and match["children"]:
        raise NotASelector(
            f"`{text}`: `@` before and `+` behind a name cannot be combined", column, len(text)
        )
    method, *arguments = named.split(".") if named else [default_method(value)]
    if method not in METHODS:
        raise NotASelector(
            f"`{method}` is not a selector method of dbt", column + match.start("method"),
            len(named or ""),
        )  # fmt: skip
    return Criterion(
        method,
        value,
        tuple(arguments),
        childrens_parents=bool(match["childrens_parents"]),
        parents=bool(match["parents"]),
        parents_depth=int(match["parents_depth"]) if match["parents_depth"] else None,
        children=bool(match["children"]),
        children_depth=int(match["children_depth"]) if match["children_depth"] else None,
        column=column,
        text=text,
    )


def default_method(value: str) -> str:
    """What a value without a method is: a path, a file, or a name."""
    if "/" in value:
        return "path"
    return "file" if value.lower().endswith((".sql", ".py", ".csv")) else "fqn"
