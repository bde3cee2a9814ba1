"""The engine that stays: one warm process per project that forks dbt's commands for its clients.

It knows nothing of dbtree's graph, and does nothing that dbt does not do: a command is dbt's own
command line in a forked process, with the client's terminal, directory and environment. What makes
it fast is what is there already: the imported modules, and the answers of pure functions to what
was asked before (`tui.engine.fence.command_patches`).
"""
