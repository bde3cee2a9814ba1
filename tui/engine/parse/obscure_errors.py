"""Readable messages for dbt errors without one: a bare key, the recursion limit, a Python error.

Such an error comes from deep inside dbt and names neither the file nor the mistake. The cause is
looked up in the project's files.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

RECURSION = "maximum recursion depth exceeded"
MACRO = re.compile(r"\{%-?\s*macro\s+(?P<name>\w+)(?P<body>.*?)\{%-?\s*endmacro", re.DOTALL)
JINJA_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
NODE = re.compile(r"^\w+\.\w+\.(?P<name>[\w.]+)$")
PYTHON_ERRORS = (
    KeyError,
    IndexError,
    AttributeError,
    TypeError,
    AssertionError,
    NotImplementedError,
    StopIteration,
    ZeroDivisionError,
)
"""What dbt raises on purpose is of its own classes."""
MACROS = ("macros", "tests/generic", "dbt_packages/*/macros")


class Explained(NamedTuple):
    """What an error is about."""

    message: str
    path: str = ""
    """Absolute; empty where it is not known."""
    line: int = 0
    kind: str = ""
    """As in `Problem`; empty where nothing more is known."""


def explained(error: BaseException, message: str, root: Path) -> Explained | None:
    """Words for an error whose message has none; None for one that speaks for itself.

    Args:
        error: What dbt raised.
        message: Its message, without headings.
        root: The project's directory.
    """
    if isinstance(error, RecursionError) or message.startswith(RECURSION):
        return _without_end(error, root)
    if isinstance(error, KeyError) and (named := NODE.match(str(error.args[0]))):
        found = _twice_a_version(named["name"], root)
        if found is not None:
            return found
    if isinstance(error, PYTHON_ERRORS):
        return Explained(_of_python(error))
    return None


# ---------------------------------------------------------------- a file of two versions


def _twice_a_version(name: str, root: Path) -> Explained | None:
    """The YAML in which two versions of models are said to be defined in one file."""
    says = re.compile(rf"defined_in:\s*['\"]?{re.escape(name)}['\"]?(?=[\s,}}]|$)")
    said = []
    for path in sorted((*root.glob("models/**/*.yml"), *root.glob("models/**/*.yaml"))):
        text = path.read_text("utf-8", "replace")
        said += [(path, _line_at(text, found.start())) for found in says.finditer(text)]
    if len(said) < 2:
        return None
    message = f"Two versions of a model are defined in {name}: each needs a file of its own."
    return Explained(message, str(said[1][0]), said[1][1], "yaml")


def _line_at(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


# ---------------------------------------------------------------- what never ends


def _without_end(error: BaseException, root: Path) -> Explained:
    return (
        _macros_without_end(root)
        or _metrics_without_end(error, root)
        or Explained("This is nested too deeply for dbt: it reached Python's recursion limit.")
    )


def _macros_without_end(root: Path) -> Explained | None:
    """The macros of the project that call each other in a circle, if any do."""
    bodies: dict[str, tuple[Path, str, int, str]] = {}
    for pattern in MACROS:
        for path in sorted(root.glob(f"{pattern}/**/*.sql")):
            text = JINJA_COMMENT.sub(_blanked, path.read_text("utf-8", "replace"))
            for macro in MACRO.finditer(text):
                bodies.setdefault(macro["name"], (path, text, macro.start("body"), macro["body"]))
    calls = {
        name: [
            called
            for called in bodies
            if re.search(rf"(?<![\w.'\"]){called}\s*\(", body.partition(")")[2])
        ]
        for name, (_, _, _, body) in bodies.items()
    }
    circle = _circle(calls)
    if not circle:
        return None
    path, text, start, body = bodies[circle[0]]
    callee = circle[1 % len(circle)]
    head = len(body) - len(body.partition(")")[2])
    call = re.search(rf"(?<![\w.'\"]){callee}\s*\(", body[head:])
    at = start + head + (call.start() if call else 0)
    chain = " → ".join([*circle, circle[0]])
    message = (
        f"Macro {circle[0]} calls itself endlessly."
        if len(circle) == 1
        else f"Macros call each other endlessly: {chain}."
    )
    return Explained(message, str(path), _line_at(text, at), "jinja")


def _circle(calls: dict[str, list[str]]) -> list[str]:
    """Names that call each other in a circle, from the first one in the alphabet; or nothing."""
    for start in sorted(calls):
        waiting: list[list[str]] = [[start]]
        seen = {start}
        while waiting:
            chain = waiting.pop(0)
            for called in calls[chain[-1]]:
                if called == start:
                    return chain
                if called not in seen:
                    seen.add(called)
                    waiting.append([*chain, called])
    return []


def _blanked(comment: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", comment[0])


def _metrics_without_end(error: BaseException, root: Path) -> Explained | None:
    """The metrics that are made of each other, as dbt was walking through them."""
    walked: list[Any] = []
    for frame in _frames(error.__traceback__):
        metric = frame.f_locals.get("metric")
        if getattr(metric, "resource_type", None) == "metric":
            walked.append(metric)
    if not walked:
        return None
    last = walked[-1]
    circle: list[str] = []
    for metric in reversed(walked):
        if circle and metric.name == circle[0]:
            break
        if metric.name not in circle:
            circle.append(metric.name)
    circle.reverse()
    path = root / last.original_file_path
    line = 0
    if path.is_file():
        text = path.read_text("utf-8", "replace")
        found = re.search(rf"^\s*- name:\s*['\"]?{re.escape(last.name)}\b", text, re.MULTILINE)
        line = _line_at(text, found.end()) if found else 0
    message = (
        f"Metric {last.name} refers to itself."
        if len(set(circle)) == 1
        else f"Metrics refer to each other: {', '.join(sorted(set(circle)))}."
    )
    return Explained(message, str(path), line, "yaml")


def _frames(trace: TracebackType | None) -> Iterator[Any]:
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


# ---------------------------------------------------------------- an error of Python's


def _of_python(error: BaseException) -> str:
    """That dbt itself failed, and where: what somebody needs who asks dbt's makers."""
    frames = traceback.extract_tb(error.__traceback__)
    said = str(error)
    what = f"{type(error).__name__}: {said}" if said else type(error).__name__
    if not frames:
        return f"dbt itself failed: {what}"
    last = frames[-1]
    place = "/".join(Path(last.filename).parts[-3:])
    return f"dbt itself failed: {what} ({place}, line {last.lineno})"
