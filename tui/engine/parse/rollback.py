"""A parse that can be rolled back.

A parse that fails leaves the manifest half changed. dbt changes it in two ways: it puts new things
into the manifest's dicts and takes old ones out, and it notes in the records of files what was
parsed from them. So for the time of a parse the manifest has dicts of its own, whose contents are
shared with those of before (which costs a millisecond at ten thousand models), and a record of a
file is copied when dbt asks for it. A third way is YAML that describes a node or a macro which is
not parsed again: dbt writes into that, so it is copied as well, see `own_what_is_described`. If the
parse fails, the previous dicts are restored.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Set
from contextlib import contextmanager
from typing import Any

from dbt.contracts.graph.manifest import Manifest

READ_ONLY = "dfy"
"""The attribute of a YAML file's record that is its content: dbt compares it, and replaces it."""


class FileRecords(dict[str, Any]):
    """dbt's records of files by file id; one is copied before it can be changed."""

    def __init__(self, before: dict[str, Any]) -> None:
        super().__init__(before)
        self._own: set[str] = set()

    def __getitem__(self, file_id: str) -> Any:
        record = super().__getitem__(file_id)
        if file_id not in self._own:
            record = _copied(record)
            self[file_id] = record
        return record

    def __setitem__(self, file_id: str, record: Any) -> None:
        self._own.add(file_id)
        super().__setitem__(file_id, record)

    def get(self, file_id: str, default: Any = None) -> Any:
        """As dict's."""
        try:
            return self[file_id]
        except KeyError:
            return default


def own_what_is_described(manifest: Manifest, names: Set[str]) -> None:
    """Give the manifest its own copies of the nodes and macros with these names."""
    for table in (manifest.nodes, manifest.macros, getattr(manifest, "functions", {})):
        for key in [key for key, one in table.items() if one.name in names]:
            table[key] = copy.deepcopy(table[key])
    for nodes in manifest.disabled.values():
        nodes[:] = [copy.deepcopy(one) if one.name in names else one for one in nodes]


def _copied(record: Any) -> Any:
    made = copy.copy(record)
    for name, value in vars(record).items():
        if isinstance(value, list):
            setattr(made, name, list(value))
        elif isinstance(value, dict) and name != READ_ONLY:
            setattr(made, name, copy.deepcopy(value))
    return made


@contextmanager
def undone_when_it_fails(manifest: Manifest) -> Iterator[None]:
    """Put the manifest back as it was when what is done inside raises."""
    attributes = vars(manifest)
    before = dict(attributes)
    attributes.update(_copies(before))
    try:
        yield
    except BaseException:
        attributes.clear()
        attributes.update(before)
        raise
    attributes["files"] = dict(manifest.files)


def _copies(attributes: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in attributes.items():
        if name == "files":
            made[name] = FileRecords(value)
        elif name == "disabled":
            made[name] = {key: list(nodes) for key, nodes in value.items()}
        elif type(value) is dict:
            made[name] = dict(value)
    return made
