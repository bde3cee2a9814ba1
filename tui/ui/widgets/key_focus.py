"""Where keys go."""

from __future__ import annotations

from textual.widget import Widget


def has_keys(widget: Widget) -> bool:
    """Whether keys go to a widget: `has_focus` says so only once the widget has had its turn, which
    can be after the next key.
    """
    return widget.screen.focused is widget
