"""The settings that runs were given last, over sessions: what stands in the form at first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tui.protocol.private_files import write_private

FILE = "run-config.json"
MOST = 65_536
"""Characters of the file that are kept."""


def load_config(state_dir: Path) -> dict[str, dict[str, Any]]:
    """By the name of a function or resource its latest settings; none where the file is missing or
    broken.
    """
    try:
        found = json.loads((state_dir / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: values for name, values in found.items() if isinstance(values, dict)}


def remember_config(values: Mapping[str, Mapping[str, Any]], state_dir: Path) -> None:
    """Keep the latest settings beside those of others, where that is possible."""
    text = json.dumps({**load_config(state_dir), **values})
    if len(text) > MOST:
        return
    try:
        write_private(state_dir / FILE, text)
    except OSError:
        return
