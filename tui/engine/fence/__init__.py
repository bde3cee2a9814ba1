"""The fence around dbt's internals: which patches there are, and whether each is on here.

`registry` lists every patch: what it does, the names of dbt that it needs, and the versions of
dbt-core that it was checked with. A patch whose names are not there, or that fails to apply, turns
itself off, and `dbtree info` says so; dbt then does that work in its own way.
"""
