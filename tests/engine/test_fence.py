"""Only `tui.engine.patches` touches what is private to dbt, and does without any of it."""

import ast
import functools
import os
from pathlib import Path
from typing import Any

import pytest

from tests.dbt_python import DBT_PYTHON, dbt_version
from tests.engine.engine_process import Engine
from tests.engine.privates import Touch, is_private, own_privates, touches
from tests.tried_project import FILES as TRIED
from tui.engine.fence import patch, registry
from tui.protocol.messages import EngineReady

ENGINE = Path(registry.__file__).parents[1]
RENAMED = Path(__file__).parent / "renamed"
FILES = sorted(ENGINE.rglob("*.py"))

FILES_OF_A_PROJECT = {
    **TRIED,
    "dbt_project.yml": "name: fence\nversion: '1.0.0'\nprofile: fence\n",
    "profiles.yml": (
        "fence: {target: dev, outputs: {dev: {type: duckdb, path: fence.duckdb, threads: 2}}}\n"
    ),
    "models/chosen.sql": "select * from {{ ref('fruits') }} where id > {{ env_var('AT', '0') }}\n",
}
NODES = {"fruits", "chosen", "doubled", "two_becomes_four"}


@functools.cache
def own() -> frozenset[str]:
    """Our own private names: read when a test asks, since each worker collects all files."""
    return own_privates(FILES)


def found(paths: list[Path]) -> list[Touch]:
    return [touch for path in paths for touch in touches(path, own())]


# ---------------------------------------------------------------- as the source tells


def test_only_the_patches_touch_what_is_private_to_dbt() -> None:
    outside = [path for path in FILES if ENGINE / "patches" not in path.parents]
    assert [str(touch) for touch in found(outside)] == []


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("from dbt.parser.manifest import _check", "_check"),
        ("import dbt.task.build as build\nbuild.BuildTask = None", "BuildTask"),
        ("import dbt.task.build\ndbt.task.build.BuildTask = None", "BuildTask"),
        ("from dbt.flags import get_flags\nget_flags()._env = {}", "_env"),
        ("from dbt_common.events.logger import Logger\nsetattr(Logger, 'write', 1)", "'write'"),
        ("def f(queue):\n    return queue._scores", "_scores"),
        ("def f(queue):\n    return getattr(queue, '_scores', {})", "_scores"),
        ("class Task:\n    def f(self):\n        return super()._initialize()", "_initialize"),
    ],
)
def test_a_touch_of_a_private_name_is_seen(line: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "some.py").write_text(line)
    assert [touch.name for touch in touches(tmp_path / "some.py", own())] == [name]


def test_every_patch_is_imported_only_when_it_is_used() -> None:
    modules = {path.stem for path in (ENGINE / "patches").glob("*.py")} - {"__init__"}
    for path in FILES:
        if path.parent == ENGINE / "patches":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("tui.engine.patches"), path
    assert modules == {each.module for each in registry.ALL if each.module}


def test_what_a_patch_touches_it_names() -> None:
    named = {name for each in registry.ALL for name in _words(each)}
    missing = [str(t) for t in found(FILES) if is_private(t.name) and t.name not in named]
    assert missing == [], "add them to the patch's `touches`, or `looks_for` where it does without"


def _words(one: patch.Patch) -> list[str]:
    touched = [part for name in one.touches for part in name.partition(":")[2].split(".")]
    return [*touched, *one.looks_for]


# ---------------------------------------------------------------- without each of the names

PRIVATE = sorted({word for each in registry.ALL for word in _words(each) if is_private(word)})
MODULES = sorted({each.module for each in registry.ALL} - {"", registry.RUN_TASKS.module})
REPLACED = ("FileBlock", "MacroFuzzEnvironment", "PartialParsing", "ReadFilesFromDiff")
"""Public names of dbt that only patches use, to put something else in their place."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES_OF_A_PROJECT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def opens_edits_and_builds(
    root: Path, renamed: str, *, failing: str = "", **options: Any
) -> EngineReady:
    """What the engine says of itself when it has opened a project, parsed a save and built all,
    with a dbt in which some names are called otherwise, and with some patches failing.
    """
    path = os.pathsep.join(filter(None, (str(RENAMED), os.environ.get("PYTHONPATH", ""))))
    environment = {
        "DBTREE_TEST_RENAMED": renamed,
        "DBTREE_TEST_FAILING": failing,
        "PYTHONPATH": path,
    }
    engine = Engine(root, environment, **options)
    try:
        (root / "models" / "added.sql").write_text("select * from {{ ref('doubled') }}\n")
        engine.reparse(["models/added.sql"])
        assert "model.fence.added" in engine.assets
        outcome = engine.run(engine.all_nodes())
        assert outcome.end.status == "success", outcome.stderr or outcome.text
        built = {key.split(".")[-1]: status for key, status in outcome.statuses().items()}
        assert {*NODES, "added"} <= built.keys()
        assert set(built.values()) <= {"success", "pass"}
        return engine.ready
    finally:
        engine.close()


@pytest.mark.parametrize("shortcuts", [True, False], ids=["shortcuts", "plain"])
def test_without_all_private_names_of_dbt_everything_works(root: Path, shortcuts: bool) -> None:
    ready = opens_edits_and_builds(
        root, " ".join((*PRIVATE, *REPLACED)), shortcuts=shortcuts, check_patches=True
    )
    said = "\n".join(ready.shortcuts)
    assert ("quick events: off, because dbt-core" in said) is shortcuts
    assert "uniqueness: off, because dbt-core" in said


def test_a_warm_parse_that_dbt_does_not_know_is_done_by_plain_dbt(root: Path) -> None:
    opens_edits_and_builds(root, "file_diff")  # an argument of dbt's loader


def test_with_all_patches_failing_but_the_one_that_runs_everything_works(root: Path) -> None:
    ready = opens_edits_and_builds(root, "", failing=" ".join(MODULES), check_patches=True)
    off = {line.partition(": ")[0] for line in ready.shortcuts if ": off" in line}
    assert off >= {each.name for each in registry.ALL if each.module in MODULES}


def test_without_the_one_that_runs_a_run_says_so(root: Path) -> None:
    engine = Engine(root, {"DBTREE_TEST_FAILING": "run_tasks", "PYTHONPATH": str(RENAMED)})
    try:
        outcome = engine.run(engine.all_nodes())
    finally:
        engine.close()
    assert outcome.end.status == "error"
    assert "run_tasks fails in this test" in outcome.end.message


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_with_any_one_of_them_failing_everything_works(root: Path, module: str) -> None:
    opens_edits_and_builds(root, "", failing=module)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*PRIVATE, *REPLACED])
@pytest.mark.parametrize("shortcuts", [True, False], ids=["shortcuts", "plain"])
def test_without_any_one_of_them_everything_works(root: Path, name: str, shortcuts: bool) -> None:
    opens_edits_and_builds(root, name, shortcuts=shortcuts)


def test_a_patch_that_fails_to_apply_turns_itself_off(monkeypatch: pytest.MonkeyPatch) -> None:
    breaks = patch.Patch("breaks", "nothing", "nothing", "no_such_module", versions=())
    assert (breaks.on, breaks.apply(), breaks.on) == (True, False, False)
    assert registry.report([breaks])[0].startswith("breaks: off, because it failed with dbt-core")
    monkeypatch.setattr(patch, "_state", patch._State())
    assert breaks.on
    gone = patch.Patch("gone", "", "", "events", ("dbt.version:_nothing",), versions=())
    assert gone.use() is None
    assert "has no dbt.version:_nothing" in gone.off_because


def test_an_engine_reports_its_patches(root: Path) -> None:
    engine = Engine(root, check_patches=True)
    try:
        told = dict(line.split(": ", 1) for line in engine.ready.shortcuts)
    finally:
        engine.close()
    if "{}.{}".format(*dbt_version()) in patch.CHECKED:
        wrong = {name: why for name, why in told.items() if why.startswith("off")}
        assert wrong == {}
    else:
        assert told.keys() == {"all"}, DBT_PYTHON
