"""The form of a new asset: its fields in words, and the file that it makes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from textual.content import Content

from tui.errors import DbtreeError
from tui.protocol.plain import plain
from tui.refactoring.new_asset import (
    COLUMN,
    KINDS,
    MATERIALIZED,
    TESTS,
    Draft,
    Surroundings,
    change,
    path_of,
    text_of,
)
from tui.text.terminal_text import plain_line

UNNAMED = "…"
STYLES = {"+": "$status-fresh", "-": "$status-failed", "@": "$dim"}
AS_CONFIGURED = "default"
"""The materialization that the project has for the folder."""


@plain(frozen=True)
class Field:
    """One field of the form."""

    name: str
    """Of Draft."""
    label: str
    choices: tuple[str, ...] = ()
    """None where it is typed."""
    placeholder: str = ""


FIELDS = (
    Field("kind", "kind", KINDS),
    Field("name", "name", placeholder="letters, digits and _"),
    Field("folder", "folder", placeholder="models/staging"),
    Field("materialized", "materialized", MATERIALIZED),
    Field("unique_key", "unique key", placeholder="the column that identifies a row"),
    Field("updated_at", "updated at", placeholder="a column; empty compares all columns"),
    Field("condition", "wrong rows", placeholder="amount < 0"),
    Field("column", "column"),
    Field("test", "test", TESTS),
    Field("values", "values", placeholder="a, b, c"),
    Field("to", "refers to", placeholder="a model, seed or snapshot"),
    Field("field", "its column", placeholder="id"),
)
LABEL = max(len(one.label) for one in FIELDS) + 2
"""Cells of the labels."""


def choice_words(value: str) -> str:
    """A choice as the form has it."""
    return value or AS_CONFIGURED


def choice_line(values: Sequence[str], value: str, *, is_focused: bool) -> Content:
    """All choices side by side, with the one that is taken."""
    parts: list[tuple[str, str]] = []
    for one in values:
        taken = "bold reverse" if is_focused else "bold $accent-ink"
        parts += [(f" {choice_words(one)} ", taken if one == value else "$dim"), (" ", "")]
    return Content.assemble(*parts)


def preview(draft: Draft, around: Surroundings, wrong: Mapping[str, str]) -> Content:
    """What is written: the new file, as far as it is known, or what is added to one."""
    path = path_of(draft, around)
    if draft.kind != COLUMN:
        known = replace(draft, name=draft.name or UNNAMED, condition=draft.condition or UNNAMED)
        head = Content.styled(plain_line(path_of(known, around)), "bold $dim")
        lines = text_of(known, around).splitlines()
        return Content("\n").join([head, *(Content(plain_line(line)) for line in lines)])
    if wrong:
        return Content("")
    try:
        diff = change(draft, around).diff()
    except DbtreeError as error:
        return Content.styled(plain_line(f"{path}: {error.message}"), "$status-failed")
    return Content("\n").join(
        Content.styled(plain_line(line), STYLES.get(line[:1], "")) for line in diff
    )
