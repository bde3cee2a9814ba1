"""The errors of a run: which there are, what came of each, and the text to hand to a colleague.

An error that others were skipped for comes first, with its victims folded under it. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tui.graph import AssetGraph
from tui.protocol.plain import plain
from tui.runs.values import BAD, NodeRun, Run
from tui.text.formats import plural

EXPOSURE = "exposure."
NO_GRAPH = AssetGraph()
CHECKS = ("test.", "unit_test.", "asset_check.")
"""How the unique_ids of checks begin."""


@plain(frozen=True)
class RunError:
    """One thing that went wrong, with what was skipped for it."""

    node: NodeRun
    assets: tuple[str, ...] = ()
    """The assets that were skipped for it, in the run's order."""
    checks: tuple[str, ...] = ()
    """The checks that were skipped for it."""

    @property
    def has_victims(self) -> bool:
        return bool(self.assets or self.checks)

    @property
    def unbuilt(self) -> int:
        """How many assets were not built for it: dbt builds nothing for an exposure."""
        return sum(not key.startswith(EXPOSURE) for key in self.assets)


def errors_of(run: Run, graph: AssetGraph) -> list[RunError]:
    """What went wrong in a run: what others were skipped for first, then as it happened."""
    victims: dict[str, tuple[list[str], list[str]]] = {}
    for node in run.nodes.values():
        if node.status == "skipped" and node.skipped_because:
            assets, checks = victims.setdefault(_culprit(node, run), ([], []))
            (checks if is_check(node.unique_id, graph) else assets).append(node.unique_id)
    found = []
    for node in run.nodes.values():
        if node.status in BAD:
            assets, checks = victims.get(node.unique_id, ([], []))
            found.append(RunError(node, tuple(assets), tuple(checks)))
    return sorted(
        found,
        key=lambda error: (not error.has_victims, error.node.finished_at, error.node.unique_id),
    )


def _culprit(node: NodeRun, run: Run) -> str:
    """What failed: a node may have been skipped for one that was skipped itself."""
    key, seen = node.skipped_because, {node.unique_id}
    while key not in seen:
        seen.add(key)
        above = run.nodes.get(key)
        if above is None or above.status != "skipped" or not above.skipped_because:
            break
        key = above.skipped_because
    return key


def skipped_for_nothing_known(run: Run, errors: Iterable[RunError]) -> list[str]:
    """What was skipped, and not for one of these errors (`--fail-fast`, a failed hook)."""
    told = {key for error in errors for key in (*error.assets, *error.checks)}
    return [key for key, node in run.nodes.items() if node.status == "skipped" and key not in told]


def is_check(unique_id: str, graph: AssetGraph) -> bool:
    """Whether a node is a check, also one that is not in the project any more."""
    return unique_id in graph.checks or unique_id.startswith(CHECKS)


def counted_words(keys: Collection[str], graph: AssetGraph | None = None) -> str:
    """How many assets these are, and apart from them how many exposures and checks, which nobody
    builds: `3 assets, 1 exposure and 7 checks`.
    """
    exposures = sum(key.startswith(EXPOSURE) for key in keys)
    checks = sum(is_check(key, graph or NO_GRAPH) for key in keys)
    counts = (len(keys) - exposures - checks, "asset"), (exposures, "exposure"), (checks, "check")
    *most, last = [plural(count, noun) for count, noun in counts if count] or [plural(0, "asset")]
    return " and ".join([", ".join(most), last] if most else [last])


def place_words(node: NodeRun, graph: AssetGraph | None = None) -> str:
    """Where an error is in the source: `models/orders.sql:14`, `models/orders.sql:4–9`."""
    line = line_of(node, graph)
    if not node.path or not line:
        return node.path
    last = f"–{node.last_line}" if node.last_line > line else ""
    return f"{node.path}:{line}{last}"


def line_of(node: NodeRun, graph: AssetGraph | None = None) -> int:
    """The line of the source that an error is at; of a check that has none, where it is declared.
    0 where that is not known.
    """
    check = graph.checks.get(node.unique_id) if graph is not None else None
    return node.line or (check.line if check is not None and check.path == node.path else 0)


def message_lines(node: NodeRun) -> list[str]:
    """Dbt's message in its own words, without empty lines at its end and in rows."""
    lines = [line.rstrip() for line in node.message.expandtabs(4).splitlines()]
    return [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]


def error_text(node: NodeRun, name: str, run: Run, compiled: str) -> str:
    """An error as text for a colleague: what failed where, dbt's message, and the SQL.

    Args:
        node: What failed.
        name: Its name.
        run: The run in which it did.
        compiled: The compiled SQL where it is still that of the run; else the excerpt is told.
    """
    place = f" ({place_words(node)})" if node.path else ""
    target = f" on {run.target}" if run.target else ""
    parts = [f"{name}{place}: {node.status} in run {run.run_id}{target}"]
    parts.append("\n".join(message_lines(node)).strip())
    if is_of_run(node, compiled):
        at = f", line {node.compiled_line} failed" if node.compiled_line else ""
        parts.append(f"Compiled SQL{at}:\n\n{compiled.rstrip()}")
    elif node.excerpt:
        parts.append("Compiled SQL:\n\n" + "\n".join(numbered_excerpt(node)))
    return "\n\n".join(part for part in parts if part) + "\n"


def is_of_run(node: NodeRun, compiled: str) -> bool:
    """Whether compiled code, as it lies in its file, is still what the run sent."""
    if not compiled.strip():
        return False
    if not node.excerpt:
        return True
    lines = compiled.replace("\r\n", "\n").split("\n")
    first = node.excerpt_from - 1
    excerpt = node.excerpt.split("\n")
    return lines[first : first + len(excerpt)] == excerpt


def numbered_excerpt(node: NodeRun) -> list[str]:
    """The excerpt with the numbers of its lines, the failed one marked."""
    lines = node.excerpt.split("\n") if node.excerpt else []
    digits = len(str(node.excerpt_from + len(lines)))
    return [
        f"{'>' if number == node.compiled_line else ' '} {number:>{digits}}  {text}".rstrip()
        for number, text in enumerate(lines, node.excerpt_from)
    ]
