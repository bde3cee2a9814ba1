"""Maps each query about a parsed project to its answer. Nothing here changes the project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tui.engine.data_diff.answer import drop_baselines
from tui.engine.inspect.column_counts import count_columns
from tui.engine.inspect.database_columns import inspect
from tui.engine.inspect.details import describe
from tui.engine.inspect.export import export
from tui.engine.inspect.preview import preview
from tui.engine.inspect.profile import profile
from tui.engine.inspect.query import compile_query, export_query, query
from tui.engine.inspect.selection import select
from tui.engine.parse.warm_manifest import WarmProject
from tui.engine.python.open_definitions import Definitions
from tui.protocol.messages import (
    CompileQuery,
    CountColumns,
    Describe,
    Described,
    DropBaselines,
    Export,
    ExportQuery,
    Inspect,
    Preview,
    Profile,
    Query,
    Refused,
    Select,
)

Question = (
    Describe
    | Select
    | Preview
    | Inspect
    | Export
    | Profile
    | CompileQuery
    | Query
    | ExportQuery
    | CountColumns
    | DropBaselines
)

OF_DBT: Mapping[type, Callable[[WarmProject, Any], Any]] = {
    Describe: describe,
    Select: select,
    Preview: preview,
    Inspect: inspect,
    Export: export,
    Profile: profile,
    CompileQuery: compile_query,
    Query: query,
    ExportQuery: export_query,
    CountColumns: count_columns,
    DropBaselines: drop_baselines,
}
"""By the type of the question, what makes its answer where no definitions have a say."""


def answer(warm: WarmProject, definitions: Definitions | None, question: Question) -> Any:
    """The reply to a question: of its own type, or Refused."""
    if isinstance(question, Describe) and definitions is not None:
        return _described(warm, definitions, question)
    return OF_DBT[type(question)](warm, question)


def _described(
    warm: WarmProject, definitions: Definitions, question: Describe
) -> Described | Refused:
    """What Python makes is described by its definitions; of what is dbt's they adjust the facts."""
    facts = definitions.describe(question.unique_id)
    if facts is not None:
        return Described(question.id, question.unique_id, facts)
    reply = describe(warm, question)
    if isinstance(reply, Refused):
        return reply
    return replace(reply, facts=definitions.overlay.adjust(question.unique_id, reply.facts))
