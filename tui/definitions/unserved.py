"""What a Dagster project asks for and dbtree does not have: noted with its place, and passed over.

Only while a project of Dagster's is imported (`stand_in`): elsewhere the same things are errors. A
name that is not here is a `Placeholder`. It may be called, decorated with, derived from and handed
on while the module is imported; whoever uses it in a run is told what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tui.definitions.absent import why_absent
from tui.definitions.errors import DefinitionError, user_place


class Unserved(NamedTuple):
    """One thing that is passed over."""

    message: str
    path: str
    """The user's file; absolute."""
    line: int


_noted: list[list[Unserved]] = []
"""The list that is being made, while a project of Dagster's is imported."""


_stands_in: list[bool] = []


def begin() -> None:
    """From now on note what is not served, instead of raising."""
    _noted[:] = [[]]
    _stands_in[:] = [True]


def stands_in() -> bool:
    """Whether a project of Dagster's was imported in this process. What is not served and has no
    part in a run is passed over there, as it was noted when the graph was made.
    """
    return bool(_stands_in)


def noted() -> tuple[Unserved, ...]:
    """What was noted since then."""
    return tuple(_noted[-1]) if _noted else ()


def end() -> None:
    """From now on what is not served raises."""
    _noted.clear()


def is_noting() -> bool:
    """Whether a project of Dagster's is being imported."""
    return bool(_noted)


def note(message: str, *, path: str = "", line: int = 0) -> bool:
    """Note something that is not served, where that is done.

    Args:
        message: What, and why; a sentence.
        path: The user's file; the caller's where it is empty.
        line: Counted from 1.

    Returns:
        False where nothing is noted, and the caller has to raise.
    """
    if not _noted:
        return False
    if not path:
        path, line = user_place()
    one = Unserved(message, path, line)
    if one not in _noted[-1]:
        _noted[-1].append(one)
    return True


class Stub:
    """What a class is derived from whose base is not here; takes any arguments."""

    def __init__(self, *_: Any, **attributes: Any) -> None:
        for name, value in attributes.items():
            setattr(self, name, value)

    def __class_getitem__(cls, _: Any) -> type[Stub]:
        return cls


class Placeholder:
    """Stands for a name of Dagster's that dbtree does not have, and for all that comes of it."""

    def __init__(self, name: str, arguments: dict[str, Any] | None = None) -> None:
        self.__dict__.update(placeholder_name=name, placeholder_arguments=arguments)

    def __repr__(self) -> str:
        return f"<{self.placeholder_name}, which dbtree does not have>"

    def __call__(self, *args: Any, **named: Any) -> Any:
        """The result of a call; noted for the first one of a chain, with the function's name where
        it decorates one. What changes definitions gives them back as they are; what is called
        `build_…` makes others, which are not there.
        """
        decorated = getattr(args[0], "__name__", "") if len(args) == 1 and callable(args[0]) else ""
        if not decorated or self.placeholder_arguments is None:
            self._note()
        makes = self.placeholder_name.rpartition(".")[2].startswith("build_")
        values = () if makes else (*args, *named.values())
        given = next((one for one in values if _has_definitions(one)), None)
        return Placeholder(decorated or self.placeholder_name, named) if given is None else given

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if not is_noting():
            raise DefinitionError(_why(self.placeholder_name))
        return Placeholder(f"{self.placeholder_name}.{name}")

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        self._note()
        first = next(one for one in bases if isinstance(one, Placeholder))
        return (Stub,) if first is self else ()

    def __getitem__(self, _: Any) -> Placeholder:
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return True

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __instancecheck__(self, _: Any) -> bool:
        return False

    def _combined(self, _: Any = None) -> Placeholder:
        return self

    __or__ = __ror__ = __and__ = __rand__ = __invert__ = _combined

    def __setattr__(self, name: str, value: Any) -> None:
        """Left alone."""

    def __enter__(self) -> Any:
        raise DefinitionError(_why(self.placeholder_name))

    def __exit__(self, *_: object) -> None:
        """Never entered."""

    def _note(self) -> None:
        why = _why(self.placeholder_name)
        if not note(why):
            raise DefinitionError(why)


def _has_definitions(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(
        type(one).__module__.startswith("tui.definitions.") and not is_placeholder(one)
        for one in value
    )


def placeholder(name: str) -> Any:
    """What stands for a name that dbtree does not have: something that can be raised and caught
    where it is the name of an error.
    """
    if name.endswith(("Error", "Exception")):
        return type(name, (Exception,), {})
    if name.endswith("Warning"):
        return type(name, (Warning,), {})
    return Placeholder(name)


def is_placeholder(value: Any) -> bool:
    """Whether something comes of a name that dbtree does not have, and is to be passed over."""
    return isinstance(value, Placeholder | Stub)


def served(values: Any) -> list[Any]:
    """Those of some objects that do not come of a name that dbtree does not have."""
    return [one for one in values or () if not is_placeholder(one)]


def _why(name: str) -> str:
    first = name.partition(".")[0]
    return why_absent(first) or f"dbtree has no {name}."
