"""Named selectors are saved beside those that are there, whose lines stay as they were."""

from pathlib import Path

import pytest
import yaml

from tui.errors import SelectionError
from tui.project.selectors_file import (
    definition_of,
    other_definition,
    save_selector,
    selector_names,
    with_selector,
)

THEIRS = """\
# What runs when
selectors:
  # every night
  - name: nightly
    description: "all of the night"   # at two
    definition:
      union:
        - method: tag
          value: nightly   # the tag
        - exclude: [slow]
  - name: hourly  # often
    default: false
    definition: 'tag:hourly'

  # the end
"""


def test_a_new_selector_stands_behind_the_others_and_nothing_else_changes():
    after, replaced = with_selector(THEIRS, "mine", definition_of("+orders tag:x,config.y:z @w"))
    assert not replaced
    assert (
        after.replace(
            "  - name: mine\n    definition:\n      union:\n"
            '        - "+orders"\n        - intersection:\n'
            '            - "tag:x"\n            - "config.y:z"\n        - "@w"\n',
            "",
        )
        == THEIRS
    )
    assert yaml.safe_load(after)["selectors"][2]["definition"] == {
        "union": ["+orders", {"intersection": ["tag:x", "config.y:z"]}, "@w"]
    }


def test_a_selector_of_that_name_is_replaced_in_its_place():
    after, replaced = with_selector(THEIRS, "nightly", definition_of("orders"))
    assert replaced
    assert [entry["name"] for entry in yaml.safe_load(after)["selectors"]] == ["nightly", "hourly"]
    for kept in ("# What runs when", "# every night", "# often", "# the end"):
        assert kept in after


def test_description_comments_and_other_keys_of_a_replaced_selector_stay():
    after, _ = with_selector(THEIRS, "hourly", definition_of("orders tag:x"))
    assert after == THEIRS.replace(
        "    definition: 'tag:hourly'\n",
        '    definition:\n      union:\n        - "orders"\n        - "tag:x"\n',
    )
    after, _ = with_selector(THEIRS, "nightly", definition_of("orders"))
    assert yaml.safe_load(after)["selectors"][0]["description"] == "all of the night"
    assert "# at two" in after


def test_what_a_selector_is_now_is_told_where_it_differs(tmp_path: Path):
    assert other_definition(tmp_path, "hourly", "tag:x") == ""
    (tmp_path / "selectors.yml").write_text(THEIRS)
    assert other_definition(tmp_path, "hourly", "tag:x") == "tag:hourly"
    assert other_definition(tmp_path, "hourly", "tag:hourly") == ""
    assert other_definition(tmp_path, "new", "tag:x") == ""
    assert '"value": "nightly"' in other_definition(tmp_path, "nightly", "tag:x")


@pytest.mark.parametrize(
    "text", ["", "# only words\n", "selectors:\n- name: a\n  definition: x", "version: 2\n"]
)
def test_any_layout_takes_one_more(text: str):
    after, _ = with_selector(text, "mine", "tag:x")
    assert yaml.safe_load(after)["selectors"][-1] == {"name": "mine", "definition": "tag:x"}
    assert after.startswith(text.rstrip("\n"))


@pytest.mark.parametrize(
    "text",
    [
        "selectors:\n- name: a\n  definition: x\n",
        "selectors:\n  -   name: a\n      definition:\n          union:\n          - tag:x\n"
        "  -   name: b\n      definition: {method: tag,value: y}\n",
        "selectors:\n  - name: a\n    description: >\n      folded\n      text\n"
        "    definition: x   \n\n\n# end\n",
    ],
)
def test_no_other_line_is_laid_out_anew(text: str):
    after, _ = with_selector(text, "mine", "tag:x")
    added = [
        line
        for line in after.splitlines()
        if line.strip() in ("- name: mine", 'definition: "tag:x"')
    ]
    assert len(added) == 2
    assert [line for line in after.splitlines() if line not in added] == text.splitlines()


@pytest.mark.parametrize("text", ["selectors: []\n", "selectors: {}\n", "- a\n", "a: [\n"])
def test_what_cannot_be_added_to_is_left_alone(text: str):
    with pytest.raises(SelectionError):
        with_selector(text, "mine", "tag:x")


@pytest.mark.parametrize("text", ["", "status:stale", "a selector:b", 'key:"x" or y'])
def test_what_dbt_could_not_read_is_not_saved(text: str):
    with pytest.raises(SelectionError):
        definition_of(text)


def test_the_file_is_made_where_there_is_none(tmp_path: Path):
    assert selector_names(tmp_path) == ()
    assert not save_selector(tmp_path, "one", "+orders")
    assert not save_selector(tmp_path, "two", "tag:x orders")
    assert save_selector(tmp_path, "one", "orders+")
    assert selector_names(tmp_path) == ("one", "two")
    with pytest.raises(SelectionError):
        save_selector(tmp_path, "a b", "orders")
