"""A new model, snapshot or test as it is asked for in a form: what is wrong with it, and the files
that it makes. Pure.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tui.errors import ProjectError
from tui.properties.additions import with_additions
from tui.properties.style import Asset as Described
from tui.properties.style import Column
from tui.properties.suggestions import ACCEPTED, NOT_NULL, RELATIONSHIPS, UNIQUE, Suggestion
from tui.refactoring.edits import Change, FileEdit
from tui.refactoring.new_sql import (
    Origin,
    model_sql,
    needs_quotes,
    singular_test_sql,
    snapshot_sql,
    snapshot_yaml,
)

MODEL, SNAPSHOT, SINGULAR, COLUMN = "model", "snapshot", "test", "column test"
KINDS = (MODEL, SNAPSHOT, SINGULAR, COLUMN)
MATERIALIZED = ("", "view", "table", "incremental", "ephemeral")
"""Empty: as the project has it for that folder."""
TESTS = (NOT_NULL, UNIQUE, ACCEPTED, RELATIONSHIPS)
SNAPSHOT_SCHEMA = "snapshots"
"""Where snapshots go that must say it (before dbt 1.9)."""
OF_KIND: Mapping[str, Sequence[str]] = {
    MODEL: ("name", "folder", "materialized"),
    SNAPSHOT: ("name", "folder", "unique_key", "updated_at"),
    SINGULAR: ("name", "folder", "condition"),
    COLUMN: ("column", "test"),
}
"""The fields of each kind, in their order."""
OF_TEST: Mapping[str, Sequence[str]] = {ACCEPTED: ("values",), RELATIONSHIPS: ("to", "field")}
"""Further fields of a column test."""


@dataclass(frozen=True)
class Draft:
    """What is asked for: the fields as they are typed."""

    kind: str = MODEL
    name: str = ""
    folder: str = ""
    """Relative to the project's root."""
    materialized: str = ""
    unique_key: str = ""
    updated_at: str = ""
    """Of a snapshot: the column that says when a row changed; empty compares all columns."""
    condition: str = ""
    """Of a singular test: which rows are wrong, in SQL."""
    column: str = ""
    test: str = NOT_NULL
    values: str = ""
    """Separated by commas."""
    to: str = ""
    """The name of the model that a column refers to."""
    field: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of its fields, in their order."""
        more = OF_TEST.get(self.test, ()) if self.kind == COLUMN else ()
        return (*OF_KIND[self.kind], *more)


@dataclass(frozen=True)
class Surroundings:
    """What a new asset comes to stand beside."""

    package: str
    """The project's name."""
    origin: Origin
    name_problem: Callable[[str], str]
    """Why a model or snapshot cannot be called so."""
    exists: Callable[[str], bool]
    """Whether there is such a file."""
    unique_id: str = ""
    """Of the asset that is read."""
    described: tuple[str, str] = ("model", "")
    """Its type and name as YAML has them."""
    described_version: str = ""
    """Of a model that has versions, the one that is read."""
    adapter: str = ""
    version: tuple[int, int] = (1, 9)
    """Of dbt."""
    folders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By kind where dbt looks for it: `models`, `snapshots`, `tests`."""
    properties: tuple[str, str | None] = ("", None)
    """The file that describes the asset that is read, and its text."""
    test_names: Collection[str] = ()
    """Those of tests that are files of their own."""
    tests: Collection[tuple[str, str]] = ()
    """The tests of its columns: column (in lower case) and test."""
    targets: Mapping[str, str] = field(default_factory=dict)
    """What a column can refer to: name → `ref('name')`."""


def path_of(draft: Draft, around: Surroundings) -> str:
    """The file that is made, or added to."""
    if draft.kind == COLUMN:
        return around.properties[0]
    suffix = ".yml" if draft.kind == SNAPSHOT and around.version >= (1, 9) else ".sql"
    return posixpath.normpath(posixpath.join(draft.folder.strip() or ".", draft.name + suffix))


def unique_id_of(draft: Draft, around: Surroundings) -> str:
    """What is there afterwards: the new asset or check; of a column test the asset itself."""
    if draft.kind == COLUMN:
        return around.unique_id
    return f"{draft.kind}.{around.package}.{draft.name}"


def problems(draft: Draft, around: Surroundings) -> dict[str, str]:
    """What is wrong, by field, in sentences; nothing where it can be written."""
    found: dict[str, Callable[[], str]] = {
        "name": lambda: _name_problem(draft, around),
        "folder": lambda: _folder_problem(draft, around),
        "unique_key": lambda: _key_problem(draft.unique_key, is_needed=True),
        "updated_at": lambda: _key_problem(draft.updated_at, is_needed=False),
        "condition": lambda: _condition_problem(draft.condition),
        "column": lambda: _column_problem(draft, around),
        "values": lambda: "" if _values(draft) else "The values are missing: `a, b, c`.",
        "to": lambda: _to_problem(draft, around),
        "field": lambda: _key_problem(draft.field, is_needed=True),
    }
    told = {name: found[name]() for name in draft.fields if name in found}
    return {name: words for name, words in told.items() if words}


def change(draft: Draft, around: Surroundings) -> Change:
    """The files that it makes. Raises ProjectError where something is wrong with it."""
    wrong = problems(draft, around)
    if wrong:
        raise ProjectError(next(iter(wrong.values())))
    path = path_of(draft, around)
    if draft.kind == COLUMN:
        before = around.properties[1]
        edit = FileEdit(path, before, _with_test(draft, around, before or ""))
        title = f"test {draft.test} on {around.described[1]}.{draft.column}"
    else:
        edit = FileEdit(path, None, text_of(draft, around))
        title = f"new {draft.kind} {draft.name}"
    return Change(title, [edit], unique_id=unique_id_of(draft, around))


def text_of(draft: Draft, around: Surroundings) -> str:
    """The text of the new file."""
    call = around.origin.call
    if draft.kind == SINGULAR:
        return singular_test_sql(call, draft.condition)
    if draft.kind == MODEL:
        return model_sql(around.origin, around.adapter, draft.materialized, draft.unique_key)
    key, moment = draft.unique_key.strip(), draft.updated_at.strip()
    if around.version >= (1, 9):
        return snapshot_yaml(draft.name, call, key, moment)
    return snapshot_sql(draft.name, call, key, moment, SNAPSHOT_SCHEMA)


def _with_test(draft: Draft, around: Surroundings, before: str) -> str:
    arguments: dict[str, object] = {}
    if draft.test == ACCEPTED:
        arguments = {"values": _values(draft)}
    elif draft.test == RELATIONSHIPS:
        arguments = {"to": around.targets[draft.to.strip()], "field": draft.field.strip()}
    one = Suggestion(draft.column, draft.test, arguments, "", True)
    test = one.in_yaml(with_arguments=around.version >= (1, 11))
    kind, name = around.described
    name_of_column = draft.column.strip()
    is_quoted = needs_quotes(name_of_column, around.adapter)
    column = Column(name_of_column, tests=[test], quote=is_quoted)
    described = Described(kind, name, [column], version=around.described_version)
    return with_additions(before, described)


# ------------------------------------------------------------------------------- problems


def _name_problem(draft: Draft, around: Surroundings) -> str:
    if wrong := around.name_problem(draft.name):
        return wrong
    if draft.kind == SINGULAR and draft.name in around.test_names:
        return f"{draft.name} is taken: there is a test of that name."
    path = path_of(draft, around)
    return f"{path} exists already." if around.exists(path) else ""


def _folder_problem(draft: Draft, around: Surroundings) -> str:
    folder = draft.folder.strip()
    if folder.startswith(("/", "~", "\\")) or ":" in folder:
        return "A folder of the project is meant: write it without / in front."
    inside = posixpath.normpath(folder or ".")
    if inside.startswith(".."):
        return "It is outside the project."
    allowed = around.folders.get(draft.kind, ())
    if not any(_is_in(inside, one) for one in allowed):
        return f"dbt reads no {draft.kind}s there: it looks in {', '.join(allowed)}."
    return ""


def _is_in(folder: str, top: str) -> bool:
    top = posixpath.normpath(top)
    return top in (".", folder) or folder.startswith(f"{top}/")


def _key_problem(text: str, *, is_needed: bool) -> str:
    if any(sign in text for sign in "'\"\n{}"):
        return "The name of a column is meant, without quotes."
    return "The name of a column is missing." if is_needed and not text.strip() else ""


def _condition_problem(text: str) -> str:
    text = text.strip()
    if not text:
        return "Say in SQL which rows are wrong: `amount < 0`."
    return "Leave the `;` out." if text.endswith(";") else ""


def _column_problem(draft: Draft, around: Surroundings) -> str:
    name = draft.column.strip()
    if not around.properties[0]:
        return f"{around.described[1]} belongs to a package: its files are not ours to write."
    if wrong := _key_problem(name, is_needed=True):
        return wrong
    known = {one.lower() for one in around.origin.columns}
    if known and name.lower() not in known:
        return f"{around.described[1]} has no column {name}."
    if (name.lower(), draft.test) in around.tests:
        return f"{name} has the test {draft.test} already."
    return ""


def _to_problem(draft: Draft, around: Surroundings) -> str:
    name = draft.to.strip()
    if not name:
        return "The name of a model, seed or snapshot is missing."
    return "" if name in around.targets else f"There is no model, seed or snapshot {name}."


def _values(draft: Draft) -> list[str]:
    return [one.strip() for one in draft.values.split(",") if one.strip()]
