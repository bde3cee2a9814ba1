"""The project's `.env`."""

import os
from io import StringIO

import pytest
from dotenv import load_dotenv

from tui.project.dotenv import engine_environment, environment_of, parse_dotenv, reader_of


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=1", "1"),
        ("export A=1", "1"),
        ("  A = 1  ", "1"),
        ("A=", ""),
        ("A=one two # said", "one two"),
        ("A=pass#word", "pass#word"),
        ("A=x=y", "x=y"),
        ("A='$HOME #1' # said", "$HOME #1"),
        ('A="a \\"b\\" # c\\nd"', 'a "b" # c\nd'),
        ('A="one\ntwo"', "one\ntwo"),
        ("A=${OUT}/in", "there/in"),
        ('A="${OUT}/${NONE}in"', "there/in"),
        ("A='${OUT}'", "there"),
        ("A=${NONE:-in}", "in"),
        ("A=#nothing", "#nothing"),
        ('A="\\$5"', "\\$5"),
    ],
)
def test_assignments_are_read_as_dbt_reads_them(line, value, monkeypatch):
    assert parse_dotenv(line, {"OUT": "there"}) == {"A": value}
    monkeypatch.setattr(os, "environ", {"OUT": "there"})
    load_dotenv(stream=StringIO(line), override=False)  # as dbt-core 1.12 calls it
    assert os.environ == {"OUT": "there", "A": value}


def test_a_line_after_another_is_read_whatever_ends_it():
    text = "B=0\r\nA=1\r\nnot an assignment\r\nC='never closed\r\nD=4\r\n"
    assert parse_dotenv(text, {}) == {"B": "0", "A": "1", "D": "4"}


def test_what_cannot_be_in_an_environment_is_left_out():
    assert parse_dotenv("A=1\nB=\x002\n\x00C=3\nD=4", {}) == {"A": "1", "D": "4"}


def test_what_decides_which_code_runs_is_left_out():
    assert parse_dotenv("PATH=/evil\nPYTHONPATH=/evil\nLD_PRELOAD=x\nA=1", {}) == {"A": "1"}


@pytest.mark.parametrize("text", ["", "# A=1", "not an assignment", "A", "\x00"])
def test_what_is_no_assignment_says_nothing(text):
    assert parse_dotenv(text, {}) == {}


def test_later_lines_use_and_replace_earlier_ones():
    assert parse_dotenv("A=1\nB=${A}2\nA=3", {}) == {"A": "3", "B": "12"}


def test_what_is_exported_wins(tmp_path):
    (tmp_path / ".env").write_text("\ufeffA=file\nB=file\n")
    assert environment_of(tmp_path, {"A": "shell"}) == {"A": "shell", "B": "file"}
    assert environment_of(tmp_path / "none", {"A": "shell"}) == {"A": "shell"}


def test_dbtree_reads_it_only_when_asked(tmp_path):
    (tmp_path / ".env").write_text("A=file\nB=file\n")
    exported = {"A": "shell"}
    assert engine_environment(tmp_path, "", exported) == exported
    assert engine_environment(tmp_path, "true", exported) == {"A": "shell", "B": "file"}
    assert "B" not in engine_environment(tmp_path, "false", exported)


@pytest.mark.parametrize(
    ("wanted", "dbt_version", "reader"),
    [
        ("", "1.10.9", ""),
        ("", "1.11.16", ""),
        ("", "1.12.0", "dbt"),
        ("", "2.0.0-preview.1", "dbt"),
        ("", "", ""),
        ("true", "1.11.16", "dbtree"),
        ("true", "1.12.0", "dbtree"),
        ("false", "1.12.0", ""),
    ],
)
def test_who_reads_it(wanted, dbt_version, reader):
    assert reader_of(wanted, dbt_version) == reader
