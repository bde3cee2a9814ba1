"""What dbt says of a YAML file that cannot be read, without its excerpts and rulers. Pure."""

from __future__ import annotations

import re
import textwrap

YAML_ERROR = re.compile(
    r"Syntax error near line \d+\n-+\n.*?\n?(?:Raw Error:)\n-+\n(?P<why>.*)", re.DOTALL
)


def yaml_reason(text: str) -> str:
    """What is wrong in a YAML file, without the excerpt and the rulers around it."""
    found = YAML_ERROR.search(text)
    if found is None:
        return text
    before = text[: found.start()].strip().removesuffix("- Runtime Error").rstrip(" -:\n")
    why = " ".join(found["why"].split())
    why = re.sub(r"\s*in \"<unicode string>\",", ",", why)
    return f"{before}: {why}" if before else f"This YAML cannot be read: {why}"


def dedented(text: str) -> str:
    """Without empty lines, and without dbt's indentation; a `^` stays under what it points at."""
    first, *others = [line.rstrip() for line in text.splitlines() if line.strip()] or [""]
    return "\n".join([first.strip(), *textwrap.dedent("\n".join(others)).splitlines()])
