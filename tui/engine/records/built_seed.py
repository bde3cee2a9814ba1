"""What a seed's file holds when it is built.

dbt reads a seed when it builds it, not when it parses it: what is built is what the file holds
then.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dbt.artifacts.resources.base import FileHash
from dbt.constants import MAXIMUM_SEED_SIZE
from dbt_common.clients.system import load_file_contents

from tui.engine.records.seed_content import large_file_digest, parsed_digest
from tui.protocol.records import Fingerprint


def content_digest(path: str) -> str:
    """The digest of a seed's file as `Fingerprint.seed` has it; empty where there is no file."""
    try:
        if os.stat(path).st_size > MAXIMUM_SEED_SIZE:
            return large_file_digest(path)
        return parsed_digest(FileHash.from_contents(load_file_contents(path, strip=True)))
    except (OSError, UnicodeDecodeError):
        return ""


def as_built(fingerprint: Fingerprint, seed: Any) -> Fingerprint:
    """The fingerprint of a seed of dbt's that is about to be built: with what its file holds now,
    which may have been written since it was parsed.
    """
    path = Path(seed.root_path or "", seed.original_file_path)
    return fingerprint._replace(seed=content_digest(str(path)) or fingerprint.seed)
