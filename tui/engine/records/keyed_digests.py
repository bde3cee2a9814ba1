"""Digests of values that may be secret: equal values are recognized, no value can be guessed.

The key is a file in the state directory that only its owner can read. Each digest says which key
it was made with, so that digests of different keys are not taken for different values.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

FILE = "digest.key"
LENGTH = 32
"""Bytes of the key."""


class KeyedDigests:
    """Digests made with the key of one state directory."""

    def __init__(self, state_dir: Path) -> None:
        self._key = _key(state_dir / FILE)
        self._id = hashlib.blake2b(self._key, digest_size=2).hexdigest() if self._key else ""

    def of(self, text: str) -> str:
        """`key:digest`; empty where no key could be kept, since nothing could be compared later."""
        if not self._key:
            return ""
        data = text.encode("utf-8", "surrogatepass")
        return f"{self._id}:{hashlib.blake2b(data, key=self._key, digest_size=8).hexdigest()}"


def _key(path: Path) -> bytes:
    """The key in this file, which is made where there is none, or another thing than a key; empty
    where that is impossible.
    """
    found = _read(path)
    if found:
        return found
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        fd = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(os.urandom(LENGTH))
        with suppress(FileExistsError):  # another engine was first: its key is used
            os.link(partial, path)
        if _read(path):
            partial.unlink()
        else:
            partial.replace(path)
    return _read(path)


def _read(path: Path) -> bytes:
    try:
        found = path.read_bytes()
    except OSError:
        return b""
    return found if len(found) == LENGTH else b""
