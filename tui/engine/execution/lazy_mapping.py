"""A dict that knows more names than it has values, and makes each value when it is read.

To whoever reads it, it is a dict with all of them: what goes through the whole of it makes all
values first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

_has = dict.__contains__


class Makers(NamedTuple):
    """Names, and what makes the value of each: always the same value."""

    names: Mapping[str, Any]
    make: Callable[[str], Any]


class HasMakers:
    """A mapping whose values may be made by who takes over its names."""

    __slots__ = ()
    _dbtree_later: tuple[Makers, ...]


class LazyMapping(dict[str, Any], HasMakers):
    """A dict of which some values are made when they are read.

    A dict's own `[…]` asks `__missing__`, and whatever copies a dict goes by `__iter__` and `[…]`
    where a class has an `__iter__` of its own.
    """

    __slots__ = ("_dbtree_later",)  # an attribute of another name may hide a macro of that name

    def __init__(self, *later: Makers) -> None:
        super().__init__()
        self._dbtree_later = later
        """Of a name that several have, the first counts."""

    def __missing__(self, key: str) -> Any:
        for makers in self._dbtree_later:
            if key in makers.names:
                return dict.setdefault(self, key, makers.make(key))
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        if _has(self, key):
            return True
        for makers in self._dbtree_later:  # noqa: SIM110 - a tenth of the time of `any`
            if key in makers.names:
                return True
        return False

    def get(self, key: str, default: Any = None) -> Any:
        """What a dict's `get` gives."""
        try:
            return self[key]
        except KeyError:
            return default

    def setdefault(self, key: str, default: Any = None) -> Any:
        """What a dict's `setdefault` gives."""
        return self[key] if key in self else dict.setdefault(self, key, default)

    def update(self, *others: Any, **values: Any) -> None:
        """What a dict's `update` does; of another lazy mapping, no value is made."""
        for other in others:
            later = other._dbtree_later if isinstance(other, HasMakers) else ()
            for makers in later:
                for name in makers.names.keys() & dict.keys(self):
                    dict.__delitem__(self, name)
            if not later:
                dict.update(self, other)
            elif isinstance(other, LazyMapping):
                dict.update(self, dict.items(other))
            self._dbtree_later = (*later, *self._dbtree_later)
        dict.update(self, **values)

    def __bool__(self) -> bool:
        return dict.__len__(self) > 0 or any(makers.names for makers in self._dbtree_later)


def _made_first(name: str) -> Callable[..., Any]:
    """A dict's method, before which all values are made."""
    method: Callable[..., Any] = getattr(dict, name)

    def with_all_values(mapping: LazyMapping, *args: Any, **named: Any) -> Any:
        for makers in mapping._dbtree_later:
            for key in makers.names:
                if not _has(mapping, key):
                    dict.__setitem__(mapping, key, makers.make(key))
        mapping._dbtree_later = ()
        return method(mapping, *args, **named)

    with_all_values.__name__ = name
    return with_all_values


WHOLE = (
    "__delitem__", "__eq__", "__ior__", "__iter__", "__len__", "__ne__", "__or__",
    "__reduce_ex__", "__repr__", "__reversed__", "__ror__", "__sizeof__",
    "clear", "copy", "items", "keys", "pop", "popitem", "values",
)  # fmt: skip
"""A dict's methods that go through the whole of it, or take a name away."""

for _name in WHOLE:
    setattr(LazyMapping, _name, _made_first(_name))

LazyMapping.__name__, LazyMapping.__module__ = dict.__name__, dict.__module__
"""So Jinja calls it in its messages, as it calls any dict."""
