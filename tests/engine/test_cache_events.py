"""The events about dbt's cache of relations: whoever takes them gets them as dbt makes them."""

from __future__ import annotations

import io
from functools import partial

import dbt.adapters.cache
import pytest
from dbt.adapters.base.relation import BaseRelation
from dbt.adapters.cache import RelationsCache
from dbt.adapters.contracts.relation import Path
from dbt.adapters.events.types import CacheAction
from dbt.events.logging import _logfile_filter
from dbt.tracking import track_behavior_change_warn
from dbt_common.events import event_manager_client
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.functions import get_stdout_config
from dbt_common.events.logger import LineFormat, LoggerConfig

from tui.engine.execution.events import EventLog
from tui.engine.patches import cache_events
from tui.engine.process.ignored_events import CACHE_EVENTS, ignoring


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> EventManager:
    """The patch in place, and dbt's manager of events without anybody who takes them."""
    manager = EventManager()
    monkeypatch.setattr(event_manager_client, "_EVENT_MANAGER", manager)
    monkeypatch.setattr(dbt.adapters.cache, "fire_event", dbt.adapters.cache.fire_event)
    monkeypatch.setattr(dbt.adapters.cache, "CacheAction", CacheAction)
    cache_events.apply()
    return manager


def work() -> None:
    """What a command does with the cache: list, drop, rename."""
    cache = RelationsCache()
    relations = [BaseRelation(path=Path("db", "main", name)) for name in ("a", "b", "c")]
    for relation in relations:
        cache.add(relation)
    cache.add_link(relations[0], relations[1])
    cache.rename(relations[2], BaseRelation(path=Path("db", "main", "d")))
    cache.drop(relations[0])


def log_file(out: io.StringIO, *, log_cache_events: bool) -> LoggerConfig:
    """dbt's log, but for the place to which it is written."""
    config = get_stdout_config(LineFormat.Json, False, EventLevel.DEBUG, log_cache_events)
    config.filter = partial(_logfile_filter, log_cache_events, LineFormat.Json)
    config.output_stream = out
    return config


def told(manager: EventManager) -> list[str]:
    """What a callback that takes all events is told."""
    heard: list[str] = []
    manager.add_callback(lambda message: heard.append(f"{message.data.action} {message.info.msg}"))
    work()
    return heard


def test_nobody_takes_them_and_none_is_made(
    manager: EventManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    out = io.StringIO()
    manager.add_logger(log_file(out, log_cache_events=False))
    manager.add_logger(get_stdout_config(LineFormat.PlainText, False, EventLevel.DEBUG, False))
    manager.add_callback(track_behavior_change_warn)
    manager.add_callback(EventLog.on_dbt_event.__get__(object()))
    work()  # makes one, to ask the filters
    monkeypatch.setattr(CacheAction, "__init__", lambda self, **values: made.append(values))
    work()
    assert not made
    assert out.getvalue() == ""


def test_a_log_that_takes_them_has_those_of_dbt(
    manager: EventManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    lazily = told(manager)
    monkeypatch.undo()
    plain = EventManager()
    monkeypatch.setattr(event_manager_client, "_EVENT_MANAGER", plain)
    assert lazily == told(plain)
    assert any("add_relation" in line for line in lazily)


def test_the_log_of_cache_events_has_them(manager: EventManager) -> None:
    out = io.StringIO()
    manager.add_logger(log_file(out, log_cache_events=True))
    work()
    assert out.getvalue().count("add_relation") == 3


def test_a_filter_that_is_not_dbts_is_asked_each_time(manager: EventManager) -> None:
    out = io.StringIO()
    config = log_file(out, log_cache_events=False)
    config.filter = lambda message: message.data.action == "drop_relation"
    manager.add_logger(config)
    work()
    assert out.getvalue().count("drop_relation") >= 1
    assert "add_relation" not in out.getvalue()


def test_only_a_callback_that_ignores_them_is_passed_over(manager: EventManager) -> None:
    heard: list[str] = []
    manager.add_callback(ignoring(CACHE_EVENTS)(lambda message: heard.append("ignoring")))
    work()
    assert not heard
    manager.add_callback(lambda message: heard.append("other"))
    work()
    assert "other" in heard
