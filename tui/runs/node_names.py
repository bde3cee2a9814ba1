"""The name of a node where nothing but its unique_id is known: without a manifest. Pure."""

from __future__ import annotations


def name_in(unique_id: str) -> str:
    """What dbt calls a node: `model.shop.orders` is orders, `source.shop.till.payments` is
    till.payments. Of a generic test, without the digest that tells tests of one name apart.
    """
    parts = unique_id.split(".")
    own = parts[2:-1] if parts[0] == "test" and len(parts) > 3 else parts[2:]
    return ".".join(own) or unique_id
