"""`plain`: dataclasses whose classes are quick to make.

A screen that is to stand in half a second makes a hundred classes of values first, and the
standard decorator takes a millisecond for each frozen one: it compiles six methods. This one
compiles `__init__` alone, when the first value of the class is made, and shares the rest. That
nobody assigns to a frozen value is for the type checker to tell, for which this is
`dataclasses.dataclass` itself.
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
            made = dataclasses.dataclass(init=False, eq=False, repr=False, slots=slots)(cls)
            made.__init__ = _init_at_first_use(made)
            if eq:
                _compare_by_fields(made, hashable=frozen)
            if "__repr__" not in cls.__dict__:
                made.__repr__ = _repr
            return made

        return make

    def _init_at_first_use(cls):
        def __init__(self, *arguments, **named):
            cls.__init__ = _compiled_init(cls)
            cls.__init__(self, *arguments, **named)

        return __init__

    def _compiled_init(cls):
        """What `dataclasses` would compile, without its checks."""
        unset = object()
        scope = {"_unset": unset}
        parameters, body = [], []
        for item in dataclasses.fields(cls):
            value = item.name
            if item.default_factory is not dataclasses.MISSING:
                scope[f"_make_{item.name}"] = item.default_factory
                made = f"_make_{item.name}()"
                value = f"{made} if {item.name} is _unset else {item.name}" if item.init else made
                default = "=_unset"
            elif item.default is not dataclasses.MISSING:
                scope[f"_default_{item.name}"] = item.default
                default = f"=_default_{item.name}"
                value = value if item.init else f"_default_{item.name}"
            else:
                default = ""
            if item.init:
                parameters.append(f"{item.name}{default}")
            body.append(f"    self.{item.name} = {value}")
        if hasattr(cls, "__post_init__"):
            body.append("    self.__post_init__()")
        lines = [f"def __init__({', '.join(['self', *parameters])}):", *(body or ["    pass"])]
        exec("\n".join(lines), scope)
        init = scope["__init__"]
        init.__qualname__ = f"{cls.__qualname__}.__init__"
        return init

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
