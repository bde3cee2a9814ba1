"""Which of dbt's files a batch of changed paths means, and what they hold now.

dbt knows a file by its id, `package://path`, and by its kind (model, macro, seed, …), which follows
from the directory it is in and its suffix. The rules are those of dbt.parser.read_files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any

import dbt.parser.read_files as dbt_read_files
from dbt.contracts.files import (
    BaseSourceFile,
    FileHash,
    FilePath,
    FixtureSourceFile,
    ParseFileType,
    SchemaSourceFile,
    SourceFile,
)
from dbt.parser.read_files import (
    generate_dbt_ignore_spec,
    get_file_types_for_project,
    load_seed_source_file,
    load_source_file,
    validate_yaml,
)
from dbt.parser.schemas import yaml_from_file

from tui.engine.records.seed_content import is_large, large_file_digest

IGNORED_STARTS = (".", "#", "~")
"""dbt's pattern is `[!.#~]*.sql`: hidden files and editors' copies are none of its files."""

normalized: Callable[[str], str] | None = getattr(dbt_read_files, "normalize_file_contents", None)
"""What dbt takes the checksum of, from dbt-core 1.12: the text with its white space made even. Two
texts of one checksum may then differ, in a string of SQL too.
"""

_CLASSES: dict[ParseFileType, type[Any]] = {
    ParseFileType.Schema: SchemaSourceFile,
    ParseFileType.Fixture: FixtureSourceFile,
}


@dataclass(frozen=True)
class FoundFile:
    """A file on the disk as dbt sees it."""

    project_name: str
    path: FilePath
    kind: ParseFileType
    text: str = ""
    """Its stripped content; not read for seeds, which dbt only hashes."""
    is_behind_link: bool = False
    """Whether dbt does not come to it, because a link to a directory leads there."""

    @property
    def file_id(self) -> str:
        return f"{self.project_name}://{self.path.original_file_path}"

    def source_file(self) -> BaseSourceFile:
        """Dbt's value for the file, fresh. Raises dbt's exceptions for YAML that is none."""
        if self.kind == ParseFileType.Seed:
            return load_seed_source_file(self.path, self.project_name)
        source: BaseSourceFile = _CLASSES.get(self.kind, SourceFile)(
            path=self.path,
            checksum=checksum_of(self.text),
            project_name=self.project_name,
            parse_file_type=self.kind,
            contents=self.text,
        )
        if isinstance(source, SchemaSourceFile) and self.text:
            content = yaml_from_file(source)
            if content:
                validate_yaml(self.path.original_file_path, content)
                source.dfy = content
        return source


@dataclass(frozen=True)
class FileChanges:
    """What became of dbt's files."""

    changed: list[FoundFile] = field(default_factory=list)
    added: list[FoundFile] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    """File ids."""
    unclear: bool = False
    """A path that dbt reads as files of more than one kind: only a look at all files will do."""

    def __bool__(self) -> bool:
        return bool(self.changed or self.added or self.deleted or self.unclear)

    def file_ids(self) -> set[str]:
        return {found.file_id for found in (*self.changed, *self.added)} | set(self.deleted)


class ProjectFiles:
    """The directories of a project and its packages, in which dbt looks for files."""

    def __init__(self, projects: Mapping[str, Any]) -> None:
        self._projects = dict(projects)
        self._kinds = {
            name: get_file_types_for_project(project) for name, project in projects.items()
        }
        # The deepest root first: packages lie inside the project.
        self._roots: list[tuple[str, str]] = []
        for name, project in projects.items():
            for root in {str(project.project_root), os.path.realpath(project.project_root)}:
                self._roots.append((root.rstrip(os.sep) + os.sep, name))
        self._roots.sort(key=lambda item: len(item[0]), reverse=True)

    def directories(self, root: Path) -> list[str]:
        """The directories, relative to the project's root, in which dbt reads files."""
        found = set()
        for name, kinds in self._kinds.items():
            base = str(self._projects[name].project_root)
            if not (base + os.sep).startswith(str(root) + os.sep):
                continue
            for kind in kinds.values():
                found |= {os.path.relpath(os.path.join(base, d), root) for d in kind["paths"]}
            found |= {
                os.path.relpath(os.path.join(base, d), root)
                for d in _semantic_paths(self._projects[name])
            }
        # A directory inside another one needs no watch of its own.
        return sorted(d for d in found if not any(_is_inside(d, other) for other in found))

    def changes(
        self,
        paths: Iterable[Path],
        saved: Mapping[str, BaseSourceFile],
        seed_digest: Callable[[BaseSourceFile], str],
    ) -> FileChanges:
        """Compare these absolute paths (files or directories, existing or not) with the files as
        they were parsed. Raises OSError and UnicodeDecodeError for a file that cannot be read.

        Args:
            paths: What was saved.
            saved: dbt's files by id, as they were parsed.
            seed_digest: The digest of the content of a seed's file, as it was parsed.
        """
        result = FileChanges()
        unclear = False
        seen: set[str] = set()
        for path in sorted(set(self._expand(_with_real(paths), saved))):
            kinds = self.locate(path)
            if not kinds or kinds[0].file_id in seen:
                continue
            seen.add(kinds[0].file_id)
            if len(kinds) > 1 or self._is_semantic(path):
                unclear = True
            elif kinds[0].is_behind_link or not (path.is_file() or path.is_symlink()):
                if kinds[0].file_id in saved:
                    result.deleted.append(kinds[0].file_id)
            else:
                self._compare(kinds[0], saved, seed_digest, result)
        return FileChanges(result.changed, result.added, result.deleted, unclear)

    def with_unchanged(
        self, changes: FileChanges, file_ids: Iterable[str], saved: Mapping[str, BaseSourceFile]
    ) -> FileChanges:
        """The changes, and files that did not change but are to be parsed with them."""
        found = []
        for file_id in sorted(file_ids):
            path = Path(saved[file_id].path.absolute_path)
            kinds = self.locate(path)
            if len(kinds) == 1 and path.is_file():
                found.append(replace(kinds[0], text=path.read_text("utf-8").strip()))
        return replace(changes, changed=[*changes.changed, *found])

    @staticmethod
    def _compare(
        found: FoundFile,
        saved: Mapping[str, BaseSourceFile],
        seed_digest: Callable[[BaseSourceFile], str],
        result: FileChanges,
    ) -> None:
        old = saved.get(found.file_id)
        if found.kind == ParseFileType.Seed:
            checksum = load_seed_source_file(found.path, found.project_name).checksum
            if old is not None and is_large(checksum) and is_large(old.checksum):
                if large_file_digest(found.path.absolute_path) != seed_digest(old):
                    result.changed.append(found)
                return
        else:
            text = Path(found.path.absolute_path).read_bytes().decode("utf-8").strip()
            found = replace(found, text=text)
            checksum = checksum_of(text)
            if found.kind == ParseFileType.Schema and _says_nothing(text):
                # After such a change dbt's partial parse finds everything twice in the next one.
                if old is not None:
                    result.deleted.append(found.file_id)
                return
        if old is None:
            result.added.append(found)
        elif old.checksum != checksum or _may_differ(old, found):
            result.changed.append(found)

    def _expand(self, paths: Iterable[Path], saved: Mapping[str, BaseSourceFile]) -> Iterator[Path]:
        """Directories become the files in them: those that are there, and those that were."""
        for path in paths:
            if path.is_dir():
                for directory, _, names in os.walk(path):
                    yield from (Path(directory, name) for name in names)
            if path.is_dir() or not path.suffix or not path.exists():
                inside = str(path) + os.sep
                for source in saved.values():
                    absolute = getattr(source.path, "absolute_path", "")
                    if absolute.startswith(inside):
                        yield Path(absolute)
            if not path.is_dir():
                yield path

    def locate(self, path: Path) -> list[FoundFile]:
        """The file as dbt sees it: empty where it is none of dbt's, several where dbt reads it as
        more than one kind.
        """
        text = str(path)
        owner = next(((root, name) for root, name in self._roots if text.startswith(root)), None)
        if owner is None or path.name.startswith(IGNORED_STARTS):
            return []
        root, name = owner
        relative = text[len(root) :]
        if self._is_ignored(name, relative):
            return []
        found = []
        for kind, where in self._kinds[name].items():
            if not path.name.lower().endswith(tuple(where["extensions"])):
                continue
            # Where several directories hold it, dbt keeps the last one in sorted order.
            holding = [d for d in sorted(where["paths"], reverse=True) if _is_inside(relative, d)]
            open_ones = [d for d in holding if not _is_behind_link(root, relative, d)]
            for directory in open_ones or holding:
                inner = os.path.relpath(relative, directory)
                if kind == ParseFileType.SingularTest and PurePath(inner).parts[0] in (
                    "generic",
                    "fixtures",
                ):
                    break
                place = self._file_path(name, directory, inner, path)
                found.append(FoundFile(name, place, kind, is_behind_link=not open_ones))
                break
        return found

    def _is_semantic(self, path: Path) -> bool:
        """Whether it is a file of the Open Semantic Interchange, which dbt loads as a whole."""
        return path.suffix == ".json" and any(
            str(path).startswith(str(Path(str(project.project_root), directory)) + os.sep)
            for project in self._projects.values()
            for directory in _semantic_paths(project)
        )

    def _file_path(self, name: str, directory: str, inner: str, path: Path) -> FilePath:
        try:
            modified = path.stat().st_mtime
        except OSError:
            modified = 0.0
        return FilePath(
            searched_path=directory,
            relative_path=inner,
            modification_time=modified,
            project_root=str(self._projects[name].project_root),
        )

    def _is_ignored(self, name: str, relative: str) -> bool:
        spec = generate_dbt_ignore_spec(str(self._projects[name].project_root))
        return spec is not None and bool(spec.match_file(relative))


class NewFiles(dict[str, BaseSourceFile]):
    """The files of the new parse: the changed ones as they are now, all others fresh on demand.

    dbt's own reader copies the record of every file; a warm engine would copy ten thousand to
    parse one.
    """

    def __init__(self, saved: Mapping[str, BaseSourceFile], changes: FileChanges) -> None:
        super().__init__()
        # A copy: dbt takes files out of the saved ones while it still asks for them here.
        self._saved = dict(saved)
        self._gone = set(changes.deleted)
        self._added = {found.file_id for found in changes.added}
        for found in (*changes.changed, *changes.added):
            self[found.file_id] = found.source_file()

    def has_repeated_names(self) -> bool:
        """Whether a changed YAML file names two things the same. dbt's partial parse compares by
        name and sees only the last one; a whole parse says what it is: an error, or two sources.
        """
        for source in list(self.values()):
            for elements in getattr(source, "dfy", {}).values():
                if isinstance(elements, list):
                    names = [e.get("name") for e in elements if isinstance(e, dict)]
                    if len(names) != len(set(map(str, names))):
                        return True
        return False

    def __missing__(self, file_id: str) -> BaseSourceFile:
        if file_id in self._gone:
            raise KeyError(file_id)
        fresh = fresh_copy(self._saved[file_id])
        self[file_id] = fresh
        return fresh

    def __contains__(self, file_id: object) -> bool:
        return dict.__contains__(self, file_id) or (
            file_id in self._saved and file_id not in self._gone
        )


def checksum_of(text: str) -> FileHash:
    """Dbt's checksum of a file's stripped text."""
    return FileHash.from_contents(normalized(text) if normalized is not None else text)


def _may_differ(old: BaseSourceFile, found: FoundFile) -> bool:
    """Whether files of one checksum may still hold two texts: whitespace, from dbt-core 1.12."""
    if normalized is None or found.kind == ParseFileType.Seed:
        return False
    return bool(old.contents != found.text)  # None, and so unknown, after a start


def _semantic_paths(project: Any) -> list[str]:
    """Where dbt looks for files of the Open Semantic Interchange, from dbt-core 1.12."""
    return list(getattr(project, "osi_paths", ()))


def fresh_copy(saved: BaseSourceFile) -> BaseSourceFile:
    """The record of an unchanged file, without what was parsed from it."""
    kind = saved.parse_file_type
    if kind == ParseFileType.Seed:
        copy: BaseSourceFile = SourceFile(path=saved.path, checksum=saved.checksum, contents="")
        copy.project_name, copy.parse_file_type = saved.project_name, kind
        return copy
    if saved.contents is None and not isinstance(saved, SchemaSourceFile):
        # Read back from a partial parse file, which keeps no content.
        return load_source_file(saved.path, kind, saved.project_name or "", {})
    copy = type(saved)(
        path=saved.path,
        checksum=saved.checksum,
        project_name=saved.project_name,
        parse_file_type=kind,
        contents=saved.contents,
    )
    if isinstance(copy, SchemaSourceFile) and isinstance(saved, SchemaSourceFile):
        copy.dfy = saved.dfy
    return copy


def _with_real(paths: Iterable[Path]) -> Iterator[Path]:
    """The paths, and those without the links that lead there: the system may report a file by
    either.
    """
    for path in paths:
        yield path
        real = Path(os.path.realpath(path.parent), path.name)
        if real != path:
            yield real


def _is_behind_link(root: str, relative: str, directory: str) -> bool:
    """Whether a link to a directory is between a directory that dbt searches and a file: dbt goes
    into no such link. Links to files are read, and the searched directory may be one itself.
    """
    inner = PurePath(os.path.relpath(relative, directory)).parts[:-1]
    at = os.path.join(root, directory)
    for part in inner:
        at = os.path.join(at, part)
        if os.path.islink(at):
            return True
    return False


def _says_nothing(yaml: str) -> bool:
    """Whether a YAML file is empty but for comments."""
    lines = (line.strip() for line in yaml.splitlines())
    return not any(line and line != "---" and not line.startswith("#") for line in lines)


def _is_inside(path: str, directory: str) -> bool:
    directory = os.path.normpath(directory)
    return directory == "." or os.path.normpath(path).startswith(directory + os.sep)
