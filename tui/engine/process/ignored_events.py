"""Which events of dbt's a callback leaves alone, so that nobody has to make them for it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

CACHE_EVENTS = frozenset({"CacheAction", "CacheDumpGraph"})
"""Events of dbt's relation cache, which its own console and log leave out too."""
_ATTRIBUTE = "ignored_events"

_Callback = TypeVar("_Callback", bound=Callable[..., Any])


def ignoring(names: Collection[str]) -> Callable[[_Callback], _Callback]:
    """Decorate a callback of dbt's events that does nothing with those of these names."""

    def mark(callback: _Callback) -> _Callback:
        setattr(callback, _ATTRIBUTE, names)
        return callback

    return mark


def is_ignored(name: str, callback: object) -> bool:
    """Whether a callback said that it does nothing with events of this name."""
    return name in getattr(callback, _ATTRIBUTE, ())
