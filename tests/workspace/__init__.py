"""The workspace on a real engine and a real DuckDB, without a screen."""
