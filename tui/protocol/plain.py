"""`plain`: dataclasses whose classes are quick to make.

A screen that is to stand in half a second makes a hundred classes of values first, and the
standard decorator takes a millisecond for each frozen one: it compiles six methods. This one has
`__init__` compiled, which it also leaves three times as fast, and shares the rest. That nobody
assigns to a frozen value is for the type checker to tell, for which this is `dataclasses.dataclass`
itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as plain
else:
    import dataclasses
    from operator import attrgetter

    def plain(*, frozen: bool, eq: bool = True, slots: bool = False):
        """As `dataclasses.dataclass` with these options; `frozen` says that a value is one."""

        def make(cls):
            made = dataclasses.dataclass(eq=False, repr=False, slots=slots)(cls)
            if eq:
                _compare_by_fields(made, hashable=frozen)
            if "__repr__" not in cls.__dict__:
                made.__repr__ = _repr
            return made

        return make

    def _compare_by_fields(cls, *, hashable):
        names = [item.name for item in dataclasses.fields(cls) if item.compare]
        values = attrgetter(*names) if names else lambda _: ()

        def __eq__(self, other):
            if other.__class__ is not self.__class__:
                return NotImplemented
            return values(self) == values(other)

        def __hash__(self):
            return hash(values(self))

        cls.__eq__ = __eq__
        cls.__hash__ = __hash__ if hashable else None

    def _repr(self):
        shown = (item for item in dataclasses.fields(self) if item.repr)
        values = ", ".join(f"{item.name}={getattr(self, item.name)!r}" for item in shown)
        return f"{type(self).__qualname__}({values})"


__all__ = ["plain"]
