"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacement(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; what stands there in the end takes the place of `path`.

    Nobody else uses that name, and watchers pass over it, because it starts with a dot. When the
    block raises, the partial file goes and `path` stays as it was. Close the file inside the
    block. Raises OSError.
    """
    partial = path.with_name(f".dbtree-{os.urandom(8).hex()}.part")
    try:
        yield partial
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise
