"""The workspace and the tests' fake are both what the screens and commands are typed against.

mypy holds it for the three lines of `_typed`; the test says which member differs.
"""

from __future__ import annotations

import inspect

import pytest

from tests.ui.still import StillProperties, StillWorkspace
from tui.schedules.service import ScheduleService
from tui.workspace.api import DataDiffsApi, PropertiesApi, QueriesApi, SchedulesApi, WorkspaceApi
from tui.workspace.data_diffs import DataDiffs
from tui.workspace.properties_edits import PropertiesEdits
from tui.workspace.queries import Queries
from tui.workspace.workspace import Workspace


def _typed(
    real: Workspace, fake: StillWorkspace
) -> tuple[WorkspaceApi, WorkspaceApi, QueriesApi, QueriesApi, SchedulesApi]:
    return real, fake, real.queries, fake.queries, real.schedules


PAIRS = [
    (WorkspaceApi, Workspace),
    (WorkspaceApi, StillWorkspace),
    (QueriesApi, Queries),
    (QueriesApi, StillWorkspace),
    (DataDiffsApi, DataDiffs),
    (DataDiffsApi, StillWorkspace),
    (PropertiesApi, PropertiesEdits),
    (PropertiesApi, StillProperties),
    (SchedulesApi, ScheduleService),
]


@pytest.mark.parametrize(("api", "made"), PAIRS, ids=lambda kind: kind.__name__)
def test_each_request_has_the_parameters_that_the_api_says(api: type, made: type) -> None:
    requests = {
        name: member
        for name, member in vars(api).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }
    assert requests
    for name, member in requests.items():
        asked, offered = (
            inspect.signature(one).parameters for one in (member, getattr(made, name))
        )
        assert [(one.name, one.kind, one.default) for one in offered.values()] == [
            (one.name, one.kind, one.default) for one in asked.values()
        ], name
        assert inspect.iscoroutinefunction(getattr(made, name)) == inspect.iscoroutinefunction(
            member
        ), name
