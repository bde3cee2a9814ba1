"""What the engine uses of dbt is there in each supported version, of which one is installed."""

import inspect
import json
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.dbt_names import ENGINE, VERSIONS, names_in, recorded, used, versions_of
from tests.dbt_python import DBT_PYTHON, ROOT, dbt_environment, dbt_version
from tests.engine.dbt_look import look
from tui.engine.fence import registry

FILES = sorted(ENGINE.rglob("*.py"))
AGAIN = "record them anew: python -m tests.dbt_names"
APPLY = """
import json
from tests.engine.dbt_look import find, parameters_of
from tui.engine.fence import registry
found = {}
for patch in registry.ALL:
    module = patch.use() if patch.module else None
    if module is None or not hasattr(module, "apply"):
        continue
    before = {name: find(name) for name in patch.touches}
    patch.apply()
    for name, value in before.items():
        if find(name) is not value:
            found[name] = [patch.name, parameters_of(find(name))]
print(json.dumps(found))
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_each_import_of_dbt_works_in_each_version(version: str) -> None:
    there = recorded(version)
    missing = [
        f"{path.name}: {name}"
        for path in FILES
        if version in versions_of(path)
        for name in names_in(path)
        if name not in there
    ]
    assert missing == [], f"dbt-core {version} has them not, or they are new; then {AGAIN}"


@pytest.mark.parametrize("version", VERSIONS)
def test_each_shortcut_finds_what_it_touches_where_it_is_on(version: str) -> None:
    there = recorded(version)
    patches = [each for each in registry.ALL if version in (each.versions or VERSIONS)]
    missing = [
        f"{each.name}: {name}" for each in patches for name in each.touches if name not in there
    ]
    assert missing == [], f"dbt-core {version} has them not, or they are new; then {AGAIN}"


def test_what_is_recorded_is_what_the_dbt_of_the_tests_has() -> None:
    ours = "{}.{}".format(*dbt_version())
    if sys.executable != DBT_PYTHON:
        pytest.skip("this process has another dbt")
    assert look(used()) == recorded(ours), AGAIN


def test_what_patches_put_in_place_takes_what_each_dbt_gives(tmp_path: Path) -> None:
    """So an argument that a later version adds is seen, whichever is installed."""
    environment = {**dbt_environment(), "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(
        [DBT_PYTHON, "-c", APPLY], cwd=ROOT, env=environment, stdout=-1, text=True, check=True
    )
    replaced = json.loads(done.stdout)
    assert len(replaced) > 20
    by_name = {each.name: each for each in registry.ALL}
    wrong = []
    for name, (patch, ours) in replaced.items():
        versions = by_name[patch].versions or VERSIONS
        given = {version: recorded(version).get(name, "") for version in versions}
        everywhere = set.intersection(*(options_of(theirs) for theirs in given.values()))
        wrong += [
            f"{patch}: {name}{theirs} of {version} against {ours}"
            for version, theirs in given.items()
            if ours and theirs and not takes(ours, theirs, everywhere)
        ]
    assert wrong == []


def takes(ours: str, theirs: str, known: Collection[str] = ()) -> bool:
    """Whether a function with our parameters can be called as one with theirs is: with what has no
    default, and with each option that is not known to be left out by all who call it.
    """
    mine, wanted = signature(ours), signature(theirs).parameters.values()
    by_place = [one for one in wanted if one.kind == one.POSITIONAL_OR_KEYWORD]
    added = dict.fromkeys(options_of(theirs) - set(known))
    needed = [None for one in by_place if one.default is one.empty]
    return fits(mine, needed, added) and (not added or fits(mine, [None] * len(by_place), {}))


def options_of(parameters: str) -> set[str]:
    """The names of those that have a default."""
    if not parameters:
        return set()
    return {name for name, one in signature(parameters).parameters.items() if one.default is None}


def signature(parameters: str) -> inspect.Signature:
    scope: dict[str, object] = {}
    exec(f"def f{parameters.replace('=', '=None')}: pass", scope)
    return inspect.signature(scope["f"])  # type: ignore[arg-type]


def fits(mine: inspect.Signature, placed: list[None], named: dict[str, None]) -> bool:
    try:
        mine.bind(*placed, **named)
    except TypeError:
        return False
    return True


@pytest.mark.parametrize(
    ("ours", "theirs", "is_so"),
    [
        ("(manifest)", "(manifest)", True),
        ("(manifest)", "(manifest, catalogs=)", False),
        ("(manifest, catalogs=)", "(manifest, catalogs=)", True),
        ("(manifest, others=)", "(manifest, catalogs=)", False),
        ("(loader, *args, **options)", "(self, a, b=)", True),
        ("(one, two)", "(self)", False),
        ("(one)", "(self, two)", False),
        ("(self, *, b=)", "(self, *, b=)", True),
    ],
)
def test_what_takes_what(ours: str, theirs: str, is_so: bool) -> None:
    assert takes(ours, theirs) is is_so


def test_names_are_found_in_the_source(tmp_path: Path) -> None:
    file = tmp_path / "some.py"
    file.write_text(
        "from __future__ import annotations\nfrom typing import TYPE_CHECKING\nimport os\n"
        "import dbt.parser.manifest as parsing\nif TYPE_CHECKING:\n    from dbt.a import Unread\n"
        "def f():\n    from dbt_common.b import Late\n    return parsing.Loader, os.path, Late.on\n"
    )
    assert sorted(names_in(file)) == [
        "dbt.parser.manifest:", "dbt.parser.manifest:Loader", "dbt_common.b:Late",
        "dbt_common.b:Late.on",
    ]  # fmt: skip
