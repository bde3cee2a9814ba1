"""The modules of dbt's plugins, looked for once; each command makes its plugins of them anew."""

from __future__ import annotations

from typing import Any

from dbt.plugins.manager import PluginManager

_found: list[dict[str, Any]] = []
_look = PluginManager.get_prefixed_modules


def apply() -> None:
    """From here on, this process and its children look through the installed modules once."""
    PluginManager.get_prefixed_modules = _looked_for_once


def _looked_for_once() -> dict[str, Any]:
    if not _found:
        _found.append(_look())
    return dict(_found[0])
