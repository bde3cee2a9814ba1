"""Settings: what can be set, where each value comes from, and which source wins.

A flag wins over the environment (`DBTREE_TARGET`), that over the project's `dbtree.toml` or
`[tool.dbtree]` in its pyproject.toml, that over the user's `dbtree/config.toml`, that over the
default. Each value remembers its source, so that `dbtree info` can tell. Other keys of the files
(`theme`, `keys`, …) are kept as preferences for whoever knows them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from tui.errors import ProjectError
from tui.project.ownership import directories_above
from tui.project.user_directories import CONFIG, user_directory
from tui.protocol.plain import plain

DEFAULT = "default"
TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"", "0", "false", "no", "off"})

NAMES = (
    "target",
    "profile",
    "profiles_dir",
    "vars",
    "threads",
    "state_dir",
    "dbt_python",
    "dbt_command",
    "readonly",
    "record_rows",
    "lock_wait",
    "dotenv",
    "notify_after",
    "terminal_title",
    "keep_days",
    "keep_runs",
    "base_branch",
    "compile_on_save",
    "dagster",
    "defer",
    "engine_keep",
)
SWITCHES = {
    "readonly": "--readonly",
    "record_rows": "--no-record-rows",
    "dotenv": "--dotenv",
    "terminal_title": "--no-terminal-title",
    "compile_on_save": "--no-compile-on-save",
    "dagster": "--dagster",
}
"""Settings that are true or false, and the flag that turns each to what it is not by default."""
NEVER = "never"
"""In the place of a number of seconds."""
FLAGS = {**SWITCHES, "lock_wait": "--wait"}
"""Settings whose flag is called otherwise."""
COUNTS = {"keep_days": 30, "keep_runs": 200, "engine_keep": 15}
"""Settings that are whole numbers, 0 allowed, with what holds where nothing is set."""
PATHS = frozenset({"profiles_dir", "state_dir", "dbt_python"})


@plain(frozen=True)
class Setting:
    """One value, and where it comes from."""

    name: str
    value: str
    """As text; empty where it is not set. Paths are absolute, what is true or false is `true` or
    `false`."""
    origin: str = DEFAULT
    """In words: `--target`, `DBTREE_TARGET`, the path of a file, `default`."""

    @property
    def is_set(self) -> bool:
        return self.origin != DEFAULT

    @property
    def is_of_project(self) -> bool:
        """Whether a file of the project says so, which whoever opens it may not have read."""
        return os.sep in self.origin and self.origin != str(user_file())


@plain(frozen=True)
class Settings:
    """All settings of one start, and the preferences that the files hold beside them."""

    values: Mapping[str, Setting]
    preferences: Mapping[str, Any] = field(default_factory=dict)
    trust: bool = False
    """Whether `--trust` was given: never from a file, which would vouch for itself."""

    def __getitem__(self, name: str) -> Setting:
        return self.values[name]

    def count(self, name: str) -> int:
        """A setting of COUNTS as a number."""
        return int(self.values[name].value or COUNTS[name])

    def __iter__(self) -> Iterator[Setting]:
        return iter(self.values.values())


def resolve_settings(
    root: Path,
    flags: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    nearer: Path | None = None,
) -> Settings:
    """The settings of a project.

    Args:
        root: the project's directory.
        flags: values from the command line by name; None and False represent absent ones.
        environment: in place of `os.environ`.
        nearer: a directory whose files win over the project's: that of its definitions.

    Raises:
        ProjectError: when a file cannot be read or a value is not of its kind.
    """
    environment = os.environ if environment is None else environment
    own = [nearer / "dbtree.toml", nearer / "pyproject.toml"] if nearer else []
    files = [
        (path, read_table(path))
        for path in (*own, *_project_files(root), user_file(environment))
        if path.is_file()
    ]
    values = {}
    for name in NAMES:
        values[name] = _first(name, flags or {}, environment, files) or Setting(name, "")
    preferences: dict[str, Any] = {}
    for _, table in reversed(files):
        preferences.update({key: item for key, item in table.items() if key not in NAMES})
    return Settings(values, preferences, bool((flags or {}).get("trust")))


def user_file(environment: Mapping[str, str] | None = None) -> Path:
    """The user's own configuration file, whether it exists or not."""
    environment = os.environ if environment is None else environment
    return user_directory(CONFIG, environment) / "config.toml"


def _project_files(root: Path) -> Iterator[Path]:
    """Configuration in the project, nearest first; the directories above it count as far up as
    its git repository reaches.
    """
    above = list(directories_above(root))
    for directory in above if (above[-1] / ".git").exists() else above[:1]:
        yield directory / "dbtree.toml"
        yield directory / "pyproject.toml"


def read_table(path: Path) -> Mapping[str, Any]:
    """The settings of a file; empty for a pyproject.toml without [tool.dbtree].

    Raises ProjectError when it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise ProjectError(f"{path} cannot be read: {error}.", path=str(path)) from error
    in_pyproject = path.name == "pyproject.toml"
    if in_pyproject and "dbtree" not in text:
        return {}
    import tomllib

    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"{path} is not valid TOML: {error}.", path=str(path)) from error
    if in_pyproject:
        table = table.get("tool", {}).get("dbtree", {})
    if not isinstance(table, dict):
        raise ProjectError(f"[tool.dbtree] in {path} must be a table.", path=str(path))
    return {key.replace("-", "_"): item for key, item in table.items()}


def _first(
    name: str,
    flags: Mapping[str, object],
    environment: Mapping[str, str],
    files: list[tuple[Path, Mapping[str, Any]]],
) -> Setting | None:
    given = flags.get(name)
    if given is not None and given is not False:
        flag = FLAGS.get(name, "--" + name.replace("_", "-"))
        return _setting(name, given, flag, Path.cwd())
    variable = f"DBTREE_{name.upper()}"
    if variable in environment:
        return _setting(name, environment[variable], variable, Path.cwd())
    for path, table in files:
        if name in table:
            return _setting(name, table[name], str(path), path.parent)
    return None


def _setting(name: str, value: object, origin: str, base: Path) -> Setting | None:
    """The setting, or None where the value says nothing; paths are relative to `base`."""
    if name in SWITCHES:
        return Setting(name, "true" if _truth(name, value, origin) else "false", origin)
    if name == "threads":
        return _threads(value, origin)
    if name in ("lock_wait", "notify_after"):
        return _seconds(name, value, origin)
    if name in COUNTS:
        return _count(name, value, origin)
    if name == "vars" and isinstance(value, Mapping):
        return Setting(name, json.dumps(value, default=str), origin)
    if not isinstance(value, str):
        raise ProjectError(f"{_where(name, origin)} must be a string, not {value!r}.")
    if not value:
        return None
    if name in PATHS:
        path = Path(value).expanduser()
        is_command = name == "dbt_python" and len(path.parts) == 1 and not (base / path).exists()
        return Setting(name, value if is_command else os.path.normpath(base / path), origin)
    if name == "dbt_command":
        return Setting(name, _command(value, base), origin)
    return Setting(name, value, origin)


def _where(name: str, origin: str) -> str:
    """A setting in words: a flag or a variable is its own name, a file has many settings."""
    is_named = origin.startswith(("--", "DBTREE_"))
    return origin if is_named else f"{name} in {origin}"


def _command(value: str, base: Path) -> str:
    """The command, its program relative to `base` where it is a path."""
    program, _, rest = value.strip().partition(" ")
    if os.sep in program:
        program = os.path.normpath(base / Path(program).expanduser())
    return f"{program} {rest}".strip()


def _threads(value: object, origin: str) -> Setting | None:
    if value in ("", 0, "0"):
        return None
    text = str(value)
    if isinstance(value, bool) or not text.isdecimal():
        raise ProjectError(
            f"{_where('threads', origin)} must be a positive whole number, not {text!r}."
        )
    return Setting("threads", str(int(text)), origin)


def _seconds(name: str, value: object, origin: str) -> Setting | None:
    """A number of seconds; of `notify_after` also `never`."""
    if value == "":
        return None
    may_be_never = name == "notify_after"
    if may_be_never and (value is False or str(value).lower() == NEVER):
        return Setting(name, NEVER, origin)
    try:
        seconds = -1.0 if isinstance(value, bool) else float(str(value))
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        wanted = "a number of seconds or never" if may_be_never else "a number of seconds"
        raise ProjectError(f"{_where(name, origin)} must be {wanted}, not {str(value)!r}.")
    return Setting(name, f"{seconds:g}", origin)


def _count(name: str, value: object, origin: str) -> Setting | None:
    text = str(value)
    if not text:
        return None
    if isinstance(value, bool) or not text.isdecimal():
        raise ProjectError(f"{_where(name, origin)} must be a whole number, not {text!r}.")
    return Setting(name, str(int(text)), origin)


def _truth(name: str, value: object, origin: str) -> bool:
    word = str(value).lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ProjectError(f"{_where(name, origin)} must be true or false, not {value!r}.")
