"""dbt v2 for the tests: its program, and the DuckDB library that it looks for.

    python -m tests.dbt_v2                  the suite of what an engine must do, with dbt v2
    python -m tests.dbt_v2 -- -k words      some of it

Both are kept in `.soak/dbt-v2`. The program comes from PyPI, the library from the npm registry:
dbt v2 loads `libduckdb.so` by the system's search path and downloads nothing itself.
"""

import io
import json
import os
import platform
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

from tests.matrix import ENVIRONMENTS, ROOT, Unavailable, find_python

DIRECTORY = ENVIRONMENTS / "dbt-v2"
PROGRAM = DIRECTORY / "bin" / "dbt"
VERSION = "2.0.0rc196"
LIBRARY = "libduckdb.so"
PACKAGES = {"x86_64": "node-bindings-linux-x64", "aarch64": "node-bindings-linux-arm64"}
"""The package of @duckdb that has the library, by the machine."""
TESTS = ("tests/engine/test_every_engine.py",)


def prepare() -> dict[str, str]:
    """Make the environment, unless it is there.

    Returns:
        What the tests need in their environment.

    Raises:
        Unavailable: where it cannot be had on this machine.
    """
    if not PROGRAM.exists():
        _made([find_python("3.13"), "-m", "venv", str(DIRECTORY)])
        python = str(DIRECTORY / "bin" / "python")
        _made([python, "-m", "pip", "install", "-qq", "--no-input", "--pre", f"dbt=={VERSION}"])
    if not (DIRECTORY / LIBRARY).exists():
        _fetch_library()
    found = os.pathsep.join(filter(None, (str(DIRECTORY), os.environ.get("LD_LIBRARY_PATH"))))
    return {"DBTREE_TEST_DBT_V2": str(PROGRAM), "LD_LIBRARY_PATH": found}


def duckdb_version() -> str:
    """The version of the library, as its package says."""
    return str(json.loads((DIRECTORY / "package.json").read_text())["version"]).split("-")[0]


def _fetch_library() -> None:
    package = PACKAGES.get(platform.machine())
    if sys.platform != "linux" or package is None:
        raise Unavailable(f"no DuckDB library for {sys.platform} {platform.machine()}")
    registry = os.environ.get("NPM_CONFIG_REGISTRY", "https://registry.npmjs.org").rstrip("/")
    try:
        with urllib.request.urlopen(f"{registry}/@duckdb/{package}/latest") as stream:
            told = json.load(stream)
        with urllib.request.urlopen(told["dist"]["tarball"]) as stream:
            data = stream.read()
    except (OSError, urllib.error.URLError) as error:
        raise Unavailable(f"the npm registry cannot be reached: {error}") from error
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for name in ("package.json", LIBRARY):
            file = archive.extractfile(f"package/{name}")
            assert file is not None
            partial = DIRECTORY / f"{name}.partial"
            partial.write_bytes(file.read())
            partial.replace(DIRECTORY / name)


def _made(words: list[str]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(done.stderr.strip()[-300:])


def main(arguments: list[str]) -> int:
    """Run the suite with dbt v2; pytest's exit code, or 0 where there is no dbt v2."""
    chosen = arguments[1:] if arguments[:1] == ["--"] else arguments
    try:
        environment = prepare()
    except Unavailable as reason:
        print(f"dbt v2: skipped: {reason}")
        return 0
    words = [sys.executable, "-m", "pytest", "-q", *TESTS, "-m", "", *(chosen or ["-k", "v2"])]
    environment = {**os.environ, **environment}
    return subprocess.run(words, cwd=Path(ROOT), env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
