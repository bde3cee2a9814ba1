"""A relation found in dbt's cache without a look at every other one.

Each model asks the cache a few times whether a relation is there. dbt then compares the whole path
of each relation of the schema, part by part: with n models, n² comparisons. Here the schema is
compared by the keys of the cache, which are in lower case already, and only what has the wanted
identifier is compared by dbt.
"""

from __future__ import annotations

from typing import Any

from dbt.adapters.base.impl import BaseAdapter
from dbt.adapters.base.relation import BaseRelation
from dbt.adapters.cache import RelationsCache
from dbt_common.utils.formatting import lowercase


def apply() -> None:
    """From here on, the adapters of this process look relations up so."""
    RelationsCache.get_relations = _relations_of_schema
    slowly = BaseAdapter._make_match

    def make_match(
        adapter: Any, relations_list: list[Any], database: Any, schema: Any, identifier: Any
    ) -> list[Any]:
        if isinstance(identifier, str):
            relations_list = [one for one in relations_list if _may_match(one, identifier.lower())]
        found: list[Any] = slowly(adapter, relations_list, database, schema, identifier)
        return found

    BaseAdapter._make_match = make_match


def _relations_of_schema(cache: Any, database: Any, schema: Any) -> list[Any]:
    """What `RelationsCache.get_relations` finds."""
    wanted = (lowercase(database), lowercase(schema))
    with cache.lock:
        return [
            cached.inner
            for key, cached in cache.relations.items()
            if (key.database, key.schema) == wanted
        ]


def _may_match(relation: Any, identifier: str) -> bool:
    """Whether `BaseRelation.matches` may find this identifier, or say that it is nearly the same.

    Args:
        relation: one of the cache.
        identifier: the wanted one, in lower case.
    """
    if type(relation).matches is not BaseRelation.matches:
        return True  # an adapter compares in a way of its own
    quote = relation.quote_character
    own = str(relation.path.identifier).lower()
    return bool(own == identifier or own.strip(quote) == identifier.strip(quote))
