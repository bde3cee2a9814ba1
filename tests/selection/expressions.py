"""Selectors over the projects of the tests: written ones, and any number of random ones."""

import random

WRITTEN = [
    # names
    "deliveries", "orders", "stg_*", "*parcels*", "dim_parcels", "dim_parcels.v1", "dim_parcels_v2",
    "parcel", "parcel.marts", "marts", "marts.*", "parcel.*.stg_*", "staging.stg_scans", "calendar",
    "calendar.calendar_days", "no_such_thing", "*", "?tg_*", "stg_[ps]*", "fqn:marts.deliveries",
    "models", "jaffle", "sales", "marts.sales", "dim_parcels.*", "v1", "*.v1", "calendar.*",
    # reach
    "+deliveries", "deliveries+", "+deliveries+", "1+deliveries", "deliveries+1", "2+deliveries+2",
    "@stg_parcels", "0+deliveries", "stg_parcels+0", "+not_null_orders_order_id", "@stg_orders",
    "+orders", "1+orders+1", "3+monthly_revenue",
    # methods
    "tag:nightly", "tag:*", "tag:no", "group:*", "group:sales", "group:logistics", "access:public",
    "access:private", "access:protected", "source:*", "source:*.*", "source:raw", "source:raw+",
    "source:raw.orders+", "source:parcel.*.*", "exposure:*", "+exposure:*", "exposure:a.b",
    "package:this", "package:calendar", "package:*", "file:*.sql", "file:stg_*", "orders.sql",
    "stg_parcels.sql+", "file:_staging.yml", "file:_marts", "path:models", "path:models/staging",
    "models/staging", "models/marts/*.sql", "path:models/**/stg_*.sql", "path:models/staging/",
    "path:seeds", "path:snapshots+", "path:tests", "path:nowhere", "path:./models/staging",
    "path:models/staging/_staging.yml", "path:**/*.py", "path:models/_exposures.yml",
    "config.materialized:view", "config.materialized:table", "config.materialized:incremental",
    "config.materialized:seed", "config.materialized:snapshot", "config.materialized:test",
    "config.materialized:ephemeral", "config.severity:warn", "config.severity:ERROR",
    "resource_type:model", "resource_type:test", "resource_type:unit_test", "resource_type:source",
    "resource_type:exposure", "resource_type:seed+1", "resource_type:snapshot", "test_name:unique",
    "test_name:not_*", "test_name:at_most", "test_type:generic", "test_type:singular",
    "test_type:unit", "test_type:data", "test_type:schema", "unit_test:*", "version:none",
    # sets
    "stg_parcels stg_scans", "stg_*,config.materialized:view", "+deliveries,stg_*",
    "tag:nightly,resource_type:model stg_depots", "path:models/staging,+deliveries",
    "config.materialized:table,tag:*", "a,b", "stg_parcels+,+deliveries", "@stg_scans,marts",
    # what dbt refuses
    "@stg_parcels+", "resource_type:nonsense", "test_type:nonsense", "source:a.b.c.d",
    "version:nonsense", "exposure:a.b.c",
]  # fmt: skip


def random_ones(count: int, names: list[str], seed: int = 7) -> list[str]:
    """Selectors made of names and methods, with reach, unions and intersections."""
    chance = random.Random(seed)
    plain = [
        text for text in WRITTEN if " " not in text and "," not in text and "nonsense" not in text
    ]
    plain = [text.strip("+@") for text in plain if text[0] not in "0123456789"]

    def criterion() -> str:
        text = chance.choice(names) if chance.random() < 0.6 else chance.choice(plain)
        text = text.rstrip("0123456789").rstrip("+") or "orders"
        before = chance.choice(["", "", "+", "1+", "2+", "@"])
        after = "" if before == "@" else chance.choice(["", "", "+", "+1", "+2"])
        return before + text + after

    def intersection() -> str:
        return ",".join(criterion() for _ in range(chance.choice([1, 1, 2, 3])))

    return [" ".join(intersection() for _ in range(chance.choice([1, 1, 2]))) for _ in range(count)]
