"""Requests of the UI process, and the replies and reports of the engine process.

Every request carries an `id` that its reply repeats; what the engine reports on its own (readiness,
the graph, problems, output) has no id. A message says in its docstring who sends it and what holds
afterwards. All fields are JSON: strings, numbers, booleans, lists, dicts.
"""

from tui.protocol.messages.database import (
    ColumnsCounted,
    CompileQuery,
    CountColumns,
    ExportQuery,
    Profile,
    Profiled,
    Query,
    QueryCompiled,
    Stop,
    Stopped,
)
from tui.protocol.messages.message import from_json, to_json
from tui.protocol.messages.replies import (
    BaselinesDropped,
    CodeExpected,
    ColumnsFound,
    DataDiffed,
    Described,
    DiffStopped,
    Exported,
    ExternalRunRecorded,
    Inspected,
    Previewed,
    Refused,
    RelationsFound,
    RunForked,
    Selected,
    SensorEvaluated,
    StatePrepared,
)
from tui.protocol.messages.reports import (
    AssetsCompiled,
    DefinitionsLoaded,
    DiffProgress,
    EngineReady,
    GraphChanged,
    GraphComplete,
    GraphPart,
    Output,
    ParseFailed,
    ParseProgress,
    RunExited,
)
from tui.protocol.messages.requests import (
    CLONE,
    FRESHNESS,
    Describe,
    DiffData,
    DropBaselines,
    EvaluateSensor,
    Export,
    FindColumns,
    FindRelations,
    Inspect,
    Open,
    PrepareState,
    Preview,
    ReadCode,
    RecordExternalRun,
    Reparse,
    Select,
    Shutdown,
    StartRun,
    StopDiff,
)

__all__ = [
    "CLONE", "FRESHNESS", "AssetsCompiled", "BaselinesDropped", "CodeExpected", "ColumnsCounted",
    "ColumnsFound", "CompileQuery", "CountColumns", "DataDiffed", "DefinitionsLoaded", "Describe",
    "Described", "DiffData", "DiffProgress", "DiffStopped", "DropBaselines", "EngineReady",
    "EvaluateSensor", "Export", "ExportQuery", "Exported", "ExternalRunRecorded", "FindColumns",
    "FindRelations", "GraphChanged", "GraphComplete", "GraphPart", "Inspect", "Inspected", "Open",
    "Output", "ParseFailed", "ParseProgress", "PrepareState", "Preview", "Previewed", "Profile",
    "Profiled", "Query", "QueryCompiled", "ReadCode", "RecordExternalRun", "Refused",
    "RelationsFound", "Reparse", "RunExited", "RunForked", "Select", "Selected", "SensorEvaluated",
    "Shutdown", "StartRun", "StatePrepared", "Stop", "StopDiff", "Stopped", "from_json", "to_json",
]  # fmt: skip
