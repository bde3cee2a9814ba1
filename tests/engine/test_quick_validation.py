"""What is said to be surely valid is valid to `jsonschema`, and all that dbt reads rightly is."""

from __future__ import annotations

from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from dbt.artifacts.resources.v1.model import ModelConfig
from dbt.contracts.graph.nodes import ModelNode
from dbt.contracts.graph.unparsed import UnparsedModelUpdate, UnparsedSourceDefinition
from dbt_common.dataclass_schema import ValidationError, dbtClassMixin
from hypothesis import given
from hypothesis import strategies as st

from tui.engine.patches.quick_validation import _validate, _validated_by_dbt, check_of

NAMES = st.sampled_from(["a", "b", "model", "1"])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 2), st.sampled_from([0.0, 1.0, 0.5]), NAMES
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
TYPES = st.sampled_from(["array", "boolean", "integer", "null", "number", "object", "string"])


def schemas_of(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Schemas with any of the words of JSON Schema that dbt's have, and some that they have not."""
    return st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=2, unique=True),
            "properties": st.dictionaries(NAMES, inner, max_size=2),
            "additionalProperties": st.booleans() | inner,
            "propertyNames": inner,
            "required": st.lists(NAMES, max_size=2, unique=True),
            "items": inner | st.lists(inner, max_size=2),
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "oneOf": st.lists(inner, min_size=1, max_size=2),
            "const": SCALARS,
            "enum": st.lists(SCALARS, min_size=1, max_size=3),
            "pattern": st.sampled_from(["^a", "1$"]),
            "maxItems": st.integers(0, 2),
            "minimum": st.integers(0, 2),
            "not": inner,
            "default": SCALARS,
        },
    )


SCHEMAS = st.recursive(st.booleans() | schemas_of(st.just(True)), schemas_of, max_leaves=6)


@given(SCHEMAS, VALUES)
def test_what_is_surely_valid_is_valid(schema: Any, value: Any) -> None:
    if check_of(schema)(value):
        assert jsonschema.Draft7Validator(schema).is_valid(value)


def node() -> dict[str, Any]:
    """A model as dbt validates it."""
    found: dict[str, Any] = ModelNode.from_dict(
        {
            "database": "db", "schema": "main", "name": "orders", "resource_type": "model",
            "package_name": "shop", "path": "orders.sql", "original_file_path": "models/orders.sql",
            "unique_id": "model.shop.orders", "fqn": ["shop", "orders"], "alias": "orders",
            "checksum": {"name": "sha256", "checksum": "1"}, "raw_code": "select 1",
            "language": "sql", "tags": ["daily"], "columns": {"id": {"name": "id"}},
        }
    ).to_dict(omit_none=True)  # fmt: skip
    return found


BLOCK = {
    "name": "orders",
    "original_file_path": "models/_orders.yml",
    "yaml_key": "models",
    "package_name": "shop",
    "description": "Orders.",
    "columns": [{"name": "id", "data_tests": ["unique", {"not_null": {"where": "1 = 1"}}]}],
    "config": {"tags": ["daily"], "meta": {"owner": None}},
}
RIGHT: list[tuple[type[dbtClassMixin], dict[str, Any]]] = [
    (ModelNode, node()),
    (ModelConfig, ModelConfig().to_dict(omit_none=False)),
    (UnparsedModelUpdate, BLOCK),
]


@pytest.mark.parametrize(("cls", "data"), RIGHT, ids=lambda one: getattr(one, "__name__", ""))
def test_what_dbt_reads_rightly_is_surely_valid(cls: type[dbtClassMixin], data: Any) -> None:
    _validated_by_dbt(cls, data)
    assert check_of(cls.json_schema())(data)


WRONG: list[tuple[type[dbtClassMixin], Any]] = [
    (ModelNode, {**node(), "resource_type": "seed"}),
    (ModelNode, {**node(), "tags": "daily"}),
    (ModelNode, {key: value for key, value in node().items() if key != "name"}),
    (ModelConfig, {**ModelConfig().to_dict(omit_none=False), "enabled": "yes"}),
    (UnparsedModelUpdate, {**BLOCK, "columns": [{"name": 1}]}),
    (UnparsedModelUpdate, {**BLOCK, "columns": {"name": "id"}}),
    (UnparsedSourceDefinition, {**BLOCK, "tables": [{"nosuch": 1}]}),
    (UnparsedModelUpdate, None),
]


@pytest.mark.parametrize(("cls", "data"), WRONG)
def test_dbt_says_what_is_wrong(cls: type[dbtClassMixin], data: Any) -> None:
    with pytest.raises(ValidationError) as by_dbt:
        _validated_by_dbt(cls, data)
    with pytest.raises(ValidationError) as quick:
        _validate(cls, data)
    assert str(quick.value) == str(by_dbt.value)
