"""What a change of macros means for files that did not change themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dbt.adapters.factory import get_adapter_package_names
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.partial import mg_files

from tui.engine.parse.files import FileChanges

MACRO = re.compile(r"\{%-?\s*(macro|test|data_test|materialization)\s+(\w+)")
"""The opening tag of a macro, in its kinds."""


NOT_PARSED = ("seed.", "operation.")
"""How the unique_id of a node begins that calls no macro while it is parsed from its file."""


def changes_what_others_call(manifest: Manifest, changes: FileChanges) -> bool:
    """Whether macros come or go that others find by dispatch or by overriding dbt's own.

    dbt looks for those only while it parses the calling macro, which is not among the changes:
    after such a change a partial parse differs from a whole one.
    """
    return _are_found_by_others(
        manifest, _macros_before(manifest, changes.file_ids()), _macros_after(changes)
    )


def changed_what_others_call(saved: Manifest, files: Mapping[str, Any]) -> bool:
    """The same of all files, by id, since the parse that was saved."""
    before, now = (
        {key: file for key, file in each.items() if file.parse_file_type in mg_files}
        for each in (saved.files, files)
    )
    changed = {
        key
        for key in before.keys() | now.keys()
        if key not in before or key not in now or before[key].checksum != now[key].checksum
    }
    after = {name for key in changed & now.keys() for name in macros_in(now[key].contents or "")}
    return _are_found_by_others(saved, _macros_before(saved, changed), after)


def _are_found_by_others(manifest: Manifest, before: set[str], after: set[str]) -> bool:
    if before == after:
        return False
    internal = frozenset(get_adapter_package_names(manifest.metadata.adapter_type or ""))
    builtin = {macro.name for macro in manifest.macros.values() if macro.package_name in internal}
    builtin |= {name.split("__", 1)[-1] for name in builtin}
    return any(
        "__" in name or name in builtin or name.startswith("materialization_")
        for name in before ^ after
    )


def callers_of_new_macros(manifest: Manifest, changes: FileChanges) -> set[str]:
    """The ids of unchanged files that name a macro which is new: what they call was nowhere when
    they were parsed.
    """
    return callers_of(manifest, _macros_after(changes)) - changes.file_ids()


def callers_of(manifest: Manifest, names: set[str]) -> set[str]:
    """The ids of the files whose macros and nodes name those of these macros that the manifest
    does not have. A node can call what is not there as `package.macro`.
    """
    new = names - {macro.name for macro in manifest.macros.values()}
    if not new:
        return set()
    mention = re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(new))) + r")\b")
    texts = [(macro.file_id, macro.macro_sql) for macro in manifest.macros.values()]
    texts += [
        (node.file_id, node.raw_code)
        for node in manifest.nodes.values()
        if node.raw_code and not node.unique_id.startswith(NOT_PARSED)
    ]
    files = manifest.files
    return {key for key, text in texts if key in files and mention.search(text)} - {
        key for key, file in files.items() if file.parse_file_type == "schema"
    }


def _macros_before(manifest: Manifest, file_ids: Iterable[str]) -> set[str]:
    found = set()
    for file_id in file_ids:
        for unique_id in getattr(manifest.files.get(file_id), "macros", ()):
            macro = manifest.macros.get(unique_id)
            if macro is not None:
                # A materialization's name ends in its adapter, which its opening tag may not say.
                found.add(re.sub(r"^(materialization_.+)_\w+$", r"\1", macro.name))
    return found


def _macros_after(changes: FileChanges) -> set[str]:
    """The names of the macros that the changed files define, as dbt names them."""
    files = (*changes.changed, *changes.added)
    return {name for file in files if file.kind in mg_files for name in macros_in(file.text)}


def macros_in(text: str) -> Iterator[str]:
    """The names of the macros of a file, as dbt names them."""
    for kind, name in MACRO.findall(text):
        if kind == "macro":
            yield name
        elif kind == "materialization":
            yield f"materialization_{name}"
        else:
            yield f"test_{name}"
