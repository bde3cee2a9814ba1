"""SQL with Jinja as SQL alone, of the same length and with the same lines. Pure."""

from __future__ import annotations

import re

JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
SIGN = "j"
"""What stands in the place of an expression: as a name does, which it mostly is."""


def without_jinja(text: str) -> str:
    """The text with a name in place of each expression, and blanks for statements and comments."""
    return JINJA.sub(_blank, text)


def _blank(found: re.Match[str]) -> str:
    whole = found[0]
    blanks = re.sub(r"[^\n]", " ", whole)
    if not whole.startswith("{{"):
        return blanks
    first = whole.partition("\n")[0]
    return SIGN + "_" * (len(first) - 1) + blanks[len(first) :]


def has_jinja(text: str) -> bool:
    """Whether dbt must compile the text before a database can read it."""
    return "{{" in text or "{%" in text or "{#" in text
