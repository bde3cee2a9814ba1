"""`dbtree dbt` against plain dbt: what it prints, returns, logs and writes."""

import difflib

import pytest

from tests.projects import PARCEL, copy_project
from tests.resident.commands import Place

pytestmark = pytest.mark.dbt

COMMANDS = (
    ("deps",),
    ("debug",),
    ("seed",),
    ("run",),
    ("test",),
    ("build",),
    ("build", "--select", "no_such_thing"),
    ("compile",),
    ("show", "--inline", "select 1 as a"),
    ("ls",),
    ("ls", "--output", "json"),
    ("snapshot",),
    ("docs", "generate"),
    ("retry",),
    ("source", "freshness"),
    ("parse", "--no-partial-parse"),
    ("parse",),
    ("run", "--vars", "{fail: true}", "--no-use-colors"),
    ("run-operation", "no_such_macro"),
    ("clone", "--state", "target"),
    ("run", "--no-such-option"),
    ("--version",),
    ("run", "--help"),
    ("--log-format", "json", "--quiet", "compile"),
    ("clean",),
)


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    home = tmp_path_factory.mktemp("same")
    ours = Place(copy_project(PARCEL, home / "ours"), home / "r")
    theirs = Place(copy_project(PARCEL, home / "them"), home / "r")
    for place in (ours, theirs):
        profiles = place.root / "profiles.yml"
        profiles.write_text(profiles.read_text().replace("threads: 2", "threads: 1"))
    yield ours, theirs
    ours.dbtree("engine", "stop", "--all")


def test_every_command_does_what_dbt_does(places):
    ours, theirs = places
    wrong = []
    for command in COMMANDS:
        mine, plain = ours.dbtree("dbt", *command), theirs.dbt(*command)
        pairs = {
            "code": ([str(mine.code)], [str(plain.code)]),
            "stdout": _lines(ours, mine.stdout, theirs, plain.stdout),
            "stderr": _lines(ours, mine.stderr, theirs, plain.stderr),
            "log": (ours.log(), theirs.log()),
        }
        files, others = ours.artifacts(), theirs.artifacts()
        for name in files.keys() | others.keys():
            pairs[name] = (
                files.get(name, "no file").splitlines(), others.get(name, "no file").splitlines()
            )  # fmt: skip
        for what, (got, wanted) in pairs.items():
            if got != wanted:
                diff = list(difflib.unified_diff(wanted, got, "dbt", "dbtree dbt", lineterm=""))
                wrong.append(f"{' '.join(command)}: {what}\n" + "\n".join(diff)[:3000])
    assert not wrong, "\n\n".join(wrong)


def _lines(ours, mine, theirs, plain):
    return ours.settled(mine).splitlines(), theirs.settled(plain).splitlines()
