"""The base of the app: Textual's `App` with the patches for it."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tui.ui.textual_patches.key_order import KeysInOrder
from tui.ui.textual_patches.unhandled_errors import GuardedApp


class PatchedApp(KeysInOrder, GuardedApp):
    """An app that does keys in their order, and says in a sentence what ended it."""

    def own_context(self) -> AbstractContextManager[None]:
        """Work of this app that comes from outside of any widget's turn, such as a signal.

        Textual has no public way to it; without it, whatever looks for the active app fails.
        """
        return self._context()
