"""The errors of a run as lines of text: name, message, place, the SQL around it, victims. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from textual.content import Content

from tui.runs.run_errors import (
    RunError,
    counted_words,
    message_lines,
    place_words,
    skipped_for_nothing_known,
)
from tui.runs.values import STOPPED, NodeRun, Run
from tui.text.formats import clock, human_duration, plural
from tui.ui.rows import name_of
from tui.ui.rows.code_lines import code_lines
from tui.ui.rows.segments import TextSegment, cut_middle, fit, size_of
from tui.ui.theme.glyphs import Glyphs
from tui.workspace.state import WorkspaceState

MESSAGE_LINES = 40
"""Lines of a message that are shown; the log has all."""
MOST_NAMES = 100
"""Names of what did not run that are told."""
NO_ERROR = -1


@dataclass(frozen=True)
class ErrorLine:
    """One line, and the error that it is of."""

    segments: tuple[TextSegment, ...]
    error: int = NO_ERROR
    """The place of its error among them; NO_ERROR where it is of none."""
    is_head: bool = False
    """Whether it is the first line of its error."""
    is_wrong: bool = False
    """Whether it is the line of code that failed."""
    victim: str = ""
    """The skipped asset that it names."""


Known = dict[tuple[object, ...], tuple[ErrorLine, ...]]
"""The lines of single errors, by `key_of`."""


def error_lines(
    run: Run,
    errors: list[RunError],
    state: WorkspaceState,
    glyphs: Glyphs,
    *,
    width: int,
    unfolded: Collection[str] = (),
    known: Known | None = None,
) -> list[ErrorLine]:
    """All lines.

    Args:
        run: The run.
        errors: What went wrong in it, of `errors_of`.
        state: For the names of its nodes.
        glyphs: The signs to draw with.
        width: Cells of a line.
        unfolded: The failed nodes of which the victims are shown one by one.
        known: The lines of errors that were made before; those of others are added. They hold for
            one graph and one set of signs.
    """
    known = {} if known is None else known
    lines: list[ErrorLine] = []
    if run.status in STOPPED:
        lines += _fitted(_stopped(run, state, glyphs, width), width)
    if run.message and not lines:
        told = (ErrorLine(((text, "error"),)) for text in _wrapped(run.message, width))
        lines += _fitted(told, width)
    if not errors and not lines:
        lines.append(ErrorLine((("Nothing failed.", "dim"),)))
    for place, error in enumerate(errors):
        if lines:
            lines.append(ErrorLine((), lines[-1].error))
        key = key_of(place, error, width, unfolded)
        if key not in known:
            made = _error(place, error, state, glyphs, width, error.node.unique_id in unfolded)
            known[key] = tuple(_fitted(made, width))
        lines += known[key]
    if rest := skipped_for_nothing_known(run, errors):
        lines.append(ErrorLine(()))
        why = {run.nodes[key].message for key in rest}
        because = (why.pop() if len(why) == 1 else "") or "skipped"
        words = f"{glyphs.node['skipped']} {counted_words(rest, state.graph)} {because}"
        lines.append(ErrorLine(((words, "skipped"),)))
        lines[-1:] = _fitted(lines[-1:], width)
    return lines


def key_of(
    place: int, error: RunError, width: int, unfolded: Collection[str]
) -> tuple[object, ...]:
    """By what the lines of an error are known."""
    return (place, error, width, error.node.unique_id in unfolded)


def _fitted(lines: Iterable[ErrorLine], width: int) -> Iterator[ErrorLine]:
    for line in lines:
        if size_of(line.segments) <= width:
            yield line
        else:
            yield replace(line, segments=tuple(fit(list(line.segments), width)))


def _stopped(run: Run, state: WorkspaceState, glyphs: Glyphs, width: int) -> Iterator[ErrorLine]:
    """That a run was stopped: when, by what, in the middle of what, and what had not begun."""
    took = human_duration(run.finished_at - run.started_at) if run.started_at else ""
    words = f"{run.status.capitalize()} at {clock(run.finished_at)}" if run.finished_at else ""
    words = (words or run.status.capitalize()) + (f", after {took}" if took else "")
    yield ErrorLine(((f"{glyphs.node[run.status]} {words}", "skipped"),))
    for text in _wrapped(stopped_by(run), width - 2):
        yield ErrorLine((("  ", ""), (text, "message")))
    stopped = [node for node in run.nodes.values() if node.status in STOPPED]
    begun = [node.unique_id for node in stopped if node.started_at]
    rest = [node.unique_id for node in stopped if not node.started_at]
    for keys, what in ((begun, "was stopped"), (rest, "had not begun")):
        if keys:
            names = ", ".join(name_of(state, key) for key in keys[:MOST_NAMES])
            more = f" and {len(keys) - MOST_NAMES:,} more" if len(keys) > MOST_NAMES else ""
            yield ErrorLine(())
            were = what if len(keys) == 1 else what.replace("was", "were")
            yield ErrorLine(((f"  {counted_words(keys, state.graph)} {were}:", "skipped"),))
            for text in _wrapped(f"{names}{more}", width - 4):
                yield ErrorLine((("    ", ""), (text, "dim")))


def stopped_by(run: Run) -> str:
    """By what a run was stopped, as far as it is known."""
    if run.message and run.message != "killed":
        return run.message
    if run.status == "interrupted":
        return "Its process has disappeared: it was killed, or the machine went down."
    if run.external:
        return "Stopped where it ran, by ctrl-c or another signal."
    how = "Killed" if run.message == "killed" else "Asked to stop"
    return f"{how}: by x in dbtree, or by a signal from outside."


def _error(
    place: int,
    error: RunError,
    state: WorkspaceState,
    glyphs: Glyphs,
    width: int,
    is_unfolded: bool,
) -> Iterator[ErrorLine]:
    node = error.node
    yield ErrorLine(tuple(_head(node, state, glyphs, width)), place, is_head=True)
    texts = [text for line in message_lines(node) for text in _wrapped(line, width - 4)]
    for text in texts[:MESSAGE_LINES]:
        yield ErrorLine((("  ", ""), (text, "message")), place)
    if len(texts) > MESSAGE_LINES:
        more = plural(len(texts) - MESSAGE_LINES, "more line")
        yield ErrorLine(((f"  … {more} in the log", "dim"),), place)
    if where := place_words(node, state.graph):
        note = "  Jinja makes it of these lines" if node.last_line > node.line else ""
        yield ErrorLine((("  at ", "dim"), (where, "place"), (note, "dim")), place)
    yield from _code(node, place, width)
    yield from _victims(error, place, state, glyphs, width, is_unfolded)


def _head(
    node: NodeRun, state: WorkspaceState, glyphs: Glyphs, width: int
) -> Iterator[TextSegment]:
    name = name_of(state, node.unique_id)
    check = state.graph.checks.get(node.unique_id)
    failures = plural(node.failures, "failing row") if node.failures else ""
    took = human_duration(node.duration) if node.duration else ""
    at = clock(node.finished_at) if node.finished_at else ""
    named: list[TextSegment] = [(name, "name")]
    if check is not None:
        named.insert(0, (f"{name_of(state, check.asset)} ", "dim"))
    words = "".join(f"  {word}" for word in (node.status, failures, took) if word)
    sign: TextSegment = (f"{glyphs.status_failed} ", "error")
    if size_of([sign, *named]) + len(words) + len(at) + 2 > width:
        at = ""
    room = max(width - size_of([sign]) - len(words) - len(at) - (2 if at else 0), 8)
    left = [sign, *cut_middle(named, room), (words, "dim")]
    yield from left
    if at:
        yield (f"{' ' * (width - size_of(left) - len(at))}{at}", "dim")


def _code(node: NodeRun, place: int, width: int) -> Iterator[ErrorLine]:
    """The compiled code around the line that failed."""
    if node.excerpt:
        language = "python" if node.compiled_path.endswith(".py") else "sql"
        yield ErrorLine((), place)
        last = node.excerpt_from + node.excerpt.count("\n")
        digits = len(str(last))
        for line in code_lines(node.excerpt, language, first=node.excerpt_from):
            is_wrong = line.number == node.compiled_line
            number = f"  {line.number:>{digits}} {'▸' if is_wrong else ' '} "
            segments = [(number, "error" if is_wrong else "faint"), *line.segments]
            yield ErrorLine(tuple(fit(segments, width)), place, is_wrong=is_wrong)
    if node.compiled_path:
        path = cut_middle([(node.compiled_path, "place")], max(width - len("  compiled "), 8))
        yield ErrorLine((("  compiled ", "dim"), *path), place)


def _victims(
    error: RunError,
    place: int,
    state: WorkspaceState,
    glyphs: Glyphs,
    width: int,
    is_unfolded: bool,
) -> Iterator[ErrorLine]:
    if not error.has_victims:
        return
    fold = glyphs.unfolded if is_unfolded else glyphs.folded
    victims = counted_words((*error.assets, *error.checks), state.graph)
    words = f"  {fold} {victims} skipped because of it"
    line: list[TextSegment] = [(words, "skipped")]
    if not is_unfolded and error.assets:
        names = ", ".join(name_of(state, key) for key in error.assets)
        line.append((f": {names}", "dim"))
    yield ErrorLine(tuple(fit(line, width)) if size_of(line) > width else tuple(line), place)
    if is_unfolded:
        for key in error.assets:
            text = f"      {glyphs.node['skipped']} {name_of(state, key)}"
            yield ErrorLine(((text, "skipped"),), place, victim=key)


def _wrapped(text: str, width: int) -> list[str]:
    """A line of text in lines of so many cells, with the indentation of the first."""
    found = []
    for line in text.splitlines() or [""]:
        bare = line.lstrip()
        lead = line[: len(line) - len(bare)][: max(width // 2, 0)]
        room = max(width - len(lead), 4)
        found += [lead + part.plain.rstrip() for part in Content(bare).wrap(room)] or [""]
    return found
