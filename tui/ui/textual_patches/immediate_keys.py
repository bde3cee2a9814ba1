"""A key's command is done before the next key is looked at.

Textual sends a key through the focused widget first, and by the time it comes back the letters
behind `/` were sent to the tree as well, and are lost.

Checked with Textual 8.2. Without it a key takes Textual's way.
"""

from __future__ import annotations

from typing import Any

from textual.app import App

from tui.ui.textual_patches.registry import DIRECT_KEYS


async def did_command_of(app: App[Any], key: str) -> bool:
    """Do what a key is bound to, where it is bound. Whether that was done."""
    return DIRECT_KEYS.on and await app._check_bindings(key)
