"""`dbtree dbt` against plain dbt: what it prints, returns, logs and writes."""

import difflib

import pytest

from tests.projects import PARCEL, copy_project
from tests.resident.commands import Place

pytestmark = pytest.mark.dbt

COMMANDS = (
    ("deps",),
    ("seed",),
    ("run",),
    ("build",),
    ("compile",),
    ("ls", "--output", "json"),
    ("docs", "generate"),
    ("retry",),
    ("test", "--select", "no_such_thing"),
    ("show", "--inline", "select 1 as a"),
    ("snapshot",),
    ("source", "freshness"),
    ("run", "--no-such-option"),
    ("--log-format", "json", "--quiet", "run-operation", "no_such_macro"),
    ("parse",),
    ("run", "--vars", "{fail: true}", "--no-use-colors"),
    ("clone", "--state", "target"),
    ("debug",),
    ("--version",),
    ("run", "--help"),
    ("ls",),
    ("test",),
    ("clean",),
)
PIDS: dict[str, int] = {}


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


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_does_what_dbt_does(places, command):
    """One after the other: each finds what the ones before it left."""
    ours, theirs = places
    mine, plain = ours.dbtree("dbt", *command), theirs.dbt(*command)
    pairs = {
        "code": ([str(mine.code)], [str(plain.code)]),
        "stdout": _lines(ours, mine.stdout, theirs, plain.stdout),
        "stderr": _lines(ours, mine.stderr, theirs, plain.stderr),
        "log": (ours.log(), theirs.log()),
    }
    files, others = ours.artifacts(), theirs.artifacts()
    for name in files.keys() | others.keys():
        pairs[name] = tuple(found.get(name, "no file").splitlines() for found in (files, others))
    wrong = []
    for what, (got, wanted) in pairs.items():
        if got != wanted:
            diff = list(difflib.unified_diff(wanted, got, "dbt", "dbtree dbt", lineterm="", n=1))
            wrong.append(f"{what}\n" + "\n".join(diff)[:3000])
    assert not wrong, "\n\n".join(wrong)
    (engine,) = ours.engines()
    assert PIDS.setdefault("engine", engine["pid"]) == engine["pid"]  # one engine did all of it


def _lines(ours, mine, theirs, plain):
    return ours.settled(mine).splitlines(), theirs.settled(plain).splitlines()
