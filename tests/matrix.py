"""Runs the tests of the engine with dbt in other environments: each Python with each dbt-core.

    python -m tests.matrix                       every combination
    python -m tests.matrix 3.12/1.10 -- -k words  one of them, and some of the tests

The environments lie in `.soak/` and are kept; what cannot be had here (no such Python, no network)
is skipped with its reason. dbtree itself stays in the environment that runs this, so the tests
also show that it drives a dbt of another Python and other versions.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENTS = ROOT / ".soak"
PYTHONS = ("3.11", "3.12", "3.13")
DBTS = ("1.10", "1.11", "1.12")
WITHOUT = "dbt-core-experimental-parser"
"""What dbt-core 1.12 requires and dbtree never calls. Its installation downloads a program from
elsewhere, which an environment with nothing but a package index cannot do: it is left out.
"""
REQUIRED = """
import re
from importlib.metadata import requires
for package in ("dbt-core", "%s"):
    for line in requires(package) or ():
        line = re.sub("; extra == 'pyhive'$", "", line)
        if "extra ==" not in line and not re.match(r"(%s|dbt-core)\\b", line):
            print(line)
"""
"""Prints what dbt-core and an adapter require; of Spark's adapter, what its Thrift method does."""
TESTS = ("tests/engine", "tests/differential", "tests/resident", "tests/workspace")
FEWER = {"DBTREE_SOAK_EDITS": "60"}
"""Edits of each soak test here; the soak in dbtree's own environment makes all of them."""


class Unavailable(Exception):
    """Why a combination cannot be had on this machine."""


@dataclass(frozen=True)
class Combination:
    """A Python and a dbt-core, by their minor versions."""

    python: str
    dbt: str

    @property
    def name(self) -> str:
        return f"{self.python}/{self.dbt}"

    @property
    def directory(self) -> Path:
        return ENVIRONMENTS / f"py{self.python}-dbt{self.dbt}".replace(".", "")

    @property
    def interpreter(self) -> Path:
        return self.directory / "bin" / "python"

    def prepare(self, adapter: str = "duckdb") -> None:
        """Make the environment with the adapter, unless it is there. Raises Unavailable."""
        made = self.directory / ".installed"
        if not made.exists():
            python = find_python(self.python)
            shutil.rmtree(self.directory, ignore_errors=True)
            _done([python, "-m", "venv", str(self.directory)])
            self._install("duckdb")
            made.touch()
        added = self.directory / f".installed-{adapter}"
        if adapter != "duckdb" and not added.exists():
            self._install(adapter)
            added.touch()

    def _install(self, adapter: str) -> None:
        """For 1.12, without what it requires but cannot be had."""
        package = "dbt-spark[PyHive]" if adapter == "spark" else f"dbt-{adapter}"
        pip = [str(self.interpreter), "-m", "pip", "install", "-qq", "--no-input"]
        uv = ["uv", "pip", "install", "-q", "--python", str(self.interpreter)]
        install = uv if shutil.which("uv") else pip  # the same in a tenth of the time
        core = f"dbt-core=={self.dbt}.*"
        if adapter != "duckdb" and self.dbt != DBTS[-1]:
            _done([*install, core, package])
            return
        _done([*install, "--no-deps", core, package])
        required = _done([str(self.interpreter), "-c", REQUIRED % (f"dbt-{adapter}", WITHOUT)])
        _done([*install, *required.splitlines(), *(["duckdb"] if adapter == "duckdb" else [])])

    def test(self, words: list[str]) -> int:
        """Run the tests with dbt in this environment; pytest's exit code."""
        chosen = words or [*TESTS, "-m", "not slow"]
        environment = {**FEWER, **os.environ, "DBTREE_TEST_DBT_PYTHON": str(self.interpreter)}
        command = [sys.executable, "-m", "pytest", "-q", *chosen]
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _done(words: list[str]) -> str:
    """What a program prints. Raises Unavailable where it fails."""
    made = subprocess.run(words, capture_output=True, text=True, check=False)
    if made.returncode:
        raise Unavailable(made.stderr.strip()[-300:])
    return made.stdout


def find_python(version: str) -> str:
    """An interpreter of a minor version. Raises Unavailable."""
    tried = []
    for candidate in candidates(version):
        tried.append(candidate)
        code = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
        try:
            told = subprocess.run([candidate, "-c", code], capture_output=True, text=True)  # noqa: PLW1510
        except OSError:
            continue
        if told.stdout.strip() == version:
            return candidate
    raise Unavailable(f"no Python {version} with venv was found (tried {', '.join(tried)})")


def candidates(version: str) -> Iterator[str]:
    """Where a Python of this version may be, best first."""
    yield sys.executable
    yield f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(map(str, pyenv.glob(f"versions/{version}*/bin/python")), reverse=True)
    yield from map(str, Path("/opt").glob(f"*/bin/python{version}"))


def main() -> int:
    """Test each combination; the number of those that failed."""
    every = {each.name: each for each in (Combination(p, d) for p in PYTHONS for d in DBTS)}
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("combination", nargs="*", help=", ".join(every))
    words = sys.argv[1:]
    own = words[: words.index("--")] if "--" in words else words
    for_pytest = words[len(own) + 1 :]
    arguments = parser.parse_args(own)
    if unknown := set(arguments.combination) - every.keys():
        parser.error(f"no such combination: {', '.join(sorted(unknown))}")
    verdicts: dict[str, str] = {}
    for name in arguments.combination or every:
        print(f"== Python and dbt-core {name}", flush=True)
        started = time.monotonic()
        try:
            every[name].prepare()
        except Unavailable as reason:
            verdicts[name] = f"skipped: {reason}"
            continue
        code = every[name].test(for_pytest)
        minutes = (time.monotonic() - started) / 60
        verdicts[name] = f"{'passed' if code == 0 else f'FAILED ({code})'} in {minutes:.1f} min"
    for name, verdict in verdicts.items():
        print(f"{name:10} {verdict}")
    return sum(verdict.startswith("FAILED") for verdict in verdicts.values())


if __name__ == "__main__":
    sys.exit(main())
