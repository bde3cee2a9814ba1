"""What differs between two versions of a file that describes many assets. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

SECTIONS = (
    "models", "seeds", "snapshots", "sources", "exposures", "metrics", "semantic_models",
    "saved_queries", "functions", "unit_tests",
)  # fmt: skip
MACRO = re.compile(r"\{%-?\s*(?:macro|test|materialization)\s+(?P<name>\w+)(?P<body>.*?)"
                   r"\{%-?\s*end(?:macro|test|materialization)\b", re.DOTALL)  # fmt: skip
EVERYTHING = "*"
"""In place of names, where a file cannot be read as YAML."""


def changed_entries(before: str, now: str) -> frozenset[str]:
    """The names of what one of two versions of a properties file describes otherwise.

    A table of a source is `source.table`; of a file that is no YAML it is EVERYTHING.
    """
    old, new = _entries(before), _entries(now)
    if old is None or new is None:
        return frozenset({EVERYTHING})
    return frozenset(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _entries(text: str) -> dict[str, str] | None:
    import yaml  # not before the first frame

    try:
        loaded = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    found: dict[str, str] = {}
    for section in SECTIONS if isinstance(loaded, dict) else ():
        for entry in _named(loaded.get(section)):
            name = str(entry["name"])
            if section != "sources":
                found[name] = found.get(name, "") + _canonical(entry)
                continue
            tables = _named(entry.get("tables"))
            common = _canonical({key: value for key, value in entry.items() if key != "tables"})
            for table in tables:
                found[f"{name}.{table['name']}"] = common + _canonical(table)
    return found


def _named(entries: Any) -> list[dict[str, Any]]:
    if not isinstance(entries, list):
        return []
    return [entry for entry in entries if isinstance(entry, dict) and entry.get("name")]


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def macro_names(before: str, now: str) -> frozenset[str]:
    """The names of the macros that one of two versions of a file has otherwise."""
    old, new = _macros(before), _macros(now)
    return frozenset(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _macros(text: str) -> dict[str, str]:
    return {found["name"]: found["body"] for found in MACRO.finditer(text)}
