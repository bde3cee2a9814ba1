"""Commands without a screen at the engine that stays: the same as without it, whatever changes."""

import json
import os
import re
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.dbt_python import DBT_PYTHON
from tests.end_to_end.user import User
from tests.projects.parsed import copy_parsed_demo
from tests.resident.commands import DBT, Place
from tests.terminal import PROGRAM, Terminal
from tests.waits import PATIENCE, wait_until
from tui.engine_client.resident_engine import Wanted, connect, connect_or_start
from tui.protocol.resident import WORKSPACES, answers, send_request

pytestmark = pytest.mark.dbt

AGES = re.compile(r"\b\d+(ms|s|m|h)\b( ago)?|\d\d:\d\d:\d\d| +|\"age\": [\d.]+")
STAND_IN = b"stand_in.py"
"""What waits for a process that is forked from the warm Python."""
READING = "select '{{ env_var('SHOP_WORD', 'none') }}-{{ env_var('TERM', 'none') }}' as word"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    home = tmp_path_factory.mktemp("shared")
    # What stays is forked with dbt imported, too: what it then does is what is looked at here.
    place = Place(copy_parsed_demo(home / "demo"), home / "r").with_warm_python()
    (place.root / "models" / "reading.sql").write_text(READING)
    assert place.dbtree("materialize", "--no-engine").code == 0
    yield place
    runtime = str(home / "r")
    place.dbtree("engine", "stop", "--all")
    wait_until(lambda: not running(runtime))  # the files of those that were killed are left


@pytest.fixture
def kept(place):
    """The project is kept open by an engine."""
    assert place.dbtree("ls", "--names").code == 0
    wait_until(lambda: any(engine["kept"] for engine in place.engines()))
    return place


ALIKE = ("ls --json", "status", "ls state:new", "profile orders --json", "ls -t nowhere")
ALIKE_TOO = (
    "ls", "status --json", "ls status:stale", "lineage customers --json", "profile nothing",
)  # fmt: skip


@pytest.mark.parametrize("words", [ALIKE, pytest.param(ALIKE_TOO, marks=pytest.mark.slow)])
def test_all_is_the_same_as_without_an_engine(kept, words):
    for line in words:
        same(kept, *line.split())
    (engine,) = kept.engines()
    assert engine["kept"] == 1


def test_what_is_saved_is_seen_however_it_was(kept):
    model = kept.root / "models" / "marts" / "sales" / "customers.sql"
    before = model.read_text()
    new, project = kept.root / "models" / "new.sql", kept.root / "dbt_project.yml"
    configuration = project.read_text()
    model.write_text(before.replace("select", "select 1 as added,", 1))
    assert "customers" in stale(same(kept, "ls", "--json"))
    new.write_text("select 1 as id")
    assert "new" in same(kept, "ls", "--names")
    model.write_text("select {{ ref('nowhere') }}")
    done = kept.dbtree("ls")
    assert done.code == 2
    assert "nowhere" in done.stderr
    new.unlink()
    model.write_text(before)
    assert "new" not in same(kept, "ls", "--names").split()
    assert "customers" not in stale(same(kept, "ls", "--json"))
    project.write_text(configuration + "\nanalysis-paths: [analyses]\n")
    same(kept, "ls", "--names")
    project.write_text(configuration)
    same(kept, "ls", "--names")


def test_a_graph_that_is_kept_already_is_not_sent_again(kept):
    truth = same(kept, "ls", "--json")
    assert "Everyone with a customer card" in truth
    snapshot = kept.root / ".dbtree" / "snapshot-default"
    name, body = snapshot.read_text().split("\n", 1)
    other = body.replace("Everyone with a customer card", "Nobody at all")
    snapshot.write_text(f"{name}\n{other}")
    assert kept.dbtree("ls", "--json").stdout == truth.replace(
        "Everyone with a customer card", "Nobody at all"
    )
    for text in (f'{{"graph": "of yesterday"}}\n{other}', f"{name}\nnonsense"):
        snapshot.write_text(text)
        assert kept.dbtree("ls", "--json").stdout == truth
        assert snapshot.read_text().split("\n", 1)[0] == name  # it was sent, and kept


def test_an_environment_that_the_project_reads_is_never_anothers(kept):
    for variables in ({"SHOP_WORD": "a"}, {"SHOP_WORD": "b"}, {"TERM": "vt100"}):
        assert "reading" in stale(same(kept, "ls", "--json", **variables))
    assert "reading" not in stale(same(kept, "ls", "--json"))


def test_definitions_are_loaded_anew_beside_what_is_kept(place):
    home = place.root / "definitions" / "corner_shop_definitions"
    where = ("--project-dir", str(home.parent))
    module, project = home / "definitions.py", home / "project.py"
    written, stated = module.read_text(), project.read_text()
    before = same(place, "ls", "--names", *where).split()
    assert "revenue_chart" in before
    wait_until(lambda: any(engine["kept"] for engine in place.engines()))
    assert same(place, "ls", "--names", *where).split() == before
    late = "from dbtree import asset\n@asset\ndef late(): ...\ndefs = "
    module.write_text(written.replace("defs = ", late).replace("assets=[", "assets=[late, "))
    assert {*same(place, "ls", "--names", *where).split()} == {*before, "late"}
    project.write_text(stated.replace("DbtProject(", "DbtProject(target='prod', project_dir="))
    assert json.loads(same(place, "status", "--json", *where))["target"] == "prod"
    module.write_text("1 / 0")
    same(place, "ls", *where)
    project.write_text(stated)
    module.write_text(written)
    assert same(place, "ls", "--names", *where).split() == before


def test_a_run_survives_the_engine_and_the_engine_the_run(kept):
    gate = kept.root.parent / "gate"  # whoever reads it waits for a writer, and needs no processor
    os.mkfifo(gate)
    (kept.root / "models" / "slow.sql").write_text(
        "{% do run_query(\"select count(*) from read_csv('"
        f"{gate}', auto_detect = false, header = false, columns = {{'line': 'varchar'}}"
        ')") if execute %}select 1 as id'
    )
    for victims in (first_and_kept, of_clients):
        process = kept.start("materialize", "slow", "--json", stdout=-1, stderr=-1)
        events = wait_until(lambda: started(kept.root))
        for pid in victims(kept):
            with suppress(ProcessLookupError):  # it went with the one before
                os.kill(pid, signal.SIGKILL)
        gate.write_text("go on\n")
        said, wrong = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, wrong
        assert '"success"' in said
        events.parent.rename(events.parent.with_name(f"done-{events.parent.name}"))
    (kept.root / "models" / "slow.sql").unlink()


def test_a_window_leaves_an_engine_behind_that_has_the_project_open(place):
    place.dbtree("engine", "stop", "--all")
    wait_until(lambda: not place.engines())
    with Terminal([PROGRAM], cwd=place.root, environment=place.environment) as terminal:
        user = User(terminal)
        user.sees_ready(PATIENCE)
        assert place.engines() == []
        assert user.leaves() == 0
    wait_until(lambda: any(engine["kept"] for engine in place.engines()))
    same(place, "ls", "--json")
    with Terminal([PROGRAM], cwd=place.root, environment=place.environment) as terminal:
        user = User(terminal)
        user.sees_ready(PATIENCE)
        (engine,) = place.engines()
        assert engine["commands"] == 1
        assert user.leaves() == 0
    assert len(place.engines()) == 1


def test_an_engine_that_nobody_needs_ends_with_all_that_it_has(place):
    environment = {**place.environment, "DBTREE_DBT_PYTHON": DBT_PYTHON, "ENDS": "soon"}
    python = Path(DBT).with_name("python")  # one that starts as those of users do
    wanted = Wanted(place.root, python, str(DBT), "test", 1.0, environment)
    runtime = str(place.root.parent / "r")
    connection = connect_or_start(wanted, WORKSPACES)
    assert connection is not None
    opened = {
        "id": 0, "project_dir": str(place.root), "state_dir": str(place.root / ".dbtree"),
    }  # fmt: skip
    request = {
        "kind": "workspace", "open": opened, "directory": str(place.root), "umask": 0o22,
        "environment": environment, "window": os.getpid(),
    }  # fmt: skip
    base = wanted.base()
    with connection, open(os.devnull, "wb") as log:
        send_request(connection, request, (log.fileno(),))
        assert next(answers(connection))["began"]
        assert len(running(base)) >= 2
    wait_until(lambda: not running(base))
    assert not list(Path(runtime, "dbtree").glob(f"{os.path.basename(base)}*"))
    assert connect(base, WORKSPACES) is None


def same(place, *words, **variables):
    """What a command prints, which is what it prints without an engine."""
    mine = place.dbtree(*words, **variables)
    plain = place.dbtree("--no-engine", *words, **variables)
    assert (mine.code, AGES.sub(" ", mine.stdout)) == (plain.code, AGES.sub(" ", plain.stdout))
    assert mine.stderr == plain.stderr
    return mine.stdout


def stale(text):
    return [one["name"] for one in json.loads(text) if one.get("stale_reasons")]


def started(root):
    """The events of a run of which a node has started."""
    for path in root.glob(".dbtree/runs/*/events.jsonl"):
        if not path.parent.name.startswith("done-") and '"node_started"' in path.read_text():
            text = path.read_text()
            if '"run_finished"' not in text:
                return path
    return None


def first_and_kept(place):
    """The processes of the engine that serve nobody yet."""
    return [pid for pid in running(str(place.root.parent / "r")) if os.getsid(pid) != pid] + [
        engine["pid"] for engine in place.engines()
    ]


def of_clients(place):
    first = {engine["pid"] for engine in place.engines()}
    found = running(str(place.root.parent / "r"))
    return [pid for pid in found if os.getsid(pid) == pid and pid not in first and is_engine(pid)]


def is_engine(pid):
    """Whether a forked process is an engine, not a run: it talks to its client."""
    links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
    return any(link.startswith("socket:") for link in links)


def running(text):
    """The processes with a text in their command line."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            line = Path(f"/proc/{name}/cmdline").read_bytes()
            state = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if text.encode() in line and b"resident" in line and STAND_IN not in line and state != "Z":
            found.append(int(name))
    return found
