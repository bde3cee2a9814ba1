"""Edits that need not leave a project whole: any file lost, renamed or cut, a name changed in many
files, folders moved. Beside those of `RandomEdits`, which know what they do.

Whether dbt can live with one of them is not known here: `broken` says only that `mend` will take
it back.
"""

import re
from collections.abc import Callable
from pathlib import Path

from tests.projects.edits import Edit, RandomEdits

FOLDERS = (
    "models",
    "seeds",
    "snapshots",
    "macros",
    "tests",
    "analyses",
    "functions",
    "dbt_packages",
)
DEFINED = re.compile(r"\{%-?\s*macro\s+(\w+)")
ITEM = re.compile(r"^  - ", re.MULTILINE)
WHOLE_ITEM = re.compile(r"^  - .*\n(?:   .*\n|\n)*", re.MULTILINE)


class WiderEdits(RandomEdits):
    """RandomEdits, and what a careless person does to any file of the project."""

    @property
    def _gentle(self) -> list[Callable[[], Edit | None]]:
        return [
            *super()._gentle,
            self._add_macro,
            self._add_seed,
            self._touch_nothing,
            self._describe,
        ]

    @property
    def _structural(self) -> list[Callable[[], Edit | None]]:
        return [*super()._structural, self._rename_macro, self._move_yaml_item]

    @property
    def _breaking(self) -> list[Callable[[], Edit | None]]:
        return [
            *super()._breaking,
            self._lose_file,
            self._rename_file,
            self._cut_line,
            self._cut_item,
            self._double_item,
            self._change_word,
            self._empty_file,
            self._lose_folder,
        ]

    # Gentle kinds.

    def _add_macro(self) -> Edit | None:
        name = self._next()
        caller = self._any(self._sql_models())
        if caller is None:
            return None
        macro = self.project / f"macros/{name}.sql"
        self._write(macro, f"{{% macro {name}() %}}true{{% endmacro %}}\n")
        self._write(caller, f"{_text(caller).rstrip()}\n-- {{{{ {name}() }}}}\n")
        return Edit(f"add the macro {name}, called in {self._relative(caller)}", (macro, caller))

    def _add_seed(self) -> Edit | None:
        return self._rewrite(
            self.project / f"seeds/{self._next()}.csv", "id,name\n1,one\n2,two\n3,x\n", "add a seed"
        )

    def _touch_nothing(self) -> Edit | None:
        path = self._any(self._all_files())
        return Edit(f"save without a change {self._relative(path)}", (path,)) if path else None

    def _describe(self) -> Edit | None:
        """A properties file for what was added before and had none."""
        kinds = (("models", "*.sql"), ("seeds", "*.csv"), ("macros", "*.sql"))
        told = "".join(path.read_text("utf-8") for path in self.project.rglob("*.yml"))
        candidates = [
            (folder, path.stem)
            for folder, pattern in kinds
            for path in self._added(folder, pattern)
            if f"name: {path.stem}\n" not in told
        ]
        if not candidates:
            return None
        folder, name = self._choose.choice(candidates)
        text = f"version: 2\n\n{folder}:\n  - name: {name}\n    description: What came.\n"
        if folder != "macros":
            text += "    config: {tags: [described], meta: {who: me}}\n"
        path = self.project / folder / f"{self._next()}.yml"
        return self._rewrite(path, text, f"describe {name} in")

    # Structural kinds.

    def _rename_macro(self) -> Edit | None:
        """Everywhere that its name stands, in one save of all."""
        files = self._all_files()
        texts = {path: _text(path) for path in files}
        names = {name for path, text in texts.items() for name in DEFINED.findall(text)}
        old = self._any(sorted(name for name in names if "__" not in name and "_name" not in name))
        if old is None:
            return None
        new, found = self._next(), []
        for path, text in texts.items():
            renamed = re.sub(rf"\b((?:\w+__)?){old}\b(?!\.sql)", rf"\g<1>{new}", text)
            if renamed != text and "macro" in text + str(path) + renamed:
                self._write(path, renamed)
                found.append(path)
        return Edit(f"rename the macro {old} to {new}", tuple(found))

    def _move_yaml_item(self) -> Edit | None:
        """The last model of one YAML file into a file of its own."""
        path = self._any([file for file in self._yaml_files() if "\nmodels:" in _text(file)])
        if path is None:
            return None
        text = _text(path)
        section = re.search(r"^models:\n((?:[ #].*\n|\n)*)", text, re.MULTILINE)
        items = list(ITEM.finditer(section[1])) if section else []
        if section is None or len(items) < 2:
            return None
        item = section[1][items[-1].start() :].rstrip("\n") + "\n"
        cut = section.start(1) + items[-1].start()
        to = path.with_name(f"{self._next()}.yml")
        self._write(to, f"version: 2\n\nmodels:\n{item}")
        self._write(path, text[:cut] + "\n" + text[section.end(1) :])
        return Edit(f"move an item of {self._relative(path)} to {self._relative(to)}", (path, to))

    # Kinds that may break.

    def _lose_file(self) -> Edit | None:
        path = self._any(self._all_files())
        return self._break(path, None, "lose") if path else None

    def _rename_file(self) -> Edit | None:
        path = self._any(self._all_files())
        if path is None:
            return None
        to = path.with_stem(self._next())
        edit = self._break(path, None, f"rename to {to.stem}")
        self._write(to, self._before_breaking[path])
        self._before_breaking[to] = None
        return Edit(edit.description, (path, to))

    def _cut_line(self) -> Edit | None:
        path = self._any(self._all_files())
        lines = _text(path).splitlines(keepends=True) if path else []
        if path is None or not lines:
            return None
        number = self._choose.randrange(len(lines))
        text = "".join(lines[:number] + lines[number + 1 :])
        return self._break(path, text, f"cut line {number + 1} out of")

    def _items(self) -> tuple[Path, str, int, int] | None:
        """An item of a list at the top of some YAML file: where it begins and ends."""
        path = self._any([file for file in self._all_files() if file.suffix == ".yml"])
        items = list(
            re.finditer(r"^  - (?:.*\n)(?:   .*\n|\n)*", _text(path) if path else "", re.M)
        )
        if path is None or not items:
            return None
        item = self._choose.choice(items)
        return path, _text(path), item.start(), item.end()

    def _cut_item(self) -> Edit | None:
        found = self._items()
        if found is None:
            return None
        path, text, start, end = found
        return self._break(path, text[:start] + text[end:], f"cut {text[start:end][:30]!r} out of")

    def _double_item(self) -> Edit | None:
        found = self._items()
        if found is None:
            return None
        path, text, start, end = found
        doubled = text[:end] + text[start:end] + text[end:]
        return self._break(path, doubled, f"double {text[start:end][:30]!r} in")

    def _change_word(self) -> Edit | None:
        files = [path for path in self._all_files() if re.search(r"\b[a-z_]{5,}\b", _text(path))]
        path = self._any(files)
        if path is None:
            return None
        text = _text(path)
        word = self._choose.choice(list(re.finditer(r"\b[a-z_]{5,}\b", text)))
        changed = f"{text[: word.start()]}{word[0]}x{text[word.end() :]}"
        return self._break(path, changed, f"misspell {word[0]} in")

    def _empty_file(self) -> Edit | None:
        path = self._any(self._all_files())
        return self._break(path, "", "empty") if path else None

    def _lose_folder(self) -> Edit | None:
        folder = self._any(self._model_folders())
        inside = [path for path in self._all_files() if folder in path.parents] if folder else []
        if not inside:
            return None
        texts: dict[Path, str | None] = {path: _text(path) for path in inside}
        for path in inside:
            self._break(path, None, f"lose all of {folder} with")
        self._before_breaking = texts
        return Edit(self._what_broke, tuple(inside))

    def _all_files(self) -> list[Path]:
        return [
            path
            for folder in FOLDERS
            for path in self._files(folder, "*.*")
            if path.is_file() and path.suffix in (".sql", ".py", ".yml", ".md", ".csv")
            if path.name != "dbt_project.yml"
        ]


def _text(path: Path) -> str:
    return path.read_text("utf-8")
