"""What is current in one open project: graph, statuses, runs, problems.

`Workspace` composes the parts: the engine's session, the runs, the watcher, the schedules and the
store. It takes requests and publishes a new `WorkspaceState` for each change; `api` says what
screens and commands see of it. No Textual here.
"""
