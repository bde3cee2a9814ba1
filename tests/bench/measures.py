"""Measures the rows of the table, P1 to P11 of the speed targets, one function a row."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import dbtree_side as ours
from tests.bench import large_changes, openings, warm_dbt
from tests.bench.dbt_side import dbt
from tests.bench.dbts import chosen
from tests.bench.processes import ProcessorUse, engine_of, memory, peak_memory
from tests.bench.projects import Projects, demo, prepare, times_to_parse_edits, unparsed
from tests.bench.table import Row, Target, median_row, percentile
from tests.end_to_end.user import User
from tests.projects.generated import model_names

Say = Callable[[str], None]

REPEATS = 5
DBT_REPEATS = {100: 3, 1000: 3, 10_000: 1}
LINES_A_SECOND = 2000
KEYS = 200
CPU_SECONDS = 20.0

TO_TREE = {1000: Target("≤ 1.6 ×", 1.6, "ratio"), 10_000: Target("≤ 2.5 ×", 2.5, "ratio")}
TO_PROVISIONAL = {1000: Target("< 3 s", 3.0, "value")}
TO_SHOW = {1000: Target("≥ 50 ×", 50, "speed-up"), 10_000: Target("≥ 60 ×", 60, "speed-up")}
TO_NODE = {1000: Target("≥ 20 ×", 20, "speed-up"), 10_000: Target("≥ 70 ×", 70, "speed-up")}
ALL_OF_DEMO = Target("≤ 0.4 ×", 0.4, "ratio")
TO_FRAME = {10_000: Target("< 33 ms", 0.033, "value")}
UI_MEMORY = {10_000: Target("< 150 MB", 150, "value")}
ENGINE_MEMORY = {10_000: Target("< 1.3 ×", 1.3, "ratio")}
UI_PROCESSOR = Target("≤ 4 %", 4, "value")
GROWTH = Target("< 5 ×", 5, "value")


def measure(models: int, wanted: set[str], say: Say) -> Iterator[Row]:
    """All the rows of one size, as far as they are wanted (all where none is named)."""

    def wants(*ids: str) -> bool:
        return not wanted or bool(wanted.intersection(ids))

    say(f"{models:,} models: preparing")
    projects = prepare(models)
    repeats = DBT_REPEATS.get(models, 1)
    if wants("P1"):
        yield from starts(projects, say)
        yield openings.start_as_seen(projects, say)
    if wants("P1b"):
        yield first_start(projects, say)
    if wants("P1c"):
        yield from openings.first_nodes(projects, say, repeats)
    if wants("P1d"):
        yield openings.first_open(projects, say, repeats)
    if wants("P2", "P3", "P7"):
        yield from edits_and_runs(projects, say)
    if wants("P8", "P8b"):
        yield from warm_dbt.commands(projects, say, repeats)
    if wants("P9"):
        yield large_changes.configured(projects, say, repeats)
    if wants("P10"):
        yield large_changes.checked_out(projects, say, repeats)
    if wants("P6"):
        yield from memory_of(projects, say)
    if wants("P5b"):
        yield answers(projects, say)
    if wants("P5", "CPU"):
        yield from under_load(projects, say)


def starts(projects: Projects, say: Say) -> Iterator[Row]:
    """P1: the second and later starts, against the smallest Textual app: until the tree is there,
    and until a key is answered that is pressed onto it.
    """
    say(f"{projects.models:,} models: starts")
    row = ours.some_row(projects.dbtree)
    trees, answers, hellos = [], [], []
    with tempfile.TemporaryDirectory() as directory:
        for _ in range(REPEATS):
            hellos.append(ours.time_to_hello(Path(directory)))
            trees.append(ours.time_to_tree(projects.dbtree, row))
            answers.append(ours.time_to_answer(projects.dbtree, row))
    for what, samples in (("start to tree", trees), ("start to first answer", answers)):
        yield median_row(
            "P1", what, projects.models, samples,
            other_samples=hellos, other_is="Textual hello", target=TO_TREE.get(projects.models),
        )  # fmt: skip


def first_start(projects: Projects, say: Say) -> Row:
    """P1b: the start on a project that dbt has never parsed."""
    say(f"{projects.models:,} models: first start")
    samples = []
    for _ in range(1 if projects.models > 1000 else 3):
        with tempfile.TemporaryDirectory(dir=projects.dbtree.parent) as directory:
            project = unparsed(projects.models, Path(directory) / "project")
            samples.append(ours.time_to_tree(project, "l1_m"))
    return median_row(
        "P1b", "first start to provisional tree", projects.models, samples,
        target=TO_PROVISIONAL.get(projects.models),
    )  # fmt: skip


def edits_and_runs(projects: Projects, say: Say) -> Iterator[Row]:
    """P2: a saved model, until its row tells. P3: a key, until its first node starts."""
    say(f"{projects.models:,} models{chosen().words}: building the model that is edited")
    ours.build_once(projects)
    say(f"{projects.models:,} models: saves and runs in dbtree")
    with ours.opened(projects.dbtree) as user:
        user.goes_to(projects.model)
        file = projects.model_file(projects.dbtree)
        shown = ours.times_to_show_saves(user, file, projects.model, REPEATS)
        keyed = [ours.press_to_run(user, projects.dbtree, "m") for _ in range(REPEATS)]
    say(f"{projects.models:,} models: the same edit and run in dbt")
    repeats = DBT_REPEATS.get(projects.models, 1)
    file = projects.model_file(projects.dbt)
    original = file.read_text("utf-8")
    edited = original.replace("select ", "select 1 as edit_1, ", 1)
    parses = times_to_parse_edits(file, original, edited, repeats)
    database = projects.dbtree / "generated.duckdb"
    (projects.dbt / database.name).write_bytes(database.read_bytes())
    runs = [dbt(projects.dbt, "run", "-s", projects.model).seconds for _ in range(repeats)]
    has_targets = not chosen().is_command
    yield median_row(
        "P2", f"file saved to tree{chosen().words}", projects.models, shown,
        other_samples=parses, other_is="dbt parse",
        target=TO_SHOW.get(projects.models) if has_targets else None,
    )  # fmt: skip
    yield median_row(
        "P3", f"key to first node{chosen().words}", projects.models,
        [run.first_node for run in keyed], other_samples=runs, other_is="dbt run -s model",
        target=TO_NODE.get(projects.models) if has_targets else None,
        note=f"all of it {statistics.median(run.finished for run in keyed):.2f} s",
    )  # fmt: skip


def all_of_demo(say: Say) -> Row:
    """P4: everything of the demo project, into an empty database."""
    say("demo: all of it")
    with tempfile.TemporaryDirectory() as directory:
        project, twin = demo(Path(directory) / "dbtree"), demo(Path(directory) / "dbt")
        keyed, builds = [], []
        with ours.opened(project) as user:
            for _ in range(REPEATS - 2):
                for database in (*project.glob("*.duckdb"), *twin.glob("*.duckdb")):
                    database.unlink()
                builds.append(dbt(twin, "build").seconds)
                keyed.append(ours.press_to_run(user, project, "M").shown)
    return median_row(
        "P4", "materialize all", 0, keyed,
        other_samples=builds, other_is="dbt build", target=ALL_OF_DEMO,
    )  # fmt: skip


def answers(projects: Projects, say: Say) -> Row:
    """P5b: the key whose first bytes take longest, of those that open or arrange something."""
    say(f"{projects.models:,} models: keys")
    with ours.opened(projects.dbtree) as user:
        user.presses("g", "j")
        found = ours.times_to_answer(user, REPEATS)
    medians = {key: statistics.median(samples) for key, samples in found.items()}
    slowest = max(medians, key=medians.__getitem__)
    return Row(
        "P5b", f"slowest of {len(medians)} keys to frame", projects.models, medians[slowest],
        target=TO_FRAME.get(projects.models), samples=found[slowest],
        note=f"{slowest}; median of all {statistics.median(medians.values()) * 1000:.0f} ms",
    )  # fmt: skip


def under_load(projects: Projects, say: Say) -> Iterator[Row]:
    """P5: keys while another window's run logs a lot; and the processor that the screen takes."""
    say(f"{projects.models:,} models: keys in a flood of log lines")
    last_layer = [f"model.generated.{name}" for name in model_names(projects.models)[-1]]
    with ours.opened(projects.dbtree) as user:
        user.presses("g")
        with ours.flooded(projects.dbtree, last_layer[-50:], LINES_A_SECOND):
            user.sees("fox jumps")
            before = ProcessorUse.of(user.terminal.process.pid)
            moved = ours.times_to_move(user, KEYS)
            flooded = before.share_since()
        user.sees_run("flood", "success")
        yield Row(
            "P5", f"key to frame, p95, {LINES_A_SECOND:,} events/s", projects.models,
            percentile(moved, 0.95), target=TO_FRAME.get(projects.models), samples=moved,
            note=f"median {statistics.median(moved) * 1000:.0f} ms, screen at {flooded:.0f} %",
        )  # fmt: skip
        say(f"{projects.models:,} models: the screen's processor time during a run")
        yield processor_of_run(projects, user)


def processor_of_run(projects: Projects, user: User) -> Row:
    """The share of a core that the screen takes while all is materialized, or a part of it."""
    user.presses("M")
    user.sees_run("build all", "━")
    before = ProcessorUse.of(user.terminal.process.pid)
    until = time.monotonic() + CPU_SECONDS
    user.sees(lambda: time.monotonic() > until or "success" in user.pane_title("build all"))
    share = before.share_since()
    if "success" not in user.pane_title("build all"):
        user.presses("x")
        user.sees_run("build all", "cancelled")
    return Row("CPU", "screen during a run", projects.models, share, "%", target=UI_PROCESSOR)


def memory_of(projects: Projects, say: Say) -> Iterator[Row]:
    """P6: what the screen and the engine hold, after an edit."""
    say(f"{projects.models:,} models: memory")
    with ours.opened(projects.dbtree) as user:
        user.goes_to(projects.model)
        file = projects.model_file(projects.dbtree)
        ours.times_to_show_saves(user, file, projects.model, 1)
        ui = user.terminal.process.pid
        engine = engine_of(ui)
        held, engine_held = memory(ui), memory(engine)
        peak, engine_peak = peak_memory(ui), peak_memory(engine)
    parse = dbt(projects.dbt, "parse", "--no-partial-parse").peak_memory
    models = projects.models
    yield Row(
        "P6", "memory of the screen", models, held, "MB",
        target=UI_MEMORY.get(models), note=f"peak {peak:.0f} MB",
    )  # fmt: skip
    yield Row(
        "P6", "memory of the engine", models, engine_held, "MB", other=parse,
        other_is="dbt parse", target=ENGINE_MEMORY.get(models), note=f"peak {engine_peak:.0f} MB",
    )  # fmt: skip


def growth(rows: list[Row]) -> Iterator[Row]:
    """P7: how many times longer P2 and P3 take with 10,000 models than with 1,000."""
    found = {(row.id, row.models): row.dbtree for row in rows}
    for row_id in ("P2", "P3"):
        if (row_id, 1000) in found and (row_id, 10_000) in found:
            factor = found[row_id, 10_000] / found[row_id, 1000]
            yield Row(
                "P7", f"growth of {row_id} from 1,000", 10_000, factor, "×", target=GROWTH
            )  # fmt: skip
