"""The base of the app: Textual's `App` with the patches for it."""

from __future__ import annotations

from tui.ui.textual_patches.defects import GuardedApp
from tui.ui.textual_patches.key_order import KeysInOrder


class PatchedApp(KeysInOrder, GuardedApp):
    """An app that does keys in their order, and says in a sentence what ended it."""
