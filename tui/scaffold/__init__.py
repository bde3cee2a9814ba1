"""Makes the small Python project that wraps a dbt project: `dbtree project scaffold`.

The templates are files beside this one. It works without network, dbt and an engine.
"""
