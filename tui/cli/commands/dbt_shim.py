"""`dbtree dbt --shim DIR`: a `dbt` for PATH, editors and Makefiles that is dbt, warm."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from tui.cli import console
from tui.errors import ProjectError
from tui.protocol.whole_files import replacement

SHIM_OFF = "DBTREE_SHIM"
SHIM_MARK = "# Written by `dbtree dbt --shim`"
SHIM = f"""\
#!/bin/sh
{SHIM_MARK}: dbt, from dbtree's warm engine.
# {SHIM_OFF}=0 turns it off: the next dbt on PATH runs then, as it does where dbtree is gone.
if [ "${{{SHIM_OFF}:-1}}" != 0 ] && [ -x {{python}} ]; then
    exec {{python}} -P -m tui dbt "$@"
fi
IFS=:
for directory in $PATH; do
    found="${{directory:-.}}/dbt"
    if [ -f "$found" ] && [ -x "$found" ] && ! head -c 200 "$found" | grep -q {{mark}}; then
        exec "$found" "$@"
    fi
done
echo "dbt: not found" >&2
exit 127
"""


def write_shim(arguments: Sequence[str]) -> int:
    """Write it, and say where. Raises ProjectError where that cannot be done."""
    if len(arguments) != 1:
        raise ProjectError("`dbtree dbt --shim DIR` takes the directory of the new dbt.")
    path = Path(arguments[0]).expanduser() / "dbt"
    if path.exists() and not is_shim(str(path)):
        raise ProjectError(
            f"{path} exists, and dbtree has not written it.",
            hint="Choose a directory of its own, and put it first on PATH.",
        )
    text = SHIM.replace("{python}", shlex.quote(sys.executable))
    text = text.replace("{mark}", shlex.quote(SHIM_MARK))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacement(path) as partial:
            partial.write_text(text, encoding="utf-8")
            os.chmod(partial, 0o755)
    except OSError as error:
        raise ProjectError(f"{path} cannot be written: {error.strerror or error}.") from error
    console.stdout().write(str(path))
    return 0


def is_shim(path: str) -> bool:
    """Whether a file was written by `dbtree dbt --shim`."""
    try:
        with open(path, "rb") as file:
            return SHIM_MARK.encode() in file.read(200)
    except OSError:
        return False
