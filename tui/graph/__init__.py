"""What exists: the asset graph, its changes, and the status of every asset with its reasons.

Pure: values in, values out. Knows nothing of dbt, of files, of the screen.
"""

from tui.graph.asset_graph import AssetGraph, GraphChanges
from tui.graph.history import CheckResult, History, Materialization
from tui.graph.root_causes import Link, in_order, why
from tui.graph.status import AssetStatus, StaleReason, Status
from tui.graph.status_rules import (
    Activity,
    check_status,
    recompute,
    statuses,
    told_attempt,
    touched,
)
from tui.graph.summary import StatusCounts, count_statuses, outdated_assets
from tui.protocol.records import DECLARED, Asset, Check, Fingerprint, Problem

__all__ = [
    "DECLARED",
    "Activity",
    "Asset",
    "AssetGraph",
    "AssetStatus",
    "Check",
    "CheckResult",
    "Fingerprint",
    "GraphChanges",
    "History",
    "Link",
    "Materialization",
    "Problem",
    "StaleReason",
    "Status",
    "StatusCounts",
    "check_status",
    "count_statuses",
    "in_order",
    "outdated_assets",
    "recompute",
    "statuses",
    "told_attempt",
    "touched",
    "why",
]
