"""Settings that a run gives to functions and resources: their rows, their checks, their values."""

from __future__ import annotations

from enum import Enum
from typing import Literal

import pytest
from dbtree import (
    AssetExecutionContext,
    Config,
    ConfigurableResource,
    DefinitionError,
    Definitions,
    MaterializeResult,
    RunConfig,
    RunRequest,
    ScheduleDefinition,
    asset,
    asset_check,
    config_from_files,
    config_from_yaml_strings,
    define_asset_job,
    graph_asset,
    materialize,
    op,
)

from tests.definitions.written import manifest, values
from tui.definitions.config_rows import ConfigField, ConfigRow, problem_of, typed_value, wanted
from tui.definitions.configurable import refuse_wrong
from tui.definitions.resolver import resolve
from tui.definitions.run_config import with_values


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


class Inner(Config):
    depth: int = 1


class Report(Config):
    day: str
    rows: int = 3
    mode: Literal["full", "quick"] = "quick"
    size: Size = Size.SMALL
    inner: Inner = Inner()
    ratio: float | None = None
    names: list[str] = []


class Mail(ConfigurableResource):
    host: str
    port: int = 25


class Numbers(Config):
    last: int = 3


@op
def fetch(config: Numbers) -> list[int]:
    return list(range(config.last))


@graph_asset
def numbers():
    return MaterializeResult(metadata={"count": len(fetch())})


@asset(key=["reports", "orders"])
def report(context: AssetExecutionContext, config: Report, mail: Mail):
    """Write the report."""
    metadata = {"rows": config.rows, "day": config.day, "port": mail.port, **context.op_config}
    return MaterializeResult(metadata=metadata)


@asset_check(asset=report)
def is_small(config: Numbers) -> bool:
    return config.last < 10


def rows_of(*assets, **more) -> dict[str, ConfigRow]:
    defs = Definitions(
        assets=assets, resources={"mail": Mail.configure_at_launch(host="m")}, **more
    )
    return {row.name: row for row in resolve(defs, manifest(), lambda *_: frozenset()).configs}


def test_rows_say_type_default_choices_and_what_is_made_with_them():
    rows = rows_of(report, numbers, asset_checks=[is_small])
    assert sorted(rows) == ["mail", "numbers.fetch", "reports__orders", "reports__orders_is_small"]
    own = rows["reports__orders"]
    assert (own.place, own.nodes) == (["ops", "reports__orders"], ["asset.reports/orders"])
    assert own.is_required
    fields = {one.name: one for one in own.settings}
    assert (fields["day"].is_required, fields["day"].words) == (True, "str")
    assert (fields["rows"].kind, fields["rows"].default) == ("int", "3")
    assert (fields["mode"].choices, fields["size"].choices) == (
        ["full", "quick"],
        ["SMALL", "LARGE"],
    )
    assert fields["size"].default == '"SMALL"'
    assert (fields["inner"].kind, fields["inner"].default) == ("config", '{"depth": 1}')
    assert (fields["ratio"].kind, fields["ratio"].is_nullable) == ("float", True)
    assert [one.name for one in rows["mail"].settings] == ["port"], "host is known already"
    assert rows["mail"].nodes == ["asset.reports/orders"]
    assert wanted(rows.values(), ["asset.numbers"]) == [rows["numbers.fetch"]]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "reports__orders needs a value for day (str)."),
        ({"day": 1}, "reports__orders.day must be str, not 1."),
        ({"day": "x", "rows": "3"}, "reports__orders.rows must be int, not '3'."),
        ({"day": "x", "rows": True}, "reports__orders.rows must be int, not True."),
        ({"day": "x", "mode": "slow"}, "reports__orders.mode must be one of full, quick."),
        ({"day": "x", "inner": {"depth": "x"}}, "inner has a depth that must be int, not 'x'."),
        ({"day": "x", "colour": 1}, "reports__orders has no setting colour: it has day, rows"),
        ({"day": "x", "ratio": None, "size": "LARGE", "names": ["a"]}, ""),
        ({"day": {"env": "DAY"}}, ""),
    ],
)
def test_what_is_wrong_is_one_sentence(given, words):
    row = rows_of(report)["reports__orders"]
    found = problem_of(with_values({}, tuple(row.place), given), [row])
    assert words in found
    assert bool(words) == bool(found)


def test_settings_of_what_is_not_in_the_run_are_refused():
    row = rows_of(report)["reports__orders"]
    found = problem_of({"ops": {"other": {"config": {"a": 1}}}}, [row])
    assert found == (
        "The run has nothing that takes settings for ops.other: it takes settings for "
        "reports__orders."
    )
    with pytest.raises(DefinitionError, match=r"Under ops\.report comes `config`, not 3"):
        problem_of({"ops": {"report": 3}}, [row])
    with pytest.raises(DefinitionError, match="has `ops` and `resources`, and no 'assets'"):
        problem_of({"assets": {}}, [row])


def test_what_is_typed_becomes_a_value():
    row = rows_of(report)["reports__orders"]
    fields = {one.name: one for one in row.settings}
    typed = {"day": "7", "rows": " 7 ", "inner": '{"depth": 2}', "ratio": "null", "names": '["a"]'}
    values = {name: typed_value(fields[name], text) for name, text in typed.items()}
    assert values == {"day": "7", "rows": 7, "inner": {"depth": 2}, "ratio": None, "names": ["a"]}
    with pytest.raises(ValueError, match="must be int, not 'x'"):
        typed_value(fields["rows"], "x")
    truth = ConfigField("is_on", "bool", "bool", is_required=True)
    assert typed_value(truth, "true") is True


def test_a_run_gives_functions_ops_checks_and_resources_their_settings(monkeypatch):
    monkeypatch.setenv("TODAY", "2026-01-31")
    config = RunConfig(
        ops={
            "reports__orders": {"config": {"day": {"env": "TODAY"}, "rows": 5}},
            "numbers": {"fetch": Numbers(last=7)},
            "reports__orders_is_small": Numbers(last=12),
        },
        resources={"mail": {"config": {"port": 1025}}},
    )
    made = materialize(
        [report, numbers, is_small], {"mail": Mail.configure_at_launch(host="m")}, run_config=config
    )
    by_key = {str(one.asset_key): values(one.metadata) for one in made.materializations}
    assert by_key["reports/orders"] == {"rows": 5, "day": "2026-01-31", "port": 1025}
    assert by_key["numbers"] == {"count": 7}
    assert [one.passed for one in made.check_results] == [False]
    with pytest.raises(DefinitionError, match="Report needs a value for day"):
        materialize([report], {"mail": Mail(host="m")})


def test_a_run_is_refused_before_anything_is_made():
    defs = Definitions(assets=[report], resources={"mail": Mail.configure_at_launch()})
    rows = resolve(defs, manifest(), lambda *_: frozenset()).configs
    tree = {"ops": {"reports__orders": {"config": {"day": "x"}}}}
    with pytest.raises(DefinitionError, match=r"resource mail .* needs a value for host"):
        refuse_wrong(defs, tree, rows)
    with pytest.raises(
        DefinitionError, match=r"reports__orders are wrong: .* value for day"
    ) as hit:
        refuse_wrong(defs, {"resources": {"mail": {"config": {"host": "m"}}}}, rows)
    assert hit.value.path == __file__


def test_jobs_schedules_and_requests_carry_settings():
    tree = {"ops": {"reports__orders": {"config": {"day": "monday"}}}}
    job = define_asset_job(
        "weekly", "reports/orders", config=RunConfig(ops={"reports__orders": Report(day="monday")})
    )
    assert job.config["ops"]["reports__orders"]["config"]["size"] == "SMALL"
    schedule = ScheduleDefinition(job=job, cron_schedule="@daily", run_config=tree)
    defs = Definitions(assets=[report], schedules=[schedule], resources={"mail": Mail(host="m")})
    [row] = resolve(defs, manifest(), lambda *_: frozenset()).schedules
    assert '"day": "monday"' in row.config
    assert RunRequest(run_config=tree).row().config == row.config
    with pytest.raises(DefinitionError, match="a RunConfig or a dict, not 3"):
        RunRequest(run_config=3)


def test_settings_come_from_yaml_later_over_earlier(tmp_path):
    (tmp_path / "a.yaml").write_text("ops: {report: {config: {day: x, rows: 1}}}\n")
    (tmp_path / "b.yaml").write_text("ops: {report: {config: {rows: 2}}}\n")
    found = config_from_files([str(tmp_path / "*.yaml")])
    assert found == {"ops": {"report": {"config": {"day": "x", "rows": 2}}}}
    with pytest.raises(DefinitionError, match="There is no file"):
        config_from_files([str(tmp_path / "c.yaml")])
    with pytest.raises(DefinitionError, match="is a mapping, not"):
        config_from_yaml_strings(["- a"])
