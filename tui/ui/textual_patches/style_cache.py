"""Parsed CSS, kept from one start to the next as Python keeps its compiled modules.

Parsing the CSS of the first frame takes longer than all of the tree; reading what came of it, a
tenth of that. It is beside the compiled modules, is trusted as they are, and is read only by the
same versions for the same CSS and variables. Where it cannot be kept, all is parsed at each start.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
from collections.abc import Mapping
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import textual

from tui.protocol.whole_files import replacement

Parsed = dict[tuple[Any, ...], Any]
"""Rules by what they were parsed from."""


def _file() -> Path:
    return Path(cache_from_source(__file__)).with_suffix(".css")


def _head(variables: Mapping[str, str]) -> bytes:
    # `textual.__version__` reads the metadata of the package, which takes longer than parsing.
    installed = (textual.__file__, os.stat(textual.__file__).st_mtime_ns)
    return repr((installed, sys.version, sorted(variables.items()))).encode()


def read_parsed(variables: Mapping[str, str]) -> Parsed:
    """What was parsed with these variables the last time; nothing where it cannot be read."""
    try:
        head = _head(variables)
        with open(_file(), "rb") as file:
            if file.read(len(head)) == head:
                parsed: Parsed = pickle.load(file)
                return parsed
    except Exception:  # noqa: BLE001 - whatever is wrong with a damaged pickle, parsing is the answer
        pass
    return {}


def keep_parsed(variables: Mapping[str, str], parsed: Parsed) -> None:
    """Keep what was parsed for the next start, unless Python keeps nothing either."""
    if sys.dont_write_bytecode:
        return
    with (
        contextlib.suppress(OSError, NotImplementedError, pickle.PicklingError, TypeError),
        replacement(_file()) as partial,
    ):
        partial.write_bytes(_head(variables) + pickle.dumps(parsed, pickle.HIGHEST_PROTOCOL))
