"""The rows of a relation before and after, or here and in another target: what differs.

The database does the comparing; what comes back are counts and a few rows. `statements` and
`comparison` are without dbt.
"""
