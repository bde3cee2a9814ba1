"""Keeps secrets in the engine: no output may contain a password or a secret variable.

dbt treats the values of DBT_ENV_SECRET_… variables as secret; here the profile's passwords, tokens
and keys are secret too.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tui.protocol.messages import (
    ColumnsCounted,
    ColumnsFound,
    DataDiffed,
    Described,
    Previewed,
    Profiled,
    QueryCompiled,
    Refused,
    RelationsFound,
    SensorEvaluated,
)
from tui.protocol.secrets import SHORTEST, masker, secret_variables

LONG = 8
"""Characters of a secret that nothing else contains by chance."""
_NO_SECRET = frozenset({"type", "name", "provider", "scope", "region", "endpoint", "persistent"})
"""What tells a secret apart, among the keys of one."""
_SECRET_KEY = re.compile(
    r"pass(word|wd|phrase)?$|token|secret|private_key|api_key|keyfile_json|credential",
    re.IGNORECASE,
)


def scrubber(credentials: Any | None, *, shortest: int = SHORTEST) -> Callable[[str], str]:
    """A function that hides the secrets of the environment and of these credentials."""
    secrets = secret_variables(os.environ)
    if credentials is not None:
        try:
            secrets |= set(_secret_values(credentials.to_dict(omit_none=True)))
        except (TypeError, ValueError):
            secrets |= set(_secret_values(vars(credentials)))
    return masker(secrets, shortest=shortest)


def _secret_values(value: Any, is_secret: bool = False) -> list[str]:
    if isinstance(value, dict):
        return [
            found
            for key, item in value.items()
            for found in _secret_values(
                item, (is_secret and key not in _NO_SECRET) or bool(_SECRET_KEY.search(str(key)))
            )
        ]
    if isinstance(value, list):
        return [found for item in value for found in _secret_values(item, is_secret)]
    return [value.strip()] if is_secret and isinstance(value, str) else []


class ScrubbedStream(io.TextIOWrapper):
    """A stream of text that hides secrets in whatever is printed to it."""

    scrub: Callable[[str], str] = staticmethod(str)

    def write(self, text: str) -> int:
        """Write the text without its secrets; as much counts as written as was given."""
        super().write(self.scrub(text))
        return len(text)


def hidden_in(reply: Any, credentials: Any | None) -> Any:
    """An answer to the UI without secrets: in what is wrong, and in code and data, too.

    In code and data a short password would hide half of the words, so only long ones are there.
    """
    if isinstance(reply, Refused):
        return replace(reply, message=scrubber(credentials)(reply.message))
    if isinstance(reply, RelationsFound | ColumnsFound):
        return replace(reply, problem=scrubber(credentials)(reply.problem))
    if isinstance(reply, SensorEvaluated):
        hide = scrubber(credentials)
        log = [hide(line) for line in reply.log]
        return replace(reply, problem=hide(reply.problem), skipped=hide(reply.skipped), log=log)
    scrub = scrubber(credentials, shortest=LONG)
    if isinstance(reply, Described):
        return replace(reply, facts=_hidden(reply.facts, scrub))
    if isinstance(reply, DataDiffed):
        return replace(reply, diff=_hidden(reply.diff, scrub))
    if isinstance(reply, ColumnsCounted):
        return replace(reply, columns=_hidden(reply.columns, scrub))
    if isinstance(reply, Previewed):
        return replace(reply, rows=_hidden(reply.rows, scrub))
    if isinstance(reply, Profiled):
        return replace(reply, columns=_hidden(reply.columns, scrub))
    if isinstance(reply, QueryCompiled):
        return replace(reply, code=scrub(reply.code))
    return reply


def _hidden(value: Any, scrub: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {key: _hidden(item, scrub) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(item, scrub) for item in value]
    return value


def is_single_writer(credentials: Any) -> bool:
    """Whether the database lets one process write at a time: a DuckDB or SQLite file."""
    if credentials.type == "sqlite":
        return True
    path = str(getattr(credentials, "path", "") or "")
    return credentials.type == "duckdb" and not path.startswith((":memory:", "md:", "motherduck:"))


def database_of(credentials: Any) -> str:
    """Where the target is, in short and without anything secret."""
    if credentials.type in ("duckdb", "sqlite"):
        path = str(getattr(credentials, "path", "") or "")
        # After the question mark stand options, a token among them.
        return path.split("?", 1)[0]
    parts = (getattr(credentials, name, None) for name in ("account", "host", "database"))
    return "/".join(str(part) for part in parts if part)
