"""Schedules without Python, in [tool.dbtree] or dbtree.toml."""

from __future__ import annotations

import pytest

from tui.project.project import find_project
from tui.protocol.messages import DefinitionsLoaded
from tui.schedules.declarations import schedules_of


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    return tmp_path


def read(root, text, definitions=None):
    (root / "dbtree.toml").write_text(text)
    return schedules_of(find_project(root), definitions)


def test_a_schedule_needs_a_name_and_a_cron(shop):
    found, problems = read(
        shop,
        """
        [[schedules]]
        name = "nightly"
        cron = "0 2 * * *"
        select = "tag:nightly+"
        timezone = "Europe/Berlin"
        on = true
        """,
    )
    assert not problems
    [one] = found
    assert (one.name, one.selection, one.row.is_on) == ("nightly", "tag:nightly+", True)
    assert one.in_words == "At 02:00 every day (Europe/Berlin)"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('name = "a"', "needs a cron"),
        ('cron = "@daily"', "needs a name"),
        ('name = "a"\ncron = "99 * * * *"', "not a cron expression"),
        ('name = "a"\ncron = "@daily"\ntimezone = "Moon"', "Unknown time zone 'Moon'"),
        ('name = "a"\ncron = "@daily"\nwhen = "x"', "unknown key 'when'"),
        ('name = "a"\ncron = "@daily"\non = "yes"', "must be true or false"),
        ('name = "a"\ncron = 5', "must be a string"),
        ('name = "a"\ncron = "@daily"\nselector = "x"\nselect = "y"', "takes either selector"),
    ],
)
def test_what_is_wrong_is_told_and_the_others_stay(shop, text, sentence):
    good = '[[schedules]]\nname = "good"\ncron = "@daily"\n'
    found, problems = read(shop, f"{good}[[schedules]]\n{text}\n")
    assert [one.name for one in found] == ["good"]
    assert sentence in problems[0].message


def test_a_name_may_be_there_once(shop):
    row = ["good", "@daily", "UTC", "*", "", "", False, False, "", "defs.py", 3]
    found, problems = read(
        shop, '[[schedules]]\nname = "good"\ncron = "@hourly"\n', DefinitionsLoaded("defs", [row])
    )
    assert [one.row.cron for one in found] == ["@daily"]
    assert "two schedules 'good'" in problems[0].message
