"""Finding the dbt of a project, which is rarely where dbtree runs: a Python, or a command.

In this order: what `--dbt-command`, `--dbt-python` or the configuration names; the active
environment; `.venv` or `venv` in the project or above it in its repository; the `dbt` on PATH,
through its first line, or in `~/.local/bin`; dbtree's own Python. A `dbt` that is no script (dbt
v2) counts as a command, wherever it is found. What comes from the project itself is run only as
`tui.project.trust` has it. A candidate counts when dbt is installed in it. That is asked of the
interpreter itself, once: the answer is kept in the state directory for as long as its package
directories do not change.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tui.errors import InterpreterError
from tui.project.dbt_command import (
    ask_version,
    is_native,
    is_nearer,
    native_beside,
    places_of_programs,
    words_of,
)
from tui.project.environments import Candidate, Place, vouched
from tui.project.ownership import directories_above, foreign
from tui.project.settings import Settings
from tui.project.shebang import NotPython, python_of_script
from tui.project.trust import Claim, Untrusted, digest_of, is_allowed
from tui.protocol.private_files import write_private

OLDEST = (3, 10)
PROBE_SECONDS = 20.0
MEMORY = "interpreters.json"

# Reads names of directories only: importing dbt, or even importlib.metadata's walk through every
# package, would cost more than everything else before the first frame.
PROBE = r"""
import sys
del sys.path[0]  # the current directory, which may be a project with a json.py of its own
import json, os, re
paths = [p for p in sys.path if os.path.isdir(p)]
found = {}
for path in paths:
    for entry in os.listdir(path):
        m = re.match(r"(dbt_[a-z0-9_]+?)-([^-]+?)(?:-py[\d.]+)?\.(?:dist|egg)-info$", entry, re.I)
        if m:
            found.setdefault(m.group(1).lower().replace("_", "-"), m.group(2))
print(json.dumps({"version": list(sys.version_info[:3]), "paths": paths, "packages": found}))
"""
NOT_ADAPTERS = frozenset(
    {"adapters", "common", "core", "extractor", "protos", "semantic-interfaces", "autofix"}
)


class ConfiguredPlace(Place, Protocol):
    """What the search looks at of a project; a Project has it."""

    @property
    def state_dir(self) -> Path:
        """Where answers are remembered."""

    @property
    def settings(self) -> Settings:
        """Which Python was asked for, and by whom."""


@dataclass(frozen=True)
class Interpreter:
    """A Python that has dbt, or a dbt that is a command."""

    path: Path
    """As it must be called: not resolved, since a virtual environment is known by its link."""
    found_by: str
    """In words: `--dbt-python`, `$VIRTUAL_ENV`, `.venv of the project`, `dbt on PATH (…)`."""
    dbt_version: str
    python_version: str
    adapters: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Name → version of the dbt adapters that are installed in it."""
    command: tuple[str, ...] = ()
    """The words of a dbt that is a command: dbtree's own Python then runs the engine that drives
    it, and `dbt_version` is empty where it was not asked."""


@dataclass(frozen=True)
class Probed:
    """What a Python answered: its version, and the dbt packages that are installed in it."""

    version: tuple[int, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict)
    stamps: Mapping[str, int] = field(default_factory=dict)
    """Its package directories, with the time of their last change in nanoseconds."""
    refusal: str = ""

    def problem(self) -> str:
        """Why this Python cannot be used, or an empty text."""
        if self.refusal:
            return self.refusal
        core = self.packages.get("dbt-core", "")
        if not core:
            return "has no dbt"
        if self.version < OLDEST:
            return f"is Python {_dotted(self.version)}, but dbtree needs {_dotted(OLDEST)} or newer"
        if core.split(".")[0] != "1":
            return f"has dbt-core {core}, but dbtree supports only dbt-core 1"
        return ""


def find_interpreter(
    project: ConfiguredPlace, environment: Mapping[str, str] | None = None
) -> Interpreter:
    """The first Python with dbt, in the order above.

    Args:
        project: says which one was asked for, and where to look.
        environment: in place of `os.environ`.

    Raises:
        Untrusted: where the project names it, and nobody has allowed it.
        InterpreterError: naming all that was tried.
    """
    environment = os.environ if environment is None else environment
    memory = Memory(project.state_dir / MEMORY, environment)
    tried: list[str] = []
    for candidate in candidates(project, environment):
        if candidate.path is None:
            tried.append(f"{candidate.found_by}: {candidate.refusal}")
            continue
        require_trust(candidate, project, environment)
        if candidate.command and project.settings["dbt_command"].is_set:
            return _commanded(candidate, "")
        if candidate.command:
            probed = memory.ask_version(candidate.path)
            if not probed.refusal:
                return _commanded(candidate, probed.packages["dbt"])
            tried.append(f"{candidate.found_by}: {candidate.path} {probed.refusal}")
            continue
        probed = memory.probe(candidate.path)
        problem = probed.problem()
        if not problem:
            return _interpreter(candidate, probed)
        tried.append(f"{candidate.found_by}: {candidate.path} {problem}")
    named = project.settings["dbt_python"]
    if named.is_set:
        raise InterpreterError(
            f"The Python given by {named.origin} cannot be used: {tried[0].split(': ', 1)[1]}.",
            hint="Give a Python in which dbt-core and your adapter are installed.",
        )
    raise InterpreterError(
        "No dbt was found. Tried " + "; ".join(tried) + ".",
        hint="Install dbt in .venv, give its Python with --dbt-python, or a command with "
        "--dbt-command.",
    )


def require_trust(
    candidate: Candidate, project: ConfiguredPlace, environment: Mapping[str, str]
) -> None:
    """Raise Untrusted for a Python that only the project vouches for, unless it was allowed."""
    claim = candidate.claim
    if claim and not is_allowed(claim, environment, given=project.settings.trust):
        raise Untrusted(claim)


def first_claim(
    project: ConfiguredPlace, environment: Mapping[str, str] | None = None
) -> Claim | None:
    """What is to be asked before anything of the project runs. Starts nothing."""
    environment = os.environ if environment is None else environment
    for candidate in candidates(project, environment):
        if candidate.path is not None:
            try:
                require_trust(candidate, project, environment)
            except Untrusted as error:
                return error.claim
            return None
    return None


def candidates(project: ConfiguredPlace, environment: Mapping[str, str]) -> Iterator[Candidate]:
    """Where to look, best first. What was named by the user is the only candidate then.

    Raises InterpreterError where a command was named that is none.
    """
    named, command = project.settings["dbt_python"], project.settings["dbt_command"]
    if is_nearer(command, named):
        words = words_of(command, environment)
        program = Path(shutil.which(words[0], path=environment.get("PATH")) or words[0])
        candidate = Candidate(command.origin, program, command=words)
        if command.is_of_project:
            candidate = vouched(candidate, project, environment, by_project=True)
        yield candidate
        return
    if named.is_set:
        candidate = _named(named.value, named.origin, environment)
        yield vouched(candidate, project, environment, by_project=named.is_of_project)
        return
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if environment.get(variable):
            candidate = _in_environment(Path(environment[variable]), f"${variable}")
            yield candidate
            yield from _native_of(candidate)
    own = [project.definitions.root] if project.definitions is not None else []
    for directory in (*own, *directories_above(project.root, environment)):
        for name in (".venv", "venv"):
            if (directory / name / "pyvenv.cfg").is_file():
                where = "the project" if directory == project.root else str(directory)
                candidate = _in_environment(directory / name, f"{name} of {where}")
                candidate = vouched(candidate, project, environment, beside=directory)
                yield candidate
                yield from _native_of(candidate)
    for candidate in _on_path(environment, project.root):
        yield vouched(candidate, project, environment)
    yield Candidate("dbtree's own Python", Path(sys.executable))


def _named(value: str, origin: str, environment: Mapping[str, str]) -> Candidate:
    path = Path(value)
    if path.is_dir():
        return _in_environment(path, origin)
    if path.is_file():
        return Candidate(origin, path)
    command = shutil.which(value, path=environment.get("PATH"))
    if command and len(path.parts) == 1:
        return Candidate(origin, Path(command))
    return Candidate(origin, refusal=f"{value} does not exist")


def _in_environment(directory: Path, found_by: str) -> Candidate:
    for python in ("bin/python", "bin/python3", "Scripts/python.exe", "python.exe"):
        if (directory / python).is_file():
            return Candidate(found_by, directory / python)
    return Candidate(found_by, refusal=f"{directory} has no Python")


def _native_of(candidate: Candidate) -> Iterator[Candidate]:
    """The dbt of an environment that is no script of its Python: trusted as that one is, unless
    somebody else can change it.
    """
    native = native_beside(candidate.path) if candidate.path is not None else None
    if native is not None:
        words = foreign(native)
        claim = candidate.claim
        if words:
            what = f"{native} came with the project"
            claim = Claim(native.parent, what, digest_of(what, native), f"{native} {words}")
        found_by = f"dbt in {candidate.found_by}"
        yield Candidate(found_by, native, claim=claim, command=(str(native),))


def _on_path(environment: Mapping[str, str], root: Path) -> Iterator[Candidate]:
    seen: set[Path] = set()
    for place, directory in places_of_programs(environment):
        found = shutil.which("dbt", path=str(directory))
        if found is None or (script := Path(found)).resolve() in seen:
            continue
        seen.add(script.resolve())
        found_by = f"{place} ({script})"
        if is_native(script):
            yield Candidate(found_by, script, command=(str(script),))
            continue
        try:
            yield Candidate(found_by, python_of_script(script, environment, root))
        except NotPython as error:
            yield Candidate(found_by, refusal=str(error))


def _interpreter(candidate: Candidate, probed: Probed) -> Interpreter:
    assert candidate.path is not None
    adapters = {
        name.removeprefix("dbt-"): version
        for name, version in probed.packages.items()
        if name.removeprefix("dbt-") not in NOT_ADAPTERS
    }
    return Interpreter(
        path=Path(os.path.abspath(candidate.path)),
        found_by=candidate.found_by,
        dbt_version=probed.packages["dbt-core"],
        python_version=_dotted(probed.version),
        adapters=dict(sorted(adapters.items())),
    )


def _commanded(candidate: Candidate, version: str) -> Interpreter:
    return Interpreter(
        path=Path(sys.executable),
        found_by=candidate.found_by,
        dbt_version=version,
        python_version=_dotted(tuple(sys.version_info[:3])),
        command=candidate.command,
    )


def probe(python: Path, environment: Mapping[str, str]) -> Probed:
    """Ask a Python what dbt it has. Never raises: a Python that does not answer is refused."""
    try:
        done = subprocess.run(
            [str(python), "-c", PROBE],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=PROBE_SECONDS,
            env=dict(environment),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Probed(refusal=f"did not answer within {PROBE_SECONDS:.0f} seconds")
    except OSError as error:
        return Probed(refusal=f"cannot be started: {error.strerror or error}")
    try:
        answer = json.loads(done.stdout.strip().splitlines()[-1])
        version, paths = tuple(answer["version"]), answer["paths"]
        return Probed(version, answer["packages"], {path: _changed_at(path) for path in paths})
    except (ValueError, LookupError, TypeError):
        said = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        return Probed(refusal=f"is not a working Python ({said[0]})")


class Memory:
    """What the interpreters answered the last time, in a file of the state directory."""

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self.path = path
        self.environment = environment
        self.answers = self._read()

    def probe(self, python: Path) -> Probed:
        """The answer of a Python: remembered where nothing in its environment changed since."""
        key = f"{os.path.abspath(python)}|{self.environment.get('PYTHONPATH', '')}"
        known = self.answers.get(key)
        if known is not None and self._holds(python, known):
            return known
        answer = probe(python, self.environment)
        if answer.stamps:
            stamps = {**answer.stamps, str(python): _changed_at(python)}
            self.answers[key] = Probed(answer.version, answer.packages, stamps)
            self._write()
        return answer

    def ask_version(self, program: Path) -> Probed:
        """The version of a dbt program, as its package `dbt`: remembered while the file stays."""
        key = f"command|{program}"
        known = self.answers.get(key)
        if known is not None and self._holds(program, known):
            return known
        version, refusal = ask_version(program, self.environment)
        answer = Probed((), {"dbt": version}, {str(program): _changed_at(program)}, refusal)
        if not refusal:
            self.answers[key] = answer
            self._write()
        return answer

    def _holds(self, python: Path, known: Probed) -> bool:
        return str(python) in known.stamps and all(
            _changed_at(path) == stamp for path, stamp in known.stamps.items()
        )

    def _read(self) -> dict[str, Probed]:
        try:
            stored: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
            return {
                key: Probed(tuple(item["version"]), dict(item["packages"]), dict(item["stamps"]))
                for key, item in stored.items()
            }
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return {}

    def _write(self) -> None:
        """Keep the answers; where that cannot be done, the next start asks again."""
        if not self.path.parent.is_dir():
            return
        text = json.dumps({key: asdict(answer) for key, answer in self.answers.items()})
        with contextlib.suppress(OSError):
            write_private(self.path, text)


def _changed_at(path: str | Path) -> int:
    """Nanoseconds since the epoch, or -1 where there is nothing."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return -1


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
