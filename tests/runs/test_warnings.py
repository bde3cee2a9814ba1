"""dbt's warnings: their kinds in words, their places, what of them still holds."""

from __future__ import annotations

import pytest

from tests.runs.logs import RunWriter
from tui.protocol import events
from tui.protocol.records import NOT_SERVED, OF_DEFINITIONS, DbtWarning
from tui.runs.warnings import (
    body_of,
    grouped,
    line_of_key,
    merged,
    placed,
    warnings_of_run,
    words_of,
)

KEY = "CustomKeyInObjectDeprecation"
CUSTOM = (
    f"[WARNING][{KEY}]: Deprecated\nfunctionality\n\nCustom key `made_up` found at `models[0]` in "
    "file\n`models/m.yml`. This may\nmean the key is a typo."
)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (KEY, "Custom key in object"),
        ("UnusedResourceConfigPath", "Unused resource config path"),
        ("MFTimespineWithoutYamlConfigurationDeprecation",
         "MF timespine without yaml configuration"),
        ("Deprecation", "Deprecation"),
        ("", "Other"),
    ],
)  # fmt: skip
def test_a_kind_in_words(kind: str, words: str) -> None:
    assert words_of(kind) == words


def test_a_warning_is_told_without_dbts_decoration() -> None:
    assert body_of(CUSTOM) == (
        "Custom key `made_up` found at `models[0]` in file `models/m.yml`. This may mean the key "
        "is a typo."
    )
    assert body_of("[WARNING]: There are unused paths:\n- models.a\n- models.b") == (
        "There are unused paths:\n- models.a\n- models.b"
    )


@pytest.mark.parametrize(
    ("message", "path", "line"),
    [
        (CUSTOM, "models/m.yml", 0),
        ("Found in macros/x.sql line 12", "macros/x.sql", 12),
        ("at dbt_project.yml:3", "dbt_project.yml", 3),
        ("depends on a version 1.2.sqlx and example.com/a.b", "", 0),
        ("nothing", "", 0),
    ],
)
def test_the_place_that_a_warning_names(message: str, path: str, line: int) -> None:
    found = placed(DbtWarning("X", message))
    assert (found.path, found.line) == (path, line)
    assert placed(DbtWarning("X", message, "given.sql", 7))[2:4] == ("given.sql", 7)


def test_the_line_of_a_key_is_told_only_where_there_is_one() -> None:
    text = "models:\n  - name: a\n    made_up: 1\n  - name: b\n    other: 2\n    other: 3\n"
    assert line_of_key(CUSTOM, text) == 3
    assert line_of_key("Custom key `other` found", text) == 0
    assert line_of_key("for patch with name 'b' in", text) == 4
    assert line_of_key("nothing is quoted", text) == 0


def test_deprecations_stand_first_then_what_is_most() -> None:
    few = [DbtWarning("Few", "a")]
    many = [DbtWarning("Many", str(number)) for number in range(3)]
    old = [DbtWarning(KEY, "b", "z.yml"), DbtWarning(KEY, "b", "a.yml"), DbtWarning(KEY, "b")]
    groups = grouped([*few, *many, *old, *many])
    assert [(group.kind, len(group.warnings)) for group in groups] == [
        (KEY, 3), ("Many", 3), ("Few", 1),
    ]  # fmt: skip
    assert [one.path for one in groups[0].warnings] == ["a.yml", "z.yml", ""]
    assert [group.is_deprecation for group in groups] == [True, False, False]


def test_the_warnings_of_a_run_are_read_from_its_log_each_once(tmp_path) -> None:
    writer = RunWriter(tmp_path, "a001").starts("model.shop.a").says("only information")
    for _ in range(2):
        writer.says("odd [bold]thing[/]", "warn", "model.shop.a")
    writer.write(events.LogLine(1.0, "warn", "1 of 2 WARN 3", name="LogTestResult"))
    writer.write(events.LogLine(1.0, "warn", "Summary", name="DeprecationsSummary"))
    (found,) = warnings_of_run(writer.ends().directory)
    assert found == DbtWarning("Note", "odd [bold]thing[/]", unique_id="model.shop.a")
    assert warnings_of_run(tmp_path / "nowhere") == ()


def test_a_warning_holds_as_long_as_its_file_is_as_it_was() -> None:
    a, b, c = (DbtWarning(KEY, "x", f"{name}.yml") for name in "abc")
    nowhere = DbtWarning("UnusedResourceConfigPath", "y")
    known = merged({}, [a, b, nowhere], {"a.yml": 1, "b.yml": 1})
    assert [*known] == [a, b, nowhere]
    # b was edited, the parse read it and warned of it no more; of c it warns now.
    assert [*merged(known, [c], {"a.yml": 1, "b.yml": 2, "c.yml": 5})] == [a, c]
    # a is gone.
    assert [*merged(known, [], {"b.yml": 1})] == [b]


def test_warnings_of_definitions_hold_for_one_parse_alone() -> None:
    kept = DbtWarning(KEY, "of YAML", "models/m.yml")
    gone = DbtWarning(NOT_SERVED, "dbtree has no job.", "around/definitions.py", 3)
    changed_at = {"models/m.yml": 5, "around/definitions.py": 7}
    known = {kept: 5, gone: 7, DbtWarning(OF_DEFINITIONS, "a target", "around/x.py"): 7}
    assert merged(known, [], {**changed_at, "around/x.py": 7}) == {kept: 5}
    assert merged(known, [gone], changed_at) == {kept: 5, gone: 7}
