"""The errors that a user can see.

DbtreeError
├── ProjectError      no dbt project here, an unreadable dbt_project.yml
├── InterpreterError  no Python with dbt was found, or the one named has none
│   └── Untrusted     the project would run something that is not trusted (tui.project.trust)
├── EngineError       the engine could not be started, is gone, or cannot do what was asked
│   └── DatabaseBusy  another process holds the database, which passes
├── SelectionError    a selector that dbt does not understand
├── RunError          a run that cannot be started, found or cancelled
└── ServeError        the page cannot be served: a port that is taken, packages that are missing

Each has a message that says what is wrong, where, and what to do; it is shown unchanged.
"""

from __future__ import annotations


class DbtreeError(Exception):
    """Something that the user can fix; its `str` is the message for them."""

    def __init__(self, message: str, *, path: str = "", line: int = 0, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line
        self.hint = hint


class ProjectError(DbtreeError):
    """No dbt project was found, or its dbt_project.yml cannot be read."""


class InterpreterError(DbtreeError):
    """No Python interpreter with dbt was found."""


class EngineError(DbtreeError):
    """The engine could not be started, or is gone."""


class DatabaseBusy(EngineError):
    """Another process holds the database; asking again later may do."""


class SelectionError(DbtreeError):
    """A selector that cannot be resolved."""


class RunError(DbtreeError):
    """A run that cannot be started, found or cancelled."""


class ServeError(DbtreeError):
    """The window cannot be served in a browser."""
