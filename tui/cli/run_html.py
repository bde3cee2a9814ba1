"""A run as one HTML page that needs nothing else: head, timeline, errors, log. Pure.

It is sent to people who have neither the project nor dbtree, so it holds no script and fetches
nothing. Whatever comes from dbt, a database or a file is escaped; the log was written without
secrets, and `mask` hides those of today's environment as well.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape

from tui.runs.log import LogRow
from tui.runs.node_names import name_in
from tui.runs.run_errors import counted_words, numbered_excerpt
from tui.runs.values import BAD, STOPPED, NodeRun, Run
from tui.text.formats import clock, human_duration, plural
from tui.text.terminal_text import plain

TICKS = 8
"""About so many ticks of the time axis."""
_LEADERS = re.compile(r"^(\d+ of \d+ .*?) ?\.{2,} ?(\[.*\])$")
"""dbt's lines about a node, with the dots that lead to its result."""
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400)
"""Seconds between ticks that read well."""
COLOURS = {
    "success": "good", "pass": "good", "no-op": "good", "warn": "warn", "error": "bad",
    "fail": "bad", "runtime error": "bad", "partial success": "bad", "failed": "bad",
}  # fmt: skip

STYLE = """
:root { color-scheme: light dark; --ink: #1d2430; --dim: #667085; --ground: #fff; --panel: #f4f5f7;
  --rule: #d9dde3; --good: #2f8f5b; --warn: #b7791f; --bad: #c8372d; --other: #8a94a6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7ec; --dim: #98a2b3; --ground: #14171c;
  --panel: #1d2128; --rule: #333a45; --good: #57b784; --warn: #dba94a; --bad: #ee6f66; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--ground);
  color: var(--ink); font: 14px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.3rem; margin: 0 0 .25rem; } h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
code, pre, .mono { font-family: ui-monospace, monospace; font-size: 12px; }
pre { background: var(--panel); padding: .75rem; border-radius: 6px; overflow-x: auto; margin: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .75rem 0; }
dt, .dim { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.other { color: var(--other); }
table.time { width: 100%; border-collapse: collapse; table-layout: fixed; }
.time td, .time th { padding: 1px 6px 1px 0; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; font-weight: normal; text-align: left; }
.time .name { width: 19rem; } .time .status { width: 6rem; }
.time .took { width: 5rem; text-align: right; }
.time .axis { position: relative; height: 1.4rem; color: var(--dim); font-size: 11px; }
.time .axis span { position: absolute; border-left: 1px solid var(--rule); padding-left: 3px; }
.lane { position: relative; height: 11px; background: var(--panel); border-radius: 3px; }
.lane i { position: absolute; top: 0; height: 11px; min-width: 2px; border-radius: 3px;
  background: var(--other); }
.lane i.good { background: var(--good); } .lane i.warn { background: var(--warn); }
.lane i.bad { background: var(--bad); }
article pre { white-space: pre-wrap; overflow-wrap: anywhere; }
article pre + pre { margin-top: .35rem; white-space: pre; } pre b { color: var(--bad); }
article.quiet { border-color: var(--other); }
@media (max-width: 46rem) { body { padding: 1rem; } .time .name { width: 40%; }
  .time .status { width: 4.6rem; } .time .took { display: none; }
  .time .axis span:nth-child(even) { display: none; } }
article { border-left: 3px solid var(--bad); padding-left: .75rem; margin: 1rem 0; }
details summary { cursor: pointer; } footer { margin-top: 2rem; color: var(--dim); }
"""


def run_html(
    run: Run,
    rows: Iterable[LogRow],
    *,
    left_out: int = 0,
    mask: Callable[[str], str] = str,
    version: str = "",
) -> Iterator[str]:
    """The page, piece by piece.

    Args:
        run: with its nodes.
        rows: of its log.
        left_out: How many rows the page does not have.
        mask: hides secrets in a text.
        version: of dbtree.
    """

    def text(value: str) -> str:
        return escape(mask(plain(value)))

    yield "<!doctype html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n"
    yield (
        "<meta http-equiv='Content-Security-Policy' "
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        "<meta name='viewport' content='width=device-width'>\n"
    )
    yield f"<title>Run {text(run.run_id)} · {text(run.status)}</title>\n"
    yield f"<style>{STYLE}</style>\n</head>\n<body>\n"
    yield from _head(run, text)
    yield from _errors(run, text)
    yield from _timeline(run, text)
    yield from _log(rows, left_out, text)
    yield f"<footer>Written by dbtree {text(version)}.</footer>\n</body>\n</html>\n"


Text = Callable[[str], str]


def _head(run: Run, text: Text) -> Iterator[str]:
    took = human_duration(run.elapsed_by(run.started_at))
    colour = COLOURS.get(run.status, "other")
    yield f"<h1>Run {text(run.run_id)} <span class='{colour}'>{text(run.status)}</span></h1>\n"
    counts = ", ".join(f"{count:,} {word}" for word, count in run.counts().items())
    commit = run.git_commit[:12]
    facts = (
        ("command", run.command),
        ("project", run.project),
        ("target", " · ".join(part for part in (run.target, run.adapter) if part)),
        ("started", f"{_moment(run.started_at)}, took {took}{_waited(run)}"),
        ("outcome", counts),
        ("dbt", run.dbt_version),
        ("commit", commit),
    )
    yield "<dl>\n"
    for name, value in facts:
        if value:
            yield f"<dt>{name}</dt><dd class='mono'>{text(value)}</dd>\n"
    yield "</dl>\n"


def _waited(run: Run) -> str:
    seconds = run.waited_by(run.started_at)
    return f" after waiting {human_duration(round(seconds))}" if seconds >= 1 else ""


def _moment(at: float) -> str:
    from datetime import datetime

    return datetime.fromtimestamp(at).astimezone().isoformat(" ", "seconds")


def _errors(run: Run, text: Text) -> Iterator[str]:
    failed = sorted(
        (node for node in run.nodes.values() if node.status in BAD),
        key=lambda node: (node.finished_at, node.unique_id),
    )
    if not failed and not run.message:
        return
    yield f"<h2>{'Errors' if failed or run.status not in STOPPED else 'Stopped'}</h2>\n"
    if run.message:
        kind = " class='quiet'" if run.status in STOPPED else ""
        yield f"<article{kind}><pre>{text(run.message)}</pre></article>\n"
    for node in failed:
        place = f"{node.path}:{node.line}" if node.line else node.path
        victims = [
            other.unique_id
            for other in run.nodes.values()
            if other.skipped_because == node.unique_id
        ]
        yield f"<article><b class='mono' title='{text(node.unique_id)}'>"
        yield f"{text(name_in(node.unique_id))}</b> "
        yield f"<span class='bad'>{text(node.status)}</span>"
        if node.failures:
            yield f" <span class='dim'>{plural(node.failures, 'failing row')}</span>"
        if place:
            yield f" <span class='dim mono'>{text(place)}</span>"
        yield f"<pre>{text(node.message)}</pre>"
        if node.excerpt:
            yield f"<pre>{_excerpt(node, text)}</pre>"
        if victims:
            named = text(", ".join(map(name_in, victims)))
            yield f"<details><summary>{counted_words(victims)} skipped because of it</summary>"
            yield f"<span class='mono'>{named}</span></details>"
        yield "</article>\n"


def _excerpt(node: NodeRun, text: Text) -> str:
    """The compiled SQL around the line that failed, which is marked."""
    lines = (text(line) for line in numbered_excerpt(node))
    return "\n".join(f"<b>{line}</b>" if line.startswith("&gt;") else line for line in lines)


def ticks_of(seconds: float) -> Sequence[float]:
    """Where the time axis has its ticks, in seconds since the start."""
    if seconds <= 0:
        return (0.0,)
    wanted = seconds / TICKS
    if wanted < 1:
        scale = 10 ** math.floor(math.log10(wanted))
        step = next(scale * size for size in (1, 2, 5, 10) if scale * size >= wanted)
    else:
        step = float(next((size for size in STEPS if size >= wanted), STEPS[-1]))
    return tuple(step * number for number in range(int(seconds / step) + 1))


def _timeline(run: Run, text: Text) -> Iterator[str]:
    nodes = [node for node in run.nodes.values() if _has_run(node)]
    nodes.sort(key=lambda node: (node.started_at, node.unique_id))
    yield f"<h2>Timeline <span class='dim'>{plural(len(run.nodes), 'node')}</span></h2>\n"
    start = min((node.started_at for node in nodes), default=run.started_at)
    end = max((node.finished_at for node in nodes), default=run.finished_at)
    span = max(end - start, 0.001)
    axis = "".join(
        f"<span style='left:{at / span * 100:.2f}%'>{_tick(at)}</span>"
        for at in ticks_of(span)
        if at / span <= 0.97
    )
    yield "<table class='time'>\n<tr><th class='name'></th><th class='status'></th>"
    yield f"<th class='took'></th><th><div class='axis'>{axis}</div></th></tr>\n"
    for node in nodes:
        yield _row(node, start, span, text)
    yield "</table>\n"
    yield from _idle([node for node in run.nodes.values() if not _has_run(node)], text)


def _has_run(node: NodeRun) -> bool:
    return bool(node.started_at) and node.status != "skipped"


def _tick(at: float) -> str:
    return f"{at:g}s" if at < 60 else human_duration(at)


def _idle(nodes: Sequence[NodeRun], text: Text) -> Iterator[str]:
    """What did not run, folded."""
    if not nodes:
        return
    words = counted_words([node.unique_id for node in nodes])
    yield f"<details><summary class='dim'>{words} did not run</summary>\n<table class='time'>\n"
    for node in nodes:
        why = node.message if node.status == "skipped" else ""
        if node.skipped_because:
            why = f"because of {name_in(node.skipped_because)}"
        yield f"<tr><td class='name mono' title='{text(node.unique_id)}'>"
        yield f"{text(name_in(node.unique_id))}</td>"
        yield f"<td class='status other'>{text(node.status)}</td>"
        yield f"<td class='dim'>{text(why)}</td></tr>\n"
    yield "</table></details>\n"


def _row(node: NodeRun, start: float, span: float, text: Text) -> str:
    colour = COLOURS.get(node.status, "other")
    bar = ""
    if node.started_at:
        left = (node.started_at - start) / span * 100
        width = max((node.finished_at - node.started_at) / span * 100, 0.1)
        place = f"left:{left:.2f}%;width:{min(width, 100 - left):.2f}%"
        bar = f"<i class='{colour}' style='{place}'></i>"
    name = name_in(node.unique_id)
    thread = f" on {node.thread}" if node.thread else ""
    took = human_duration(node.duration) if node.duration else ""
    return (
        f"<tr><td class='name mono' title='{text(node.unique_id + thread)}'>{text(name)}</td>"
        f"<td class='status {colour}'>{text(node.status)}</td>"
        f"<td class='took dim'>{took}</td><td><div class='lane'>{bar}</div></td></tr>\n"
    )


def _log(rows: Iterable[LogRow], left_out: int, text: Text) -> Iterator[str]:
    yield "<h2>Log</h2>\n"
    if left_out:
        yield f"<p class='dim'>{plural(left_out, 'line')} in the middle left out.</p>\n"
    yield "<pre>"
    for row in rows:
        at = " " * 8 if row.is_continuation or not row.at else clock(row.at)
        colour = {"warn": "warn", "error": "bad", "debug": "dim"}.get(row.level, "")
        line = text(_LEADERS.sub(r"\1  \2", row.text))
        said = f"<span class='{colour}'>{line}</span>" if colour else line
        yield f"<span class='dim'>{at}</span>  {said}\n"
    yield "</pre>\n"
