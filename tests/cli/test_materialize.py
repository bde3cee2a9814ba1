"""What `dbtree materialize` records as its command."""

from types import SimpleNamespace

import pytest

from tests.graphs import graph_of
from tui.cli.commands import materialize
from tui.runs.run_options import RunOptions

GRAPH = graph_of("raw -> orders", checks="unique@orders")


@pytest.mark.parametrize(
    ("select", "line"),
    [
        ("orders", "dbt build --select orders"),
        ("checks(orders)", "dbtree materialize --select 'checks(orders)'"),
        ('owner:"fin"', "dbtree materialize --select 'owner:\"fin\"'"),
    ],
)
def test_a_selection_that_dbt_cannot_read_is_recorded_as_dbtrees(select: str, line: str):
    project = SimpleNamespace(options="")
    workspace = SimpleNamespace(state=SimpleNamespace(graph=GRAPH, project=project))
    found = frozenset({"orders", "unique"})
    plan = materialize._plan_selected(workspace, found, [select], [], RunOptions())
    assert plan.dbt_line == line
