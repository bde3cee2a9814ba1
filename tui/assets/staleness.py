"""Why an asset is stale: what it was built from, compared with what it would be built from now.

No file times: fingerprints in parts, as architecture.md has it. What is not known (a run that
recorded no fingerprint) gives no reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from tui.assets.graph import AssetGraph
from tui.assets.history import Materialization
from tui.assets.status import StaleReason
from tui.protocol.records import Asset, Fingerprint

UNKNOWN = Fingerprint()
NEVER_BUILT = StaleReason("never_built", "never materialized on this target")


def own_reasons(graph: AssetGraph, asset: Asset, built: Materialization) -> Iterator[StaleReason]:
    """What changed in the asset itself, its macros and its ephemeral models since it was built."""
    before, now = built.fingerprint, asset.fingerprint
    if before not in (now, UNKNOWN):
        yield from _code_reasons(before, now)
        if before.config != now.config:
            yield StaleReason("config", config_difference(before.config, now.config))
        if before.seed != now.seed:
            yield StaleReason("seed", "seed file changed")
        if before.contract != now.contract:
            yield StaleReason("contract", "contract changed")
    if before != UNKNOWN and (asset.macros or built.macros):
        yield from _macro_reasons(graph, asset, built)


def _code_reasons(before: Fingerprint, now: Fingerprint) -> Iterator[StaleReason]:
    if before.sql == now.sql:
        return
    if before.code and before.code == now.code:
        yield StaleReason("layout", "only comments or white space changed")
    else:
        yield StaleReason("sql", "SQL changed")


def _macro_reasons(
    graph: AssetGraph, asset: Asset, built: Materialization
) -> Iterator[StaleReason]:
    """Macros that changed, came or went. `built.macros` may also hold the ephemeral models that
    were compiled into the asset, by the digest of their SQL.
    """
    used = {key: digest for key in asset.macros if (digest := graph.macros.get(key)) is not None}
    for key in sorted(used.keys() | built.macros.keys()):
        was, now = built.macros.get(key), used.get(key)
        if not key.startswith("macro."):
            inlined = graph.assets.get(key)
            if inlined is not None and was != inlined.fingerprint.sql:
                yield StaleReason("sql", f"ephemeral {inlined.name} changed", key)
        elif was is None:
            yield StaleReason("macro", f"macro {macro_name(key)} is used now", key)
        elif now is None and key in graph.macros:
            yield StaleReason("macro", f"macro {macro_name(key)} is no longer used", key)
        elif now is None:
            yield StaleReason("macro", f"macro {macro_name(key)} is gone", key)
        elif was != now:
            yield StaleReason("macro", f"macro {macro_name(key)} changed", key)


def macro_name(unique_id: str) -> str:
    """The name of a macro: the last part of `macro.shop.cents_to_money`."""
    return unique_id.rpartition(".")[2]


def config_difference(before: str, now: str) -> str:
    """Which configuration keys changed, from what to what: `materialized: view → table`."""
    was, will = _config(before), _config(now)
    if was is None or will is None:
        return "configuration changed"
    changed = (
        f"{key}: {_value(was, key)} → {_value(will, key)}"
        for key in sorted(was.keys() | will.keys())
        if was.get(key) != will.get(key)
    )
    return "; ".join(changed) or "configuration changed"


def _config(text: str) -> dict[str, object] | None:
    try:
        parsed = json.loads(text or "{}")
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _value(config: dict[str, object], key: str) -> str:
    if key not in config:
        return "not set"
    value = config[key]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"


def is_newer(upstream: Materialization, built: Materialization) -> bool:
    """Whether an upstream was materialized after this asset's own materialization started.

    Within one run dbt's order holds: the upstream came first.
    """
    return upstream.finished_at > built.started_at and upstream.run_id != built.run_id
