"""A run as lines of text: a line when a node ends, its error under it, and a summary."""

from __future__ import annotations

import math
import time

from tui.cli.console import Console, plain
from tui.cli.json_records import run_status
from tui.cli.status_styles import counts_in_words, node_face, run_face
from tui.graph import AssetGraph
from tui.runs.left_running import stopped_words
from tui.runs.plan import RunPlan
from tui.runs.run_errors import numbered_excerpt, place_words
from tui.runs.values import BAD, STOPPED, WARNED, NodeRun, Run
from tui.text.formats import clock, human_duration, plural

SHOWN = BAD | WARNED
"""Statuses of a node whose message is shown."""
OPEN = frozenset({"queued", "running"})
SHOWN_LINES = 30
"""Lines of a node's message that are shown; the log has all."""


class RunProgress:
    """Reports on one run while it is active; each node once."""

    def __init__(self, out: Console, graph: AssetGraph, plan: RunPlan) -> None:
        self.out = out
        self.graph = graph
        self.plan = plan
        self._told: set[str] = set()
        self._waiting_for = ""
        self._began = False

    def show(self, run: Run) -> None:
        """Write what is new in the run."""
        if not self._began and run.started_at:
            self._began = True
            self.out.write(
                f"Run {self.out.style(run.run_id, 'bold')} on {run.target or 'the target'}: "
                f"{run.command or self.plan.dbt_line}"
            )
        if run.waiting_for and run.waiting_for != self._waiting_for:
            seconds = run.waiting_until - time.time() if run.waiting_until else 0.0
            limit = f", at most {math.ceil(seconds)} s" if seconds > 0 else ""
            self.out.write(f"Waiting for {run.waiting_for}{limit}.")
        self._waiting_for = run.waiting_for
        for unique_id, node in run.nodes.items():
            if node.status not in OPEN and unique_id not in self._told:
                self._told.add(unique_id)
                if not node.started_at and (node.status in STOPPED or not node.finished_at):
                    continue  # the summary counts what never began
                self._show_node(node, len(run.nodes))

    def _show_node(self, node: NodeRun, total: int) -> None:
        glyph, style = node_face(node.status)
        took = human_duration(node.duration) if node.duration else ""
        words = node.status if node.status not in ("success", "pass") else ""
        if node.skipped_because:
            words = f"skipped because of {self._name(node.skipped_because)}"
        elif node.status == "skipped" and node.message:
            words = node.message
        if node.failures and node.status in ("fail", "warn"):
            words = f"{node.status}, {plural(node.failures, 'row')}"
        count = f"{len(self._told):>{len(str(total))}}/{total}"
        parts = [
            self.out.style(clock(node.finished_at or time.time()), "dim"),
            self.out.style(count, "dim"),
            self.out.glyph(glyph),
            self._name(node.unique_id),
            self.out.style(self._kind(node.unique_id), "dim"),
            self.out.style(words, style) if style else words,
            self.out.style(took, "dim"),
        ]
        self.out.write("  ".join(part for part in parts if part))
        if node.status in SHOWN and node.message:
            self._show_message(node)

    def _show_message(self, node: NodeRun) -> None:
        lines = [line.rstrip() for line in plain(node.message).splitlines() if line.strip()]
        for line in lines[:SHOWN_LINES]:
            self.out.write(f"    {line}")
        if len(lines) > SHOWN_LINES:
            self.out.write(f"    … {plural(len(lines) - SHOWN_LINES, 'more line')}")
        for line in numbered_excerpt(node):
            text = f"    {plain(line)}"
            self.out.write(self.out.style(text, "bold" if line.startswith(">") else "dim"))
        if where := place_words(node):
            self.out.write(f"    {self.out.style(where, 'bold')}")

    def show_stopping(self, *, killed: bool) -> None:
        """Say what was asked for."""
        words = (
            "Killed."
            if killed
            else "Stopping: dbt cancels its queries. Press Ctrl-C again to kill the run."
        )
        self.out.write(self.out.style(words, "warn"))

    def end(self, run: Run) -> None:
        """Write the summary."""
        self.show(run)
        glyph, style = run_face(run_status(run))
        took = human_duration(run.elapsed_by(run.finished_at))
        waited = run.waited_by(run.finished_at)
        counts = counts_in_words(run.counts())
        words = {"error": "dbt could not run"}.get(run.status, run.status)
        self.out.write(
            f"{self.out.glyph(glyph)} "
            f"{self.out.style(words, style) if style else words} in {took}"
            + (f" after waiting {human_duration(round(waited))}" if waited >= 1 else "")
            + (f": {counts}" if counts else "")
        )
        if run.status == "error" and run.message:
            at = f"{run.path}:{run.line}: " if run.path else ""
            self.out.write_lines(f"{at}{run.message}")
        elif words := stopped_words(run):
            self.out.write_lines(words)
        if run.status != "success":
            self.out.write(self.out.style(f"See its log with: dbtree logs {run.run_id}", "dim"))

    def _name(self, unique_id: str) -> str:
        node = self.graph.assets.get(unique_id) or self.graph.checks.get(unique_id)
        if node is None:
            return unique_id
        check = self.graph.checks.get(unique_id)
        if check is not None and check.asset in self.graph.assets:
            return f"{self.graph.assets[check.asset].name}: {check.name}"
        return node.name

    def _kind(self, unique_id: str) -> str:
        if unique_id in self.graph.assets:
            return self.graph.assets[unique_id].materialized
        return "check" if unique_id in self.graph.checks else ""
