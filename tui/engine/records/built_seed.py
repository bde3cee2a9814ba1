"""What a seed's file holds when it is built.

dbt reads a seed when it builds it, not when it parses it: what is built is what the file holds
then.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dbt.contracts.files import FilePath
from dbt.parser.read_files import load_seed_source_file

from tui.engine.records.seed_content import is_large, large_file_digest, parsed_digest
from tui.protocol.records import Fingerprint


def content_digest(path: str) -> str:
    """The digest of a seed's file as `Fingerprint.seed` has it; empty where there is no file."""
    directory, name = os.path.split(path)
    try:
        # As dbt does when it parses: what is large, and how the rest is hashed, is its own matter.
        found = FilePath(
            searched_path="",
            relative_path=name,
            modification_time=os.stat(path).st_mtime,
            project_root=directory,
        )
        checksum = load_seed_source_file(found, "").checksum
        return large_file_digest(path) if is_large(checksum) else parsed_digest(checksum)
    except (OSError, UnicodeDecodeError):
        return ""


def as_built(fingerprint: Fingerprint, seed: Any) -> Fingerprint:
    """The fingerprint of a seed of dbt's that is about to be built: with what its file holds now,
    which may have been written since it was parsed.
    """
    path = Path(seed.root_path or "", seed.original_file_path)
    return fingerprint._replace(seed=content_digest(str(path)) or fingerprint.seed)
