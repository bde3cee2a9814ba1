"""The settings of a run, of which each part has its own."""

from __future__ import annotations

import json

from tests.graphs import graph_of
from tui.definitions.config_rows import ConfigRow
from tui.protocol.messages import DefinitionsLoaded
from tui.runs.partitioned import part_of
from tui.runs.plan import plan_build
from tui.runs.run_config import with_config, with_own_config

ROWS = [ConfigRow(["ops", name], [name], []) for name in ("orders", "report")]
LOADED = DefinitionsLoaded("flow", [], configs=[list(row) for row in ROWS])
TREE = {"ops": {"report": {"config": {"size": 3}}}}


def test_a_part_of_a_plan_has_the_settings_of_what_is_in_it() -> None:
    graph = graph_of("orders -> report")
    whole = with_config(plan_build(graph, ["orders", "report"]), TREE)
    orders, report = (with_own_config(part_of(whole, graph, [one]), LOADED)
                      for one in ("orders", "report"))  # fmt: skip
    assert orders.config == ""
    assert "--config" not in orders.dbt_line
    assert json.loads(report.config) == TREE
    assert report.dbt_line.count("--config") == 1
    assert with_own_config(whole, LOADED).dbt_line == whole.dbt_line
    assert with_own_config(whole, None) is whole
