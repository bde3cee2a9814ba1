"""No text of a project steers the terminal: all commands, and the screen, over hostile names."""

import json
import re

import pytest

from tests.end_to_end.headless import dbtree
from tests.projects.hostile import FORBIDDEN, write_hostile_project
from tests.terminal import PROGRAM, Terminal, open_dbtree, user_environment

COMMANDS = (
    "ls",
    "ls --names",
    "ls --resource-type test",
    "materialize",
    "status",
    "runs",
    "logs",
    "logs --level debug",
    "logs --raw",
    "info",
    "ls no_such_\x1b]0;HOSTILE\x07name",
    "logs no_such_\x1b]0;HOSTILE\x07run",
    "info no_such_\x1b]0;HOSTILE\x07dir",
    "schedules list",
)
OURS = re.compile(r"\x1b\[[\d;]*m|\x1b\[2K")
"""What the headless commands themselves send to a terminal."""
POINTER = re.compile(r"\x1b\]22;[a-z-]+\x07")
"""Textual sets the shape of the mouse's pointer."""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    return write_hostile_project(tmp_path_factory.mktemp("hostile") / "sh\x1b]0;HOSTILE\x07op")


def steering(text: str) -> list[str]:
    """What is in a text that a terminal would obey and that is not ours."""
    rest = OURS.sub("", text)
    found = [found[0] for found in FORBIDDEN.finditer(rest)]
    return found + [c for c in rest if c < " " and c not in "\n\r\t"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_prints_nothing_that_a_terminal_obeys(hostile, command):
    environment = {**user_environment(hostile), "FORCE_COLOR": "1"}
    with Terminal([PROGRAM, *command.split(" ")], cwd=hostile, environment=environment) as seen:
        seen.wait_for_exit()
        printed = bytes(seen.output).decode("utf-8", "strict")
    assert printed.strip()
    assert steering(printed) == []
    if command != "logs --raw":  # what dbt and the database print has lines of its own
        begun = re.search(r"^HOSTILE_LINE", printed, re.MULTILINE)
        assert not begun, "a name began a line of its own"


def test_json_keeps_every_sign_and_is_ascii(hostile):
    listed = dbtree(hostile, "ls", "--json")
    assert listed.stdout.isascii()
    assert steering(listed.stdout) == []
    names = {one["name"] for one in json.loads(listed.stdout)}
    assert any("\x1b]52;c;SE9TVElMRQ==\x07" in name for name in names)
    assert any("\n" in name for name in names)


def test_the_screen_sends_nothing_of_a_project_that_a_terminal_obeys(hostile):
    with open_dbtree(hostile, columns=120, rows=40) as terminal:
        terminal.wait_for("watching")
        for keys, seen in (
            ("j", "Assets · lineage"),
            ("enter", "Overview"),
            ("]", "Compiled"),
            ("escape", "Assets · lineage"),
            ("m", "success"),
            ("2", "Runs"),
            ("1", "Assets · lineage"),
            (":target ", "the one in use"),
            ("escape", "Assets · lineage"),
        ):
            terminal.type(keys)
            terminal.wait_for(seen)
        sent = POINTER.sub("", bytes(terminal.output).decode("utf-8", "replace"))
    assert [found[0] for found in FORBIDDEN.finditer(sent)] == []
