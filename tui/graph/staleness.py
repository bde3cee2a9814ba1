"""Why an asset is stale: what it was built from, compared with what it would be built from now.

No file times: fingerprints in parts, as architecture.md has it. What is not known (a run that
recorded no fingerprint) gives no reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from tui.graph.asset_graph import AssetGraph
from tui.graph.history import Materialization
from tui.graph.input_reasons import input_reasons, is_known_change
from tui.graph.status import StaleReason
from tui.protocol.records import Asset, Fingerprint

UNKNOWN = Fingerprint()
COMPILED = Fingerprint._fields.index("compiled")
"""Its parts before this one are compared as they are."""
VOLATILE = "(another value at each parse)"
"""What the engine writes for a value of a configuration that is rendered from the clock."""
NEVER_BUILT = StaleReason("never_built", "never materialized on this target")


def own_reasons(graph: AssetGraph, asset: Asset, built: Materialization) -> Iterator[StaleReason]:
    """What changed in the asset itself, in what its code reads, its macros and its ephemeral models
    since it was built.

    Where it is known what dbt compiles it to, now and then, that decides: code, macros and inputs
    that are compiled to the same are no reason.
    """
    before, now = built.fingerprint, asset.fingerprint
    if before == UNKNOWN:
        return
    # The options of a run change what is compiled: that text says nothing of the code.
    same = None if before.options else _is_compiled_to_the_same(graph, asset, before)
    is_alike = before[:COMPILED] == now[:COMPILED] and not before.options
    if same is not False and is_alike and built.macros == _macros_of(graph, asset):
        return  # by far the most
    if before.options:
        yield from _option_reasons(before)
    rendered = [] if same else [*_rendered_reasons(graph, asset, built)]
    if same is False and not rendered:
        what = "code" if asset.path.endswith(".py") else "SQL"
        read = " (it reads dbt's graph)" if '"graph":' in now.inputs else ""
        rendered = [StaleReason("compiled", f"its compiled {what} changed{read}")]
    yield from (reason for reason in rendered if reason.kind not in ("macro", "input"))
    if before.config != now.config and (said := config_difference(before.config, now.config)):
        yield StaleReason("config", said)
    if before.seed and before.seed != now.seed:
        yield StaleReason("seed", "seed file changed")
    if before.contract != now.contract:
        yield StaleReason("contract", "contract changed")
    relations = (_relation(before), _relation(now))
    yield from input_reasons(before.inputs, now.inputs, relations, rendered=False)
    yield from (reason for reason in rendered if reason.kind in ("macro", "input"))


def _option_reasons(built: Fingerprint) -> Iterator[StaleReason]:
    """What the options of its run made of it: built from fewer rows, or with other variables."""
    found = _config(built.options) or {}
    rows = str(found.get("rows", ""))
    if rows == "empty":
        yield StaleReason("limited", "built empty")
    elif rows:
        yield StaleReason("limited", f"built from a {rows.replace('sample ', 'sample of ', 1)}")
    if edited := found.get("edited"):
        yield StaleReason("edited", f"{edited} was written after it was built elsewhere")
    if cloned := found.get("cloned"):
        yield StaleReason("limited", f"cloned from {cloned}, not built")
    if found.get("vars"):
        yield StaleReason("limited", "built with other variables (--vars of its run)")


def deferred_parents(built: Materialization) -> Mapping[str, str] | None:
    """What was read from another state when an asset was built: unique_id → relation. None where
    something may have been, and nobody knows what.
    """
    if not built.fingerprint.options:
        return {}
    found = (_config(built.fingerprint.options) or {}).get("deferred", {})
    return found if isinstance(found, dict) else None


def deferral_reason(
    name: str, upstream: str, deferred: Mapping[str, str] | None, elsewhere: str
) -> StaleReason | None:
    """That a parent was read from another place than a build would read it from now.

    Args:
        name: the parent's.
        upstream: its unique_id.
        deferred: of `deferred_parents`.
        elsewhere: where it is read from now, if not from here.
    """
    was = deferred.get(upstream, "") if deferred is not None else elsewhere
    if was == elsewhere:
        return None
    if elsewhere:
        return StaleReason("deferred", f"{name} is read from {elsewhere} now", upstream)
    return StaleReason("deferred", f"{name} was read from {was}", upstream)


def unknown_of_build(asset: Asset, built: Materialization) -> tuple[str, ...]:
    """What is not known of that which an asset was built from, in words: a run from elsewhere does
    not leave all of it. What is not known gives no reason.
    """
    before, now = built.fingerprint, asset.fingerprint
    if before == UNKNOWN:
        return ("what it was built from",)
    found = []
    if now.inputs and not before.inputs and not before.compiled:
        found.append("the variables that it was built with")
    if now.seed and not before.seed:
        found.append("the file that it was loaded from")
    return tuple(found)


def _is_compiled_to_the_same(graph: AssetGraph, asset: Asset, before: Fingerprint) -> bool | None:
    """Whether dbt compiles an asset to what was built; None where that is not known."""
    now = graph.compiled.get(asset.unique_id)
    if now is None or not now.digest or not before.compiled:
        return None
    if now.digest == before.compiled:
        return True
    return False if is_known_change(before.compiled, now.digest) else None


def _rendered_reasons(
    graph: AssetGraph, asset: Asset, built: Materialization
) -> Iterator[StaleReason]:
    """What changed in that of which the compiled code is made."""
    before, now = built.fingerprint, asset.fingerprint
    yield from _code_reasons(asset, before, now)
    for reason in input_reasons(before.inputs, now.inputs, ("", ""), rendered=True):
        if reason.kind == "input":
            yield reason
    if asset.macros or built.macros:
        yield from _macro_reasons(graph, asset, built)


def _relation(fingerprint: Fingerprint) -> str:
    found = _config(fingerprint.config) or {}
    return str(found.get("relation", ""))


def _macros_of(graph: AssetGraph, asset: Asset) -> dict[str, str]:
    digests = graph.macros
    return {macro: digests[macro] for macro in asset.macros if macro in digests}


def _code_reasons(asset: Asset, before: Fingerprint, now: Fingerprint) -> Iterator[StaleReason]:
    if before.sql == now.sql:
        return
    if before.code and before.code == now.code:
        yield StaleReason("layout", "only comments or whitespace changed")
    else:
        what = "code" if asset.path.endswith(".py") else "SQL"
        yield StaleReason("sql", f"{what} changed")


def _macro_reasons(
    graph: AssetGraph, asset: Asset, built: Materialization
) -> Iterator[StaleReason]:
    """Macros, and ephemeral models that are compiled into the asset: changed, come or gone."""
    for key, (was, now) in sorted(_differing(used_by(graph, asset, built), built.macros).items()):
        if key in graph.assets or not key.startswith("macro."):
            inlined = graph.assets.get(key)
            name = inlined.name if inlined else key.rpartition(".")[2]
            what = f"ephemeral model {name}"
            kind = "sql"
        else:
            what, kind = f"macro {macro_name(key)}", "macro"
        if was is None:
            word = "is now used"
        elif now is not None:
            word = "changed"
        elif key in graph.macros or key in graph.assets:
            word = "is no longer used"
        else:
            word = "is gone"
        yield StaleReason(kind, f"{what} {word}", key)


def used_by(graph: AssetGraph, asset: Asset, built: Materialization) -> dict[str, str]:
    """What is rendered into an asset now: macros and ephemeral models, with their digests.

    As a run records it in `NodeFinished.macros`. Ephemeral models only count where the run
    recorded any of them: what is not known gives no reason.
    """
    assets = [asset]
    found = {}
    if any(not key.startswith("macro.") for key in built.macros):
        for key in graph.inlined(asset.unique_id):
            model = graph.assets[key]
            assets.append(model)
            found[key] = model.fingerprint.code or model.fingerprint.sql
    for each in assets:
        found |= _macros_of(graph, each)
    return found


def _differing(
    now: Mapping[str, str], before: Mapping[str, str]
) -> dict[str, tuple[str | None, str | None]]:
    return {
        key: (before.get(key), now.get(key))
        for key in now.keys() | before.keys()
        if before.get(key) != now.get(key)
    }


def macro_name(unique_id: str) -> str:
    """The name of a macro: the last part of `macro.shop.cents_to_money`."""
    return unique_id.rpartition(".")[2]


def config_difference(before: str, now: str) -> str:
    """Which configuration keys changed, from what to what: `materialized: view → table`.

    Empty where none did: a value that is another one at each parse is no change.
    """
    was, will = _config(before), _config(now)
    if was is None or will is None:
        return "configuration changed"
    changed = [
        f"{key}: {_value(was, key)} → {_value(will, key)}"
        for key in sorted(was.keys() | will.keys())
        if was.get(key) != will.get(key) and VOLATILE not in (was.get(key), will.get(key))
    ]
    return "; ".join(changed)


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
