"""What the screen remembers from one time to the next: never a reason not to start. Pure but for
one file.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from tui.protocol.plain import plain
from tui.protocol.private_files import write_private

FILE = "session.json"
DETAILS_WIDTHS = (24, 60)
"""Per cent of the screen's width: the least and the most."""
RUN_HEIGHTS = (14, 80)
"""Per cent of the screen's height: the least and the most."""
LIMITS = {"details_width": DETAILS_WIDTHS, "run_height": RUN_HEIGHTS}


@plain(frozen=True)
class Session:
    """View state of the assets screen."""

    view: str = "lineage"
    sort: str = "name"
    cursor: str = ""
    """unique_id of the asset under the cursor."""
    folded: tuple[str, ...] = ()
    """Keys of folded rows."""
    marks: tuple[str, ...] = ()
    armed: tuple[str, ...] = ()
    """What a save does, and of which asset: `build model.shop.orders`."""
    details_width: int = 36
    """Per cent of the screen's width."""
    run_height: int = 30
    """Per cent of the screen's height."""
    run_hidden: bool = False
    theme: str = ""


def load_session(state_dir: Path) -> Session:
    """The session of the last time; the default one where it is missing, broken or of another
    version.
    """
    try:
        found = json.loads((state_dir / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return Session()
    if not isinstance(found, dict):
        return Session()
    default = Session()
    kept: dict[str, Any] = {}
    for field in fields(Session):
        value = found.get(field.name)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            value = tuple(value)
        if type(value) is type(getattr(default, field.name)):
            kept[field.name] = value
    for name, (low, high) in LIMITS.items():
        if name in kept:
            kept[name] = max(low, min(high, kept[name]))
    return Session(**kept)


def save_session(session: Session, state_dir: Path) -> bool:
    """Write it in one move; whether that worked."""
    try:
        write_private(state_dir / FILE, json.dumps(asdict(session)))
    except OSError:
        return False
    return True
