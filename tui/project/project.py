"""The project that is open: its root, profile, target, state directory, and the dbt to use.

Found without dbt and without YAML, since it is before the first frame: what is wrong inside
`dbt_project.yml` is for dbt to say, and for the screen to show.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tui.errors import ProjectError
from tui.project.concurrency import NO_LIMITS, Concurrency, concurrency_of
from tui.project.dagster_project import find_dagster_project, remembered_answer
from tui.project.definitions_place import DefinitionsPlace, find_definitions, locate_dbt_project
from tui.project.ownership import foreign
from tui.project.settings import NAMES, NEVER, Setting, Settings, resolve_settings
from tui.project.trust import Claim, Untrusted, digest_of, is_allowed
from tui.protocol.plain import plain
from tui.protocol.private_files import prepare_private_state
from tui.protocol.secrets import masker, secret_variables

if TYPE_CHECKING:
    from tui.project.interpreter import Interpreter

PROJECT_FILE = "dbt_project.yml"
STATE_DIR = ".dbtree"
NOTIFY_AFTER = 30.0
"""Seconds that a run lasts at least whose end is told, unless set otherwise."""
LOCK_WAIT = 60.0
"""Seconds for which a run waits for a database that another process holds."""
PACKAGES = frozenset({"dbt_packages", "dbt_modules"})
_KEY = re.compile(r"""^(name|profile)\s*:\s*(?:"([^"]*)"|'([^']*)'|([^#\s]+))""", re.MULTILINE)


def _unset() -> Settings:
    return Settings({name: Setting(name, "") for name in NAMES})


@plain(frozen=True)
class Project:
    """One dbt project and the settings with which it is open."""

    root: Path
    """Absolute; the directory of dbt_project.yml."""
    name: str
    """From dbt_project.yml; the directory's name where that cannot be read."""
    profile: str = ""
    """The profile's name where it is known: as set, else from dbt_project.yml."""
    target: str = ""
    """As set; empty for the profile's own default, which EngineReady tells."""
    profiles_dir: Path | None = None
    """As set; None where dbt looks in its own places."""
    vars: str = ""
    """YAML text, as for dbt's --vars."""
    threads: int = 0
    """0: as the profile says."""
    state_dir: Path = Path(STATE_DIR)
    readonly: bool = False
    is_guest: bool = False
    """Whether somebody else looks, in a page that `dbtree serve` shows beyond this machine."""
    deferral: tuple[str, ...] = ()
    """The flags of a session that defers: `--defer --state DIRECTORY`; none for one that does not.
    """
    definitions: DefinitionsPlace | None = None
    """The Python definitions through which it is open, where there are any."""
    defined: Mapping[str, str] = field(default_factory=dict)
    """What the definitions decide on, because nobody else did: target, profile, profiles_dir. The
    engine tells it.
    """
    settings: Settings = field(default_factory=_unset, compare=False, repr=False)
    """Every setting with its origin, and the preferences of the configuration files."""
    concurrency: Concurrency = NO_LIMITS
    """How much may go on at once."""

    def shown(self, path: str) -> str:
        """A path of a file of the project as it is shown: from its root, or from that of its
        definitions, where the file lies in one of them.
        """
        around = str(self.definitions.root) if self.definitions is not None else ""
        inside = f"{around.rstrip(os.sep)}{os.sep}"
        return path.removeprefix(inside) if around else path

    @property
    def run_refusal(self) -> str:
        """Why no run may be started, for the user to read; empty where one may."""
        return "read-only: no run is started (--readonly)" if self.readonly else ""

    @property
    def guest_refusal(self) -> str:
        """Why a guest may not do what anybody at the terminal may; empty for those."""
        return (
            "guests only look; `dbtree serve --writable` lets them do it" if self.is_guest else ""
        )

    @cached_property
    def interpreter(self) -> Interpreter:
        """The Python in which the user's dbt lives.

        Blocks for the time of a stat when it is remembered from the last time, else for some
        tenths of a second. Raises InterpreterError.
        """
        from tui.project.interpreter import find_interpreter

        return find_interpreter(self)

    @property
    def lock_wait(self) -> float:
        """For how many seconds a run waits while another process holds the database."""
        return float(self.settings["lock_wait"].value or LOCK_WAIT)

    @property
    def records_rows(self) -> bool:
        """Whether the database is asked for row count and columns after each build."""
        return self.settings["record_rows"].value != "false"

    @property
    def notify_after(self) -> float | None:
        """How many seconds a run lasts at least whose end is told by bell and notification; None
        where none is.
        """
        value = self.settings["notify_after"].value
        return None if value == NEVER else float(value or NOTIFY_AFTER)

    @property
    def has_terminal_title(self) -> bool:
        """Whether the terminal's title and progress bar tell how far a run is."""
        return self.settings["terminal_title"].value != "false"

    @property
    def dotenv(self) -> str:
        """Whether dbtree reads the project's `.env`: `true`, `false`, or empty for as dbt does."""
        return self.settings["dotenv"].value

    @property
    def engine_module(self) -> str:
        """The module that is started as the engine: that of the warm one, or of a dbt command."""
        return "tui.engine.command" if self.interpreter.command else "tui.engine"

    @property
    def python(self) -> Path:
        """The path of `interpreter`."""
        return self.interpreter.path

    @property
    def flags(self) -> tuple[str, ...]:
        """The dbt flags of this session, as arguments: those that were set (by the user or by the
        definitions), and no other.
        """
        profile = self.profile if self.settings["profile"].is_set else ""
        options = [
            ("--profile", profile or self.defined.get("profile", "")),
            ("--target", self.target or self.defined.get("target", "")),
            ("--profiles-dir", str(self.profiles_dir or self.defined.get("profiles_dir", ""))),
            ("--vars", self.vars),
            ("--threads", str(self.threads or "")),
        ]
        return tuple(word for name, value in options if value for word in (name, value))

    @property
    def options(self) -> str:
        """The flags as they are in a dbt line of a shell: `--target prod --vars '{day: 1}'`, with
        those of a deferral.

        It is shown and remembered, so what dbt calls secret is masked in it.
        """
        return self.mask(shlex.join((*self.flags, *self.deferral)))

    @cached_property
    def mask(self) -> Callable[[str], str]:
        """Hides in a text what dbt calls secret, of the environment and of `.env`."""
        from tui.project.dotenv import environment_of

        return masker(secret_variables(environment_of(self.root)))

    @property
    def snapshot(self) -> Path:
        """The file with the graph of the last time, on its target."""
        return self.state_dir / f"snapshot-{self.target or 'default'}"

    def prepare_state_dir(self) -> Path:
        """Make the state directory, for the user alone, and return it. Raises ProjectError."""
        try:
            prepare_private_state(self.state_dir)
        except OSError as error:
            raise ProjectError(
                f"State cannot be kept in {self.state_dir}: {error.strerror or error}.",
                hint="Choose another directory with --state-dir.",
            ) from error
        return self.state_dir


def find_project(
    path: Path | str = ".",
    flags: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Project:
    """The project that a path is in.

    Args:
        path: a directory or file anywhere inside the project.
        flags: settings of the command line by name (`target`, `profiles_dir`, …).
        environment: in place of `os.environ`.

    Raises:
        ProjectError: when there is no project, or a setting is wrong.
    """
    root, definitions = find_place(Path(path), flags, environment)
    settings = resolve_settings(
        root, flags, environment, definitions.root if definitions is not None else None
    )
    stated = read_names(root / PROJECT_FILE)
    profiles_dir = settings["profiles_dir"].value
    state_dir = settings["state_dir"].value
    return Project(
        root=root,
        name=stated.get("name") or root.name,
        profile=settings["profile"].value or stated.get("profile", ""),
        target=settings["target"].value,
        profiles_dir=Path(profiles_dir) if profiles_dir else None,
        vars=settings["vars"].value,
        threads=int(settings["threads"].value or 0),
        state_dir=Path(state_dir) if state_dir else root / STATE_DIR,
        readonly=settings["readonly"].value == "true",
        definitions=definitions,
        settings=settings,
        concurrency=concurrency_of(settings.preferences),
    )


def find_place(
    path: Path,
    flags: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
) -> tuple[Path, DefinitionsPlace | None]:
    """The dbt project that is meant, and the definitions through which it is opened.

    Raises:
        ProjectError: when there is no project, or the definitions wrap none.
    """
    start = Path(os.path.abspath(path.expanduser()))
    definitions = find_definitions(start) or _of_dagster(start, flags, environment)
    if definitions is None:
        return find_root(path), None
    _expect_own(definitions, flags or {}, os.environ if environment is None else environment)
    above = next((at for at in (start, *start.parents) if (at / PROJECT_FILE).is_file()), None)
    wrapped = definitions.dbt_project_dir
    if wrapped is None and above is not None:
        return find_root(path), definitions
    if wrapped is None:
        settings = resolve_settings(definitions.root, flags, environment)
        asker = Project(definitions.root, definitions.root.name, settings=settings)
        wrapped = locate_dbt_project(definitions, asker.python)
    if above is not None and above.resolve() != wrapped and not start_is_inside(definitions, above):
        return find_root(path), None  # another dbt project, nearer than the definitions
    if not (wrapped / PROJECT_FILE).is_file():
        raise ProjectError(
            f"{definitions.module} wraps the dbt project in {wrapped}, but there is none.",
            hint="Correct dbt_project_dir in [tool.dbtree].",
        )
    return wrapped.resolve(), definitions


def _of_dagster(
    start: Path, flags: Mapping[str, object] | None, environment: Mapping[str, str] | None
) -> DefinitionsPlace | None:
    """The definitions of a project of Dagster's, where the user wants it opened with them."""
    found = find_dagster_project(start)
    if found is None:
        return None
    environment = os.environ if environment is None else environment
    setting = resolve_settings(found.root, flags, environment)["dagster"]
    answer = setting.value == "true" if setting.is_set else remembered_answer(found, environment)
    return DefinitionsPlace(found.root, found.module, is_dagster=True) if answer else None


def _expect_own(
    definitions: DefinitionsPlace, flags: Mapping[str, object], environment: Mapping[str, str]
) -> None:
    """Raise Untrusted for definitions that others can change: they are Python, and are run."""
    root = definitions.root
    files = [root / "dbtree.toml", root / "pyproject.toml"]
    top = root / definitions.module.partition(".")[0]
    for path in (root, *files, top, top.with_suffix(".py")):
        if words := foreign(path):
            claim = Claim(
                root,
                f"{root} has the Python definitions {definitions.module}",
                digest_of(definitions.module, *files),
                f"{path} {words}",
            )
            if not is_allowed(claim, environment, given=bool(flags.get("trust"))):
                raise Untrusted(claim)


def start_is_inside(definitions: DefinitionsPlace, dbt_root: Path) -> bool:
    """Whether definitions lie inside a dbt project, and are therefore nearer."""
    return definitions.root.is_relative_to(dbt_root.resolve())


def find_root(path: Path) -> Path:
    """The directory of the dbt_project.yml that governs a path: the nearest one above it, or the
    one above that where it is an installed package. Raises ProjectError.
    """
    start = Path(os.path.abspath(path.expanduser()))
    if not start.exists():
        raise ProjectError(f"{path} does not exist.", path=str(start))
    found = [at for at in (start, *start.parents) if (at / PROJECT_FILE).is_file()]
    for root in found:
        if root.parent.name not in PACKAGES or root is found[-1]:
            return root.resolve()
    raise _not_found(start)


def _not_found(start: Path) -> ProjectError:
    directory = start if start.is_dir() else start.parent
    below = sorted(
        at.parent
        for pattern in (f"*/{PROJECT_FILE}", f"*/*/{PROJECT_FILE}")
        for at in directory.glob(pattern)
    )
    hint = "`dbtree demo` opens a project to try."
    if below:
        # Not `dbtree dbt`, which is a command.
        hint = f"Did you mean `--project-dir {os.path.relpath(below[0])}`?"
    if find_dagster_project(directory) is not None:
        hint = "This is a Dagster project: `--dagster` opens it with its definitions."
    return ProjectError(
        f"No dbt project in {directory} or above it: there is no {PROJECT_FILE}.", hint=hint
    )


def read_names(path: Path) -> dict[str, str]:
    """`name` and `profile` as a dbt_project.yml states them at its left margin, where it does."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    return {match[1]: match[2] or match[3] or match[4] or "" for match in _KEY.finditer(text)}
