"""What is said when the program itself is wrong: one sentence; the rest goes into a file.

Textual would print a traceback with the values of all variables. Those of a large project take
minutes to print, in which nothing answers, and nobody knows what is in them.
"""

from __future__ import annotations

import contextlib
import os
import time
import traceback
from pathlib import Path

from tui.protocol.private_files import private
from tui.protocol.secrets import masker, secret_variables
from tui.text.terminal_text import plain, plain_line

FILE = "crash.log"
"""In the state directory: the last defects, the newest at the end."""
MOST = 200_000
"""Bytes from which on the file begins anew."""


def note_crash(error: BaseException, state_dir: Path) -> str:
    """Keep what is known of a defect.

    Args:
        error: what was raised and nobody expected.
        state_dir: where the project's state is.

    Returns:
        What to say of it.
    """
    path = state_dir / FILE
    mask = masker(secret_variables(os.environ))
    lines = traceback.format_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f", {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    said = mask(" ".join(plain(str(error)).split()))[:200]
    what = f"{type(error).__name__}{f': {said}' if said else ''}{where}"
    kept = ""
    with contextlib.suppress(OSError):
        is_long = path.exists() and path.stat().st_size > MOST
        with open(
            path, "w" if is_long else "a", encoding="utf-8", errors="replace", opener=private
        ) as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n{mask(plain(''.join(lines)))}\n")
        kept = f" The details are in {path}."
    return plain_line(
        f"dbtree stopped because of a bug in dbtree ({what}). Any run that was in progress "
        f"continues, and you can open dbtree again.{kept}"
    )
