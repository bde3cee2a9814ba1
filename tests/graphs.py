"""Graphs written as text, for tests: `graph_of("a -> b -> c, a -> d")`."""

from __future__ import annotations

import itertools
import random
from typing import Any

from hypothesis import strategies as st

from tui.graph import Asset, AssetGraph, Check, Fingerprint


def asset(name: str, depends_on: tuple[str, ...] = (), **changes: Any) -> Asset:
    """A model, with its name as its unique_id and the defaults that a test seldom looks at."""
    values: dict[str, Any] = {
        "unique_id": name,
        "name": name,
        "resource_type": "model",
        "materialized": "view",
        "package": "shop",
        "path": f"models/{name}.sql",
        "line": 0,
        "patch_path": "",
        "fqn": f"shop.{name}",
        "relation": f"db.main.{name}",
        "depends_on": tuple(sorted(depends_on)),
        "macros": (),
        "fingerprint": Fingerprint(sql=f"sql of {name}", code=f"code of {name}", config="{}"),
    }
    return Asset(**{**values, **changes})


def check(name: str, on: str, *also: str, **changes: Any) -> Check:
    """A generic check under an asset, that reads further ones."""
    values: dict[str, Any] = {
        "unique_id": name,
        "name": name,
        "kind": "generic",
        "asset": on,
        "depends_on": tuple(sorted({on, *also})),
        "path": "models/schema.yml",
        "line": 1,
        "package": "shop",
    }
    return Check(**{**values, **changes})


def graph_of(
    text: str, *, checks: str = "", macros: dict[str, str] | None = None, **changes: dict[str, Any]
) -> AssetGraph:
    """The graph of chains parted by commas: `"a -> b -> c, a -> d, lonely"`.

    `checks` are written `unique@a, both@a+b`; keyword arguments change an asset:
    `a={"materialized": "table"}`.
    """
    parents: dict[str, set[str]] = {}
    for chain in filter(None, (part.strip() for part in text.split(","))):
        names = [name.strip() for name in chain.split("->")]
        for name in names:
            parents.setdefault(name, set())
        for upper, lower in itertools.pairwise(names):
            parents[lower].add(upper)
    assets = {
        name: asset(name, tuple(above), **changes.get(name, {})) for name, above in parents.items()
    }
    found = {}
    for item in filter(None, (part.strip() for part in checks.split(","))):
        name, _, on = item.partition("@")
        found[name] = check(name, *on.split("+"))
    return AssetGraph(assets, found, macros or {})


def layered(models: int, *, layers: int = 10, seed: int = 1, checks: int = 1) -> AssetGraph:
    """A large graph: layers of models with one to three parents in the layers above."""
    random_ = random.Random(seed)
    assets: dict[str, Asset] = {}
    found: dict[str, Check] = {}
    above: list[str] = []
    for layer in range(layers):
        here = []
        for number in range(models // layers):
            name = f"layer{layer}_model_{number:04}"
            key = f"model.big.{name}"
            parents = random_.sample(above, min(len(above), random_.randint(1, 3)))
            path = f"models/layer{layer}/{name}.sql"
            assets[key] = asset(name, tuple(parents), unique_id=key, path=path)
            for index in range(checks):
                of = f"test.big.{name}.{index}"
                found[of] = check(f"unique {name}", key, unique_id=of)
            here.append(key)
        above = (above + here)[-2 * models // layers :]
    return AssetGraph(assets, found)


@st.composite
def graphs(draw: st.DrawFn, most: int = 10) -> AssetGraph:
    """Any small graph: models (some ephemeral), seeds, sources and exposures, with checks."""
    count = draw(st.integers(1, most))
    names = draw(st.permutations([f"{chr(97 + n % 3)}{n}" for n in range(count)]))
    assets: dict[str, Asset] = {}
    for index, name in enumerate(names):
        above = draw(st.sets(st.sampled_from(names[:index]), max_size=3)) if index else set()
        kind = draw(st.sampled_from(["view", "view", "table", "ephemeral"])) if above else "source"
        changes: dict[str, Any] = {"materialized": kind}
        if kind == "source":
            changes["resource_type"] = draw(st.sampled_from(["source", "seed", "model"]))
        changes["tags"] = tuple(draw(st.sets(st.sampled_from(["x", "y"]), max_size=2)))
        changes["path"] = draw(st.sampled_from(["models/a/m.sql", "models/b/c/m.sql", "m.csv"]))
        changes["package"] = draw(st.sampled_from(["shop", "shop", "utils"]))
        changes["macros"] = tuple(draw(st.sets(st.sampled_from(MACROS), max_size=2)))
        assets[name] = asset(name, tuple(above), **changes)
    found = {}
    for number in range(draw(st.integers(0, 4))):
        name = f"check{number}"
        found[name] = check(name, draw(st.sampled_from(names)))
    return AssetGraph(assets, found, dict.fromkeys(MACROS, "1"))


MACROS = ["macro.shop.one", "macro.shop.two"]
