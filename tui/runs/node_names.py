"""The name of a node where nothing but its unique_id is known: without a manifest. Pure."""

from __future__ import annotations

PYTHONS = ("asset", "asset_check")
"""How unique_ids of what Python makes begin."""


def name_in(unique_id: str) -> str:
    """What dbt calls a node: `model.shop.orders` is orders, `source.shop.till.payments` is
    till.payments. Of a generic test, without the digest that tells tests of one name apart; of what
    Python makes, its key.
    """
    kind, _, key = unique_id.partition(".")
    if kind in PYTHONS:
        return key
    parts = unique_id.split(".")
    own = parts[2:-1] if parts[0] == "test" and len(parts) > 3 else parts[2:]
    return ".".join(own) or unique_id
