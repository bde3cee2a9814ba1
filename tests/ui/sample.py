"""A small shop as a state of the workspace: every status, a run that went wrong, a fixed clock."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from tui.graph import (
    Asset,
    AssetGraph,
    AssetStatus,
    Check,
    CheckResult,
    Fingerprint,
    History,
    Materialization,
    Problem,
    StaleReason,
    Status,
)
from tui.project.project import Project
from tui.protocol import events
from tui.protocol.messages import EngineReady
from tui.runs.values import NodeRun, Run
from tui.workspace.state import WorkspaceState

NOW = 1_780_000_000.0
KINDS = {"raw": "seed", "stg": "view", "int": "ephemeral", "src": "source", "exp": "exposure"}

SHOP = """
raw_customers -> stg_customers -> customers -> customer_segments
raw_orders -> stg_orders -> orders -> customers
raw_payments -> stg_payments -> int_order_payments -> orders
raw_products -> stg_products -> products -> orders
raw_supplies -> stg_supplies -> supplies_to_reorder
products -> supplies_to_reorder
orders -> daily_sales -> exp_weekly_report
orders -> monthly_revenue -> exp_weekly_report
customers -> newsletter_audience
src_web.sessions -> stg_sessions -> customer_segments
"""


def asset_named(name: str, depends_on: tuple[str, ...] = ()) -> Asset:
    """An asset whose kind follows from its name's prefix."""
    kind = KINDS.get(name.split("_", maxsplit=1)[0], "table")
    resource = kind if kind in ("seed", "source", "exposure") else "model"
    shown = name.removeprefix("src_").removeprefix("exp_")
    folder = {"seed": "seeds", "view": "models/staging"}.get(kind, "models/marts")
    suffix = ".csv" if kind == "seed" else ".sql"
    return Asset(
        unique_id=f"{resource}.shop.{name}",
        name=shown,
        resource_type=resource,
        materialized={"exposure": "dashboard"}.get(kind, kind),
        package="shop",
        path=f"{folder}/{name}{suffix}" if resource in ("seed", "model") else f"{folder}/_shop.yml",
        line=12 if resource in ("source", "exposure") else 0,
        patch_path="",
        fqn=f"shop.{name}",
        relation="" if resource in ("exposure",) else f"shop.main.{shown}",
        depends_on=depends_on,
        macros=(),
        fingerprint=Fingerprint(),
        tags=("nightly",) if kind == "table" else (),
        description=f"One row per {shown.split('_')[-1].rstrip('s')}, with all that is known of it "
        "and of what belongs to it." if kind == "table" else "",
    )  # fmt: skip


def graph_of(text: str, checks: dict[str, list[str]] | None = None) -> AssetGraph:
    """A graph from lines of names and arrows; `checks` names the checks of some assets."""
    upstream: dict[str, list[str]] = {}
    for line in text.strip().splitlines():
        names = [name.strip() for name in line.split("->")]
        for name in names:
            upstream.setdefault(name, [])
        for left, right in pairwise(names):
            upstream[right].append(left)
    ids = {name: asset_named(name).unique_id for name in upstream}
    assets = [
        asset_named(name, tuple(sorted(ids[parent] for parent in parents)))
        for name, parents in upstream.items()
    ]
    found = [
        Check(
            unique_id=f"test.shop.{title.replace(' ', '_')}_{name}",
            name=title,
            kind="generic",
            asset=ids[name],
            depends_on=(ids[name],),
            path="models/_shop.yml",
            line=20 + index,
            package="shop",
            column=title.split()[-1],
        )
        for name, titles in (checks or {}).items()
        for index, title in enumerate(titles)
    ]
    return AssetGraph(
        {asset.unique_id: asset for asset in assets}, {check.unique_id: check for check in found}
    )


CHECKS = {
    "customers": ["not_null customer_id", "unique customer_id", "at_least order_count"],
    "orders": ["not_null order_id", "unique order_id", "accepted_values status"],
    "stg_orders": ["not_null order_id", "unique order_id"],
    "stg_payments": ["not_null payment_id", "accepted_values method"],
    "products": ["unique sku"],
}

STATUSES: dict[str, tuple[Status, tuple[StaleReason, ...]]] = {
    "customers": (Status.STALE, (
        StaleReason("sql", "SQL edited"),
        StaleReason("upstream", "stg_customers was materialized 2m ago (a3f1)",
                    "model.shop.stg_customers"),
    )),
    "newsletter_audience": (Status.STALE, (
        StaleReason("upstream_stale", "customers is stale", "model.shop.customers"),)),
    "orders": (Status.FAILED, ()),
    "daily_sales": (Status.SKIPPED, ()),
    "monthly_revenue": (Status.SKIPPED, ()),
    "products": (Status.CHECKS_FAILED, ()),
    "customer_segments": (Status.NEVER, ()),
    "supplies_to_reorder": (Status.WARNED, ()),
    "stg_sessions": (Status.STALE, (
        StaleReason("macro", "macro cents_to_money changed"),)),
    "int_order_payments": (Status.EPHEMERAL, ()),
    "web.sessions": (Status.SOURCE, ()),
    "weekly_report": (Status.EXPOSURE, ()),
}  # fmt: skip

ORDERS_ERROR = (
    'Runtime Error in model orders (models/marts/orders.sql)\n'
    '  Binder Error: Referenced column "order_totl" not found in FROM clause!\n'
    '  Candidate bindings: "order_total", "order_id"\n\n'
    "  LINE 14:     sum(order_totl) as total"
)  # fmt: skip

ENGINE = EngineReady(
    python="/usr/bin/python3", python_version="3.11.7", dbt_version="1.11.16", adapter="duckdb",
    adapter_version="1.11.1", project="shop", profile="shop", target="dev", threads=4,
    profiles_dir="", single_writer=True, packages={}, watched=["models"], shortcuts=[],
)  # fmt: skip


def project_in(root: Path, **more: object) -> Project:
    """A project with its state in a directory of its own."""
    return replace(Project(root=root, name="shop", state_dir=root / ".dbtree"), **more)  # type: ignore[arg-type]


def _history(graph: AssetGraph) -> History:
    built, latest, checks = {}, {}, {}
    for index, (key, asset) in enumerate(sorted(graph.assets.items())):
        status = STATUSES.get(asset.name, (Status.FRESH, ()))[0]
        if status in (Status.NEVER, Status.SOURCE, Status.EXPOSURE, Status.EPHEMERAL):
            continue
        at = NOW - 120.0 + index * 0.4
        record = Materialization(
            key, "dev", "a3f1", "success", at - 0.2, at, 0.08 + index * 0.07,
            rows=100 + index * 331 if asset.materialized in ("table", "seed") else None,
            message="OK", relation=asset.relation, fingerprint=Fingerprint(config="{}"),
        )  # fmt: skip
        built[key] = latest[key] = record
        if status is Status.FAILED:
            latest[key] = replace(
                record, run_id="b77c", status="error", message=ORDERS_ERROR, finished_at=NOW - 31
            )
        elif status is Status.SKIPPED:
            latest[key] = replace(record, run_id="b77c", status="skipped", finished_at=NOW - 30)
    for key, check in graph.checks.items():
        owner = graph.assets[check.asset].name
        bad = owner == "products"
        checks[key] = CheckResult(
            key, "dev", "a3f1", "fail" if bad else "pass", NOW - 100, 0.03,
            failures=3 if bad else 0,
            message="Got 3 results, configured to fail if != 0" if bad else "",
        )  # fmt: skip
    return History(built, latest, checks)


def _statuses(graph: AssetGraph, history: History) -> dict[str, AssetStatus]:
    found = {}
    for key, asset in graph.assets.items():
        status, reasons = STATUSES.get(asset.name, (Status.FRESH, ()))
        latest = history.latest.get(key)
        because = "model.shop.orders" if status is Status.SKIPPED else ""
        found[key] = AssetStatus(
            status, reasons, latest.finished_at if latest else 0.0,
            latest.run_id if latest else "", because,
        )  # fmt: skip
    return found


def failed_run() -> Run:
    """Run b77c, in which orders failed."""
    nodes = {
        "model.shop.stg_orders": NodeRun(
            "model.shop.stg_orders", "success", NOW - 34, NOW - 33, 0.4
        ),
        "model.shop.orders": NodeRun(
            "model.shop.orders", "error", NOW - 32, NOW - 31, 0.3, ORDERS_ERROR,
            path="models/marts/orders.sql", line=14, compiled_line=16, excerpt_from=12,
            excerpt="select\n    order_id,\n    -- what was paid\n    customer_id,\n"
            "    sum(order_totl) as total\nfrom \"shop\".\"main\".\"stg_orders\"\ngroup by 1, 2",
            compiled_path="target/compiled/shop/models/marts/orders.sql",
        ),
        "model.shop.daily_sales": NodeRun(
            "model.shop.daily_sales", "skipped", NOW - 30, NOW - 30,
            skipped_because="model.shop.orders",
        ),
        "model.shop.monthly_revenue": NodeRun(
            "model.shop.monthly_revenue", "skipped", NOW - 30, NOW - 30,
            skipped_because="model.shop.orders",
        ),
        "test.shop.unique_order_id_stg_orders": NodeRun(
            "test.shop.unique_order_id_stg_orders", "pass", NOW - 33, NOW - 32.9, 0.05
        ),
    }  # fmt: skip
    return Run(
        "b77c", "failed", "dbt build --select stg_orders+", label="stg_orders+", project="shop",
        target="dev", adapter="duckdb", git_commit="9fd32a1", started_at=NOW - 35,
        finished_at=NOW - 30, nodes=nodes,
    )  # fmt: skip


def full_run() -> Run:
    """Run a3f1, which built everything."""
    return Run(
        "a3f1", "success", "dbt build", label="all", project="shop", target="dev",
        adapter="duckdb", started_at=NOW - 130, finished_at=NOW - 118,
    )  # fmt: skip


def shop(root: Path) -> WorkspaceState:
    """The shop as it is after a run that went wrong."""
    graph = graph_of(SHOP, CHECKS)
    history = _history(graph)
    return WorkspaceState(
        project_in(root),
        graph,
        _statuses(graph, history),
        history,
        runs=(failed_run(), full_run()),
        phase="ready",
        engine=ENGINE,
        is_confirmed=True,
        has_parsed=True,
        parsed_in=0.12,
    )


def running(state: WorkspaceState) -> WorkspaceState:
    """The same while a third run builds what is upstream of orders."""
    keys = ["model.shop.stg_orders", "model.shop.stg_payments", "model.shop.orders",
            "model.shop.daily_sales"]  # fmt: skip
    run = Run("c0de", "queued").apply([
        events.RunStarted(NOW - 3, "c0de", "dbt build --select +daily_sales", "build",
                          "+daily_sales", "shop", "dev", "duckdb", 1, "", nodes=keys),
        events.NodeStarted(NOW - 2.9, keys[0]),
        events.NodeFinished(NOW - 2.4, keys[0], "success", NOW - 2.9, 0.5),
        events.NodeStarted(NOW - 2.3, keys[1]),
        events.NodeStarted(NOW - 1.2, keys[2]),
    ])  # fmt: skip
    statuses = {**state.statuses}
    for key in keys:
        node = run.nodes[key]
        word = {"running": Status.RUNNING, "queued": Status.QUEUED}.get(node.status, Status.FRESH)
        statuses[key] = AssetStatus(word, (), node.started_at, "c0de")
    return replace(state, runs=(run, *state.runs), statuses=statuses)


def broken(state: WorkspaceState) -> WorkspaceState:
    """The same while a file cannot be parsed."""
    problem = Problem(
        "jinja",
        "Compilation Error in model customers (models/marts/customers.sql)\n"
        "  unexpected '}', expected 'end of print statement'\n    line 4\n"
        "      from {{ ref('stg_customers') }",
        "models/marts/customers.sql",
        4,
    )
    return replace(state, problems=(problem,))
