"""Whether a target's name looks like production."""

from __future__ import annotations

import re

PRODUCTION = re.compile(r"(^|[^a-z])(prod|prd|production|live)([^a-z]|$)", re.IGNORECASE)


def looks_like_production(target: str) -> bool:
    """Whether a target's name says that others depend on it."""
    return PRODUCTION.search(target) is not None
