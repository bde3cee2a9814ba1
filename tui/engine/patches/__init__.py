"""Patches of dbt: the only code that assigns to dbt or agate, or imports a private name of theirs.

Each patch is a small module that `tui.engine.fence` imports when it is on; nothing else imports
this package. What the rest of the engine imports of dbt is public: no underscores, no assignments.
"""
