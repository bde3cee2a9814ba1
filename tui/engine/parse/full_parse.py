"""When changed files cannot be parsed alone."""

from __future__ import annotations


class NeedsFullParse(Exception):
    """dbt would parse everything again for this change, from nothing."""
