"""A patch of dbt's internals: what it needs of dbt, when it is off, and the way to its code.

There are two kinds. A **shortcut** changes how dbt gets to a result, never the result: tests
compare both. It is on only for the versions of dbt-core that it was checked with, and off with
`DBTREE_SHORTCUTS=0` or `Open.shortcuts=False`. A **hook** is how the engine observes and controls
dbt where dbt has no API for it; it is on for every version, as long as its names are there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from dbt.version import __version__ as DBT_VERSION

from tui.protocol.private_names import has_name, minor_version

PACKAGE = "tui.engine.patches"
"""Where the code of the patches is."""
CHECKED = ("1.10", "1.11", "1.12")
"""The versions of dbt-core (major.minor) with which the tests are run."""


@dataclass(frozen=True)
class Patch:
    """One patch, whether it is on here, and the way to its code."""

    name: str
    does: str
    without: str
    """What is lost when it is off: as measured, or what dbt then does."""
    module: str = ""
    """Its module in this package; empty for an option of dbt's that needs no code."""
    touches: tuple[str, ...] = ()
    """The private names, and those assigned to, that it needs: `module:name` or
    `module:Class.name`.
    """
    looks_for: tuple[str, ...] = ()
    """Private names that it uses where they are there, and does without."""
    versions: tuple[str, ...] = CHECKED
    """The versions of dbt-core (major.minor) that it was checked with; empty for a hook, which is
    on for all.
    """

    @property
    def is_hook(self) -> bool:
        """Whether it is a hook, which observes and controls dbt, and not a shortcut."""
        return not self.versions

    @property
    def off_because(self) -> str:
        """Why it is not used here; empty when it is."""
        if failure := _state.failures.get(self.name):
            return failure
        if self.is_hook:
            return ""
        if _state.off:
            return _state.off
        minor = minor_version(DBT_VERSION)
        if minor in self.versions:
            return ""
        if minor not in CHECKED:
            return f"dbt-core {DBT_VERSION} was not checked with them ({', '.join(CHECKED)} were)"
        return f"not checked with dbt-core {DBT_VERSION}"

    @property
    def on(self) -> bool:
        """Whether it is to be used: not switched off, checked with this dbt, and not failed."""
        return not self.off_because

    def use(self) -> Any:
        """Its module, where it is on and can be used; None otherwise."""
        if not self.on:
            return None
        known = _state.modules.get(self.name)
        if known is not None:
            return known
        try:
            if missing := self.missing():
                self.fail(f"dbt-core {DBT_VERSION} has no {missing}")
                return None
            found = import_module(f"{PACKAGE}.{self.module}")
        except Exception as error:  # noqa: BLE001  whatever is different in this dbt
            self.fail(in_words(error))
            return None
        _state.modules[self.name] = found
        return found

    def apply(self) -> bool:
        """Apply it to this process, where it is on: call `apply` of its module. Whether it is
        applied now.
        """
        module = self.use()
        if module is None:
            return False
        try:
            module.apply()
        except Exception as error:  # noqa: BLE001  whatever is different in this dbt
            self.fail(in_words(error))
            return False
        return True

    def missing(self) -> str:
        """The first of its names that this dbt has not; empty when all are there."""
        return next((name for name in self.touches if not has_name(name)), "")

    def fail(self, reason: str) -> None:
        """Turn it off in this process."""
        _state.failures[self.name] = reason
        _state.modules.pop(self.name, None)


class _State:
    """What this process knows of its patches."""

    def __init__(self) -> None:
        self.off = "DBTREE_SHORTCUTS=0" if os.environ.get("DBTREE_SHORTCUTS") == "0" else ""
        """Why all shortcuts are off, or empty."""
        self.failures: dict[str, str] = {}
        self.modules: dict[str, Any] = {}


_state = _State()


def failures() -> dict[str, str]:
    """The patches that failed in this process: name → why."""
    return dict(_state.failures)


def switch_off(reason: str) -> None:
    """Turn all shortcuts of this process off."""
    _state.off = reason


def in_words(error: Exception) -> str:
    """Why a patch is off that failed so."""
    return f"it failed with dbt-core {DBT_VERSION}: {type(error).__name__}: {error}"
