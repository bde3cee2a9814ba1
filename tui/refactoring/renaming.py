"""A new name for an asset: everything in the project's files that says its name, as one change.
Pure.

Changed is what dbt reads as that name: the file, the entry in YAML, unit tests, each `ref` or
`source`, keys of configuration by path, selectors. What only may be it (a `ref` of a variable, the
name in a text, in a comment, or of the relation in SQL) is listed and left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from tui.errors import ProjectError
from tui.refactoring.calls import Call, Found, in_python, in_template
from tui.refactoring.edits import Change, FileEdit, Place, Replacement, place_in, replaced
from tui.refactoring.selector_names import SelectorNames, toml_places
from tui.refactoring.yaml_names import (
    composed,
    config_keys,
    entry_names,
    in_value,
    named_in_tests,
    renamed_scalar,
    scalars,
    selector_values,
)

BOM = "\ufeff"
DYNAMIC = re.compile(r"\b(?:ref|source)\s*\(\s*[^'\"\s)]")
SNAPSHOT = re.compile(r"\{%-?\s*snapshot\s+(\w+)")
UNSURE = "a ref whose name is known only when dbt runs it"
IN_TEXT = "the name in quotes"
IN_COMMENT = "a comment"
AS_RELATION = "the relation by its name in the database"


@dataclass(frozen=True)
class Renaming:
    """What is renamed, and what follows from it."""

    kind: str
    """model, seed, snapshot; source for a table of one."""
    package: str
    old: str
    """Without its version; of a table without its source."""
    new: str
    source: str = ""
    """Of a table."""
    moves: Mapping[str, str] = field(default_factory=dict)
    """Its files, and where they go."""
    fqns: frozenset[str] = frozenset()
    """Its name with its folders, in dots, as dbt_project.yml and selectors have it; the package
    first."""
    unique_ids: frozenset[str] = frozenset()
    relations: frozenset[str] = frozenset()
    """schema.identifier of what will be called otherwise in the database."""

    @cached_property
    def stems(self) -> Mapping[str, str]:
        """The names of its files without their endings, with the new ones."""
        return {PurePosixPath(a).stem: PurePosixPath(b).stem for a, b in self.moves.items()}

    @property
    def entry(self) -> str:
        """Its name as `entry_of` has it."""
        return f"{self.source}.{self.old}" if self.kind == "source" else self.old

    @cached_property
    def selectors(self) -> SelectorNames:
        """Its names in selectors."""
        short = {fqn.partition(".")[2] for fqn in self.fqns}
        tables = {self.entry, f"{self.package}.{self.entry}"} if self.source else set()
        return SelectorNames(self.old, self.new, self.fqns | short, self.moves, frozenset(tables))


def rename(renaming: Renaming, texts: Mapping[str, str], title: str) -> Change:
    """The change of all files.

    Args:
        renaming: what is renamed.
        texts: the project's files by their paths, those that are only moved left out.
        title: of the change.

    Raises:
        ProjectError: nothing in the files has that name.
    """
    edits: list[FileEdit] = []
    places: list[Place] = []
    for path, text in texts.items():
        after, found = _renamed_file(renaming, path, text)
        places += found
        moved = renaming.moves.get(path, "")
        if after != text or moved:
            edits.append(FileEdit(path, text, after, moved))
    for path, moved in renaming.moves.items():
        if path not in texts:
            edits.append(FileEdit(path, moved_to=moved))
    if not edits:
        raise ProjectError(f"No file of the project has the name {renaming.old}.")
    edits.sort(key=lambda edit: (edit.path not in renaming.moves, edit.path))
    return Change(title, edits, places=sorted(set(places), key=lambda one: (one.path, one.line)))


def _renamed_file(renaming: Renaming, path: str, text: str) -> tuple[str, list[Place]]:
    if renaming.old not in text and not DYNAMIC.search(text):
        return text, []
    mark, body = (BOM, text[1:]) if text.startswith(BOM) else ("", text)
    replacements: list[Replacement] = []
    places: list[Place] = []
    for one in _findings(renaming, path, body):
        if isinstance(one, Place):
            places.append(one)
        else:
            replacements.append(one)
    return mark + replaced(body, replacements), places


def _findings(renaming: Renaming, path: str, text: str) -> Iterator[Replacement | Place]:
    file = PurePosixPath(path)
    if file.suffix == ".sql":
        yield from _in_sql(renaming, path, text)
    elif file.suffix == ".py":
        yield from _in_found(renaming, path, text, in_python(text))
    elif file.suffix in (".yml", ".yaml"):
        yield from _in_yaml(renaming, path, text)
    elif file.suffix == ".toml":
        tables = "tool.dbtree" if file.name == "pyproject.toml" else ""
        for start, end, new in toml_places(text, renaming.selectors.renamed, tables=tables):
            yield Replacement(start, end, new)


# ------------------------------------------------------------------------------- code


def _in_sql(renaming: Renaming, path: str, text: str) -> Iterator[Replacement | Place]:
    yield from _in_found(renaming, path, text, in_template(text))
    if renaming.kind == "snapshot":
        for found in SNAPSHOT.finditer(text):
            if found[1] == renaming.old:
                yield Replacement(found.start(1), found.end(1), renaming.new)
    for relation in renaming.relations:
        schema, _, name = relation.rpartition(".")
        pattern = rf"""(?i)\b{re.escape(schema)}["`]?\.["`]?{re.escape(name)}\b"""
        for found in re.finditer(pattern, text):
            yield place_in(path, text, found.start(), AS_RELATION)


def _in_found(
    renaming: Renaming, path: str, text: str, found: Found
) -> Iterator[Replacement | Place]:
    for call in found.calls:
        yield from _in_call(renaming, path, text, call)
    for literal in found.texts:
        if _may_be(renaming, literal.value, is_python=path.endswith(".py")):
            yield place_in(path, text, literal.start, IN_TEXT)
    for tag in found.comments:
        at = re.search(rf"\b{re.escape(renaming.old)}\b", text[tag.start : tag.end])
        if at is not None:
            yield place_in(path, text, tag.start + at.start(), IN_COMMENT)


def _may_be(renaming: Renaming, value: str, *, is_python: bool) -> bool:
    """Whether a text in quotes looks like the asset; in Python it may be a selector, too."""
    if value == renaming.old or value in renaming.unique_ids:
        return True
    return is_python and renaming.selectors.renamed(value) != value


def _in_call(renaming: Renaming, path: str, text: str, call: Call) -> Iterator[Replacement | Place]:
    is_table = renaming.kind == "source"
    if call.function != ("source" if is_table else "ref") or not 0 < len(call.arguments) < 3:
        return
    name = call.arguments[-1]
    owner = call.arguments[0] if len(call.arguments) == 2 else None
    wanted = renaming.source if is_table else renaming.package
    if owner is not None and owner.value != wanted:
        return  # of another source or package
    is_sure = name is not None and (len(call.arguments) == 1 or owner is not None)
    if name is not None and name.value != renaming.old:
        return
    if name is not None and is_sure:
        yield Replacement(name.start, name.end, renaming.new)
    else:
        yield place_in(path, text, call.start, UNSURE)


# ------------------------------------------------------------------------------- YAML


def _in_yaml(renaming: Renaming, path: str, text: str) -> Iterator[Replacement | Place]:
    root = composed(text)
    if root is None:
        if text.strip():
            yield Place(path, 1, "it is not valid YAML, and is not looked at")
        return
    if path == "selectors.yml":
        names = renaming.selectors
        yield from selector_values(path, text, root, names.renamed, names.covers)
        return
    if path == "dbt_project.yml":
        section = f"{renaming.kind}s"
        for key in config_keys(root, section, renaming.fqns):
            yield from renamed_scalar(text, key, renaming.old, renaming.new)
    else:
        yield from entry_names(
            text, root, renaming.kind, renaming.entry, renaming.new, renaming.stems
        )
    for scalar in scalars(root.node):
        yield from _in_found(renaming, path, text, in_value(text, scalar))
        if named_in_tests(scalar, renaming.old):
            yield place_in(path, text, scalar.start, IN_TEXT)


# ------------------------------------------------------------------------------- files


def moved_files(
    paths: Sequence[tuple[str, str]], old: str, new: str, patch_paths: Sequence[str] = ()
) -> dict[str, str]:
    """Which files are called by an asset's name, and where they go.

    Args:
        paths: its files with the version that each defines, empty for none.
        old: its name, without a version.
        new: its new name.
        patch_paths: the YAML files that describe it; one of its own moves along.
    """
    found = {}
    for path, version in paths:
        file = PurePosixPath(path)
        ends = {old: new, f"{old}_v{version}": f"{new}_v{version}"} if version else {old: new}
        if file.stem in ends and file.suffix not in (".yml", ".yaml"):
            found[path] = str(file.with_name(ends[file.stem] + file.suffix))
    for path in patch_paths:
        file = PurePosixPath(path)
        for lead in ("", "_"):
            if file.stem == lead + old:
                found[path] = str(file.with_name(lead + new + file.suffix))
    return found
