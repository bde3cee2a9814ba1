"""The page and the files that it needs: ours, and the terminal that textual-serve bundles.

Nothing is loaded from elsewhere: textual-serve's own page asks Google for its font.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from tui.errors import ServeError

FONT_SIZE = 15
"""Pixels; the zoom of the browser changes it."""
OURS = ("page.css", "page.js")
TEXTUAL = {
    "textual.js": "js/textual.js",
    "xterm.css": "css/xterm.css",
    "RobotoMono.ttf": "fonts/RobotoMono-VariableFont_wght.ttf",
    "RobotoMono-Italic.ttf": "fonts/RobotoMono-Italic-VariableFont_wght.ttf",
}
"""The files of textual-serve by the names that the page has for them."""
INSTALL = "Install what it needs with: pip install 'dbtree[serve]'"


def page_files() -> Mapping[str, Path]:
    """The files of the page by their names. Raises ServeError where textual-serve is not there."""
    ours = Path(__file__).with_name("page_files")
    try:
        static = Path(str(files("textual_serve"))) / "static"
    except ModuleNotFoundError:
        raise ServeError("`dbtree serve` needs textual-serve.", hint=INSTALL) from None
    found = {name: ours / name for name in OURS}
    found |= {name: static / place for name, place in TEXTUAL.items()}
    for path in found.values():
        if not path.is_file():
            raise ServeError(
                f"This version of textual-serve has no {path.name}, or it is not whole.",
                hint=INSTALL,
            )
    return found


def page_html(title: str) -> str:
    """The page of a window."""
    text = Path(__file__).with_name("page_files").joinpath("index.html").read_text("utf-8")
    return Template(text).substitute(title=escape(title), font_size=FONT_SIZE)


def security_headers(host: str) -> dict[str, str]:
    """What a browser must know about everything that is sent.

    Args:
        host: as the browser calls this server; empty where that is unknown.
    """
    # Safari takes 'self' for no websocket.
    sockets = f" ws://{host} wss://{host}" if host else ""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",  # xterm.js writes style elements
        "font-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": f"'self'{sockets}",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "clipboard-read=(), camera=(), microphone=(), geolocation=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cache-Control": "no-store",
        "Server": "dbtree",
    }
