"""dbt's warnings and deprecations: those of runs, read from their logs, and all of them by kind.

Pure but for `warnings_of_run`, which reads the log of a run: for a thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

from tui.protocol.events import LogLine
from tui.protocol.plain import plain
from tui.protocol.records import NOT_SERVED, OF_DEFINITIONS, DbtWarning
from tui.runs.event_reader import EventFile

RUNS = 10
"""So many of the latest runs are looked at,"""
MOST = 500
"""and so many warnings of each are kept."""
WARNED = b'"level":"warn"'
RESULTS = re.compile(r"Result|Summary|Node|StatsLine")
"""In dbt's names of what it says about single checks: those are on their assets already."""
DEPRECATION = "Deprecation"

_TAG = re.compile(
    r"^\s*\[WARNING\](?:\[\w+\])?:?\s*|^Warning:?\s+|^Deprecated\s+functionality\s*", re.I
)
_FILE = re.compile(r"(?<![\w/.-])((?:[\w.@-]+/)*[\w.@-]+\.(?:sql|ya?ml|py|csv|md|toml))(?![\w/])")
_LINE = re.compile(r"\blines? (\d+)|\.(?:sql|ya?ml|py|csv|md):(\d+)")
_SOFT = re.compile(r"[ \t]*\n(?!\s*(?:\n|[-*•]\s))(?<!\n\n)[ \t]*")
_QUOTED = re.compile(r"[`']([A-Za-z_][\w+.-]*)[`']")
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


@plain(frozen=True)
class WarningGroup:
    """All warnings of one kind."""

    kind: str
    warnings: tuple[DbtWarning, ...]

    @property
    def is_deprecation(self) -> bool:
        """Whether a later dbt will refuse this."""
        return self.kind.endswith(DEPRECATION)

    @property
    def title(self) -> str:
        """The kind in words: `Custom key in object`."""
        return words_of(self.kind)


OWN_TITLES = {
    NOT_SERVED: "Left out of the Dagster project",
    OF_DEFINITIONS: "Python definitions",
}
"""The kinds that are not dbt's, in words."""


def dbts_name(kind: str) -> str:
    """The name that dbt has for a kind; empty for what is not dbt's."""
    return "" if kind in OWN_TITLES else kind


def words_of(kind: str) -> str:
    """A kind in words: `UnusedResourceConfigPath` is `Unused resource config path`."""
    if kind in OWN_TITLES:
        return OWN_TITLES[kind]
    found = _WORDS.findall(kind.removesuffix(DEPRECATION) or kind)
    text = " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in found)
    return text[:1].upper() + text[1:] if text else "Other"


def body_of(message: str) -> str:
    """A warning's own words, without dbt's decoration and without its line ends inside a
    paragraph, which are made for a terminal of 80 columns.
    """
    before, text = "", message.strip()
    while before != text:
        before, text = text, _TAG.sub("", text, count=1)
    return _SOFT.sub(" ", text)


def line_of_key(message: str, text: str) -> int:
    """The line of a file (counted from 1) that a warning is about: the only one that begins with a
    key of YAML, or has a word, that the message quotes. 0 where that is not one line.
    """
    for quoted in dict.fromkeys(_QUOTED.findall(message)):
        word = re.escape(quoted)
        for pattern in (rf"^[ \t]*(?:-[ \t]+)?['\"]?{word}['\"]?[ \t]*:", rf"\b{word}\b"):
            found = [match.start() for match in islice(re.finditer(pattern, text, re.M), 2)]
            if len(found) == 1:
                return text.count("\n", 0, found[0]) + 1
    return 0


def placed(warning: DbtWarning) -> DbtWarning:
    """The warning with the place that its words name, where dbt does not say it otherwise."""
    path, line = warning.path, warning.line
    if not path and (found := _FILE.search(warning.message)):
        path = found[1].strip()
    if path and not line and (found := _LINE.search(warning.message)):
        line = int(found[1] or found[2])
    return warning._replace(path=path, line=line)


def grouped(warnings: Iterable[DbtWarning]) -> tuple[WarningGroup, ...]:
    """All of them (`placed`) by kind, each once: deprecations first, then the most numerous."""
    kinds: dict[str, dict[DbtWarning, None]] = {}
    for warning in warnings:
        kinds.setdefault(warning.kind, {})[warning] = None
    groups = [WarningGroup(kind, tuple(sorted(found, key=_place))) for kind, found in kinds.items()]
    return tuple(
        sorted(groups, key=lambda one: (not one.is_deprecation, -len(one.warnings), one.kind))
    )


def _place(warning: DbtWarning) -> tuple[bool, str, int, str]:
    return not warning.path, warning.path, warning.line, warning.message


def is_told_apart(line: LogLine) -> bool:
    """Whether a line of a run's log is a warning by itself, and not the result of a check."""
    return line.level == "warn" and bool(line.name) and not RESULTS.search(line.name)


def warnings_of_run(run_dir: Path) -> tuple[DbtWarning, ...]:
    """What dbt warned of in a run; what was said twice stands once. Reads all of its log."""
    found: dict[str, DbtWarning] = {}
    file = EventFile(run_dir / "events.jsonl")
    while not file.caught_up and len(found) < MOST:
        for _, event in file.poll(having=WARNED):
            if isinstance(event, LogLine) and is_told_apart(event):
                told = DbtWarning(event.name, event.text, unique_id=event.unique_id)
                found.setdefault(event.text, placed(told))
    return tuple(found.values())[:MOST]


def merged(
    known: Mapping[DbtWarning, int], new: Iterable[DbtWarning], changed_at: Mapping[str, int]
) -> dict[DbtWarning, int]:
    """The warnings of all files after a parse that read only some of them.

    A parse warns of the files that it read. What an earlier one said of a file holds as long as
    that file is as it was then; what names no file, or is about the Python definitions, is said
    anew by each parse.

    Args:
        known: The warnings of earlier parses, each with when its file was changed.
        new: Those of this parse, `placed`.
        changed_at: When each file was changed (nanoseconds), as it is now; 0 for one that is gone.
    """
    kept = {
        warning: at
        for warning, at in known.items()
        if warning.path
        and at
        and changed_at.get(warning.path) == at
        and warning.kind not in (OF_DEFINITIONS, NOT_SERVED)
    }
    return {**kept, **{warning: changed_at.get(warning.path, 0) for warning in new}}
