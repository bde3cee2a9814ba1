"""The values of a component's YAML: `Resolvable`, `Model`, `Resolver`, `ResolutionContext`.

    class Ingest(Component, Resolvable, Model):
        tables: list[str]
        starts: Annotated[datetime, Resolver(parse_time)] = None

A field is an annotation of a dataclass or of a `Model`, or an argument of `__init__`. Texts are
templates of Jinja; what stands alone in `{{ … }}` may be any Python object.
"""

from __future__ import annotations

import datetime
import inspect
import os
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, NamedTuple, TypeVar

from tui.definitions.config import ABSENT, Config, checked, fields_of
from tui.definitions.errors import DefinitionError

T = TypeVar("T")


class _Environment:
    """`{{ env.NAME }}` and `{{ env('NAME', 'a default') }}`."""

    def __getattr__(self, name: str) -> str | None:
        return os.environ.get(name)

    def __call__(self, name: str, default: Any = ABSENT) -> Any:
        found = os.environ.get(name, default)
        if found is ABSENT:
            raise DefinitionError(f"The environment variable {name} is not set.")
        return found


class _Names:
    """`{{ dg.AutomationCondition.eager() }}`: the names of the package."""

    def __getattr__(self, name: str) -> Any:
        own = import_module("tui.definitions.api")
        if name not in own.__all__:
            raise AttributeError(name)
        return getattr(own, name)


def _first_scope() -> dict[str, Any]:
    condition = _Names().AutomationCondition
    return {
        "env": _Environment(), "dg": _Names(), "datetime": datetime,
        "automation_condition": {"eager": condition.eager, "on_cron": condition.on_cron},
    }  # fmt: skip


@dataclass(frozen=True)
class ResolutionContext:
    """With what the texts of a component's YAML are rendered.

    Args:
        scope: The variables, by name.
        file: The YAML file; relative paths are below its directory.
        line: Where its document begins.
        path: Where in it something stands: names of attributes, numbers in a list.
    """

    scope: Mapping[str, Any] = field(default_factory=_first_scope)
    file: Path | None = None
    line: int = 1
    path: tuple[str | int, ...] = ()

    @staticmethod
    def default(source_position_tree: Any = None) -> ResolutionContext:
        """The variables that there always are: `env`, `dg`, `datetime`."""
        return ResolutionContext()

    def with_scope(self, **additional_scope: Any) -> ResolutionContext:
        """The same with more variables."""
        return replace(self, scope={**self.scope, **additional_scope})

    def at_path(self, path_part: str | int) -> ResolutionContext:
        """The same for what stands further in."""
        return replace(self, path=(*self.path, path_part))

    def error(self, message: str) -> DefinitionError:
        """An error at this place of the YAML."""
        if self.file is None:
            return DefinitionError(message)
        return DefinitionError(message, path=str(self.file), line=self.line)

    def resolve_value(self, val: Any, as_type: Any = None) -> Any:
        """A value of YAML, with the templates in its texts rendered.

        Raises:
            DefinitionError: for a template that cannot be.
        """
        if isinstance(val, Mapping):
            return {key: self.at_path(key).resolve_value(item) for key, item in val.items()}
        if isinstance(val, list | tuple):
            found = (self.at_path(at).resolve_value(item) for at, item in enumerate(val))
            return tuple(found) if isinstance(val, tuple) else list(found)
        if not isinstance(val, str) or "{" not in val:
            return val
        return self._rendered(val)

    def _rendered(self, text: str) -> Any:
        from jinja2 import TemplateError, Undefined

        try:
            found = _environment().from_string(text).render(**self.scope)
            if isinstance(found, Undefined):
                str(found)  # raises what is wrong
        except DefinitionError as error:
            raise self.error(f"{text} cannot be rendered: {error.message}") from error
        except (TemplateError, TypeError, ValueError, AttributeError, KeyError) as error:
            raise self.error(f"{text} cannot be rendered: {error}.") from error
        return found

    def resolve_source_relative_path(self, value: str) -> Path:
        """A path that is relative to the YAML file."""
        path = Path(value)
        if path.is_absolute() or self.file is None:
            return path
        return (self.file.parent / path).resolve()


@cache
def _environment() -> Any:
    """Jinja whose templates answer Python objects, without access to the insides of Python."""
    from jinja2 import StrictUndefined
    from jinja2.nativetypes import NativeEnvironment
    from jinja2.sandbox import SandboxedEnvironment

    class Native(SandboxedEnvironment, NativeEnvironment):
        """Both."""

    return Native(undefined=StrictUndefined)


Resolve = Callable[[ResolutionContext, Any], Any]


class Resolver:
    """How the value of a field is made of what the YAML says: in `Annotated[…]`.

    Args:
        fn: Called with the context and what the YAML says; answers the value.
        model_field_name: What the field is called in YAML.
        inject_before_resolve: Whether a template is rendered first, and taken as it is where it
            answers anything but a text.
        more: Accepted and left alone: what describes a form.
    """

    def __init__(
        self,
        fn: Resolve,
        *,
        model_field_name: str | None = None,
        inject_before_resolve: bool = True,
        **more: Any,
    ) -> None:
        self.fn = fn
        self.model_field_name = model_field_name
        self.inject_before_resolve = inject_before_resolve
        self.is_default = False
        self.of_model = False

    @staticmethod
    def default(**options: Any) -> Resolver:
        """As without a resolver."""
        made = Resolver(ResolutionContext.resolve_value, **options)
        made.is_default = True
        return made

    @staticmethod
    def passthrough(**options: Any) -> Resolver:
        """What the YAML says, with its templates as they are."""
        return Resolver(lambda _, value: value, inject_before_resolve=False, **options)

    @staticmethod
    def from_model(fn: Resolve, **options: Any) -> Resolver:
        """The function gets all that the YAML says of the object, as attributes."""
        made = Resolver(fn, **options)
        made.of_model = True
        return made


Injected = Annotated[T, Resolver.default()]


class Resolvable:
    """What can be made of YAML: derive a dataclass, a `Model`, or a class with `__init__`."""

    @classmethod
    def resolve_from_dict(cls, dictionary: Mapping[str, Any]) -> Any:
        """An object of what a YAML file says. Raises DefinitionError for wrong values."""
        return made_of(cls, dictionary, ResolutionContext())

    @classmethod
    def resolve_from_yaml(cls, yaml: str, *, scope: Mapping[str, Any] | None = None) -> Any:
        """An object of a text of YAML. Raises DefinitionError for wrong values."""
        from yaml import safe_load

        context = ResolutionContext().with_scope(**(scope or {}))
        return made_of(cls, safe_load(yaml) or {}, context)

    @classmethod
    def resolve_from_model(cls, context: ResolutionContext, model: Any) -> Any:
        """An object of the attributes that the YAML says."""
        said = model if isinstance(model, Mapping) else vars(model)
        return made_of(cls, said, context)


class Model(Config):
    """Values with types and defaults, as `Config`; without pydantic, and so without validators."""


class FieldOf(NamedTuple):
    """A field of a class that YAML is made into."""

    annotation: Any
    is_needed: bool


def made_of(cls: type, said: Any, context: ResolutionContext) -> Any:
    """An object of a class, of what a YAML file says of it.

    Raises:
        DefinitionError: for a field that is missing, unknown or of another type.
    """
    if not isinstance(said, Mapping):
        raise context.error(f"{cls.__name__} takes attributes by name, not {said!r}.")
    known = fields_in(cls)
    names = {_name_in_yaml(name, one): name for name, one in known.items()}
    for name in said:
        if name not in names:
            raise context.error(f"{cls.__name__} has no attribute {name}.")
    values = {
        own: _value_of(known[own].annotation, said, name, context, f"{cls.__name__}.{name}")
        for name, own in names.items()
        if name in said
    }
    for name, own in names.items():
        if known[own].is_needed and own not in values:
            raise context.error(f"{cls.__name__} needs the attribute {name}.")
    try:
        return cls(**values)
    except DefinitionError as error:
        raise context.error(error.message) from error


def fields_in(cls: type) -> dict[str, FieldOf]:
    """The fields of a class, by name. Raises DefinitionError where it has no way to say them."""
    hints = _hints(cls)
    if is_dataclass(cls):
        return {
            one.name: FieldOf(
                hints.get(one.name, one.type),
                one.default is MISSING and one.default_factory is MISSING,
            )
            for one in fields(cls)
            if one.init
        }
    if issubclass(cls, Config):
        return {
            name: FieldOf(hints.get(name, annotation), default is ABSENT)
            for name, (annotation, default) in fields_of(cls).items()
        }
    if cls.__init__ is object.__init__:
        return {}
    hints = _hints(cls.__init__)
    parameters = [*inspect.signature(cls).parameters.values()]
    return {
        one.name: FieldOf(hints.get(one.name, one.annotation), one.default is one.empty)
        for one in parameters
        if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
    }


def _hints(of: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(of, include_extras=True)
    except (NameError, TypeError, AttributeError):  # a name that is there for type checkers alone
        return {}


def _resolver_of(annotation: Any) -> Resolver | None:
    if typing.get_origin(annotation) is not Annotated:
        return None
    said = typing.get_args(annotation)[1:]
    return next((one for one in said if isinstance(one, Resolver)), None)


def _name_in_yaml(name: str, one: FieldOf) -> str:
    resolver = _resolver_of(one.annotation)
    return (resolver.model_field_name if resolver else None) or name


def _value_of(
    annotation: Any, said: Mapping[str, Any], name: str, context: ResolutionContext, where: str
) -> Any:
    resolver = _resolver_of(annotation)
    if resolver is not None and resolver.of_model:
        return resolver.fn(context, SimpleNamespace(**said))
    return value_as(annotation, said[name], context.at_path(name), where)


def value_as(annotation: Any, said: Any, context: ResolutionContext, where: str) -> Any:
    """A value of YAML as an annotation wants it.

    Args:
        annotation: Of a field.
        said: What the YAML says.
        context: With what templates are rendered.
        where: What the field is called in an error.

    Raises:
        DefinitionError: where it cannot be.
    """
    resolver = _resolver_of(annotation)
    if typing.get_origin(annotation) is Annotated:
        inner = typing.get_args(annotation)[0]
        if resolver is None or resolver.is_default:
            return value_as(inner, said, context, where)
        if resolver.inject_before_resolve and isinstance(said, str):
            said = context.resolve_value(said)
            if not isinstance(said, str):
                return said
        return resolver.fn(context, said)
    if isinstance(said, str) and "{" in said:
        said = context.resolve_value(said)
        if not isinstance(said, str | int | float | list | dict | None):
            return said  # an object of Python's, as the template says
    made = _made_as(annotation, said, context, where)
    return made if made is not ABSENT else _plain(annotation, said, context, where)


def _made_as(annotation: Any, said: Any, context: ResolutionContext, where: str) -> Any:
    """A value of several, or of a class that YAML is made into; ABSENT for any other."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return _as_one_of(inner, said, context, where)
    if origin in (list, tuple, Sequence) and isinstance(said, list) and inner:
        return [
            value_as(inner[0], item, context.at_path(at), where) for at, item in enumerate(said)
        ]
    if origin in (dict, Mapping) and isinstance(said, Mapping) and len(inner) == 2:
        return {
            key: value_as(inner[1], item, context.at_path(key), where) for key, item in said.items()
        }
    if isinstance(annotation, type) and origin is None and isinstance(said, Mapping):
        if issubclass(annotation, Resolvable):
            return made_of(annotation, said, context)
        if issubclass(annotation, Model):
            return made_of(annotation, context.resolve_value(said), context)
    return ABSENT


def _as_one_of(inner: Sequence[Any], said: Any, context: ResolutionContext, where: str) -> Any:
    """A value as the first of several annotations that it fits."""
    if said is None and type(None) in inner:
        return None
    failures: list[DefinitionError] = []
    for one in (each for each in inner if each is not type(None)):
        try:
            return value_as(one, said, context, where)
        except DefinitionError as error:
            failures.append(error)
    raise failures[0]


def _plain(annotation: Any, said: Any, context: ResolutionContext, where: str) -> Any:
    rendered = context.resolve_value(said)
    if annotation in (inspect.Parameter.empty, Any) or isinstance(annotation, str):
        return rendered
    try:
        return checked(rendered, annotation, where)
    except DefinitionError as error:
        raise context.error(error.message) from error
