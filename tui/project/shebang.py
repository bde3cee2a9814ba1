"""The Python behind an installed script: from its first line, or from the shim that it is.

pip, uv, pipx and venv write the interpreter's path into the first line of a script; a path that
is too long for the kernel moves to the second, behind `/bin/sh`. pyenv and asdf put shell scripts
on PATH that choose an environment, so they are asked.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

_LONG = re.compile(r"""^'''exec'\s+(?:"([^"]+)"|(\S+))""")
_SHIMS = ("pyenv", "asdf", "mise", "rtx")
_ASK_SECONDS = 10.0


class NotPython(Exception):
    """The script is not run by Python, or by which one cannot be told; says so in words."""


def python_of_script(
    script: Path, environment: Mapping[str, str], directory: Path, *, depth: int = 0
) -> Path:
    """The interpreter of a script.

    Args:
        script: the file, or a link to it.
        environment: for `PATH`, and for the shims that are asked.
        directory: where the shims are asked; some choose by a file that lies there.
        depth: how many shims led here.

    Raises:
        NotPython: when it is a program of another kind.
    """
    try:
        with script.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise NotPython(f"cannot be read: {error.strerror or error}") from error
    if not head.startswith(b"#!"):
        raise NotPython("is not a Python program (dbt Fusion or the dbt Cloud CLI?)")
    lines = head.decode("utf-8", "replace").splitlines()
    words = _words(lines[0][2:])
    if not words:
        raise NotPython("has an empty first line")
    if Path(words[0]).name == "env":
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word] or [""]
        words[0] = shutil.which(words[0], path=environment.get("PATH")) or words[0]
    if "python" in Path(words[0]).name.lower() or "pypy" in Path(words[0]).name.lower():
        return Path(words[0])
    if len(lines) > 1 and (match := _LONG.match(lines[1])):
        return Path(match[1] or match[2])
    return _behind_shim(script, "\n".join(lines), environment, directory, depth)


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def _behind_shim(
    script: Path, text: str, environment: Mapping[str, str], directory: Path, depth: int
) -> Path:
    for shim in _SHIMS:
        tool = shutil.which(shim, path=environment.get("PATH")) if shim in text else None
        if tool is None or depth > 1:
            continue
        try:
            done = subprocess.run(
                [tool, "which", script.name],
                capture_output=True,
                stdin=subprocess.DEVNULL,
                text=True,
                timeout=_ASK_SECONDS,
                env=dict(environment),
                cwd=directory,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotPython(f"{shim} could not be resolved ({error})") from error
        target = Path(done.stdout.strip())
        if done.returncode or not target.is_file() or target == script:
            raise NotPython(f"{shim} has no dbt in the Python version selected here")
        return python_of_script(target, environment, directory, depth=depth + 1)
    raise NotPython("is a shell script of an unknown kind")
