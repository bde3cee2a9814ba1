"""The fence around dbt's internals: the only code that assigns to dbt or agate, or imports a
private name of theirs.

`registry` lists every patch: what it does, the names of dbt that it needs, and the versions of
dbt-core that it was checked with. Each patch is a small module of this package, which is imported
only when the patch is on. A patch whose names are not there, or that fails to apply, turns itself
off, and `dbtree info` says so; dbt then does that work in its own way.

What the rest of the engine imports of dbt is public: no underscores, no assignments.
"""
