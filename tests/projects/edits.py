"""Edits a dbt project at random, as a person would: one file, now and then two, at a time.

For differential tests: after any series of edits, what was kept warm must equal what a fresh
parse finds. The edits know dbt's files only as text; those that are not meant to break the
project leave it one that dbt can parse (its SQL may no longer run).

    edits = RandomEdits(project, random.Random(7))
    for _ in range(100):
        edit = edits.edit()
        ...                # edit.description, edit.paths; edits.broken: will a parse fail?
    edits.mend()
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

BREAKING_SHARE = 0.12
MENDING_SHARE = 0.4

REF = re.compile(r"""\bref\(\s*(?:['"]\w+['"]\s*,\s*)?['"](?P<name>\w+)['"]""")
PLAIN_REF = re.compile(r"""\bref\('(?P<name>\w+)'\)""")
NAMED = re.compile(r"^ +(?:- )?model: *(?P<name>\w+)", re.MULTILINE)
VERSION = re.compile(r"_v\d+$")
DESCRIPTION = re.compile(r"^( +description: )([A-Za-z][^:#{}\n]*)$", re.MULTILINE)
INLINE_TESTS = re.compile(r"^ +data_tests: \[(?:unique|not_null|, )+\]\n", re.MULTILINE)
TIME_SPINE = re.compile(r"^  - name: (\w+)\n(?:    .*\n)*?    time_spine:", re.MULTILINE)
COLUMNS = re.compile(r"^(?P<indent> +)columns:\n(?! +- include)", re.MULTILINE)
ADDED_COLUMN = re.compile(r"^ +- name: edit_\d+\n +data_tests: \[not_null\]\n", re.MULTILINE)
ADDED_TAG = re.compile(r"^\{\{ config\(tags=\['edit_\d+'\]\) \}\}\n", re.MULTILINE)
DOCS = re.compile(r"\{% docs edit_\d+ %\}.*?\{% enddocs %\}\n", re.DOTALL)


@dataclass(frozen=True)
class Edit:
    """What one edit did.

    Attributes:
        description: in words, with the name of what was edited.
        paths: the files that were written, added or deleted, as absolute paths.
    """

    description: str
    paths: tuple[Path, ...]


class RandomEdits:
    """Edits the dbt project in a directory; the same `choose` gives the same edits.

    At most one thing is broken at a time. While it is, edits leave its file and the names
    of all models alone, so that `mend` is always right.
    """

    def __init__(self, project: Path, choose: random.Random) -> None:
        self.project = project
        self._choose = choose
        self._count = 0
        self._before_breaking: dict[Path, str | None] = {}
        self._what_broke = ""

    @property
    def broken(self) -> bool:
        """Whether a parse is expected to fail."""
        return bool(self._before_breaking)

    def edit(self) -> Edit:
        """Do one edit; it may break the project, or mend what an earlier one broke."""
        if self.broken and self._choose.random() < MENDING_SHARE:
            return self.mend()
        if not self.broken and self._choose.random() < BREAKING_SHARE:
            return self.break_something()
        kinds = [*self._gentle, *([] if self.broken else self._structural)]
        return self._first_possible(kinds)

    def break_something(self) -> Edit:
        """Do one edit after which dbt cannot parse the project, until `mend`."""
        if self.broken:
            raise RuntimeError(f"already broken: {self._what_broke}")
        return self._first_possible(self._breaking)

    def mend(self) -> Edit:
        """Give what is broken its text back; with nothing broken, an edit of no paths."""
        if not self.broken:
            return Edit("nothing to mend", ())
        paths = tuple(self._before_breaking)
        for path, text in self._before_breaking.items():
            self._write(path, text)
        self._before_breaking = {}
        return Edit(f"mend: {self._what_broke}", paths)

    # Kinds of edits. Each returns None where the project has nothing to do it to.

    @property
    def _gentle(self) -> list[Callable[[], Edit | None]]:
        return [
            self._change_sql,
            self._change_description,
            self._change_test,
            self._change_config,
            self._edit_macro,
            self._move_seed_row,
            self._edit_snapshot,
            self._edit_docs,
            self._add_or_remove_docs,
            self._add_singular_test,
            self._add_model,
        ]

    @property
    def _structural(self) -> list[Callable[[], Edit | None]]:
        return [
            self._change_ref,
            self._change_ref,
            self._delete_model,
            self._rename_model,
            self._move_model,
            self._disable_model,
            self._add_yaml,
            self._delete_added_file,
        ]

    @property
    def _breaking(self) -> list[Callable[[], Edit | None]]:
        return [
            self._break_jinja,
            self._break_yaml,
            self._break_macro,
            self._break_ref,
            self._delete_needed_model,
            self._duplicate_model,
        ]

    def _change_sql(self) -> Edit | None:
        path = self._any(self._model_files())
        if path is None:
            return None
        mark = "#" if path.suffix == ".py" else "--"
        text = path.read_text("utf-8").rstrip("\n")
        return self._rewrite(path, f"{text}\n{mark} {self._next()}\n", "change the code of")

    def _change_description(self) -> Edit | None:
        return self._substitute(
            self._yaml_files(),
            DESCRIPTION,
            lambda match: f"{match[1]}{match[2]} {self._next()}",
            "change a description in",
        )

    def _change_test(self) -> Edit | None:
        lists = ["[unique]", "[not_null]", "[unique, not_null]"]

        def other_list(match: re.Match[str]) -> str:
            start, old = match[0].rstrip("\n").split(": ")
            new = self._choose.choice([tests for tests in lists if tests != old])
            return f"{start}: {new}\n"

        def column(match: re.Match[str]) -> str:
            indent = match["indent"] + "  "
            return f"{match[0]}{indent}- name: {self._next()}\n{indent}  data_tests: [not_null]\n"

        kinds: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str], str]] = [
            (INLINE_TESTS, other_list, "change a test in"),
            (INLINE_TESTS, lambda _: "", "remove a test from"),
            (COLUMNS, column, "add a test to"),
            (ADDED_COLUMN, lambda _: "", "remove an added test from"),
        ]
        pattern, new, words = self._choose.choice(kinds)
        return self._substitute(self._yaml_files(without_contract=True), pattern, new, words)

    def _change_config(self) -> Edit | None:
        path = self._any(self._sql_models())
        if path is None:
            return None
        text = path.read_text("utf-8")
        if ADDED_TAG.search(text) and self._choose.random() < 0.5:
            return self._rewrite(path, ADDED_TAG.sub("", text, count=1), "remove a tag from")
        config = f"{{{{ config(tags=['{self._next()}']) }}}}\n"
        if "config(" not in text and self._choose.random() < 0.5:
            kind = self._choose.choice(["view", "table", "ephemeral"])
            config = f"{{{{ config(materialized='{kind}') }}}}\n"
        return self._rewrite(path, config + text, f"write {config.strip()} into")

    def _edit_macro(self) -> Edit | None:
        return self._substitute(
            self._files("macros", "*.sql"),
            re.compile(r"\{%-? endmacro"),
            lambda match: f"{{# {self._next()} #}}{match[0]}",
            "edit the macro in",
        )

    def _move_seed_row(self) -> Edit | None:
        path = self._any(self._files("seeds", "*.csv"))
        if path is None:
            return None
        header, *rows = path.read_text("utf-8").splitlines(keepends=True)
        rows.append(rows.pop(self._choose.randrange(len(rows) - 1)))
        return self._rewrite(path, header + "".join(rows), "move a row of")

    def _edit_snapshot(self) -> Edit | None:
        def turn(match: re.Match[str]) -> str:
            first, *others = match[2].split(", ")
            return match[1] + ", ".join([*others, first]) + match[3]

        def comment(match: re.Match[str]) -> str:
            return f"-- {self._next()}\n{match[0]}"

        path = self._any(self._files("snapshots", "*.*"))
        if path is None:
            return None
        if path.suffix == ".sql":
            pattern, new = re.compile(r"\{%-? endsnapshot"), comment
        else:
            pattern, new = re.compile(r"(check_cols: \[)(.*,.*)(\])"), turn
        return self._substitute([path], pattern, new, "edit the snapshot in")

    def _edit_docs(self) -> Edit | None:
        return self._substitute(
            self._files("models", "*.md"),
            re.compile(r"\n\{% enddocs %\}"),
            lambda match: f"\n{self._next()}{match[0]}",
            "edit a docs block in",
        )

    def _add_or_remove_docs(self) -> Edit | None:
        if self._choose.random() < 0.5:
            removed = self._substitute(
                self._files("models", "*.md"), DOCS, lambda _: "", "remove a docs block from"
            )
            if removed:
                return removed
        path = self._any([*self._files("models", "*.md"), self.project / "models/edits.md"])
        if path is None:
            return None
        text = path.read_text("utf-8") if path.exists() else ""
        block = f"{{% docs {self._next()} %}}\nAn added block.\n{{% enddocs %}}\n"
        return self._rewrite(path, text + block, "add a docs block to")

    def _add_singular_test(self) -> Edit | None:
        name = self._next()
        target = self._any(self._targets())
        if target is None:
            return None
        text = f"select * from {{{{ ref('{target}') }}}} where false\n"
        return self._rewrite(self.project / f"tests/{name}.sql", text, "add a singular test")

    def _add_model(self) -> Edit | None:
        folder = self._any(self._model_folders())
        target = self._any(self._targets())
        if folder is None or target is None:
            return None
        text = f"select * from {{{{ ref('{target}') }}}}\n"
        return self._rewrite(folder / f"{self._next()}.sql", text, "add a model")

    def _change_ref(self) -> Edit | None:
        path = self._any([path for path in self._sql_models() if PLAIN_REF.search(_text(path))])
        if path is None:
            return None
        text = path.read_text("utf-8")
        match = self._choose.choice(list(PLAIN_REF.finditer(text)))
        below = self._downstream(_model_name(path))
        target = self._any([name for name in self._targets() if name not in below])
        if target is None or target == match["name"]:
            return None
        new = f"{text[: match.start('name')]}{target}{text[match.end('name') :]}"
        return self._rewrite(path, new, f"change ref {match['name']} to {target} in")

    def _delete_model(self) -> Edit | None:
        path = self._any(self._unneeded_models())
        if path is None:
            return None
        self._write(path, None)
        return Edit(f"delete {self._relative(path)}", (path,))

    def _rename_model(self) -> Edit | None:
        path = self._any(self._unneeded_models())
        return self._move(path, path.with_stem(self._next())) if path else None

    def _move_model(self) -> Edit | None:
        path = self._any(self._unneeded_models())
        folder = self._any(self._model_folders())
        if path is None or folder is None or (folder / path.name).exists():
            return None
        return self._move(path, folder / path.name)

    def _disable_model(self) -> Edit | None:
        path = self._any([path for path in self._unneeded_models() if path.suffix == ".sql"])
        if path is None:
            return None
        text = "{{ config(enabled=false) }}\n" + path.read_text("utf-8")
        return self._rewrite(path, text, "disable")

    def _add_yaml(self) -> Edit | None:
        name = self._next()
        target = self._any(self._targets())
        if target is None:
            return None
        path = self.project / f"models/{name}.yml"
        described = {_model_name(file) for file in self._added("models", "*.sql")} & {target}
        described -= set(re.findall(r"- name: (edit_\d+)", "".join(self._yaml_texts())))
        if described:
            text = (
                f"version: 2\n\nmodels:\n  - name: {target}\n    description: Added.\n"
                "    columns:\n      - name: id\n        data_tests: [unique, not_null]\n"
            )
            return self._rewrite(path, text, f"describe {target} in")
        text = (
            f"version: 2\n\nexposures:\n  - name: {name}\n    type: dashboard\n"
            f"    owner: {{name: Someone}}\n    depends_on:\n      - ref('{target}')\n"
        )
        return self._rewrite(path, text, f"add an exposure of {target} in")

    def _delete_added_file(self) -> Edit | None:
        path = self._any([*self._added("models", "*.yml"), *self._added("tests", "*.sql")])
        if path is None:
            return None
        self._write(path, None)
        return Edit(f"delete {self._relative(path)}", (path,))

    # Kinds that break.

    def _break_jinja(self) -> Edit | None:
        path = self._any(self._sql_models())
        return (
            self._break(path, _text(path) + "{{ this is not\n", "break the Jinja of")
            if path
            else None
        )

    def _break_yaml(self) -> Edit | None:
        path = self._any(self._yaml_files())
        return (
            self._break(path, _text(path) + "  - [never closed\n", "break the YAML of")
            if path
            else None
        )

    def _break_macro(self) -> Edit | None:
        path = self._any(self._files("macros", "*.sql"))
        if path is None:
            return None
        text = re.sub(r"\{%-? endmacro.*", "", _text(path), flags=re.DOTALL)
        return self._break(path, text, "leave open the macro in")

    def _break_ref(self) -> Edit | None:
        path = self._any(self._sql_models())
        if path is None:
            return None
        text = f"{_text(path)}-- depends_on: {{{{ ref('no_such_{self._next()}') }}}}\n"
        return self._break(path, text, "read a missing model in")

    def _delete_needed_model(self) -> Edit | None:
        needed = {
            name
            for path in self._enabled_models()
            for name in _refs(_text(path))
            if name != _model_name(path)
        }
        path = self._any(
            [file for file in self._enabled_models() if file.stem in needed]
        )  # by the stem: a model with versions has a file for each
        return self._break(path, None, "delete the needed") if path else None

    def _duplicate_model(self) -> Edit | None:
        path = self._any([file for file in self._sql_models() if not VERSION.search(file.stem)])
        folder = self._any(self._model_folders())
        if path is None or folder is None or (folder / path.name).exists():
            return None
        return self._break(folder / path.name, _text(path), "make a second")

    # What is in the project.

    def _files(self, folder: str, pattern: str) -> list[Path]:
        return [
            path
            for path in sorted((self.project / folder).rglob(pattern))
            if path not in self._before_breaking
        ]

    def _yaml_files(self, without_contract: bool = False) -> list[Path]:
        files = [*self._files("models", "*.yml"), *self._files("seeds", "*.yml")]
        return [path for path in files if not without_contract or "contract:" not in _text(path)]

    def _yaml_texts(self) -> Iterator[str]:
        for folder in ("models", "seeds", "snapshots", "tests"):
            yield from map(_text, self._files(folder, "*.yml"))

    def _model_files(self) -> list[Path]:
        return [*self._files("models", "*.sql"), *self._files("models", "*.py")]

    def _enabled_models(self) -> list[Path]:
        return [
            path
            for path in self._model_files()
            if "enabled=false" not in _text(path) and "legacy" not in path.parts
        ]

    def _sql_models(self) -> list[Path]:
        return [path for path in self._enabled_models() if path.suffix == ".sql"]

    def _model_folders(self) -> list[Path]:
        return sorted({path.parent for path in self._sql_models()})

    def _added(self, folder: str, pattern: str) -> list[Path]:
        return [path for path in self._files(folder, pattern) if path.stem.startswith("edit_")]

    def _targets(self) -> list[str]:
        """What any model may read: a private model is for its own group."""
        models = [path for path in self._enabled_models() if "private" not in _text(path)]
        names = [*map(_model_name, models), *(path.stem for path in self._files("seeds", "*.csv"))]
        return sorted(set(names))

    def _unneeded_models(self) -> list[Path]:
        """The models that nothing reads, describes with a unit test, or shows."""
        folders = ("models", "snapshots", "tests", "analyses", "seeds")
        files = [path for folder in folders for path in self._files(folder, "*.*")]
        needed = {name for path in files for name in _refs(_text(path))}
        # Semantic models need one, and do not name it.
        needed.update(name for text in self._yaml_texts() for name in TIME_SPINE.findall(text))
        return [
            path
            for path in self._enabled_models()
            if path.stem not in needed and not VERSION.search(path.stem)
        ]

    def _downstream(self, name: str) -> set[str]:
        """The node itself and all that is built from it, by what the files say."""
        readers: dict[str, set[str]] = {}
        for path in [*self._model_files(), *self._files("snapshots", "*.*")]:
            readers_here = {_model_name(path), *_snapshot_names(path)}
            for read in _refs(_text(path)):
                readers.setdefault(read, set()).update(readers_here)
        found, waiting = set(), [name]
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting.extend(readers.get(current, ()))
        return found

    # Doing it.

    def _first_possible(self, kinds: list[Callable[[], Edit | None]]) -> Edit:
        for kind in self._choose.sample(kinds, len(kinds)):
            edit = kind()
            if edit is not None:
                return edit
        raise RuntimeError(f"{self.project} has nothing to edit")

    def _next(self) -> str:
        self._count += 1
        return f"edit_{self._count}"

    def _any(self, candidates: list[T]) -> T | None:
        return self._choose.choice(candidates) if candidates else None

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.project).as_posix()

    def _substitute(
        self,
        files: list[Path],
        pattern: re.Pattern[str],
        new: Callable[[re.Match[str]], str],
        words: str,
    ) -> Edit | None:
        """Replace one match of the pattern in one of the files."""
        path = self._any([file for file in files if pattern.search(_text(file))])
        if path is None:
            return None
        text = _text(path)
        match = self._choose.choice(list(pattern.finditer(text)))
        return self._rewrite(path, text[: match.start()] + new(match) + text[match.end() :], words)

    def _rewrite(self, path: Path, text: str, words: str) -> Edit:
        self._write(path, text)
        return Edit(f"{words} {self._relative(path)}", (path,))

    def _move(self, path: Path, to: Path) -> Edit:
        path.rename(to)
        return Edit(f"move {self._relative(path)} to {self._relative(to)}", (path, to))

    def _break(self, path: Path, text: str | None, words: str) -> Edit:
        self._before_breaking = {path: _text(path) if path.exists() else None}
        self._what_broke = f"{words} {self._relative(path)}"
        self._write(path, text)
        return Edit(self._what_broke, (path,))

    @staticmethod
    def _write(path: Path, text: str | None) -> None:
        if text is None:
            path.unlink()
        else:
            path.write_text(text, "utf-8")


def _text(path: Path) -> str:
    return path.read_text("utf-8")


def _model_name(path: Path) -> str:
    """The name by which a model is read: its versions share one."""
    return VERSION.sub("", path.stem)


def _snapshot_names(path: Path) -> list[str]:
    if path.parent.name != "snapshots":
        return []
    names = re.findall(r"\{%-? snapshot (\w+)|^  - name: (\w+)", _text(path), re.MULTILINE)
    return [in_sql or in_yaml for in_sql, in_yaml in names]


def _refs(text: str) -> set[str]:
    """What a file reads, and what its unit tests are about."""
    return {match["name"] for match in [*REF.finditer(text), *NAMED.finditer(text)]}
