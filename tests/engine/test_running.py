"""Runs, forked from a warm engine, against real dbt and real DuckDB."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.dbt_python import DBT_PYTHON
from tests.engine.engine_process import Engine, Outcome, kill_session, read_events, wait_for
from tests.engine.workshop import FILES, LEFT_OUT, SECRET, write_workshop
from tests.warm_python import warm_python
from tui.protocol.events import (
    LogLine,
    NodeFinished,
    NodeStarted,
    RunCancelling,
    RunFinished,
    RunPlanned,
    RunStarted,
    RunWaitEnded,
    RunWaiting,
)
from tui.protocol.messages import Refused, RunForked
from tui.protocol.processes import is_alive
from tui.protocol.records import Fingerprint

pytestmark = pytest.mark.timeout(900)

ENV = {"DBT_ENV_SECRET_WORKSHOP": SECRET, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(write_workshop(tmp_path_factory.mktemp("workshop")), ENV)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def build(engine: Engine) -> Outcome:
    """A build of (nearly) everything, in which much goes wrong."""
    return engine.run(whole_build(engine), threads=1, dbt_line=f"dbt build --vars '{SECRET}'")


def whole_build(engine: Engine) -> list[str]:
    return [key for key in engine.all_nodes() if key.split(".")[2] not in LEFT_OUT]


def plain_dbt(root: Path, *arguments: str) -> None:
    subprocess.run(
        [warm_python(), "-m", "dbt.cli.main", *arguments, "--threads", "1", "--no-use-colors"],
        cwd=root,
        env={**os.environ, **ENV},
        capture_output=True,
        check=False,
    )


def results(root: Path) -> list[dict[str, Any]]:
    """What run_results.json says, without what differs between any two runs."""
    told = json.loads((root / "target" / "run_results.json").read_text())["results"]
    for result in told:
        for key in ("timing", "thread_id", "execution_time"):
            del result[key]
    return told


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The results of plain dbt in a copy of the project."""
    root = write_workshop(tmp_path_factory.mktemp("plain") / "workshop")
    plain_dbt(root, "build", "--exclude", *sorted(LEFT_OUT))
    return results(root)


# -- a whole build ---------------------------------------------------------------


def test_a_build_gives_the_results_of_plain_dbt_in_the_same_order(
    engine: Engine, build: Outcome, plain: list[dict[str, Any]]
) -> None:
    assert build.end.status == "failed"
    assert build.code == 1
    assert results(engine.root) == plain


@pytest.mark.parametrize("options", [{"shortcuts": False}, {"fork": False}])
def test_without_shortcuts_or_without_a_fork_the_results_are_the_same(
    tmp_path: Path, plain: list[dict[str, Any]], options: dict[str, Any]
) -> None:
    engine = Engine(write_workshop(tmp_path / "workshop"), ENV, **options)
    try:
        outcome = engine.run(whole_build(engine), threads=1)
    finally:
        engine.close()
    assert results(engine.root) == plain
    assert not outcome.stderr
    named = outcome.node("named")
    fingerprint = Fingerprint(*named.fingerprint)
    assert fingerprint._replace(compiled="") == engine.assets[named.unique_id].fingerprint
    assert sorted(path.name for path in outcome.run_dir.iterdir()) == [
        "events.jsonl",
        "stderr",
        "stdout",
    ]


def test_the_log_begins_with_the_start_and_ends_with_the_end(build: Outcome) -> None:
    first, last = build.events[0], build.events[-1]
    assert isinstance(first, RunStarted)
    assert (first.project, first.target, first.adapter) == ("workshop", "dev", "duckdb")
    assert first.process_started
    assert not is_alive(first.pid, first.process_started)
    assert isinstance(last, RunFinished)
    assert last.elapsed > 0


def test_all_planned_nodes_are_told_of_once_and_nothing_else(
    engine: Engine, build: Outcome
) -> None:
    (planned,) = build.of(RunPlanned)
    finished = [event.unique_id for event in build.of(NodeFinished)]
    ephemeral = {*engine.ids("passing_by", "raising")}
    assert set(planned.nodes) == set(whole_build(engine)) - ephemeral
    assert sorted(finished) == sorted([*planned.nodes, *engine.ids("raising")])
    started = [event.unique_id for event in build.of(NodeStarted)]
    assert sorted(started) == sorted(
        key
        for key, status in build.statuses().items()
        if status != "skipped" and key not in ephemeral
    )


def test_the_plan_is_in_the_order_in_which_one_thread_takes_the_nodes(build: Outcome) -> None:
    (planned,) = build.of(RunPlanned)
    started = [event.unique_id for event in build.of(NodeStarted)]
    assert [key for key in planned.nodes if key in started] == started


@pytest.mark.parametrize(
    ("name", "status", "because"),
    [
        ("named", "success", ""),
        ("not_null_named_name", "fail", ""),
        ("after_named", "skipped", "not_null_named_name"),
        ("not_null_warned_name", "warn", ""),
        ("after_warned", "success", ""),
        ("broken", "error", ""),
        ("after_broken", "skipped", "broken"),
        ("far_after_broken", "skipped", "broken"),
        ("after_passing_by", "success", ""),
        ("raising", "error", ""),
        ("after_raising", "skipped", "raising"),
        ("doubled", "success", ""),
        ("tripled", "skipped", "tripled"),
        ("after_tripled", "skipped", "tripled"),
        ("kept", "success", ""),
        ("fruits", "success", ""),
    ],
)
def test_each_node_tells_its_status_and_what_it_was_skipped_for(
    build: Outcome, name: str, status: str, because: str
) -> None:
    node = (
        build.node(name)
        if name not in ("doubled", "tripled")
        else next(item for key, item in build.nodes().items() if key == f"model.workshop.{name}")
    )
    assert node.status == status
    assert [*node.skipped_because.split("."), "", "", ""][2] == because


def test_a_failed_unit_test_is_why_its_model_is_skipped(build: Outcome) -> None:
    node = build.nodes()["model.workshop.tripled"]
    assert node.skipped_because == "unit_test.workshop.tripled.two_becomes_five"
    failed = build.nodes()[node.skipped_because]
    assert failed.status == "fail"
    assert "\x1b" not in failed.message


def test_results_carry_counts_relations_and_what_was_built(engine: Engine, build: Outcome) -> None:
    assert build.node("fruits").rows == 3
    check = build.node("not_null_named_name")
    assert (check.failures, check.path) == (1, "models/_workshop.yml")
    assert check.line == FILES[check.path].split("\n").index("          - not_null") + 1
    named = build.node("named")
    assert named.relation == '"workshop"."main"."named"'
    fingerprint = Fingerprint(*named.fingerprint)
    assert fingerprint._replace(compiled="") == engine.assets[named.unique_id].fingerprint
    assert fingerprint.compiled  # of the run; the engine reports its own in the background
    assert (engine.root / named.compiled_path).is_file()
    talking = build.node("talking")
    assert list(talking.macros) == ["macro.workshop.shout"]


def test_an_error_names_the_file_and_the_line_of_the_source(build: Outcome) -> None:
    broken = build.node("broken")
    assert (broken.path, broken.line, broken.last_line) == ("models/broken.sql", 2, 0)
    assert "no_such_column" in broken.message
    assert (broken.compiled_line, broken.excerpt_from) == (2, 1)
    assert broken.excerpt == [
        "select id,",
        "  no_such_column",
        'from "workshop"."main"."stg_fruits"',
    ]


def test_log_lines_belong_to_their_node_and_are_plain_text(build: Outcome) -> None:
    (red,) = [line for line in build.of(LogLine) if "said in red" in line.text]
    assert red.text == "said in red [bold]not markup[/bold]"
    assert (red.level, red.unique_id) == ("info", "model.workshop.talking")
    assert {line.level for line in build.of(LogLine)} >= {"debug", "info", "warn", "error"}


def test_what_a_macro_prints_is_in_stdout_and_in_the_log(build: Outcome) -> None:
    assert "said on stdout" in build.stdout
    assert any(line.text == "said on stdout" for line in build.of(LogLine))


def test_secrets_are_nowhere_in_the_log(build: Outcome) -> None:
    assert "select '*****' as id" in "".join(line.text for line in build.of(LogLine))
    assert SECRET not in build.text
    assert SECRET not in build.stdout


def test_the_artifacts_are_where_dbt_users_expect_them(engine: Engine, build: Outcome) -> None:
    target = engine.root / "target"
    manifest = json.loads((target / "manifest.json").read_text())
    assert "select id * 2" in manifest["nodes"]["model.workshop.doubled"]["compiled_code"]
    assert not list(target.glob(".dbtree-*"))
    assert not list(engine.root.glob("*.wal"))


def test_an_error_of_jinja_s_making_is_led_back_to_the_loop_that_made_it(
    engine: Engine, build: Outcome
) -> None:
    outcome = engine.run(engine.ids("looped", "asking"))
    looped, asking = outcome.node("looped"), outcome.node("asking")
    assert (looped.path, looped.line, looped.last_line) == ("models/looped.sql", 6, 0)
    failed = looped.excerpt[looped.compiled_line - looped.excerpt_from]
    assert failed == "  select cast(nme as varchar) as told"
    # What it asks the database for cannot be rendered again: the loop is named.
    assert (asking.path, asking.line, asking.last_line) == ("models/asking.sql", 4, 6)
    assert "nonsense_type" in asking.excerpt[asking.compiled_line - asking.excerpt_from]


def test_what_does_not_compile_in_a_run_has_its_line(engine: Engine, build: Outcome) -> None:
    outcome = engine.run(engine.ids("undefined", "refusing"))
    undefined, refusing = outcome.node("undefined"), outcome.node("refusing")
    assert "'no_such_package' is undefined" in undefined.message
    assert (undefined.path, undefined.line) == ("models/undefined.sql", 4)
    assert "Not like this: refusing" in refusing.message
    assert (refusing.path, refusing.line) == ("models/refusing.sql", 3)


# -- which nodes -----------------------------------------------------------------


def test_exactly_the_nodes_asked_for_are_run(engine: Engine, build: Outcome) -> None:
    outcome = engine.run(engine.ids("after_named", "not_null_named_name", "stg_fruits"))
    assert outcome.statuses() == {
        **dict.fromkeys(engine.ids("stg_fruits"), "success"),
        **dict.fromkeys(engine.ids("not_null_named_name"), "fail"),
        # `named` is not built, yet its check holds up what comes after it.
        **dict.fromkeys(engine.ids("after_named"), "skipped"),
    }


def test_checks_alone_are_run_by_dbt_test(engine: Engine, build: Outcome) -> None:
    outcome = engine.run(list(engine.checks), "test")
    assert set(outcome.statuses()) == set(engine.checks)
    assert outcome.events[0].kind == "test"


def test_without_nodes_dbt_resolves_the_selectors(engine: Engine, build: Outcome) -> None:
    outcome = engine.run([], select=["+named"], exclude=["fruits"])
    assert set(outcome.statuses()) == set(
        engine.ids("stg_fruits", "named", "not_null_named_name", "unique_stg_fruits_id")
    )


def test_a_full_refresh_builds_an_incremental_model_anew(engine: Engine, build: Outcome) -> None:
    ids = engine.ids("growing")
    assert 'on "workshop"' not in engine.run(ids).text
    again = engine.run(ids)
    assert "where id > 2" in again.text
    outcome = engine.run(ids, full_refresh=True)
    assert outcome.events[0].full_refresh
    assert "where id > 2" not in outcome.text


def test_further_flags_are_dbts_own(engine: Engine, build: Outcome) -> None:
    ids = engine.ids("broken", "after_broken", "slow", "after_slow")
    outcome = engine.run(ids, flags=["--fail-fast"], threads=2)
    assert outcome.node("broken").status == "error"
    assert outcome.node("after_broken").skipped_because == "model.workshop.broken"
    # dbt calls the one an error and both skipped.
    slow, after = outcome.node("slow"), outcome.node("after_slow")
    assert (slow.status, slow.message) == ("cancelled", "cancelled: --fail-fast")
    assert (after.status, after.message) == ("skipped", "not run: --fail-fast")
    assert not after.skipped_because
    assert outcome.end.status == "failed"


def test_flags_that_dbt_does_not_know_are_told_in_a_sentence(engine: Engine) -> None:
    outcome = engine.run(engine.ids("talking"), flags=["--no-such-flag"])
    assert (outcome.end.status, outcome.code) == ("error", 2)
    assert "--no-such-flag" in outcome.end.message


def test_another_command_is_refused(engine: Engine) -> None:
    reply, _ = engine.start([], "run-operation")
    assert isinstance(reply, Refused)


def test_a_failing_hook_fails_the_run_and_says_so(engine: Engine, build: Outcome) -> None:
    outcome = engine.run(engine.ids("breaks_the_end"))
    assert outcome.node("breaks_the_end").status == "success"
    assert outcome.end.status == "failed"
    assert "nowhere_to_be_found" in outcome.end.message


# -- how a run ends before its time ----------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_long_query_is_cancelled(engine: Engine, build: Outcome, number: signal.Signals) -> None:
    reply, run_dir = engine.start(engine.ids("slow", "after_slow"))
    wait_for(run_dir, LogLine, name="SQLQuery", unique_id="model.workshop.slow")
    os.kill(reply.pid, number)
    outcome = engine.ended(run_dir)
    assert len(outcome.of(RunCancelling)) == 1
    assert outcome.end.status == "cancelled"
    assert not outcome.nodes()
    assert engine.run(engine.ids("talking")).end.status == "success"


def test_an_endless_python_model_is_cancelled(engine: Engine, build: Outcome) -> None:
    reply, run_dir = engine.start(engine.ids("endless"))
    wait_for(run_dir, LogLine, name="NodeExecuting", unique_id="model.workshop.endless")
    os.kill(reply.pid, signal.SIGINT)
    assert engine.ended(run_dir).end.status == "cancelled"


def test_what_nothing_can_interrupt_is_given_up(engine: Engine, build: Outcome) -> None:
    model = engine.root / "models" / "asleep.py"
    text = "import time\ndef model(dbt, session):\n    time.sleep(9000)\n    return None\n"
    model.write_text(text, "utf-8")
    engine.reparse([model])
    try:
        reply, run_dir = engine.start(engine.ids("asleep"))
        wait_for(run_dir, LogLine, name="NodeExecuting", unique_id="model.workshop.asleep")
        os.kill(reply.pid, signal.SIGINT)
        assert engine.ended(run_dir).end.status == "cancelled"
    finally:
        model.unlink()
        engine.reparse([model])


def test_killing_its_session_loses_nothing_that_was_written(engine: Engine, build: Outcome) -> None:
    reply, run_dir = engine.start(engine.ids("talking", "slow"), threads=2)
    wait_for(run_dir, NodeFinished, unique_id="model.workshop.talking")
    wait_for(run_dir, NodeStarted, unique_id="model.workshop.slow")
    kill_session(reply.pid)
    outcome = engine.ended(run_dir)
    assert outcome.code == -signal.SIGKILL
    assert outcome.node("talking").status == "success"
    assert not outcome.of(RunFinished)


def test_a_second_run_waits_for_the_first_one(engine: Engine, build: Outcome) -> None:
    first, first_dir = engine.start(engine.ids("slow"))
    wait_for(first_dir, NodeStarted)
    second, second_dir = engine.start(engine.ids("talking"))
    waiting = wait_for(second_dir, RunWaiting)
    assert waiting.holder == f"run {first_dir.name} (PID {first.pid})"
    third, third_dir = engine.start(engine.ids("talking"))
    wait_for(third_dir, RunWaiting)
    os.kill(third.pid, signal.SIGINT)
    assert engine.ended(third_dir).end.status == "cancelled"
    fourth = engine.run(engine.ids("talking"), lock_wait=0.1, waits_long=False)
    assert (fourth.end.status, fourth.end.message) == (
        "error", f"The database is in use by {waiting.holder}; waited 0.1 s for it.",
    )  # fmt: skip
    assert isinstance(read_events(second_dir)[-1], RunWaiting)
    kill_session(first.pid)
    outcome = engine.ended(second_dir)
    assert isinstance(second, RunForked)
    assert outcome.end.status == "success"


@contextmanager
def holding(root: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that has the database open."""
    holder = subprocess.Popen(
        [
            DBT_PYTHON,
            "-c",
            "import duckdb; held = duckdb.connect('workshop.duckdb'); print(flush=True); input()",
        ],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout
    holder.stdout.readline()
    try:
        yield holder
    finally:
        holder.communicate(b"\n" if holder.poll() is None else None)


def test_who_holds_the_database_is_named(engine: Engine, build: Outcome) -> None:
    with holding(engine.root) as holder:
        outcome = engine.run(engine.ids("talking"), lock_wait=0.2)
    assert outcome.end.status == "error"
    waiting = outcome.of(RunWaiting)[0]
    assert f"(PID {holder.pid}, " in waiting.holder
    assert "import duckdb" in waiting.holder
    assert " since " in waiting.holder
    assert waiting.at < waiting.until < waiting.at + 1
    assert outcome.end.message.startswith(
        f"The database workshop.duckdb is in use by {waiting.holder}"
    )
    assert "waited 0.2 s" in outcome.end.message
    assert not outcome.of(LogLine)


def test_a_run_starts_as_soon_as_the_database_is_free(engine: Engine, build: Outcome) -> None:
    with holding(engine.root) as holder:
        _, run_dir = engine.start(engine.ids("talking"), lock_wait=300)
        wait_for(run_dir, RunWaiting)
        holder.kill()
    outcome = engine.ended(run_dir)
    assert outcome.end.status == "success"
    assert len(outcome.of(RunWaiting)) == 1
    [ended] = outcome.of(RunWaitEnded)
    assert outcome.of(RunWaiting)[0].at < ended.at < outcome.of(NodeStarted)[0].at


def test_waiting_for_the_database_can_be_given_up(engine: Engine, build: Outcome) -> None:
    with holding(engine.root):
        forked, run_dir = engine.start(engine.ids("talking"), lock_wait=300)
        wait_for(run_dir, RunWaiting)
        os.kill(forked.pid, signal.SIGINT)
        end = engine.ended(run_dir).end
        assert end.status == "cancelled"
        assert re.match(r"Given up after \d+ s of waiting for .*\(PID \d+", end.message)


def test_a_run_goes_on_when_its_engine_is_killed(tmp_path: Path) -> None:
    engine = Engine(write_workshop(tmp_path / "workshop"), ENV)
    reply, run_dir = engine.start(engine.ids("fruits", "stg_fruits"))
    assert isinstance(reply, RunForked), reply
    engine.process.kill()
    assert wait_for(run_dir, RunFinished).status == "success"
    assert reply.pid != engine.process.pid
    engine.close()
