"""The options of a planned run on its sheet: what can be set, and how it is shown. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from textual.content import Content

from tui.protocol.plain import plain
from tui.runs import run_options
from tui.runs.run_options import OF_BUILDS, RunOptions
from tui.ui.panels.sheet import Sheet

SHOWN = 40
"""Cells of a value; the dbt line has all of it."""
GAP = 3
EVENT_TIME = ("event_start", "event_end")


@plain(frozen=True)
class Toggle:
    """An option that is on or off."""

    key: str
    name: str
    """Of RunOptions."""
    label: str
    since: str = ""
    """Its name in `run_options.SINCE`, where not every dbt has it."""
    of_deferral: bool = False
    """Whether it is for sessions only that defer."""


@plain(frozen=True)
class Field:
    """An option that is typed."""

    key: str
    name: str
    label: str
    placeholder: str
    problem: Callable[[str, RunOptions], str]
    since: str = ""
    of_batches: bool = False
    """Whether it is for microbatch models only."""


TOGGLES = (
    Toggle("f", "full_refresh", "full refresh"),
    Toggle("e", "empty", "empty", "empty"),
    Toggle("F", "fail_fast", "fail fast"),
    Toggle("V", "favor_state", "favor state", of_deferral=True),
)
FIELDS = (
    Field("n", "threads", "threads", "a number", lambda text, _: run_options.threads_problem(text)),
    Field("s", "sample", "sample", "3 days",
          lambda text, _: run_options.sample_problem(text), "sample"),
    Field("x", "exclude", "exclude", "a selector: tag:nightly", lambda *_: ""),
    Field("v", "vars", "vars", "{day: 2024-01-01}", lambda text, _: run_options.vars_problem(text)),
    Field("less_than_sign", "event_start", "from", "2024-01-01",
          lambda text, now: run_options.event_time_problem(text, end=now.event_end),
          "event_time", of_batches=True),
    Field("greater_than_sign", "event_end", "to", "2024-01-31",
          lambda text, now: run_options.event_time_problem(text, start=now.event_start),
          "event_time", of_batches=True),
)  # fmt: skip
SIGNS = {"less_than_sign": "<", "greater_than_sign": ">"}


def value_of(options: RunOptions, name: str) -> str:
    """An option as it is typed; empty where it is not set."""
    value = getattr(options, name)
    return str(value or "")


def with_value(options: RunOptions, name: str, text: str) -> RunOptions:
    """The options with one as typed, which must have no problem. Without one end of the event
    time there is no other.
    """
    text = text.strip()
    changed: dict[str, Any] = {name: int(text or 0) if name == "threads" else text}
    if not text and name in EVENT_TIME:
        changed = dict.fromkeys(EVENT_TIME, "")
    return replace(options, **changed)


def other_end(options: RunOptions) -> str:
    """The end of the event time that is missing, where one of them is set."""
    missing = [name for name in EVENT_TIME if not getattr(options, name)]
    return missing[0] if len(missing) == 1 else ""


def add_options(
    sheet: Sheet,
    options: RunOptions,
    *,
    checks_only: bool = False,
    has_batches: bool = False,
    defers: bool = False,
    session_threads: int = 0,
    left_out: int = 0,
) -> None:
    """Write what can be set, as many on a line as there is room for, and what follows from it."""
    sheet.heading("Options")
    line: list[Content] = []
    used = 0
    for item in _items(options, checks_only, has_batches, defers, session_threads, left_out):
        if line and used + GAP + item.cell_length > sheet.width:
            sheet.line(Content(" " * GAP).join(line))
            line, used = [], 0
        used += item.cell_length + (GAP if line else 0)
        line.append(item)
    sheet.line(Content(" " * GAP).join(line))
    for words in _consequences(options, checks_only=checks_only):
        sheet.line((words, "$dim"))


def _items(
    options: RunOptions,
    checks_only: bool,
    has_batches: bool,
    defers: bool,
    session_threads: int,
    left_out: int,
) -> Iterator[Content]:
    for toggle in TOGGLES:
        is_on = bool(getattr(options, toggle.name))
        if toggle.of_deferral and not defers:
            continue
        if checks_only and toggle.name in OF_BUILDS:
            yield _item(toggle.key, toggle.label, "not for checks", is_set=False)
        else:
            yield _item(toggle.key, toggle.label, "on" if is_on else "off", is_set=is_on)
    for field in FIELDS:
        value = value_of(options, field.name)
        if field.of_batches and not has_batches:
            continue
        key = SIGNS.get(field.key, field.key)
        if checks_only and field.name in OF_BUILDS:
            yield _item(key, field.label, "not for checks", is_set=False)
            continue
        shown = value if len(value) <= SHOWN else f"{value[: SHOWN - 1]}…"
        if field.name == "threads" and not value:
            shown = str(session_threads or "")
        if field.name == "exclude" and value:
            shown += f" (leaves out {left_out:,})"
        yield _item(key, field.label, shown or "none", is_set=bool(value))


def _item(key: str, label: str, value: str, *, is_set: bool) -> Content:
    return Content.assemble(
        (key, "bold $accent-ink"), f" {label} ", (value, "bold" if is_set else "$dim")
    )


def _consequences(options: RunOptions, *, checks_only: bool) -> Iterator[str]:
    """What is worth knowing of the options that are set."""
    if options.vars:
        yield "With variables of its own the run parses the whole project before it builds."
    if checks_only:
        return
    if options.empty:
        yield "What is built empty has no rows, and stays stale."
    if options.sample:
        yield "Only inputs with an event_time are sampled; what is built from them stays stale."
