"""The exit code of a run's process, by how the run ended."""

EXIT_CODES = {"success": 0, "failed": 1, "error": 2, "cancelled": 130}
