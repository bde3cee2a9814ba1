"""Which invocations of dbt are runs from elsewhere; with real dbt: tests/workspace."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.runs.test_dbt_log import END, ONE, RUN, TWO, section
from tui.protocol.invocations import known_invocations, note_invocation
from tui.runs.directories import run_dir
from tui.runs.external_runs import ExternalRun, ExternalRuns, is_own
from tui.runs.values import NodeRun, Run

LONG_AGO = time.time() - 60


class Checkout:
    """A project in which somebody runs dbt, as far as its files tell."""

    def __init__(self, root: Path) -> None:
        self.root, self.state_dir = root, root / ".dbtree"
        self.target = root / "target"
        for path in (self.state_dir, self.target, root / "logs"):
            path.mkdir()
        self.external = ExternalRuns(self.state_dir)

    def find(self, runs: tuple[Run, ...] = ()) -> list[ExternalRun]:
        return self.external.find(self.target, self.root / "logs" / "dbt.log", "dev", runs)

    def leave_results(self, invocation_id: str, which: str = "run", **args: Any) -> Path:
        path = self.target / "run_results.json"
        data = {
            "metadata": {"invocation_id": invocation_id},
            "args": {"which": which, "invocation_command": f"dbt {which}", **args},
            "results": [{"unique_id": "model.shop.a", "status": "success"}],
        }
        path.write_text(json.dumps(data))
        os.utime(path, (LONG_AGO, LONG_AGO))
        return path

    def leave_log(self, text: str) -> None:
        path = self.root / "logs" / "dbt.log"
        path.write_text(text)
        os.utime(path, (LONG_AGO, LONG_AGO))


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_results_of_an_unknown_invocation_are_a_run_from_elsewhere(checkout: Checkout) -> None:
    assert checkout.find() == []
    checkout.leave_results(ONE)
    (found,) = checkout.find()
    assert found.invocation_id == ONE
    assert (found.fields["kind"], found.fields["command"], found.fields["target"]) == (
        "run", "dbt run", "dev",
    )  # fmt: skip


def test_the_target_is_that_of_the_arguments_else_that_of_the_log(checkout: Checkout) -> None:
    checkout.leave_log(section(ONE, *RUN, END))
    checkout.leave_results(ONE)
    (found,) = checkout.find()
    assert found.fields["target"] == "prod"
    checkout.external.claim(found)
    checkout.leave_results(TWO, target="staging")
    (found,) = checkout.find()
    assert found.fields["target"] == "staging"


@pytest.mark.parametrize("which", ["compile", "generate", "show", "list", "parse", "clone"])
def test_what_builds_nothing_is_no_run(checkout: Checkout, which: str) -> None:
    checkout.leave_results(ONE, which)
    assert checkout.find() == []


def test_a_run_of_dbtree_is_its_own(checkout: Checkout) -> None:
    note_invocation(checkout.state_dir, ONE, "a3f1")
    checkout.leave_log(section(ONE, *RUN))
    checkout.leave_results(ONE)
    assert checkout.find() == []


def test_half_written_results_wait_until_they_are_whole(checkout: Checkout) -> None:
    path = checkout.leave_results(ONE)
    whole = path.read_text()
    for size in (0, 10, len(whole) - 1):
        path.write_text(whole[:size])
        assert checkout.find() == []
    checkout.leave_results(ONE)
    assert len(checkout.find()) == 1


def test_of_a_killed_dbt_its_log_tells_what_it_had_done(checkout: Checkout) -> None:
    checkout.leave_log(section(ONE, *RUN))
    (found,) = checkout.find()
    assert found.fields["killed"]
    assert found.fields["kind"] == "run"
    assert [(row[0], row[1]) for row in found.fields["nodes"]] == [
        ("model.shop.stg_orders", "success"),
        ("model.shop.broken", "error"),
        ("test.shop.not_null_a", ""),
    ]
    assert found.fields["ended_at"] == pytest.approx(LONG_AGO)


def test_a_dbt_that_still_has_its_log_open_is_not_over(checkout: Checkout) -> None:
    checkout.leave_log(section(ONE, *RUN))
    with (checkout.root / "logs" / "dbt.log").open("a"):
        assert checkout.find() == []
        assert checkout.external.going_on == "dbt run -s 'stg_orders'"
    assert len(checkout.find()) == 1
    assert checkout.external.going_on == ""


def test_of_what_was_there_before_only_the_latest_counts(checkout: Checkout) -> None:
    checkout.leave_log(section(ONE, *RUN) + section(TWO, *RUN))
    assert [found.invocation_id for found in checkout.find()] == [TWO]


def test_a_build_that_other_commands_followed_before_dbtree_was_opened_is_found(
    checkout: Checkout,
) -> None:
    checkout.leave_results(ONE)
    checkout.leave_log(section(ONE, *RUN, END) + section(TWO, *RUN, END))
    assert ONE in [found.invocation_id for found in checkout.find()]


def test_a_claim_that_a_killed_window_left_does_not_hold_for_ever(checkout: Checkout) -> None:
    checkout.leave_results(ONE)
    (found,) = checkout.find()
    marker = checkout.state_dir / "locks" / f"external-{ONE}"
    marker.parent.mkdir(exist_ok=True)
    marker.touch()
    assert checkout.external.claim(found) == ""
    os.utime(marker, (LONG_AGO - 60, LONG_AGO - 60))
    assert checkout.external.claim(found) == ""
    assert checkout.external.claim(found) == "e919"


def test_a_run_is_claimed_by_one_window_only(checkout: Checkout) -> None:
    checkout.leave_results(ONE)
    (found,) = checkout.find()
    other = ExternalRuns(checkout.state_dir)
    run_id = checkout.external.claim(found)
    assert run_id == "e919"
    assert other.claim(found) == ""
    assert not list((checkout.state_dir / "locks").iterdir())
    assert known_invocations(checkout.state_dir) == {ONE: "e919"}
    assert checkout.find() == []
    # Another run whose name begins so has the id already.
    twin = ExternalRun(f"919{TWO[3:]}", {})
    assert other.claim(twin) == f"e{twin.invocation_id[:4]}"


def test_what_was_stopped_ends_with_its_process_not_with_its_results(checkout: Checkout) -> None:
    checkout.leave_results(ONE)
    path = checkout.root / "logs" / "dbt.log"
    path.write_text(section(ONE, *RUN))
    recent = time.time() - 10
    with path.open("a") as stream:  # as a dbt that cancels a query has it
        os.utime(path, (recent, recent))
        assert checkout.find() == []
        stream.write("17:55:38.7 [error] [MainThread]: CTRL-C\nKeyboardInterrupt\n")
    os.utime(path, (recent, recent))
    (found,) = checkout.find()
    assert found.fields["stopped_by_hand"]


def test_results_of_a_process_that_goes_on_with_something_else_are_a_run(
    checkout: Checkout,
) -> None:
    checkout.leave_results(ONE)
    checkout.leave_log(section(ONE, *RUN))
    path = checkout.root / "logs" / "dbt.log"
    long_ago = time.time() - 90
    with path.open("a"):
        os.utime(path, (long_ago, long_ago))
        assert len(checkout.find()) == 1


def test_a_run_that_was_not_recorded_is_left_to_the_next_window(checkout: Checkout) -> None:
    checkout.leave_results(ONE)
    (found,) = checkout.find()
    run_id = checkout.external.claim(found)
    checkout.external.give_back(found, run_id)
    assert not run_dir(checkout.state_dir, run_id).exists()
    assert known_invocations(checkout.state_dir) == {}
    other = ExternalRuns(checkout.state_dir)
    assert other.claim(found) == "e919"
    assert known_invocations(checkout.state_dir) == {ONE: "e919"}


def test_a_run_that_was_recorded_in_the_last_moment_is_not_given_back(checkout: Checkout) -> None:
    checkout.leave_results(ONE)
    (found,) = checkout.find()
    run_id = checkout.external.claim(found)
    (run_dir(checkout.state_dir, run_id) / "events.jsonl").write_text("{}\n")
    checkout.external.give_back(found, run_id)
    assert known_invocations(checkout.state_dir) == {ONE: "e919"}


def test_results_of_a_run_that_noted_nothing_are_known_by_their_time_and_nodes() -> None:
    nodes = {"model.shop.a": NodeRun("model.shop.a", "success")}
    run = Run("a3f1", "success", started_at=10.0, finished_at=20.0, nodes=nodes)
    assert is_own({"model.shop.a"}, 20.5, [run])
    assert not is_own({"model.shop.a"}, 25.0, [run])
    assert not is_own({"model.shop.b"}, 15.0, [run])


def test_a_log_without_nodes_or_error_tells_of_no_run(checkout: Checkout) -> None:
    checkout.leave_log(section(ONE, "[debug] [MainThread]: Command `dbt debug` succeeded at 17:55"))
    assert checkout.find() == []


def test_what_ends_elsewhere_while_a_run_goes_on_is_found_at_once(checkout: Checkout) -> None:
    nodes = {"model.shop.a": NodeRun("model.shop.a", "running")}
    own = Run("a3f1", "running", started_at=LONG_AGO - 60, nodes=nodes, pid=os.getpid())
    note_invocation(checkout.state_dir, ONE, own.run_id)
    failed = "[error] [MainThread]: Encountered an error:\nRuntime Error\n  locked"
    end = "[debug] [MainThread]: Command `dbt run` failed at 17:55:38.7 after 1.00 seconds"
    checkout.leave_log(section(ONE, *RUN, clock="17:50:00.0") + section(TWO, failed, end))
    (found,) = checkout.find((own,))
    assert (found.invocation_id, found.fields["message"]) == (TWO, "Runtime Error\n  locked")
    assert abs(found.fields["ended_at"] - LONG_AGO) < 1
    checkout.external.pass_over(TWO)
    other = "5f3b1c1e-0000-4782-8f50-dc0bf9ae6f00"
    checkout.leave_results(other)
    assert [one.invocation_id for one in checkout.find((own,))] == [other]


def test_results_in_another_target_path_are_found_by_the_log(
    checkout: Checkout, tmp_path: Path
) -> None:
    told = RUN[1].replace("{'quiet'", "{'target_path': 'elsewhere/t', 'quiet'")
    checkout.leave_log(section(ONE, RUN[0], told, *RUN[2:], END))
    elsewhere = checkout.root / "elsewhere" / "t"
    elsewhere.mkdir(parents=True)
    checkout.leave_results(ONE).rename(elsewhere / "run_results.json")
    log = checkout.root / "logs" / "dbt.log"
    (found,) = checkout.external.find(checkout.target, log, "dev", (), checkout.root)
    assert found.fields["run_results"] == str(elsewhere / "run_results.json")
    assert found.fields["manifest"] == str(elsewhere / "manifest.json")
    checkout.leave_results(TWO).rename(elsewhere / "run_results.json")  # by now of another run
    (found,) = checkout.external.find(checkout.target, log, "dev", (), checkout.root)
    assert "run_results" not in found.fields
