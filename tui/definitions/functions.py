"""The decorated functions: where they are defined, what they ask for, how they are called."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any, get_type_hints

from tui.definitions.config import Config
from tui.definitions.errors import DefinitionError
from tui.definitions.unserved import note

CONTEXT = "context"
CONFIG = "config"


@dataclass(frozen=True)
class UserFunction:
    """A function of the user's, with the place of its definition."""

    call: Callable[..., Any]
    path: str
    """Absolute."""
    line: int
    """That of its first decorator, else of its `def`."""

    @staticmethod
    def of(call: Any, decorator: str) -> UserFunction:
        """The function under a decorator. Raises DefinitionError where there is none."""
        if not callable(call) or not hasattr(call, "__code__"):
            raise DefinitionError(f"@{decorator} must decorate a function, not {call!r}.")
        code = inspect.unwrap(call).__code__
        return UserFunction(call, code.co_filename, code.co_firstlineno)

    @property
    def name(self) -> str:
        return str(self.call.__name__)

    @property
    def description(self) -> str:
        """The docstring."""
        return inspect.getdoc(self.call) or ""

    @property
    def parameters(self) -> list[str]:
        """The names of the arguments that it must be given."""
        kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        return [
            name
            for name, parameter in inspect.signature(self.call).parameters.items()
            if parameter.kind not in kinds and parameter.default is inspect.Parameter.empty
        ]

    def resource_names(self) -> list[str]:
        """The arguments that are resources: all but the context and the config."""
        return [
            name
            for name in self.parameters
            if name != CONTEXT and not name.startswith("_") and self.config_class(name) is None
        ]

    def config_class(self, name: str) -> type[Config] | None:
        """The class of settings that an argument wants; None where it is no such argument."""
        hint = self._hints.get(name)
        if name != CONFIG or not isinstance(hint, type) or not issubclass(hint, Config):
            return None
        return hint

    @cached_property
    def _hints(self) -> dict[str, Any]:
        try:
            return get_type_hints(self.call)
        except Exception:  # noqa: BLE001  annotations may be anything
            return {}

    def bound(self, args: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments of a call by name: those without a name go to what is neither context nor
        config, unless they fill all.
        """
        names = self.parameters
        if len(args) + len(named) < len(names):
            names = [name for name in names if name != CONTEXT and self.config_class(name) is None]
        return {**dict(zip(names, args, strict=False)), **named}

    def run(self, context: Any, resources: Mapping[str, Any]) -> Any:
        """Call it with its context, its config and its resources."""
        given: dict[str, Any] = {}
        for place, name in enumerate(self.parameters):
            if name == CONTEXT or (place == 0 and name.startswith("_")):
                given[name] = context
            elif (config := self.config_class(name)) is not None:
                given[name] = config(**getattr(context, "op_config", {}))
            elif name in resources:
                given[name] = resources[name]
            else:
                raise self.error(no_such_resource(self.name, name))
        positional = inspect.signature(self.call).parameters
        args = [
            given.pop(name)
            for name, parameter in positional.items()
            if name in given and parameter.kind is inspect.Parameter.POSITIONAL_ONLY
        ]
        return self.call(*args, **given)

    def called_with(self, given: Sequence[Any], resources: Mapping[str, Any]) -> Any:
        """Call it with values in the order of its arguments, and resources by their names.

        Args:
            given: Values; those that it has no argument for are left out.
            resources: By name.
        """
        waiting = list(given)
        arguments = {
            name: resources[name] if name in resources else waiting.pop(0)
            for name in self.parameters
            if name in resources or waiting
        }
        return self.call(**arguments)

    def source(self) -> str:
        """Its source text, decorators and all; empty where it cannot be read."""
        try:
            return textwrap.dedent(inspect.getsource(self.call))
        except (OSError, TypeError):
            return ""

    def error(self, message: str) -> DefinitionError:
        """Something that is wrong with its definition, with the place of it; to be raised."""
        return DefinitionError(message, path=self.path, line=self.line)


def code_digests(source: str) -> tuple[str, str]:
    """Digests of a source text: as it is, and of what it does, without comments, layout and
    docstrings.
    """
    if not source:
        return "", ""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return _digest(source), ""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and body:
            first = body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = body[1:] or [ast.Pass()]
    return _digest(source), _digest(ast.dump(tree))


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def refuse_unknown(decorator: str, given: Mapping[str, Any], reasons: Mapping[str, str]) -> None:
    """Raise for arguments that Dagster's decorator has and this one has not, saying why; in a
    project of Dagster's they are noted.
    """
    for name, value in given.items():
        if name not in reasons:
            message = f"{decorator} has no argument {name!r}."
        elif value is None or (isinstance(value, list | tuple | dict | set) and not value):
            continue
        else:
            message = f"{decorator}({name}=…): {reasons[name]}"
        if not note(message):
            raise DefinitionError(message)


def one_line(names: Iterable[str]) -> str:
    """Names in a sentence."""
    return ", ".join(names)


def pool_of(pool: str | None, op_tags: Mapping[str, Any] | None) -> str | None:
    """The pool of a function: as it says, or as tags say in older Dagster."""
    return pool or (op_tags or {}).get("dagster/concurrency_key")


def no_such_resource(function: str, name: str) -> str:
    """Why a function cannot be called, in a sentence, and what is written in its place."""
    return (
        f"{function} asks for {name!r}, and the Definitions have no such resource. (What an asset "
        "reads from another is named in deps.)"
    )
