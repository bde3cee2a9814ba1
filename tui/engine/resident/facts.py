"""What an engine that stays is told by the client that starts it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """Of one engine, for all its life."""

    root: str
    """The project's directory."""
    program: str
    """The path of the `dbt` that its commands are taken for."""
    base: str
    """Its files, without their endings: see tui.protocol.resident."""
    listener: int
    """The socket that it accepts clients on."""
    workspaces: int
    """The socket for clients that want an engine for their workspace."""
    lock: int
    """The file that is locked as long as it lives."""
    keep: float
    """Seconds for which it goes on after its last client left."""
    version: str = ""
    """That of dbtree."""
