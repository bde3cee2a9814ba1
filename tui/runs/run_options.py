"""What one run does otherwise than the session: rows left out, nodes left out, variables, threads.

Pure. The words are dbt's own, so that the dbt line says exactly what the run gets.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from datetime import datetime

from tui.errors import SelectionError
from tui.protocol.plain import plain

SINCE = {"empty": (1, 8), "sample": (1, 10), "event_time": (1, 9)}
"""The first dbt-core that has an option."""
SAMPLE_FORM = (
    "write a number and a unit, as in `3 days` (hours, days, months or years), or "
    "`{start: 2024-01-01, end: 2024-01-08}`"
)
_RELATIVE = re.compile(r"(\d+) (hour|day|month|year)s?", re.IGNORECASE)
OF_BUILDS = ("full_refresh", "empty", "sample", "event_start", "event_end")
"""What `dbt test` does not have."""


@plain(frozen=True)
class RunOptions:
    """The options of one run; the defaults are those of the session."""

    full_refresh: bool = False
    empty: bool = False
    """Nothing is read: every `ref` and `source` gives no rows."""
    sample: str = ""
    """Only rows of this window are read, of what has an `event_time`: `3 days`."""
    exclude: str = ""
    """What is left out, as typed: in dbt's selector language."""
    vars: str = ""
    """YAML text in place of the session's `--vars`."""
    threads: int = 0
    """0: as the session's."""
    fail_fast: bool = False
    favor_state: bool = False
    """Whether what is not built by the run is read from the state that the session defers to, even
    where it is there."""
    event_start: str = ""
    event_end: str = ""
    """The time for which microbatch models are built, ISO 8601; both or none."""

    def flags(self, command: str = "build") -> tuple[str, ...]:
        """The words for dbt of all that a run is not given in another way: full refresh, threads
        and variables are left out.

        Raises SelectionError where only one end of the event time is given.
        """
        words: list[str] = []
        if command == "build":
            if bool(self.event_start) != bool(self.event_end):
                missing = "end" if self.event_start else "start"
                raise SelectionError(f"The event time has no {missing}: dbt needs both.")
            words += ["--empty"] if self.empty else []
            words += ["--sample", self.sample] if self.sample else []
            if self.event_start:
                words += ["--event-time-start", self.event_start]
                words += ["--event-time-end", self.event_end]
        words += ["--fail-fast"] if self.fail_fast else []
        words += ["--favor-state"] if self.favor_state else []
        return tuple(words)

    def line(self, command: str, session: str) -> str:
        """All of it as in a dbt line, `--exclude` left out.

        Args:
            command: build or test.
            session: The flags of the session, as in a shell; what this replaces is left out.
        """
        words = ["--full-refresh"] if self.full_refresh and command == "build" else []
        words += self.flags(command)
        replaced: list[str] = []
        if self.threads:
            words += ["--threads", str(self.threads)]
            replaced.append("--threads")
        if self.vars:
            words += ["--vars", self.vars]
            replaced.append("--vars")
        return " ".join(filter(None, (shlex.join(words), without_flags(session, replaced))))


DEFERRING = ("--defer", "--state")


def deferring_flags(session: str) -> tuple[str, ...]:
    """Of the flags of a session those that make a run defer."""
    words = shlex.split(session) if "--defer" in session else []
    if "--defer" not in words:
        return ()
    return ("--defer", "--state", words[words.index("--state") + 1])


def without_flags(options: str, names: Sequence[str]) -> str:
    """Flags as in a shell, without those of these names and their values."""
    if not names or not options:
        return options
    words = iter(shlex.split(options))
    kept = []
    for word in words:
        if word in names:
            if word != "--defer":
                next(words, None)
        else:
            kept.append(word)
    return shlex.join(kept)


def read_version(text: str) -> tuple[int, int]:
    """The first two numbers of a version; (0, 0) where it is not known."""
    found = re.match(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def missing_in(dbt_version: str, option: str) -> str:
    """Why this dbt does not have an option of SINCE, in a sentence; empty where it does, or where
    its version is not known.
    """
    version, since = read_version(dbt_version), SINCE[option]
    if version == (0, 0) or version >= since:
        return ""
    words = option.replace("_", "-")
    return f"--{words} needs dbt {since[0]}.{since[1]}; this is dbt {dbt_version}."


# ---------------------------------------------------------------- what is typed


def sample_problem(text: str) -> str:
    """What is wrong with a sample as it is typed; empty where nothing is."""
    text = text.strip()
    if not text or _RELATIVE.fullmatch(text):
        return ""
    if not text.startswith("{"):
        return f"{text!r} is not a sample: {SAMPLE_FORM}."
    found = _mapping(text)
    if found is None or found.keys() != {"start", "end"}:
        return f"A window of a sample needs `start` and `end`: {SAMPLE_FORM}."
    return ""


def vars_problem(text: str) -> str:
    """What is wrong with variables as they are typed; empty where nothing is."""
    if not text.strip() or _mapping(text) is not None:
        return ""
    return "Variables are YAML: write names and values, as in `{day: 2024-01-01, n: 3}`."


def threads_problem(text: str) -> str:
    """What is wrong with a number of threads as it is typed; empty where nothing is."""
    text = text.strip()
    if not text or (text.isdecimal() and int(text) > 0):
        return ""
    return f"{text!r} is not a number of threads: write a whole number above 0."


def event_time_problem(text: str, *, start: str = "", end: str = "") -> str:
    """What is wrong with an end of the event time as it is typed; empty where nothing is.

    Args:
        text: a date, or a date and a time.
        start: the other end, where it is the start.
        end: the other end, where it is the end.
    """
    text = text.strip()
    if not text:
        return ""
    moment = _moment(text)
    if moment is None:
        return f"{text!r} is not a time: write a date, or `2024-01-31 06:00:00`."
    before, after = _moment(start) or moment, _moment(end) or moment
    if (start and before >= moment) or (end and moment >= after):
        return f"The event time must start before it ends: {start or text} – {end or text}."
    return ""


def _moment(text: str) -> datetime | None:
    for form in ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(text.strip(), form)  # noqa: DTZ007  dbt takes it as UTC
        except ValueError:
            continue
    return None


def _mapping(text: str) -> dict[str, object] | None:
    """A YAML mapping; None for anything else."""
    import yaml  # when somebody types one

    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    return found if isinstance(found, dict) else None
