"""The engine that stays, and `dbtree dbt` at it."""
