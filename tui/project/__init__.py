"""Finding and describing the project: its root, profile, settings, and the Python that has its dbt.

Knows nothing of engines, runs or screens.
"""
