"""Python definitions on the engine's side: loaded in a forked child, laid over dbt's graph, run."""
