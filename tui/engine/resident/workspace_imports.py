"""What the engine of a workspace imports when it opens a project: done before it is asked for."""

import tui.engine.execution.preload
import tui.engine.parse.problems
import tui.engine.parse.runtime_config
import tui.engine.parse.warm_manifest
import tui.engine.process.dbt_warnings
import tui.engine.process.secrets
import tui.engine.server.project_report  # noqa: F401
