"""What a seed's file holds, as a digest of its content.

dbt hashes a seed of at most a megabyte, and only the path of a larger one: an edit of such a file
is no change to it.
"""

from __future__ import annotations

import hashlib
import os
import time
from typing import Any

RECENT = 1_000_000_000
"""Nanoseconds after a write in which another one may leave the file's time as it is."""

_known: dict[str, tuple[tuple[int, int, int], str]] = {}
"""The digests of large files by path, each with the file's stamp."""


def is_large(checksum: Any) -> bool:
    """Whether this checksum of dbt's says nothing of the content."""
    return checksum.name == "path"


def parsed_digest(checksum: Any) -> str:
    """The digest of what dbt has hashed when it parsed it."""
    return str(checksum.checksum[:16])


def large_file_digest(path: str) -> str:
    """The digest of a large file, read again only when it was written since. Raises OSError."""
    found = os.stat(path)
    stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
    known = _known.get(path)
    if known is not None and known[0] == stamp:
        return known[1]
    digest = hashlib.blake2b(digest_size=8)
    with open(path, "rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    if time.time_ns() - found.st_mtime_ns > RECENT:
        _known[path] = stamp, digest.hexdigest()
    else:
        _known.pop(path, None)
    return digest.hexdigest()
