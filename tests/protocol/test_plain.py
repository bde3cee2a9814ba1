"""Plain values behave as the standard dataclasses that a type checker takes them for."""

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import field
from typing import Any

import pytest

import tui
from tui.protocol.plain import plain


@plain(frozen=True)
class Point:
    x: int
    y: int = 2
    tags: list[str] = field(default_factory=list, compare=False)


@plain(frozen=True, slots=True)
class Slotted:
    x: int
    y: int = 2


@plain(frozen=False)
class Open:
    x: int


def plain_classes() -> Iterator[type]:
    """Every frozen plain class of dbtree outside the engine, which needs dbt."""
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        if module.name.startswith(("tui.engine.", "tui.demo")) or module.name.endswith("__main__"):
            continue
        found = importlib.import_module(module.name)
        for _, cls in inspect.getmembers(found, inspect.isclass):
            if cls.__module__ == module.name and getattr(cls, "__plain_frozen__", False):
                yield cls


@pytest.mark.parametrize("cls", [Point, Slotted])
def test_a_frozen_value_is_frozen(cls: type):
    value = cls(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.x = 3
    with pytest.raises(dataclasses.FrozenInstanceError):
        del value.y
    assert (value.x, value.y) == (1, 2)
    assert dataclasses.replace(value, x=5) == cls(5, 2)
    assert hash(cls(5)) == hash(cls(5, 2))
    assert cls(5) != cls(6)


def test_a_value_that_is_not_frozen_can_be_changed():
    value = Open(1)
    value.x = 2
    assert value == Open(2)


def test_the_defaults_of_a_factory_are_not_shared():
    assert Point(1).tags is not Point(1).tags
    assert Point(1, tags=["a"]) == Point(1)


def test_every_plain_class_that_says_so_is_frozen():
    classes = list(plain_classes())
    assert len(classes) > 40
    for cls in classes:
        bare: Any = object.__new__(cls)
        with pytest.raises(dataclasses.FrozenInstanceError):
            bare.anything = 1
