"""dbt's static reader of models, kept out of this process.

`dbt_extractor` starts a pool of threads when it is first called. A child forked after that would
wait for ever for threads that it does not have, so the engine never calls it: many models are read
by a child, all at once, while dbt parses the macros. A few are left to Jinja, as dbt leaves every
model that the static reader does not understand, but for those in which Jinja finds something
else. The expressions in YAML, such as the `relation` of a snapshot, are read here where they are as
simple as they nearly always are, else by a child.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import dbt.parser.models as dbt_models
from dbt_extractor import ExtractionError, py_extract_from_source

from tui.engine.process.forked import ChildDied, in_child

WORTH_A_CHILD = 20
"""Models; below, Jinja is done before a child has begun."""

_CONFIG = re.compile(r"\bconfig\s*\(")

_TEXT = r"""(?:'[\w .-]*'|"[\w .-]*")"""
_CALL = re.compile(
    r"\{\{\s*(?P<function>ref|source)\s*\(\s*(?P<first>TEXT)(?:\s*,\s*(?P<second>TEXT))?"
    r"(?:\s*,\s*(?:v|version)\s*=\s*(?P<version>TEXT|\d{1,9}))?\s*\)\s*\}\}".replace("TEXT", _TEXT)
)


def _extract(codes: Sequence[str]) -> list[Any]:
    """What the static reader finds in each code; None where it does not understand it."""
    found: list[Any] = []
    for code in codes:
        try:
            found.append(py_extract_from_source(code))
        except ExtractionError:
            found.append(None)
    return found


@contextmanager
def extraction_in_child(codes: Sequence[str]) -> Iterator[None]:
    """While models with these codes are parsed, dbt gets what a child has read in them."""
    known: dict[str, Any] = {}
    if len(codes) < WORTH_A_CHILD:
        codes = [code for code in codes if jinja_differs(code)]
    if codes:
        try:
            known = dict(zip(codes, in_child(lambda: _extract(codes)), strict=True))
        except ChildDied:
            # Jinja finds the same, only later.
            known = {}

    def looked_up(code: str) -> Any:
        found = known.get(code)
        if found is None:
            raise ExtractionError("left to Jinja")
        return found

    places = _places(len(sys.modules))
    for module, name in places:
        setattr(module, name, looked_up if module is dbt_models else read_expression)
    try:
        yield
    finally:
        for module, name in places:
            setattr(module, name, py_extract_from_source)


def jinja_differs(code: str) -> bool:
    """Whether a node may get another `unrendered_config` from Jinja than from the static reader: of
    several `config()` dbt then merges the lists and maps, or keeps those of the last.
    """
    return len(_CONFIG.findall(code)) > 1


@lru_cache(maxsize=1)
def _places(_modules: int) -> list[tuple[Any, str]]:
    """The modules of dbt that call the static reader, and their name for it: other ones from
    version to version. It is looked for again when there are more modules.
    """
    return [
        (module, name)
        for path, module in list(sys.modules.items())
        if path.startswith("dbt.") and module is not None
        for name, value in list(vars(module).items())
        if value is py_extract_from_source
    ]


def read_expression(code: str) -> dict[str, Any]:
    """What the static reader finds in `{{ ref(…) }}` or `{{ source(…) }}`.

    Raises ExtractionError for what it does not understand.
    """
    call = _CALL.fullmatch(code)
    if call is None:
        found = _read_by_a_child(code)
        if found is None:
            raise ExtractionError("not understood")
        return found
    texts = [call[name][1:-1] for name in ("first", "second") if call[name]]
    if call["function"] == "source":
        if len(texts) != 2 or call["version"]:
            raise ExtractionError("a source has two names")
        return {"refs": [], "sources": {(texts[0], texts[1])}, "configs": []}
    ref: dict[str, Any] = {"name": texts[-1]}
    if len(texts) == 2:
        ref["package"] = texts[0]
    if version := call["version"]:
        ref["version"] = int(version) if version.isdigit() else version[1:-1]
    return {"refs": [ref], "sources": set(), "configs": []}


@lru_cache(maxsize=1024)
def _read_by_a_child(code: str) -> Any:
    try:
        return in_child(lambda: _extract([code]))[0]
    except ChildDied:
        return None
