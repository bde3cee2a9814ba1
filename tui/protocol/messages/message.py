"""Messages by their names, to and from the JSON objects that frames carry."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

MESSAGES: dict[str, type] = {}


def message(cls: type) -> type:
    """Register a message class under its name, so that frames can be turned back into it."""
    MESSAGES[cls.__name__] = cls
    return cls


def to_json(value: Any) -> dict[str, Any]:
    """A message as the JSON object that a frame carries: its fields and its type's name."""
    shallow = {f.name: getattr(value, f.name) for f in fields(value)}
    return {"type": type(value).__name__, **shallow}


def from_json(data: dict[str, Any]) -> Any:
    """The message of a JSON object. Unknown fields are left out, so that versions can differ.

    Raises KeyError for an unknown type.
    """
    cls = MESSAGES[data["type"]]
    known = {f.name for f in fields(cls)}
    return cls(**{name: value for name, value in data.items() if name in known})
