"""What a line of dbt's log says of a node, taken apart: status, duration, the rest. Pure.

dbt prints `1 of 26 OK created sql table model main.orders ....... [OK in 5.82s]`.
"""

from __future__ import annotations

import re

from tui.protocol.plain import plain

NODE_LINE = re.compile(r"^(?:(\d+ of \d+) )?(.*?)(?: ?\.{2,}| ) \[([^\[\]]*)\]$")
STATUS = re.compile(r"^(START|OK|PASS|FAIL|WARN|ERROR|SKIP|NO-OP|CANCEL)\b ?(\d+ (?=\S))?")
TIME = re.compile(r"(?:^| )in (\d+(?:\.\d+)?)s$")
FAILURES = frozenset({"fail", "warn"})


@plain(frozen=True)
class NodeLine:
    """The parts of such a line."""

    word: str
    """start, ok, pass, fail, warn, error, skip, no-op, cancel."""
    seconds: float | None
    """How long it took, where it says so."""
    text: str
    """What else it says."""


def node_line(text: str) -> NodeLine | None:
    """The parts of a line that tells that a node begins, or what came of it; None of another."""
    found = NODE_LINE.match(text)
    if found is None:
        return None
    count, message, outcome = found.groups()
    status = STATUS.match(message)
    if status is None:
        return None
    word = status[1].lower()
    rest = message[status.end() :].strip()
    took = TIME.search(outcome)
    told = outcome[: took.start()] if took else outcome
    parts = [rest]
    if status[2] and word in FAILURES:
        parts.append(f"{status[2].strip()} failures" if status[2].strip() != "1" else "1 failure")
    elif status[2]:
        parts[0] = f"{status[2]}{rest}"
    if told.split(" ")[0] not in (status[1], "RUN", "OK", "SUCCESS", "", "SKIP"):
        parts.append(told)
    if count:
        parts.append(count)
    return NodeLine(word, float(took[1]) if took else None, "  ".join(filter(None, parts)))
