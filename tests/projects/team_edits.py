"""Edits as a team makes them: versions of models, groups, packages, links, large seeds, and two
branches of git that somebody switches between. Beside those of `WiderEdits`.
"""

import os
import re
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.projects.edits import VERSION, Edit
from tests.projects.wider_edits import WiderEdits

LATEST = re.compile(r"^( +latest_version: )(\d+)$", re.MULTILINE)
LAST_VERSION = re.compile(r"^  - name: (\w+)\n(?:    .*\n)*?    versions:\n((?:      .*\n)+)", re.M)
OWNER = re.compile(r"(owner: \{name: )([\w ]+)")
GROUPED = re.compile(r"^\{\{ config\(group='\w+'\) \}\}\n")
ELSEWHERE = "elsewhere"
"""A directory that dbt does not read, beside those that it does."""
IGNORED = "target/\nlogs/\n.dbtree/\n*.duckdb\n*.duckdb.wal\n.user.yml\n"
LARGE_ROWS = 6000


class TeamEdits(WiderEdits):
    """WiderEdits, and what a project sees that many people work on."""

    @property
    def _gentle(self) -> list[Callable[[], Edit | None]]:
        return [
            *super()._gentle,
            self._change_owner,
            self._join_or_leave_group,
            self._edit_package,
            self._add_package_model,
            self._add_large_seed,
            self._edit_large_seed,
            self._link_directory,
            self._edit_behind_link,
            self._link_file,
        ]

    @property
    def _structural(self) -> list[Callable[[], Edit | None]]:
        return [
            *super()._structural,
            self._add_version,
            self._change_latest_version,
            self._switch_branch,
            self._switch_branch,
            self._switch_branch,
        ]

    @property
    def _breaking(self) -> list[Callable[[], Edit | None]]:
        return [*super()._breaking, self._lose_version, self._lose_version]

    # Versions.

    def _add_version(self) -> Edit | None:
        path = self._any([file for file in self._yaml_files() if LAST_VERSION.search(_text(file))])
        if path is None:
            return None
        text = _text(path)
        match = self._choose.choice(list(LAST_VERSION.finditer(text)))
        number = max(map(int, re.findall(r"- v: (\d+)", match[2])), default=0) + 1
        at = match.end(2)
        file = path.with_name(f"{match[1]}_v{number}.sql")
        if number > 5 or file.exists():
            return None
        self._write(path, f"{text[:at]}      - v: {number}\n{text[at:]}")
        self._write(file, f"select {number} as item_id, 'x' as name, 1 as price\n")
        return Edit(f"add version {number} of {match[1]}", (path, file))

    def _change_latest_version(self) -> Edit | None:
        return self._substitute(
            self._yaml_files(),
            LATEST,
            lambda match: f"{match[1]}{3 - int(match[2]) if int(match[2]) < 3 else 1}",
            "change the latest version in",
        )

    def _lose_version(self) -> Edit | None:
        path = self._any([path for path in self._model_files() if VERSION.search(path.stem)])
        return self._break(path, None, "lose the version") if path else None

    # Groups.

    def _change_owner(self) -> Edit | None:
        return self._substitute(
            self._yaml_files(),
            OWNER,
            lambda match: f"{match[1]}{match[2]} {self._next()}",
            "change an owner in",
        )

    def _join_or_leave_group(self) -> Edit | None:
        names = re.findall(r"^groups:\n(?:  - name: (\w+)\n)", "".join(self._yaml_texts()), re.M)
        path = self._any([file for file in self._sql_models() if "private" not in _text(file)])
        if path is None or not names:
            return None
        text = _text(path)
        if GROUPED.search(text):
            return self._rewrite(path, GROUPED.sub("", text), "leave the group with")
        if "group" in text:
            return None
        config = f"{{{{ config(group='{names[0]}') }}}}\n"
        return self._rewrite(path, config + text, f"join the group {names[0]} with")

    # Packages.

    def _package_files(self) -> list[Path]:
        return [*self._files("dbt_packages", "*.sql"), *self._files("local_packages", "*.sql")]

    def _edit_package(self) -> Edit | None:
        path = self._any(self._package_files())
        if path is None:
            return None
        mark = f"{{# {self._next()} #}}"
        text = _text(path)
        if "endmacro" in text or "endtest" in text:
            text = re.sub(r"(\{%-? end(?:macro|test))", rf"{mark}\g<1>", text)
        else:
            text = f"{text.rstrip()}\n{mark}\n"
        return self._rewrite(path, text, "edit the package's")

    def _add_package_model(self) -> Edit | None:
        folders = sorted({path.parent for path in self._package_files() if "models" in path.parts})
        folder = self._any(folders)
        if folder is None:
            return None
        return self._rewrite(folder / f"{self._next()}.sql", "select 1 as id\n", "add to a package")

    # Large seeds.

    def _large_seeds(self) -> list[Path]:
        seeds = self._files("seeds", "*.csv")
        return [path for path in seeds if path.stat().st_size > 1024 * 1024]

    def _add_large_seed(self) -> Edit | None:
        if self._large_seeds():
            return None
        rows = "".join(f"{number},{'x' * 200}\n" for number in range(LARGE_ROWS))
        path = self.project / f"seeds/{self._next()}.csv"
        return self._rewrite(path, f"id,name\n{rows}", "add the large seed")

    def _edit_large_seed(self) -> Edit | None:
        path = self._any(self._large_seeds())
        if path is None:
            return None
        text = _text(path)
        at = text.index("x", self._choose.randrange(len(text) // 2))
        return self._rewrite(path, f"{text[:at]}y{text[at + 1 :]}", "edit the large seed")

    # Links.

    def _elsewhere(self) -> Path:
        path = self.project / ELSEWHERE
        path.mkdir(exist_ok=True)
        return path

    def _link_directory(self) -> Edit | None:
        folder = self._any(self._model_folders())
        links = [path for path in (self.project / "models").rglob("link_*") if path.is_symlink()]
        if folder is None or len(links) > 2:
            return None
        self._write(self._elsewhere() / f"{self._next()}.sql", "select 1 as id\n")
        link = folder / f"link_{self._next()}"
        link.symlink_to(self._elsewhere())
        inside = tuple(link / path.name for path in sorted(self._elsewhere().glob("*.sql")))
        return Edit(f"link {self._relative(link)} to a directory", (link, *inside))

    def _edit_behind_link(self) -> Edit | None:
        links = [path for path in (self.project / "models").rglob("link_*") if path.is_dir()]
        link = self._any(sorted(links))
        file = self._any(sorted(link.glob("*.sql"))) if link else None
        if file is None:
            return None
        self._write(file, f"{_text(file)}-- {self._next()}\n")
        links_to_it = self._links_to([file])
        return Edit(f"edit {self._relative(file)} behind a link", (file, *links_to_it))

    def _links_to(self, files: Iterable[Path]) -> list[Path]:
        """The models that are links to any of these, which is how their changes are reported."""
        real = {file.resolve() for file in files}
        links = [path for path in self._files("models", "*.sql") if path.is_symlink()]
        return [path for path in links if path.resolve() in real]

    def _link_file(self) -> Edit | None:
        folder = self._any(self._model_folders())
        if folder is None:
            return None
        target = self._elsewhere() / f"{self._next()}.sql"
        self._write(target, "select 1 as id\n")
        link = folder / target.name
        link.symlink_to(target)
        return Edit(f"link {self._relative(link)} to a file", (link,))

    # Branches.

    def _switch_branch(self) -> Edit | None:
        """Commit what is there, and check out the other branch, which the first time is new."""
        if not (self.project / ".git").exists():
            (self.project / ".gitignore").write_text(IGNORED, "utf-8")
            self._git("init", "--quiet", "--initial-branch", "one")
            self._commit()
            self._git("branch", "two")
        self._commit()
        here = self._git("branch", "--show-current").strip()
        there = "two" if here == "one" else "one"
        self._git("checkout", "--quiet", there)
        changed = self._git("diff", "--name-only", "--no-renames", here, there).splitlines()
        paths = [self.project / path for path in changed]
        return Edit(f"check out the branch {there}", (*paths, *self._links_to(paths)))

    def _commit(self) -> None:
        self._git("add", "--all")
        self._git("commit", "--quiet", "--allow-empty", "--message", f"edit {self._count}")

    def _git(self, *words: str) -> str:
        return subprocess.run(
            ["git", "-c", "user.name=Someone", "-c", "user.email=someone@example.com", *words],
            cwd=self.project,
            env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout


def _text(path: Path) -> str:
    return path.read_text("utf-8")
