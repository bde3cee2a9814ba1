"""Which runs a person means by a few words: `nightly tag:team=finance status:failed`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tui.runs.values import Run

FORMS = "words, tag:NAME, tag:NAME=VALUE, status:failed, target:prod"


def matches(run: Run, text: str) -> bool:
    """Whether a run is meant: all words must fit it.

    Args:
        run: The run.
        text: Words of its id, command, label, target, status or tags, or FORMS.
    """
    return all(_fits(run, word) for word in text.split())


def _fits(run: Run, word: str) -> bool:
    form, mark, rest = word.partition(":")
    if mark and form in _FORMS:
        return not rest or _FORMS[form](run, rest)
    said = (run.run_id, run.command, run.label, run.target, run.status, *_tags(run.tags))
    return any(word.lower() in one.lower() for one in said)


def _tags(tags: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in tags.items()]


def _status(run: Run, rest: str) -> bool:
    # A run that dbt could not do at all ended in an error: for a person it failed.
    return run.status.startswith(rest) or (run.status == "error" and "failed".startswith(rest))


_FORMS: dict[str, Callable[[Run, str], bool]] = {
    # Half a name or value is what is being typed.
    "tag": lambda run, rest: any(
        one.startswith(rest) or one.partition("=")[0] == rest for one in _tags(run.tags)
    ),
    "status": _status,
    "target": lambda run, rest: run.target.startswith(rest),
}
