"""`Config`, `ConfigurableResource` and `EnvVar`: settings with types and defaults.

    class Warehouse(ConfigurableResource):
        host: str = "localhost"
        password: str = EnvVar("WAREHOUSE_PASSWORD")

Differs from Dagster's: no pydantic is needed. A field is an annotation, its default is what the
class says; a `pydantic.Field(default=…)` is understood where pydantic is installed.
"""

from __future__ import annotations

import inspect
import os
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tui.definitions.errors import DefinitionError, user_place

ABSENT: Any = object()
"""The default of a setting that has none."""
_LOOSE = {float: (int, float), list: (list, tuple), tuple: (list, tuple), dict: (Mapping,)}


class EnvVar(str):
    """An environment variable, read when it is needed: `EnvVar("TOKEN")`. Printing it shows the
    variable's name, never its value.
    """

    place: tuple[str, typing.Any]
    """The file and line where it was made."""

    def __new__(cls, name: str) -> EnvVar:
        made = super().__new__(cls, name)
        made.place = user_place()
        return made

    @property
    def env_var_name(self) -> str:
        """The name of the variable."""
        return str.__str__(self)

    @staticmethod
    def int(name: str) -> EnvVarInt:
        """One whose value is a whole number."""
        return EnvVarInt(name)

    def get_value(self, default: Any = None) -> Any:
        """The value now; the default where it is not set."""
        return os.environ.get(self.env_var_name, default)

    def __repr__(self) -> str:
        return f"EnvVar({self.env_var_name!r})"


class EnvVarInt(EnvVar):
    """An environment variable that holds a whole number."""

    def get_value(self, default: Any = None) -> Any:
        found = super().get_value(default)
        try:
            return found if found is None else int(found)
        except ValueError as error:
            raise DefinitionError(f"{self.env_var_name} is not a whole number.") from error


class Config:
    """Settings of a function: annotate its argument `config` with a subclass.

    A run gives it what it was started with, and the defaults. In a test, call the function with an
    object.

    Raises:
        DefinitionError: for a field that is missing, unknown or of another type.
    """

    def __init__(self, **values: Any) -> None:
        fields = fields_of(type(self))
        unknown = values.keys() - fields.keys()
        name = type(self).__name__
        if unknown and not self._takes_more:
            raise DefinitionError(f"{name} has no field {', '.join(sorted(unknown))}.")
        for field, (annotation, default) in fields.items():
            value = values.get(field, ABSENT)
            if value is ABSENT:
                value = default() if callable(default) and is_made(default) else default
            if value is ABSENT:
                raise DefinitionError(f"{name} needs a value for {field}.")
            object.__setattr__(self, field, checked(value, annotation, f"{name}.{field}"))
        for field in unknown:
            object.__setattr__(self, field, values[field])

    _takes_more = False

    @classmethod
    def takes_more(cls) -> bool:
        """Whether it takes settings that the class does not name."""
        return cls._takes_more

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({said})"

    def dict(self) -> dict[str, Any]:
        """The values by name."""
        return dict(vars(self))

    model_dump = dict


class PermissiveConfig(Config):
    """Settings that may have more fields than the class says."""

    _takes_more = True


class ConfigurableResource(Config):
    """A resource with settings: what functions ask for by the name of an argument.

    `setup_for_execution` is called before a function gets it and `teardown_after_execution` after
    it; `create_resource` may answer another object, which the function gets in its place.
    """

    def setup_for_execution(self, context: Any) -> None:
        """Called before a function gets it."""

    def teardown_after_execution(self, context: Any) -> None:
        """Called when the function has ended."""

    def create_resource(self, context: Any) -> Any:
        """What the function gets: the resource itself."""
        return self

    @contextmanager
    def yield_for_execution(self, context: Any) -> Iterator[Any]:
        """What the function gets, set up before and torn down after it."""
        self.setup_for_execution(context)
        try:
            yield self.create_resource(context)
        finally:
            self.teardown_after_execution(context)

    @classmethod
    def configure_at_launch(cls, **values: Any) -> LaunchedResource:
        """The same with values that each run gives: `{"resources": {NAME: {"config": {…}}}}`.

        Args:
            values: Those that are known already.
        """
        return LaunchedResource(cls, values)

    def resolved(self) -> ConfigurableResource:
        """The same with the values of its environment variables, and of resources in it.

        Raises:
            DefinitionError: for a variable that is not set.
        """
        changed: dict[str, Any] = {}
        for name, value in vars(self).items():
            if isinstance(value, EnvVar):
                found = value.get_value()
                if found is None:
                    raise DefinitionError(
                        f"{type(self).__name__}.{name}: the environment variable "
                        f"{value.env_var_name} is not set.",
                        path=value.place[0], line=value.place[1],
                    )  # fmt: skip
                changed[name] = found
            elif isinstance(value, ConfigurableResource):
                changed[name] = value.resolved()
        if not changed:
            return self
        made = object.__new__(type(self))
        made.__dict__.update({**vars(self), **changed})
        return made


@dataclass(frozen=True)
class LaunchedResource:
    """A resource that gets its settings from the run; what `configure_at_launch` returns."""

    cls: type[ConfigurableResource]
    values: Mapping[str, Any]

    def made(self, values: Mapping[str, Any]) -> ConfigurableResource:
        """The resource with the settings of a run. Raises DefinitionError for wrong ones."""
        return self.cls(**{**self.values, **values})


@contextmanager
def ready(resource: Any, context: Any) -> Iterator[Any]:
    """A resource as a function gets it, for as long as the function works."""
    if isinstance(resource, LaunchedResource):
        raise DefinitionError(f"{resource.cls.__name__} gets its settings from a run.")
    if not isinstance(resource, ConfigurableResource):
        yield resource
        return
    with resource.resolved().yield_for_execution(context) as made:
        yield made


@contextmanager
def all_ready(
    names: Iterable[str], resources: Mapping[str, Any], context: Any
) -> Iterator[dict[str, Any]]:
    """Resources as a function gets them: those that it names are set up, the others as they are."""
    with ExitStack() as stack:
        made = dict(resources)
        for name in names:
            if name in made:
                made[name] = stack.enter_context(ready(made[name], context))
        yield made


def value_of(value: Any) -> Any:
    """A value, of an environment variable where it is one."""
    return value.get_value() if isinstance(value, EnvVar) else value


def fields_of(cls: type) -> dict[str, tuple[Any, Any]]:
    """The fields of a class of settings: name → annotation and default, inherited first."""
    found: dict[str, tuple[Any, Any]] = {}
    for each in reversed(cls.__mro__):
        if not issubclass(each, Config) or each in (Config, PermissiveConfig, ConfigurableResource):
            continue
        hints = _hints(each)
        for name in inspect.get_annotations(each):
            if not name.startswith("_"):
                default = each.__dict__.get(name, ABSENT)
                found[name] = (hints.get(name, Any), _default_of(default))
    return found


def _hints(cls: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(cls)
    except (NameError, TypeError):  # a name that is only there for type checkers
        return {}


def _default_of(default: Any) -> Any:
    """The default that a `pydantic.Field` holds; anything else is the default itself."""
    if not hasattr(default, "default_factory") or not hasattr(default, "is_required"):
        return default
    if default.is_required():
        return ABSENT
    return default.default_factory or default.default


def description_of(cls: type, name: str) -> str:
    """What a `pydantic.Field` says of a setting; empty for none."""
    found = next((each.__dict__[name] for each in cls.__mro__ if name in each.__dict__), None)
    words = getattr(found, "description", None)
    return words if isinstance(words, str) else ""


def is_made(default: Any) -> bool:
    """Whether a default is a function that makes one."""
    return isinstance(default, types.FunctionType | type | types.BuiltinFunctionType)


def checked(value: Any, annotation: Any, name: str) -> Any:
    """A value as its annotation wants it. Raises DefinitionError where it cannot be."""
    origin = typing.get_origin(annotation)
    if isinstance(value, EnvVar) or annotation in (Any, ABSENT) or value is ABSENT:
        return value
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in typing.get_args(annotation):
            return None
        for one in typing.get_args(annotation):
            try:
                return checked(value, one, name)
            except DefinitionError:
                continue
        raise _wrong(value, annotation, name)
    if origin is typing.Literal:
        if value not in typing.get_args(annotation):
            raise _wrong(value, annotation, name)
        return value
    if (
        isinstance(annotation, type)
        and issubclass(annotation, Config)
        and isinstance(value, Mapping)
    ):
        return annotation(**value)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _of_enum(value, annotation, name)
    wanted = origin or annotation
    if not isinstance(wanted, type):
        return value
    fits = isinstance(value, _LOOSE.get(wanted, (wanted,)))
    if not fits or (isinstance(value, bool) and wanted in (int, float)):
        raise _wrong(value, annotation, name)
    return value


def _of_enum(value: Any, annotation: type[Enum], name: str) -> Enum:
    if isinstance(value, annotation):
        return value
    try:
        return annotation[value] if value in annotation.__members__ else annotation(value)
    except (ValueError, KeyError, TypeError):
        raise _wrong(value, annotation, name) from None


def _wrong(value: Any, annotation: Any, name: str) -> DefinitionError:
    kind = getattr(annotation, "__name__", None) or str(annotation).replace("typing.", "")
    return DefinitionError(f"{name} must be {kind}, not {value!r}.")
