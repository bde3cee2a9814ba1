"""What is added to properties files: only additions, in the way in which the file is written."""

from __future__ import annotations

import difflib
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.properties.additions import shared_columns, with_additions
from tui.properties.entries import NotPatchable
from tui.properties.style import Asset, Column

ID, NOTE = Column("id", "integer", "The key.", ["unique"]), Column("note", "varchar")
PLAIN = """\
# Ours.
version: 2

models:
  - name: orders  # the heart
    description: >
      Folded,
      # and no comment.

      Its end.
    columns:
      - name: id  # key
        # why
        data_tests: [not_null]

      - name: Total
        description: |
          In euros.
          # In cents, long ago.

  # Next.
  - name: customers
"""
ODD = """\
models:
-   name: orders
    columns:
    -   name: id
        tests:
        -   not_null
-   name: customers
    columns: []
seeds:
-   name: raw
"""
ANCHORS = """\
version: 2
.types: &money {data_type: "decimal(16,2)"}
models:
    - name: orders
      columns:
          - name: id
            <<: *money
            description: &text The id.
          - name: total
            description: *text
    - &two
      name: customers
      meta: {owner: *text}
"""


def added(text: str, asset: Asset) -> list[str]:
    """The lines that are added; nothing may be taken away."""
    after = with_additions(text, asset)
    diff = list(difflib.ndiff(text.splitlines(keepends=True), after.splitlines(keepends=True)))
    assert not [line for line in diff if line.startswith("- ")], "".join(diff)
    return [line[2:].rstrip("\r\n") for line in diff if line.startswith("+ ")]


def model(name: str, *columns: Column, **more: Any) -> Asset:
    return Asset("model", name, columns, **more)


def columns_of(text: str, name: str, section: str = "models") -> dict[str, Any]:
    entry = next(one for one in yaml.safe_load(text)[section] if one["name"] == name)
    return {column["name"]: column for column in entry["columns"]}


def test_columns_go_behind_the_last_one_and_before_what_follows() -> None:
    assert added(PLAIN, model("orders", NOTE)) == [
        "      - name: note",
        "        data_type: varchar",
    ]
    after = with_additions(PLAIN, model("orders", NOTE))
    assert after.index("# In cents, long ago.") < after.index("name: note") < after.index("# Next.")


def test_a_column_that_is_there_gets_what_it_has_not() -> None:
    after = columns_of(with_additions(PLAIN, model("orders", ID, with_types=True)), "orders")
    assert after["id"] == {
        "name": "id", "data_tests": ["not_null", "unique"], "description": "The key.",
        "data_type": "integer",
    }  # fmt: skip
    assert added(PLAIN, model("orders", Column("ID", "", "The key."))) == [
        "        description: The key."
    ]
    assert with_additions(PLAIN, model("orders", Column("TOTAL", "int", "Other."))) == PLAIN


def test_an_entry_without_columns_gets_them() -> None:
    assert added(PLAIN, model("customers", NOTE)) == [
        "    columns:",
        "      - name: note",
        "        data_type: varchar",
    ]


def test_odd_indents_are_kept() -> None:
    assert added(ODD, model("orders", NOTE, Column("id", tests=["unique"]))) == [
        "        -   unique",
        "    -   name: note",
        "        data_type: varchar",
    ]
    assert added(ODD, model("fresh", Column("id", "int", tests=["unique"]))) == [
        "-   name: fresh",
        "    columns:",
        "    -   name: id",
        "        data_type: int",
        "        tests:",
        "        -   unique",
    ]
    assert added(ODD, Asset("seed", "raw", [NOTE]))[0] == "    columns:"
    assert added(ODD, Asset("snapshot", "then", [NOTE]))[1] == "snapshots:"


def test_anchors_aliases_and_merges_are_kept() -> None:
    lines = added(ANCHORS, model("orders", NOTE))
    assert lines == ["          - name: note", "            data_type: varchar"]
    assert added(ANCHORS, model("customers", NOTE)) == [
        "      columns:",
        "          - name: note",
        "            data_type: varchar",
    ]
    after = columns_of(with_additions(ANCHORS, model("orders", NOTE)), "orders")
    assert after["total"]["description"] == "The id."
    assert after["id"]["data_type"] == "decimal(16,2)"


@pytest.mark.parametrize("anchored", ["models", "columns", "data_tests"])
def test_a_list_with_an_anchor_keeps_its_indent(anchored: str) -> None:
    text = "models:\n  - name: orders\n    columns:\n      - name: id\n        data_tests:\n"
    text += "          - not_null\n"
    given = text.replace(f"{anchored}:", f"{anchored}: &shared")
    assert added(given, model("orders", ID, NOTE)) == added(text, model("orders", ID, NOTE))
    assert added(given, model("fresh", NOTE)) == added(text, model("fresh", NOTE))


SHARED = {
    "a list of columns": "x: &c\n  - name: id\nmodels:\n  - name: orders\n    columns: *c\n",
    "columns of two": "models:\n  - name: orders\n    columns: &c\n      - name: id\n"
    "  - name: two\n    columns: *c\n",
    "tests of two": "models:\n  - name: orders\n    columns:\n      - name: id\n"
    "        data_tests: &t [not_null]\n      - name: two\n        data_tests: *t\n",
    "a column that is merged": "models:\n  - name: orders\n    columns:\n      - &id\n"
    "        name: id\n      - <<: *id\n        name: two\n",
}


@pytest.mark.parametrize("text", SHARED.values(), ids=SHARED.keys())
def test_what_is_shared_by_an_anchor_is_not_changed_for_others(text: str) -> None:
    with pytest.raises(NotPatchable, match="shared by anchors"):
        with_additions(text, model("orders", ID))


def test_the_tables_of_another_source_stay_as_they_are() -> None:
    text = "sources:\n  - name: a\n    tables: &t\n      - name: x\n  - name: b\n    tables: *t\n"
    with pytest.raises(NotPatchable, match="shared by anchors"):
        with_additions(text, Asset("source", "b.x", [NOTE]))


def test_a_column_in_braces_gets_what_it_has_not_in_its_braces() -> None:
    text = "models:\n  - name: orders\n    columns:\n      - {name: id}\n      - {name: note, }\n"
    test = {"accepted_values": {"arguments": {"values": ["a: b", "}", "#c"]}}}
    found = columns_of(
        with_additions(text, model("orders", ID, Column("note", tests=[test]))), "orders"
    )
    assert found["id"] == {"name": "id", "description": "The key.", "data_tests": ["unique"]}
    assert found["note"] == {"name": "note", "data_tests": [test]}


def test_a_name_that_needs_quotes_is_quoted_where_it_is_new_or_tested() -> None:
    text = "models:\n  - name: orders\n    columns:\n      - name: order\n      - {name: a b}\n"
    names = [Column(name, "int", quote=True) for name in ("order", "a b", "select")]
    untested = columns_of(with_additions(text, model("orders", *names)), "orders")
    assert [one.get("quote") for one in untested.values()] == [None, None, True]
    tested = [Column(one.name, tests=["unique"], quote=True) for one in names]
    after = columns_of(with_additions(text, model("orders", *tested)), "orders")
    assert all(one["quote"] and one["data_tests"] == ["unique"] for one in after.values())


VERSIONS = """\
models:
  - name: orders
    columns:
      - name: id
      - name: old
    versions:
      - v: 1
      - v: 2
        columns:
          - include: all
            exclude: [old]
          - name: mine
      - {v: 3}
"""


def test_a_version_of_a_model_gets_columns_of_its_own() -> None:
    columns = [ID, NOTE, Column("old", "int"), Column("Mine", "int", "Its own.")]
    first, second = (model("orders", *columns, version=version) for version in "12")
    assert added(VERSIONS, first) == [
        "        data_tests:",
        "          - unique",
        "        columns:",
        "          - name: note",
        "            data_type: varchar",
        "          - name: Mine",
        "            data_type: int",
        "            description: Its own.",
    ]
    assert added(VERSIONS, second)[2:] == [
        "            description: Its own.",
        "          - name: note",
        "            data_type: varchar",
        "          - name: old",
        "            data_type: int",
    ]
    assert shared_columns(VERSIONS, "orders", "1") == {"id", "old"}
    assert shared_columns(VERSIONS, "orders", "2") == {"id"}
    for version, words in (("3", "in braces"), ("4", "does not declare version 4")):
        with pytest.raises(NotPatchable, match=words):
            with_additions(VERSIONS, model("orders", NOTE, version=version))


@pytest.mark.parametrize("text", [PLAIN, ODD, ANCHORS])
def test_windows_line_ends_are_kept(text: str) -> None:
    asset = model("orders", NOTE, ID)
    windows = text.replace("\n", "\r\n")
    after = with_additions(windows, asset)
    assert after.count("\r\n") == after.count("\n")
    assert after.replace("\r\n", "\n") == with_additions(text, asset)


@pytest.mark.parametrize("end", ["", "\n", "\n\n\n"])
def test_the_end_of_a_file_may_be_anything(end: str) -> None:
    text = f"models:\n  - name: orders\n    description: x{end}"
    after = with_additions(text, model("orders", NOTE))
    assert after.startswith("models:\n  - name: orders\n    description: x\n    columns:\n")
    assert columns_of(after, "orders")["note"]["data_type"] == "varchar"


def test_a_new_file_and_an_empty_one() -> None:
    asset = model("orders", ID)
    for text in ("", "# Only this.\n"):
        after = with_additions(text, asset)
        assert after.startswith(text)
        assert yaml.safe_load(after)["version"] == 2
        assert columns_of(after, "orders")["id"]["data_tests"] == ["unique"]


def test_a_table_of_a_source() -> None:
    text = "sources:\n  - name: till\n    tables:\n      - name: sales\n      - name: refunds\n"
    assert added(text, Asset("source", "till.sales", [NOTE])) == [
        "        columns:",
        "          - name: note",
        "            data_type: varchar",
    ]
    with pytest.raises(NotPatchable, match="does not declare the source till"):
        with_additions(text, Asset("source", "till.other", [NOTE]))


def test_tests_with_arguments() -> None:
    test = {"accepted_values": {"arguments": {"values": ["a", "no", "1"]}}}
    text = "models:\n  - name: orders\n    columns:\n      - name: id\n        data_tests: []\n"
    for given_text in (text, text.replace(" []", "\n          - unique"), "models:\n"):
        after = with_additions(given_text, model("orders", Column("id", tests=[test])))
        assert columns_of(after, "orders")["id"]["data_tests"][-1] == test


BOMB = "".join(
    f"{one}: &{one} [{', '.join([f'*{before}' if before else 'x'] * 9)}]\n"
    for one, before in zip("abcdefg", ["", *"abcdef"], strict=True)
)
"""A few lines that stand for millions of values."""


@pytest.mark.parametrize(
    "text",
    [
        "{models: [{name: orders}]}",
        "models: [{name: orders}]\n",
        "models:\n  - {name: orders}\n",
        "models:\n  - name: orders\n    columns: [{name: a}]\n",
        "models:\n  - name: [\n",
        "models:\n  - name: orders\nmodels:\n  - name: other\n",
        f"x: {'[' * 2000}{']' * 2000}\nmodels:\n  - name: orders\n",
        "x: &x [*x]\nmodels:\n  - name: orders\n",
        f"{BOMB}models:\n  - name: orders\n",
        "- 1\n",
    ],
)
def test_what_cannot_be_added_to_is_said(text: str) -> None:
    with pytest.raises(NotPatchable):
        with_additions(text, model("orders", NOTE))


TEXTS = st.text(st.sampled_from("ab: #-'\"\\{}[]&*!|>%@`,?\n\té{{ }}"), max_size=24)
NAMES = st.sampled_from(["id", "ID2", "no", "null", "1", "a b", "ü", "a:b", "#x", "- y", "{{ z }}"])


@settings(max_examples=150)
@given(
    base=st.sampled_from([PLAIN, ODD, ANCHORS, "", "models:\n"]),
    names=st.lists(NAMES, max_size=4, unique=True),
    text=TEXTS,
)
def test_whatever_is_described_is_read_back(base: str, names: list[str], text: str) -> None:
    columns = [Column(name, "int", text) for name in names]
    if not columns:
        return
    after = with_additions(base, model("new one", *columns))
    found = columns_of(after, "new one")
    assert list(found) == names
    for column in found.values():
        assert column.get("description", "") == text.strip()
