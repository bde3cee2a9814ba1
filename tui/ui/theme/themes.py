"""dbtree's own themes, dark and light, and what every other theme means for its statuses.

A status, a kind of line or a shade of the tree is a theme variable (`$status-stale`): style sheets
and texts name the variable, and only this file names colours.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.color import Color
from textual.theme import Theme

from tui.ui.theme.contrast import FOR_NAMES, ground_for, ink_on

DARK = Theme(
    name="dbtree-dark",
    primary="#8fa8ff",
    secondary="#6f84c8",
    accent="#8fa8ff",
    foreground="#d3dae6",
    background="#0e1116",
    surface="#12161d",
    panel="#1a2029",
    success="#86c98b",
    warning="#e3b261",
    error="#ef7078",
    dark=True,
    variables={
        "dim": "#7d8898",
        "accent-ink": "#8fa8ff",
        "faint": "#3a4452",
        "rule": "#2a323d",
        "status-never": "#7d8898",
        "status-queued": "#9aa5b8",
        "status-running": "#66cbe0",
        "status-fresh": "#86c98b",
        "status-stale": "#e3b261",
        "status-failed": "#ef7078",
        "status-skipped": "#b08f8f",
        "status-checks-failed": "#ef8f6a",
        "status-warned": "#e0c463",
        "status-source": "#8b9bb5",
        "status-ephemeral": "#7d8898",
        "status-exposure": "#a493d6",
        "lit-upstream": "#9fb4cb",
        "lit-downstream": "#b5a9c9",
        "row-cursor": "#263149",
        "row-cursor-text": "#e6ebf4",
        "row-cursor-blurred": "#1a202b",
        "row-marked": "#1b2233",
        "match": "#ffd580",
        "badge-calm": "#1f2733",
        "badge-danger": "#a8323c",
        "badge-text": "#ffffff",
        "border-blurred": "#2a323d",
        "block-cursor-background": "#263149",
        "block-cursor-foreground": "#e6ebf4",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#1a202b",
        "block-cursor-blurred-foreground": "#d3dae6",
        "input-selection-background": "#8fa8ff 30%",
        "scrollbar": "#2a323d",
        "scrollbar-hover": "#3a4452",
        "scrollbar-active": "#8fa8ff",
        "scrollbar-background": "#0e1116",
        "scrollbar-background-hover": "#0e1116",
        "scrollbar-background-active": "#0e1116",
        "scrollbar-corner-color": "#0e1116",
    },
)

LIGHT = Theme(
    name="dbtree-light",
    primary="#3f5bd0",
    secondary="#6a7ec9",
    accent="#3f5bd0",
    foreground="#2a313c",
    background="#fafaf7",
    surface="#f4f4f0",
    panel="#ebebe5",
    success="#2f8a43",
    warning="#a86a00",
    error="#c22f3b",
    dark=False,
    variables={
        "dim": "#717a87",
        "accent-ink": "#3f5bd0",
        "faint": "#c3c8cf",
        "rule": "#d9dce0",
        "status-never": "#717a87",
        "status-queued": "#5d6879",
        "status-running": "#0b7f99",
        "status-fresh": "#2f8a43",
        "status-stale": "#a86a00",
        "status-failed": "#c22f3b",
        "status-skipped": "#8f6464",
        "status-checks-failed": "#b9501b",
        "status-warned": "#8f7400",
        "status-source": "#56657f",
        "status-ephemeral": "#717a87",
        "status-exposure": "#6d4fb3",
        "lit-upstream": "#4f6f8f",
        "lit-downstream": "#77628c",
        "row-cursor": "#dde4fb",
        "row-cursor-text": "#1d232c",
        "row-cursor-blurred": "#ecedf0",
        "row-marked": "#e9edf9",
        "match": "#b35400",
        "badge-calm": "#e6e8ec",
        "badge-danger": "#c22f3b",
        "badge-text": "#ffffff",
        "border-blurred": "#d0d4d9",
        "block-cursor-background": "#dde4fb",
        "block-cursor-foreground": "#1d232c",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#ecedf0",
        "block-cursor-blurred-foreground": "#2a313c",
        "input-selection-background": "#3f5bd0 25%",
        "scrollbar": "#d0d4d9",
        "scrollbar-hover": "#b4bac2",
        "scrollbar-active": "#3f5bd0",
        "scrollbar-background": "#fafaf7",
        "scrollbar-background-hover": "#fafaf7",
        "scrollbar-background-active": "#fafaf7",
        "scrollbar-corner-color": "#fafaf7",
    },
)

HIGH_CONTRAST = Theme(
    name="dbtree-contrast",
    primary="#5cc8ff",
    secondary="#5cc8ff",
    accent="#ffe14d",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    success="#5cff7d",
    warning="#ffd000",
    error="#ff6b6b",
    dark=True,
    variables={
        "dim": "#d0d0d0",
        "accent-ink": "#ffe14d",
        "faint": "#9a9a9a",
        "rule": "#9a9a9a",
        "status-never": "#d0d0d0",
        "status-queued": "#ffffff",
        "status-running": "#5ce5ff",
        "status-fresh": "#5cff7d",
        "status-stale": "#ffd000",
        "status-failed": "#ff8080",
        "status-skipped": "#ffb3b3",
        "status-checks-failed": "#ff9466",
        "status-warned": "#ffee58",
        "status-source": "#c7dcff",
        "status-ephemeral": "#d0d0d0",
        "status-exposure": "#d9b8ff",
        "lit-upstream": "#c0dcee",
        "lit-downstream": "#dccbe8",
        "row-cursor": "#004c99",
        "row-cursor-text": "#ffffff",
        "row-cursor-blurred": "#333333",
        "row-marked": "#141100",
        "match": "#ffe14d",
        "badge-calm": "#333333",
        "badge-danger": "#b00020",
        "badge-text": "#ffffff",
        "border-blurred": "#9a9a9a",
        "block-cursor-background": "#004c99",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#333333",
        "block-cursor-blurred-foreground": "#ffffff",
    },
)

TERMINAL = Theme(
    name="terminal",
    ansi=True,
    primary="ansi_blue",
    secondary="ansi_cyan",
    accent="ansi_cyan",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    variables={
        "dim": "ansi_bright_black",
        "accent-ink": "ansi_cyan",
        "faint": "ansi_bright_black",
        "rule": "ansi_bright_black",
        "status-never": "ansi_bright_black",
        "status-queued": "ansi_default",
        "status-running": "ansi_cyan",
        "status-fresh": "ansi_green",
        "status-stale": "ansi_yellow",
        "status-failed": "ansi_red",
        "status-skipped": "ansi_magenta",
        "status-checks-failed": "ansi_bright_red",
        "status-warned": "ansi_yellow",
        "status-source": "ansi_default",
        "status-ephemeral": "ansi_bright_black",
        "status-exposure": "ansi_magenta",
        "lit-upstream": "ansi_default",
        "lit-downstream": "ansi_default",
        "row-cursor": "ansi_default",
        "row-cursor-text": "ansi_default",
        "row-cursor-blurred": "ansi_default",
        "row-marked": "ansi_default",
        "match": "ansi_yellow",
        "badge-calm": "ansi_default",
        "badge-danger": "ansi_red",
        "badge-text": "ansi_bright_white",
        "border-blurred": "ansi_bright_black",
        "block-cursor-background": "ansi_blue",
        "block-cursor-foreground": "ansi_bright_white",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "ansi_bright_black",
        "block-cursor-blurred-foreground": "ansi_default",
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "scrollbar": "ansi_bright_black",
        "scrollbar-background": "ansi_default",
    },
)
"""The terminal's own sixteen colours, whatever the user has made of them: dark or light."""

OURS = (DARK, LIGHT, HIGH_CONTRAST, TERMINAL)


def first_theme(colours: str | None, background: str = "") -> str:
    """The theme for a terminal where the user has chosen none.

    Args:
        colours: Rich's word for what the terminal can: standard (16 colours), 256, truecolor.
        background: `COLORFGBG` of the environment, by which some terminals tell their own.
    """
    if colours in ("standard", "windows"):
        return TERMINAL.name
    shade = background.rpartition(";")[2]
    return LIGHT.name if shade in ("7", "15") else DARK.name


FALLBACKS: Mapping[str, str] = {
    "dim": "foreground-darken-3",
    "rule": "surface-lighten-1",
    "accent-ink": "accent",
    "status-never": "foreground-darken-3",
    "status-queued": "foreground-darken-2",
    "status-running": "primary",
    "status-fresh": "success",
    "status-stale": "warning",
    "status-failed": "error",
    "status-skipped": "error-darken-1",
    "status-checks-failed": "error",
    "status-warned": "warning",
    "status-source": "secondary",
    "status-ephemeral": "foreground-darken-3",
    "status-exposure": "accent",
    "lit-upstream": "primary",
    "lit-downstream": "accent",
    "match": "warning",
    "row-cursor-text": "foreground",
    "badge-danger": "error",
}
"""What dbtree's variables are made of in a theme that is not its own: Textual's colours."""
KEPT = ("rule", "row-cursor-text", "badge-danger")
"""Those that stay as the theme has them: no words, or what the grounds are made for."""
HUES = ("primary", "secondary", "accent", "warning", "success")
"""What the row of the cursor may be tinted with."""
LIT = ("lit-upstream", "lit-downstream")
TINT = 0.45
"""How much of a hue the names around the cursor have: a status is louder than a relation."""
FAINT = 0.3
"""How much of the text's colour lines and guides have."""
CURSOR, MARKED, BLURRED = 16.0, 9.0, 6.0
"""How far (in CIELAB) these rows are from the background, as in our own themes."""


def fallback_variables(theme: Theme) -> dict[str, str]:
    """Dbtree's variables for a theme that does not know them, from the colours that it has.

    Whatever has words can be read: names on each row that a list may have, and the words of every
    status on these, on the header and on the bars.
    """
    if theme.variables.keys() >= FALLBACKS.keys():
        return {}
    if theme.ansi:
        return dict(TERMINAL.variables)
    stated = repr(theme)
    if stated not in _made:  # Textual asks several times a start
        _made[stated] = _make_variables(theme)
    return dict(_made[stated])


_made: dict[str, dict[str, str]] = {}
"""What was made for a theme, by all that it states."""


def _make_variables(theme: Theme) -> dict[str, str]:
    generated = theme.to_color_system().generate()

    def colour(name: str) -> Color:
        return Color.parse(generated[name])

    text, background = colour("foreground"), colour("background")
    hues = [colour(name) for name in HUES]
    grounds = {
        "row-cursor": ground_for(text, background, hues, CURSOR),
        "row-cursor-blurred": ground_for(text, background, (text,), BLURRED),
        "row-marked": ground_for(text, background, hues, MARKED),
    }
    under = [background, *grounds.values(), colour("surface"), colour("panel")]
    found = {name: colour(source) for name, source in FALLBACKS.items()}
    dim = found["dim"].blend(text, 0.5)
    found |= {name: dim.blend(found[name], TINT) for name in LIT}
    words = {name: ink_on(under, ink, text) for name, ink in found.items() if name not in KEPT}
    made = {
        **found,
        **grounds,
        **words,
        "faint": background.blend(text, FAINT),
        "badge-calm": grounds["row-cursor-blurred"],
        "badge-text": ink_on([found["badge-danger"]], background, background, FOR_NAMES),
    }
    return {name: each.hex for name, each in made.items()}
