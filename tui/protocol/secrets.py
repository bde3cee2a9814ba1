"""Hiding secrets in texts: a mask for each of them, in every form in which a text may hold it.

dbt calls secret what an environment variable `DBT_ENV_SECRET_…` holds. The engine hides the
passwords of the profile, too (`tui.engine.process.secrets`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote, quote_plus

MASK = "*****"
SHORTEST = 4
"""Characters; hiding a shorter secret would hide half of every text."""
LONG_LINE = 20
"""Characters from which on a line of a secret of several lines (a key) is one by itself."""
PREFIXES = ("DBT_ENV_SECRET_", "DBT_ENGINE_SECRET_")


def secret_variables(environment: Mapping[str, str]) -> set[str]:
    """The values of an environment that dbt calls secret."""
    return {
        value.strip()
        for name, value in environment.items()
        if name.startswith(PREFIXES) and value.strip()
    }


def masker(secrets: Iterable[str], *, shortest: int = SHORTEST) -> Callable[[str], str]:
    """A function that hides secrets in a text: as they are, and as URLs and JSON have them."""
    forms: set[str] = set()
    for secret in secrets:
        lines = [line.strip() for line in secret.splitlines()]
        for one in (secret, *(line for line in lines if len(line) >= LONG_LINE)):
            escaped = json.dumps(one)[1:-1]
            forms |= {one, quote(one, safe=""), quote(one), quote_plus(one), escaped}
    known = sorted((form for form in forms if len(form) >= shortest), key=len, reverse=True)

    def mask(text: str) -> str:
        for secret in known:
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    return mask
