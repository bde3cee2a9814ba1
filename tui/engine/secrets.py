"""Keeping secrets in the engine: nothing that it says may hold a password or a secret variable.

dbt calls secret what an environment variable DBT_ENV_SECRET_… holds; here the profile's passwords,
tokens and keys are too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

MASK = "*****"
SHORTEST = 4
"""Characters; hiding a shorter password would hide half of every text."""
PREFIXES = ("DBT_ENV_SECRET_", "DBT_ENGINE_SECRET_")

_SECRET_KEY = re.compile(
    r"pass(word|wd|phrase)?$|token|secret|private_key|api_key|keyfile_json|credential",
    re.IGNORECASE,
)


def scrubber(credentials: Any | None) -> Callable[[str], str]:
    """A function that hides the secrets of the environment and of these credentials."""
    secrets = {
        value.strip()
        for name, value in os.environ.items()
        if name.startswith(PREFIXES) and value.strip()
    }
    if credentials is not None:
        try:
            secrets |= set(_secret_values(credentials.to_dict(omit_none=True)))
        except (TypeError, ValueError):
            secrets |= set(_secret_values(vars(credentials)))
    known = sorted((s for s in secrets if len(s) >= SHORTEST), key=len, reverse=True)

    def scrub(text: str) -> str:
        for secret in known:
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    return scrub


def _secret_values(value: Any, is_secret: bool = False) -> list[str]:
    if isinstance(value, dict):
        return [
            found
            for key, item in value.items()
            for found in _secret_values(item, is_secret or bool(_SECRET_KEY.search(str(key))))
        ]
    if isinstance(value, list):
        return [found for item in value for found in _secret_values(item, is_secret)]
    return [value] if is_secret and isinstance(value, str) else []


def is_single_writer(credentials: Any) -> bool:
    """Whether the database lets one process write at a time: a DuckDB or SQLite file."""
    if credentials.type == "sqlite":
        return True
    path = str(getattr(credentials, "path", "") or "")
    return credentials.type == "duckdb" and not path.startswith((":memory:", "md:", "motherduck:"))


def database_of(credentials: Any) -> str:
    """Where the target lies, in short and without anything secret."""
    if credentials.type in ("duckdb", "sqlite"):
        path = str(getattr(credentials, "path", "") or "")
        # After the question mark stand options, a token among them.
        return path.split("?", 1)[0]
    parts = (getattr(credentials, name, None) for name in ("account", "host", "database"))
    return "/".join(str(part) for part in parts if part)
