"""What is found in dbt's cache of relations, quickly and as dbt finds it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from dbt.adapters.base.impl import BaseAdapter
from dbt.adapters.base.relation import BaseRelation
from dbt.adapters.cache import RelationsCache
from dbt.adapters.contracts.relation import Path, Policy
from dbt_common.exceptions import DbtBaseException
from hypothesis import given
from hypothesis import strategies as st

from tui.engine.patches import quick_relations

SLOW_RELATIONS = RelationsCache.get_relations
SLOW_MATCH = BaseAdapter._make_match

names = st.sampled_from(["a", "A", "b", '"a"', '"A"', "a b", "ß", "SS", "İ", ""])
policies = st.builds(Policy, st.booleans(), st.booleans(), st.booleans())


class OwnRelation(BaseRelation):
    """Of an adapter that compares in a way of its own."""

    def matches(self, *args: Any, **search: Any) -> bool:
        return True


relations = st.builds(
    lambda kind, path, policy, is_created: kind(
        path=path, quote_policy=policy, dbt_created=is_created
    ),
    st.sampled_from([BaseRelation, BaseRelation, BaseRelation, OwnRelation]),
    st.builds(Path, st.none() | names, st.none() | names, st.none() | names),
    policies,
    st.booleans(),
)


@pytest.fixture(scope="module", autouse=True)
def patched() -> Any:
    """The functions of dbt as the patch leaves them, for this module."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(RelationsCache, "get_relations", SLOW_RELATIONS)
        monkeypatch.setattr(BaseAdapter, "_make_match", SLOW_MATCH)
        quick_relations.apply()
        yield


def outcome(function: Any, *args: Any) -> Any:
    """What it returns, or how it fails."""
    try:
        return function(*args)
    except DbtBaseException as error:
        return type(error), str(error)


def adapter_that_quotes(policy: Policy) -> Any:
    quoting = {part: getattr(policy, part) for part in ("database", "schema", "identifier")}
    adapter: Any = SimpleNamespace(config=SimpleNamespace(quoting=quoting))
    adapter._make_match_kwargs = lambda *args: BaseAdapter._make_match_kwargs(adapter, *args)
    return adapter


@given(st.lists(relations, max_size=8), st.none() | names, st.none() | names, names, policies)
def test_the_same_relation_is_found(
    known: list[BaseRelation], database: Any, schema: Any, identifier: str, policy: Policy
) -> None:
    cache = RelationsCache()
    for relation in known:
        cache.add(relation)
    listed = cache.get_relations(database, schema)
    assert listed == SLOW_RELATIONS(cache, database, schema)
    quoting = {
        "database": policy.database,
        "schema": policy.schema,
        "identifier": policy.identifier,
    }
    adapter: Any = SimpleNamespace(config=SimpleNamespace(quoting=quoting))
    adapter._make_match_kwargs = lambda *args: BaseAdapter._make_match_kwargs(adapter, *args)
    for candidates in (listed, known):
        sought = (adapter, candidates, database, schema, identifier)
        assert outcome(BaseAdapter._make_match, *sought) == outcome(SLOW_MATCH, *sought)


def test_without_an_identifier_all_of_a_schema_match() -> None:
    adapter = adapter_that_quotes(Policy())
    known = [BaseRelation(path=Path("d", "s", name)) for name in ("a", "b")]
    assert BaseAdapter._make_match(adapter, known, "d", "s", None) == known
