"""`plain`: dataclasses whose classes are quick to make.

The first frame needs about ninety classes of values, and the standard decorator takes close to a
millisecond for each frozen one, because it compiles six methods: with it, the import of the screen
takes 8 % longer (measured on Python 3.11). This one compiles `__init__` alone, when the first
value of the class is made, and shares the rest. To a type checker it is `dataclasses.dataclass`
itself, and a frozen value is frozen, as there.
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
            made.__plain_frozen__ = frozen
            if frozen:
                made.__setattr__ = _refuse_to_set
                made.__delattr__ = _refuse_to_delete
            if eq:
                _compare_by_fields(made, hashable=frozen)
            if "__repr__" not in cls.__dict__:
                made.__repr__ = _repr
            return made

        return make

    def _refuse_to_set(self, name, value):  # noqa: ARG001
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_to_delete(self, name):  # noqa: ARG001
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def _init_at_first_use(cls):
        def __init__(self, *arguments, **named):
            cls.__init__ = _compiled_init(cls)
            cls.__init__(self, *arguments, **named)

        return __init__

    def _compiled_init(cls):
        """What `dataclasses` would compile, without its checks."""
        unset = object()
        scope = {"_unset": unset, "_set": object.__setattr__}
        assign = (
            "    _set(self, {name!r}, {value})"
            if cls.__plain_frozen__
            else "    self.{name} = {value}"
        )
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
            body.append(assign.format(name=item.name, value=value))
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
