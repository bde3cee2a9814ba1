"""What is wrong with a project, read from the errors of dbt's log. Pure.

dbt-core says where in parentheses and by `line 3`, dbt v2 by an arrow: `--> models/x.sql:9:1`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from tui.engine.command.log_records import LogRecord
from tui.engine.parse.yaml_errors import dedented, yaml_reason
from tui.protocol.records import DbtWarning, Problem

SUMMARIES = frozenset({"CommandCompleted", "EndOfRunSummary", "RunResultFailure", "StatsLine"})
"""Events that count errors which others tell."""
_HEADING = re.compile(
    r"^\s*(?:Encountered an error:|(?:\w+ )?Error(?: in [\w ]+ [\w.\-]+ \([^()\n]+\))?:?)\s*\n\s*"
)
_V2_STORY = re.compile(
    r"^.*?\b(?:\w+ )?[Ee]rror for [\w.]+ from (?P<path>[^\s:]+): (?=\S)"
    r"|^Error executing materialization macro '[^']*' for \w+ [\w.]+: "
    r"(?:Failed to eval the compiled Jinja expression )?",
    re.DOTALL,
)
"""What dbt v2 says of its own way before it comes to the reason."""
_V2_TRACE = re.compile(r"\n\(in [^()\n]+:\d+:\d+\)")
"""The macros through which dbt v2 came to an error."""
_V2_HEADING = re.compile(r"^\s*\[error\]\s*(?:\[[^\]\n]*\]:?\s*)?", re.IGNORECASE)
_ARROW = re.compile(r"\n?\s*--> ([^\n]+?)(?::(\d+))?(?::\d+)?(?=\n|\Z)")
_SUFFIX = r"\.(?:sql|ya?ml|py|md|csv)"
_NAMED = re.compile(rf"\(([^()\n]+{_SUFFIX})\)")
_BARE = re.compile(rf"(?<![\w/.~-])((?:[\w.@~-]+/)*[\w.@~-]+{_SUFFIX})\b")
_LINE = re.compile(r"\bline (\d+)\b")
KINDS = (
    ("dbt deps", "deps", "Run `dbt deps` in the project."),
    ("does not have a target", "target", "Choose one of the profile's targets with --target."),
    ("profile", "profile", "Correct profiles.yml, or choose a profile with --profile."),
    ("yaml", "yaml", ""),
    ("not found", "ref", ""),
)
"""What a message says in small letters → the kind of the problem, and what to do about it."""


def problems_in(
    records: Iterable[LogRecord], root: str, saved: Collection[str] = ()
) -> list[Problem]:
    """The errors of a log as problems, each once, in the order in which dbt told them.

    Args:
        records: of one invocation of dbt.
        root: the project's directory: paths are relative to it.
        saved: the files, relative to the root, for whose sake dbt was invoked.
    """
    found: dict[Problem, None] = {}
    for record in records:
        if record.level == "error" and record.name not in SUMMARIES and record.text.strip():
            found.setdefault(problem_of(record.text, root, saved))
    return list(found)


def warnings_in(records: Iterable[LogRecord]) -> list[DbtWarning]:
    """The warnings of a log, each once, in the order in which dbt told them."""
    found: dict[DbtWarning, None] = {}
    for record in records:
        if record.level == "warn" and record.text.strip():
            file = record.data.get("file")
            place = file if isinstance(file, str) else ""
            found.setdefault(
                DbtWarning(record.name, record.text.strip(), place, unique_id=record.unique_id)
            )
    return list(found)


def problem_of(text: str, root: str, saved: Collection[str] = ()) -> Problem:
    """An error of dbt's as a problem: the reason in its words, the file and the line to open.

    Where dbt names a file by its end only, or none, it is the saved one that fits, or the only one.
    """
    message, path, line = reason_and_place(text)
    prefix = root.rstrip("/") + "/"
    path = path.removeprefix(prefix)
    likely = [one for one in saved if one == path or one.endswith(f"/{path}")] if path else saved
    path = next(iter(likely)) if len(likely) == 1 else path
    low = message.lower()
    kind, hint = next(((kind, hint) for words, kind, hint in KINDS if words in low), ("dbt", ""))
    return Problem(kind, message, path, line, hint)


def is_of_v2(text: str) -> bool:
    """Whether an error is written as dbt v2 writes it, with what only its makers can use."""
    return any(one.search(text) for one in (_V2_HEADING, _V2_STORY, _V2_TRACE, _ARROW))


def reason_and_place(text: str) -> tuple[str, str, int]:
    """Dbt's reason without its headings; the path that it names, "" without one; the line or 0."""
    path, line = "", 0
    if arrow := _ARROW.search(text):
        path, line = arrow[1], int(arrow[2] or 0)
        text = text[: arrow.start()]
    text = _V2_HEADING.sub("", _V2_TRACE.sub("", text))
    if story := _V2_STORY.match(text):
        path, line = (story["path"], 0) if story["path"] else (path, line)
        text = text[story.end() :]
    named = _NAMED.search(text) or _BARE.search(text)
    if not path and named:
        path = named[1]
    while (heading := _HEADING.match(text)) is not None:
        text = text[heading.end() :]
    if not line and (said := _LINE.search(text)):
        line = int(said[1])
    return yaml_reason(dedented(text)), path, line
