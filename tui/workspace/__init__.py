"""What is current in one open project: graph, statuses, runs, problems.

`Workspace` composes the parts: the engine's session, the runs, the watcher, the history. It takes
requests and publishes a new `WorkspaceState` for each change. No Textual here.
"""
