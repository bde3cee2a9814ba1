"""What dbt reads, checked by functions made of the JSON schemas, where it is as it should be.

dbt checks each node, each configuration and each block of YAML with `jsonschema`, about a
millisecond each time and eight times for a model with a test: a third of what a parse of many
files takes. Here a schema is turned into functions once. They only ever say that a value is surely
valid; of all others, and of what they do not know of JSON Schema, `jsonschema` says what is wrong.

The rules are those of Draft 7, with which dbt checks:
https://json-schema.org/draft-07/json-schema-validation
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dbt_common.dataclass_schema import dbtClassMixin

Check = Callable[[Any], bool]
"""Whether a value is surely valid. False says nothing."""

ANNOTATIONS = frozenset({"$schema", "default", "description", "examples", "title"})
OF_OBJECTS = frozenset({"additionalProperties", "properties", "propertyNames", "required"})
KNOWN = ANNOTATIONS | OF_OBJECTS | {"anyOf", "const", "enum", "items", "pattern", "type"}

_checks: dict[type, Check] = {}
_validated_by_dbt = dbtClassMixin.validate.__func__


def apply() -> None:
    """From here on, dbt's classes validate so in this process."""
    dbtClassMixin.validate = classmethod(_validate)


def _validate(cls: Any, data: Any) -> None:
    check = _checks.get(cls)
    if check is None:
        check = _checks[cls] = check_of(cls.json_schema())
    if not check(data):
        _validated_by_dbt(cls, data)


def check_of(schema: Any) -> Check:
    """What says whether a value is surely valid by this schema.

    Args:
        schema: a JSON schema as decoded JSON, of Draft 7.
    """
    if schema is True:
        return _always
    if not isinstance(schema, dict) or not KNOWN.issuperset(schema):
        return _never
    checks = []
    if "type" in schema:
        checks.append(_of_type(schema["type"]))
    if OF_OBJECTS.intersection(schema):
        checks.append(_of_object(schema))
    if "items" in schema:
        checks.append(_of_items(schema["items"]))
    if "anyOf" in schema:
        checks.append(_any_of([check_of(one) for one in schema["anyOf"]]))
    if "const" in schema:
        checks.append(_one_of([schema["const"]]))
    if "enum" in schema:
        checks.append(_one_of(schema["enum"]))
    if "pattern" in schema:
        checks.append(_matching(schema["pattern"]))
    return _all_of([check for check in checks if check is not _always])


def _always(_value: Any) -> bool:
    return True


def _never(_value: Any) -> bool:
    return False


def _all_of(checks: list[Check]) -> Check:
    match checks:
        case []:
            return _always
        case [check]:
            return check
        case [first, second]:
            return lambda value: first(value) and second(value)
    return lambda value: all(check(value) for check in checks)


def _any_of(checks: list[Check]) -> Check:
    def check(value: Any) -> bool:
        for one in checks:  # noqa: SIM110  a generator takes twice as long
            if one(value):
                return True
        return False

    return check


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


TYPES: dict[str, Check] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_integer,
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, float) or _is_integer(value),
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}


def _of_type(named: Any) -> Check:
    names = [named] if isinstance(named, str) else named
    checks = [TYPES.get(name, _never) for name in names]
    return checks[0] if len(checks) == 1 else _any_of(checks)


def _of_object(schema: dict[str, Any]) -> Check:
    known = {name: check_of(one) for name, one in schema.get("properties", {}).items()}
    other = check_of(schema.get("additionalProperties", True))
    named = check_of(schema.get("propertyNames", True))
    required = tuple(schema.get("required", ()))

    def check(value: Any) -> bool:
        if not isinstance(value, dict):
            return True
        for name, item in value.items():
            if not known.get(name, other)(item) or not named(name):
                return False
        return all(name in value for name in required) if required else True

    return check


def _of_items(schema: Any) -> Check:
    item_check = check_of(schema)

    def check(value: Any) -> bool:
        return not isinstance(value, list) or all(map(item_check, value))

    return check


def _one_of(values: list[Any]) -> Check:
    """One of these words. Of other values it says nothing: to JSON, true is not 1."""
    words = frozenset(value for value in values if isinstance(value, str))
    return lambda value: isinstance(value, str) and value in words


def _matching(pattern: str) -> Check:
    search = re.compile(pattern).search
    return lambda value: not isinstance(value, str) or search(value) is not None
