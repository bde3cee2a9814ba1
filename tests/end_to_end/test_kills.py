"""Kills at random moments: the database's content against the record.

`DBTREE_SOAK_KILLS` is how many rounds are made (100), `DBTREE_SOAK_SEED` where they begin. Each
round edits every model, builds all of it, and kills -9 one of: the window (or the command), the
engine, the run, all of them. Afterwards
- what the record calls built is in the database, as it was built then (none lost, none wrong);
- what the database has beyond that belongs to a node that was being worked on when it was killed;
- no process is left behind, and the next build finds no lock in its way.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.dbt_python import DBT_PYTHON
from tests.end_to_end.headless import dbtree_json
from tests.terminal import PROGRAM, Terminal, cold_environment, open_dbtree
from tests.waits import PATIENCE, wait_until
from tui.protocol.events import RunStarted
from tui.runs.event_reader import EventFile
from tui.runs.store import RunStore

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(6 * 3600),
    pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="counts processes in /proc"),
]

MODELS = 6
VICTIMS = ("asker", "engine", "run", "all")
LONGEST = 4.0
"""Seconds after the key within which the kill falls: a build takes about as long."""


class Kills:
    """One project that is built again and again, and what became of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.rounds: dict[str, int] = {}
        """Run id → the round in which it was started."""
        self.counts: Counter[str] = Counter()
        files = {
            "dbt_project.yml": "name: shop\nprofile: shop\n"
            "flags: {send_anonymous_usage_stats: false}\nmodels: {+materialized: table}\n",
            "profiles.yml": "shop:\n  target: dev\n  outputs:\n"
            "    dev: {type: duckdb, path: shop.duckdb, threads: 1}\n",
        }
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        (root / "models").mkdir()
        self.edit(0)

    def edit(self, number: int) -> None:
        """Give every model the number of this round as its content."""
        for place in range(MODELS):
            above = f"{{{{ ref('m{place - 1}') }}}}" if place else "range(1)"
            text = f"select {number} as made_in from {above} limit 1\n"
            slow = "{{ config(pre_hook='select count(*) from range(40000000)') }}\n"
            (self.root / "models" / f"m{place}.sql").write_text(slow + text)

    # -- processes ---------------------------------------------------------------

    def processes(self) -> dict[int, str]:
        """Engines and runs of this project: process id → command line."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                is_here = Path(os.readlink(entry / "cwd")) == self.root
            except OSError:
                continue
            if is_here and "tui.engine" in words:
                found[int(entry.name)] = words
        return found

    def run_pids(self) -> dict[int, str]:
        """The runs that have begun: process id → run id."""
        found = {}
        for path in (self.root / ".dbtree" / "runs").glob("*/events.jsonl"):
            for _, event in EventFile(path, lines=False).poll():
                if isinstance(event, RunStarted) and event.pid in self.processes():
                    found[event.pid] = path.parent.name
        return found

    def kill(self, victim: str, asker: int) -> None:
        runs = self.run_pids()
        engines = self.processes().keys() - runs.keys()
        pids = {
            "asker": [asker],
            "engine": [*engines],
            "run": [*runs],
            "all": [asker, *engines, *runs],
        }[victim]
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            self.counts[f"killed {victim}"] += 1

    # -- what must hold ------------------------------------------------------------

    def in_database(self) -> dict[str, int]:
        """Model → the round in which its table was made."""
        code = (
            "import duckdb, json\n"
            "db = duckdb.connect('shop.duckdb')\n"
            'names = [row[0] for row in db.execute("select table_name from '
            "information_schema.tables where table_name similar to 'm[0-9]'\").fetchall()]\n"
            "print(json.dumps({n: db.execute(f'select made_in from {n}').fetchone()[0]"
            " for n in names}))"
        )
        told = subprocess.run(
            [DBT_PYTHON, "-c", code], cwd=self.root, capture_output=True, text=True, check=True
        )
        return dict(json.loads(told.stdout))

    def note_runs(self, number: int) -> None:
        for path in (self.root / ".dbtree" / "runs").iterdir():
            self.rounds.setdefault(path.name, number)

    def check(self, number: int, told: str) -> None:
        """Compare the database and the record; see the module's words."""
        wait_until(lambda: not self.processes(), f"{told}: processes are left behind")
        self.note_runs(number)
        store = RunStore(self.root / ".dbtree")
        store.sync()
        for each in store.runs(1000):
            assert not each.is_active, f"{told}: run {each.run_id} is recorded as {each.status}"
        history = store.history("dev")
        there = self.in_database()
        for place in range(MODELS):
            key, name = f"model.shop.m{place}", f"m{place}"
            built = history.built.get(key)
            recorded = self.rounds[built.run_id] if built is not None else -1
            made = there.get(name, -1)
            assert made >= recorded, f"{told}: {name} is of round {made}, recorded as {recorded}"
            self.counts["tables compared"] += 1
            if made > recorded:
                latest = [run_id for run_id, at in self.rounds.items() if at == made]
                nodes = [run.nodes[key] for run_id in latest if (run := store.run(run_id))]
                words = {node.status for node in nodes}
                assert words & {"interrupted", "cancelled"}, f"{told}: {name} is lost ({words})"
                self.counts["made while being killed"] += 1
        store.close()


def test_kills_lose_nothing(tmp_path: Path) -> None:
    rounds = int(os.environ.get("DBTREE_SOAK_KILLS", "100"))
    seed = int(os.environ.get("DBTREE_SOAK_SEED", "1"))
    kills = Kills(tmp_path / "shop")
    for number in range(1, rounds + 1):
        dice = random.Random(f"{seed} {number}")
        victim, after = dice.choice(VICTIMS), dice.uniform(0, LONGEST)
        in_window = dice.random() < 0.5
        where = "window" if in_window else "command"
        told = f"round {number}: {victim} of a {where} after {after:.2f} s"
        kills.edit(number)
        (one_in_a_window if in_window else one_by_a_command)(kills, victim, after)
        kills.check(number, told)
        kills.counts["rounds"] += 1
        kills.counts[where] += 1
        print(told, dict(kills.counts), flush=True)
    kills.edit(rounds + 1)
    record = dbtree_json(kills.root, "materialize", "--json")
    assert record["status"] == "success"
    assert set(kills.in_database().values()) == {rounds + 1}


def one_by_a_command(kills: Kills, victim: str, after: float) -> None:
    """`dbtree materialize`, and a kill."""
    asker: Any = subprocess.Popen(
        [str(PROGRAM), "materialize"],
        cwd=kills.root,
        env=cold_environment(kills.root),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: kills.run_pids() or asker.poll() is not None, "no run has begun")
    time.sleep(after)  # the moment is what is tried, not a fact to be waited for
    kills.kill(victim, asker.pid)
    asker.wait(PATIENCE)


def one_in_a_window(kills: Kills, victim: str, after: float) -> None:
    """A window in which everything is asked for, and a kill."""
    with open_dbtree(kills.root, cold=True) as terminal:  # whose processes are known by name
        terminal.wait_for("m0")
        terminal.type("M")
        wait_until(lambda: _reads(terminal) and kills.run_pids(), "no run has begun")
        time.sleep(after)
        kills.kill(victim, terminal.process.pid)
        if victim in ("engine", "run"):
            wait_until(lambda: _reads(terminal) and not kills.run_pids(), "the run goes on")


def _reads(terminal: Terminal) -> bool:
    """Take in what the window paints, so that it is not held up."""
    terminal.catch_up()
    return True
