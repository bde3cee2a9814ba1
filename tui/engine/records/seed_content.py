"""What a seed's file holds, as a digest of its content.

dbt hashes a seed of at most a megabyte, and only the path of a larger one: an edit of such a file
is no change to it. And it reads a seed when it builds it, not when it parses it: what is built is
what the file holds then.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any

from dbt.artifacts.resources.base import FileHash
from dbt.constants import MAXIMUM_SEED_SIZE
from dbt_common.clients.system import load_file_contents

from tui.protocol.records import Fingerprint

RECENT = 1_000_000_000
"""Nanoseconds after a write in which another one may leave the file's time as it is."""

_known: dict[str, tuple[tuple[int, int, int], str]] = {}
"""The digests of large files by path, each with the file's stamp."""


def is_large(checksum: FileHash) -> bool:
    """Whether this checksum of dbt's says nothing of the content."""
    return checksum.name == "path"


def content_digest(path: str) -> str:
    """The digest of a seed's file as `Fingerprint.seed` has it; empty where there is no file."""
    try:
        if os.stat(path).st_size > MAXIMUM_SEED_SIZE:
            return large_file_digest(path)
        return parsed_digest(FileHash.from_contents(load_file_contents(path, strip=True)))
    except (OSError, UnicodeDecodeError):
        return ""


def parsed_digest(checksum: FileHash) -> str:
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


def as_built(fingerprint: Fingerprint, seed: Any) -> Fingerprint:
    """The fingerprint of a seed of dbt's that is about to be built: with what its file holds now,
    which may have been written since it was parsed.
    """
    path = Path(seed.root_path or "", seed.original_file_path)
    return fingerprint._replace(seed=content_digest(str(path)) or fingerprint.seed)
