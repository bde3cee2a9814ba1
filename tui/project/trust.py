"""What a project may run without permission, and what the user has allowed.

Opening a project runs its Python, and a project may be somebody else's. So a Python that a file of
the project names, or that came with the project, is a `Claim`: it is run when it was allowed, for
this project and for exactly this content. What was allowed is remembered outside the project, in
`$XDG_STATE_HOME/dbtree/trusted.json`. SECURITY.md says it in words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tui.errors import InterpreterError
from tui.project.ownership import foreign
from tui.project.settings import TRUE
from tui.project.user_directories import STATE, user_directory
from tui.protocol.private_files import make_private_directory, write_private

VARIABLE = "DBTREE_TRUST"
FILE = "trusted.json"
_ALLOWED: set[str] = set()
"""By digest, in this process: a question is asked once, also where nothing can be written."""
READ = 64 * 2**20
"""Bytes of a program that its digest reads; more is told apart by its size and time."""


@dataclass(frozen=True)
class Claim:
    """Something of a project that would be run, and that nobody but the project vouches for."""

    project: Path
    """Whose claim it is: the directory of the project."""
    what: str
    """In words: `dbt_python in dbtree.toml is ./evil.sh`."""
    digest: str
    """Of all that decides what would be run."""
    refusal: str = ""
    """Why not even a question is asked: somebody else can change it."""


class Untrusted(InterpreterError):
    """Something would be run that nobody has allowed."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        if claim.refusal:
            message = f"{claim.what}, and {claim.refusal}: dbtree does not run it."
        else:
            message = f"{claim.what}, and you have not allowed it to run yet."
        super().__init__(
            message,
            hint="If you trust it, pass --trust once, or name your own dbt with --dbt-python "
            "or --dbt-command. "
            f"{VARIABLE}=1 trusts every project.",
        )


def is_allowed(claim: Claim, environment: Mapping[str, str], *, given: bool = False) -> bool:
    """Whether a claim may be run.

    Args:
        claim: what would be run.
        environment: says where is remembered what was allowed; `DBTREE_TRUST=1` allows all.
        given: whether the user has just said so (`--trust`), which is remembered.
    """
    if environment.get(VARIABLE, "").lower() in TRUE:
        return True
    if given:
        allow(claim, environment)
        return True
    return claim.digest in _ALLOWED or claim.digest in _read(_file(environment)).get(
        str(claim.project), []
    )


def allow(claim: Claim, environment: Mapping[str, str]) -> None:
    """Remember that a claim may be run. Where that cannot be written, it counts this once."""
    _ALLOWED.add(claim.digest)
    path = _file(environment)
    known = _read(path)
    known[str(claim.project)] = [*known.get(str(claim.project), []), claim.digest][-20:]
    try:
        make_private_directory(path.parent)
        write_private(path, json.dumps(known, indent=1))
    except OSError:
        return


def digest_of(*parts: str | Path) -> str:
    """A digest of texts, and of the content of files."""
    from hashlib import sha256  # loads the system's cryptography: seldom needed

    found = sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else _content(part)
        found.update(len(data).to_bytes(8, "big") + data)
    return found.hexdigest()


def _content(path: Path) -> bytes:
    try:
        stat = path.stat()
        if stat.st_size > READ:
            return f"{stat.st_size} {stat.st_mtime_ns}".encode()
        return path.read_bytes()
    except OSError:
        return b""


def _file(environment: Mapping[str, str]) -> Path:
    return user_directory(STATE, environment) / FILE


def _read(path: Path) -> dict[str, list[str]]:
    """What was allowed, by project. A file that somebody else can change says nothing."""
    if foreign(path) or foreign(path.parent):
        return {}
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(stored, dict):
        return {}
    return {
        key: [item for item in items if isinstance(item, str)]
        for key, items in stored.items()
        if isinstance(items, list)
    }
