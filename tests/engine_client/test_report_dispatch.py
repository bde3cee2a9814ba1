"""What an engine sends becomes calls of one listener, over restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.graphs import asset, check
from tui.engine_client import session
from tui.engine_client.listener import ParseOutcome
from tui.engine_client.report_dispatch import EngineReports
from tui.graph import AssetGraph, Problem
from tui.project.interpreter import Interpreter
from tui.project.project import Project
from tui.protocol import messages
from tui.protocol.records import DbtWarning

PROBLEM = Problem("ref", "b depends on c, which was not found", "models/b.sql", 1)


class Listener:
    """Notes each call as its name and its values."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.knows = True
        """Whether it has the graph of the last time."""

    def graph_confirmed(self, *values: Any) -> bool:
        self.calls.append(("graph_confirmed", *values))
        return self.knows

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *values: self.calls.append((name, *values))

    @property
    def graphs(self) -> list[AssetGraph]:
        return [values[0] for name, *values in self.calls if name == "graph_loaded"]


def reports_to(listener: Listener) -> EngineReports:
    """What passes reports on; no graph is left out."""
    return EngineReports(listener, lambda: pytest.fail("the graph was not left out"))


def row(value: Any) -> list[Any]:
    return [list(each) if isinstance(each, tuple) else each for each in value]


def part(*names: str) -> messages.GraphPart:
    checks = [row(check(f"unique_{name}", name)) for name in names]
    return messages.GraphPart(1, [row(asset(name)) for name in names], checks)


def test_a_graph_is_put_together_of_its_parts() -> None:
    listener = Listener()
    reports = reports_to(listener)
    for message in (part("a"), part("b", "c"), messages.GraphComplete(1, {"m": "1"}, elapsed=2.0)):
        reports.receive(message)
    ((name, graph, outcome),) = listener.calls
    assert name == "graph_loaded"
    assert graph.assets == {name: asset(name) for name in "abc"}
    assert set(graph.checks) == {"unique_a", "unique_b", "unique_c"}
    assert outcome == ParseOutcome(elapsed=2.0)


def test_the_next_graph_begins_empty() -> None:
    listener = Listener()
    reports = reports_to(listener)
    for message in (
        part("a"), messages.GraphComplete(1, {}), part("b"), messages.GraphComplete(2, {}),
    ):  # fmt: skip
        reports.receive(message)
    assert [set(graph.assets) for graph in listener.graphs] == [{"a"}, {"b"}]


def test_a_reply_to_a_parse_says_what_a_report_says() -> None:
    changed = messages.GraphChanged(
        3, 2, [row(asset("b"))], [], ["c"], {"m": None}, 0.1, [["Old", "old"]], [list(PROBLEM)]
    )
    failed = messages.ParseFailed(4, [list(PROBLEM)])
    listener = Listener()
    for receive in (
        reports_to(listener).receive,
        reports_to(listener).receive_parse,
    ):
        listener.calls.clear()
        receive(changed)
        receive(failed)
        (name, changes, outcome), then = listener.calls
        assert name == "graph_changed"
        assert (changes.assets, changes.checks) == ((asset("b"),), ())
        assert (changes.removed, changes.macros) == (frozenset({"c"}), {"m": None})
        assert outcome == ParseOutcome((PROBLEM,), (DbtWarning("Old", "old"),), 0.1)
        assert then == ("parse_failed", (PROBLEM,))


def test_what_is_seen_in_the_saved_files_is_no_parse() -> None:
    listener = Listener()
    message = messages.GraphChanged(0, 2, [row(asset("b"))], [], [], {}, provisional=True)
    reports_to(listener).receive(message)
    ((name, changes),) = listener.calls
    assert (name, changes.assets) == ("edit_seen", (asset("b"),))


def test_a_parse_that_is_refused_has_failed() -> None:
    listener = Listener()
    reports_to(listener).receive_parse(messages.Refused(3, "no project is open", "p.yml", 2))
    assert listener.calls == [
        ("parse_failed", (Problem("engine", "no project is open", "p.yml", 2),))
    ]


def test_a_refusal_that_nobody_waits_for_is_no_failed_parse() -> None:
    listener = Listener()
    reports_to(listener).receive(messages.Refused(3, "The database did not answer in time."))
    assert listener.calls == []


class Client:
    """An engine process that sends what a test lets it send."""

    pid = 1
    errors_path = Path("engine.log")

    def __init__(self, *_: Any, **__: Any) -> None:
        CLIENTS.append(self)
        self.replies: dict[type, Any] = {}

    async def connect(self, on_report: Callable[[Any], None], on_gone: Callable[[], None]) -> None:
        self.sends, self.ends = on_report, on_gone

    def open(self, **_: Any) -> None: ...

    def kill(self) -> None: ...

    def ask(self, kind: type, /, **fields: Any) -> asyncio.Future[Any]:
        reply: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        reply.set_result(self.replies[kind])
        return reply


CLIENTS: list[Client] = []


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> tuple[session.EngineSession, Listener]:
    CLIENTS.clear()
    monkeypatch.setattr(session, "EngineClient", Client)
    found = Interpreter(Path("python"), "here", "1.11.0", "3.11.0")
    monkeypatch.setattr(Project, "interpreter", found)
    listener = Listener()
    return session.EngineSession(Project(Path("/p"), "shop"), listener), listener


async def test_a_graph_never_has_parts_of_an_engine_that_ended_while_it_sent(
    opened: tuple[session.EngineSession, Listener],
) -> None:
    engine, listener = opened
    await engine.open()
    CLIENTS[0].sends(part("a"))
    CLIENTS[0].ends()
    await asyncio.wait({task for task in asyncio.all_tasks() if task is not asyncio.current_task()})
    CLIENTS[1].sends(part("b"))
    CLIENTS[1].sends(messages.GraphComplete(1, {}))
    assert [set(graph.assets) for graph in listener.graphs] == [{"b"}]


async def test_a_parse_of_saved_files_is_reported_from_its_begin_to_its_end(
    opened: tuple[session.EngineSession, Listener],
) -> None:
    engine, listener = opened
    await engine.open()
    CLIENTS[0].replies[messages.Reparse] = messages.ParseFailed(1, [list(PROBLEM)])
    listener.calls.clear()
    await engine.reparse(["models/b.sql"], full=False)
    assert listener.calls == [("parse_began",), ("parse_failed", (PROBLEM,))]


@pytest.mark.parametrize("has_it", [True, False])
def test_a_graph_that_is_known_is_confirmed_and_one_that_is_not_is_asked_for(has_it: bool) -> None:
    listener = Listener()
    listener.knows = has_it
    asked: list[str] = []
    message = messages.GraphComplete(1, {}, known="name", elapsed=0.5)
    EngineReports(listener, lambda: asked.append("whole")).receive(message)
    assert listener.calls == [("graph_confirmed", "name", ParseOutcome((), (), 0.5))]
    assert asked == ([] if has_it else ["whole"])
