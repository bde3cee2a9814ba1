"""The headless commands on a real project with a real dbt: few starts, each looked at closely."""

import json
import os
import signal
import subprocess
import sys
from datetime import datetime
from xml.etree import ElementTree

import pytest

from tests.end_to_end.headless import ended
from tests.warm_python import warm_python
from tests.warm_python.program import run

PROJECT = {
    "dbt_project.yml": "name: shop\nprofile: shop\nflags: {send_anonymous_usage_stats: false}\n"
    "seeds: {shop: {+schema: raw}}\n",
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n"
    "    dev: {type: duckdb, path: shop.duckdb, threads: 2}\n"
    "    prod: {type: duckdb, path: prod.duckdb, threads: 2}\n",
    "seeds/raw.csv": "id,amount\n1,10\n2,20\n",
    "models/customers.sql": "{{ config(tags=['nightly']) }}\n"
    "select {{ key() }} from {{ ref('raw') }}",
    "macros/key.sql": "{% macro key() %}id{% endmacro %}\n",
    "models/orders.sql": "{{ config(materialized='table') }}\n"
    "select id, amount from {{ ref('raw') }} -- a\x1b[31m [bold]comment[/]\n",
    "models/broken.sql": "select no_such_column from {{ ref('orders') }}",
    "models/after.sql": "select * from {{ ref('broken') }}",
    "models/_models.yml": "models:\n  - name: customers\n    description: One row each.\n"
    "    columns:\n      - name: id\n        data_tests: [unique, not_null]\n",
}


LEFT_OUT = ("DBTREE_", "PYTHON", "VIRTUAL_ENV")
"""How the variables begin that are not the user's."""


def dbtree(root, *arguments, code=None, **environment):
    """Run the real command; its exit code must be `code` where that is given."""
    done = run(arguments, cwd=root, environment=_environment(environment), timeout=480)
    assert code is None or done.returncode == code, done.stderr
    return done


def _environment(more):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(LEFT_OUT)}
    ours = {"DBTREE_DBT_PYTHON": warm_python(), "DBTREE_ENGINE_KEEP": "0"}
    return {**kept, "NO_COLOR": "1", **ours, **more}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A project of which everything was built once, in which one model is broken."""
    root = tmp_path_factory.mktemp("headless") / "shop"
    for name, text in PROJECT.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    done = dbtree(root, "materialize", "--json", code=1)
    return root, done, ended(done.stdout)


def test_a_run_with_a_failure_exits_with_1_and_tells_each_node(built):
    _, done, run = built
    assert (run["status"], run["command"], run["target"]) == ("failed", "dbt build", "dev")
    became = {node["unique_id"]: node for node in run["nodes"]}
    assert became["seed.shop.raw"]["status"] == "success"
    assert became["model.shop.broken"]["status"] == "error"
    assert became["model.shop.after"]["status"] == "skipped"
    assert became["model.shop.after"]["skipped_because"] == "model.shop.broken"
    assert run["counts"] == {"success": 3, "error": 1, "skipped": 1, "pass": 2}
    assert "no_such_column" in done.stderr
    assert "skipped because of broken" in done.stderr
    assert "1 error, 3 success, 2 pass, 1 skipped" in done.stderr


def test_a_status_is_told_when_dbt_has_compiled_what_changed(built):
    root = built[0]
    macro = root / "macros/key.sql"
    for text, status in (("{# why #}id", "fresh"), ("id as id", "stale"), ("id", "fresh")):
        macro.write_text(f"{{% macro key() %}}{text}{{% endmacro %}}\n")
        done = dbtree(root, "ls", "customers", "--json", code=0)
        (record,) = json.loads(done.stdout)
        assert record["status"] == status, record
        assert done.stderr == ""


def test_its_events_are_a_line_each_as_they_happened(built):
    _, done, run = built
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["event"] for one in (told[0], told[-1])] == ["run_started", "run_finished"]
    assert told[0]["run_id"] == run["run_id"]
    finished = [one["unique_id"] for one in told if one["event"] == "node_finished"]
    assert sorted(finished) == sorted(node["unique_id"] for node in run["nodes"])
    place = {(one["event"], one.get("unique_id")): at for at, one in enumerate(told)}
    begun = [key for event, key in place if event == "node_started"]
    assert {"seed.shop.raw", "model.shop.broken"} <= set(begun)
    assert all(place["node_started", key] < place["node_finished", key] for key in begun)


def test_the_rows_are_in_the_database(built):
    import duckdb

    with duckdb.connect(str(built[0] / "shop.duckdb"), read_only=True) as database:
        assert database.sql("select sum(amount) from main.orders").fetchall() == [(30,)]


def test_assets_are_listed_with_status_reasons_and_checks(built):
    root, _, run = built
    (root / "models" / "orders.sql").write_text(
        PROJECT["models/orders.sql"].replace("amount", "amount * 2 as amount")
    )
    listed = json.loads(dbtree(root, "ls", "--json", code=0).stdout)
    assets = {asset["name"]: asset for asset in listed}
    assert listed[0]["name"] == "raw"
    customers = assets["customers"]
    assert customers["unique_id"] == "model.shop.customers"
    assert (customers["resource_type"], customers["materialized"]) == ("model", "view")
    assert customers["path"] == "models/customers.sql"
    assert customers["depends_on"] == ["seed.shop.raw"]
    assert (customers["status"], customers["stale_reasons"]) == ("fresh", [])
    assert customers["latest_run"] == run["run_id"]
    assert datetime.fromisoformat(customers["materialized_at"]).tzinfo is not None
    assert sorted(check["status"] for check in customers["checks"]) == ["pass", "pass"]
    assert assets["orders"]["status"] == "stale"
    (reason,) = assets["orders"]["stale_reasons"]
    assert reason["kind"] == "sql"
    assert reason["detail"]
    assert assets["broken"]["status"] == "failed"
    assert assets["after"]["status"] == "skipped"
    assert assets["after"]["because"] == "model.shop.broken"


def test_selectors_are_dbts_own(built):
    arguments = ["ls", "--names", "-s", "raw+1,+orders", "tag:nightly", "--exclude", "raw"]
    assert dbtree(built[0], *arguments, code=0).stdout.split() == ["customers", "orders"]


def test_a_selector_that_dbt_does_not_understand_exits_with_2(built):
    done = dbtree(built[0], "ls", "no_such_method:x", code=2)
    assert "no_such_method" in done.stderr
    assert "Traceback" not in done.stderr


def test_another_target_has_a_history_of_its_own(built):
    root = built[0]
    status = json.loads(dbtree(root, "status", "--json", "-t", "prod", code=0).stdout)
    assert status["target"] == "prod"
    assert status["counts"] == {"never materialized": 5}


def test_rows_are_recorded_unless_that_is_turned_off(built):
    root, _, run = built

    def counted(run_id):
        log = (root / ".dbtree" / "runs" / run_id / "events.jsonl").read_text()
        events = [json.loads(line) for line in log.splitlines()]
        done = [each for each in events if each["event"] == "node_finished"]
        return {each["unique_id"]: each.get("row_count") for each in done}

    assert counted(run["run_id"])["model.shop.orders"] == 2
    environment = {"DBTREE_RECORD_ROWS": "0"}
    done = dbtree(root, "materialize", "orders", "--json", code=0, **environment)
    assert counted(ended(done.stdout)["run_id"]) == {"model.shop.orders": None}


def test_a_detached_run_goes_on_and_can_be_followed(built):
    root = built[0]
    done = dbtree(root, "materialize", "orders", "--detach", code=0)
    run_id = done.stdout.strip()
    log = dbtree(root, "logs", run_id, "-f", code=0).stdout
    assert "Completed successfully" in log
    (latest,) = json.loads(dbtree(root, "runs", "--json", "-n", "1", code=0).stdout)
    assert (latest["run_id"], latest["status"]) == (run_id, "success")
    assert latest["command"] == "dbt build --select orders"


def test_what_was_found_is_told_with_its_origin(built):
    root = built[0]
    found = json.loads(
        dbtree(root, "info", "--json", "--threads", "3", code=0, DBTREE_TARGET="prod").stdout
    )
    assert (found["project"], found["target"], found["adapter"]) == ("shop", "prod", "duckdb")
    assert found["settings"]["target"] == {"value": "prod", "origin": "DBTREE_TARGET"}
    assert found["settings"]["threads"]["origin"] == "--threads"
    assert found["python"]["path"]
    assert found["dbt_version"].startswith("1.")
    assert found["problems"] == []


def test_a_dotenv_file_is_read_when_that_is_asked_for(built):
    dotenv = built[0] / ".env"
    dotenv.write_text("SHOP_TEST_SCHEMA=from_the_file\n")
    model = built[0] / "models" / "customers.sql"
    model.write_text("select '{{ env_var('SHOP_TEST_SCHEMA') }}' as id")
    try:
        left = json.loads(dbtree(built[0], "info", "--json").stdout)
        read = json.loads(dbtree(built[0], "info", "--json", "--dotenv", code=0).stdout)
        listed = dbtree(built[0], "ls", "customers", "--dotenv", code=0)
        if left["dotenv"]["read_by"] is None:
            refused = dbtree(built[0], "ls", code=2)
            assert "'SHOP_TEST_SCHEMA'" in refused.stderr
            assert "--dotenv" in refused.stderr
    finally:
        dotenv.unlink()
        model.write_text(PROJECT["models/customers.sql"])
    assert "customers" in listed.stdout
    assert read["dotenv"] == {"path": str(dotenv), "read_by": "dbtree", "because": "--dotenv"}
    words = {None: "does not read it; --dotenv does", "dbt": "reads it"}[left["dotenv"]["read_by"]]
    assert left["dotenv"]["because"].endswith(words)


def test_a_target_that_does_not_exist_exits_with_2_and_dbts_reason(built):
    told = dbtree(built[0], "info", "-t", "nowhere", code=2)
    assert "shop" in told.stdout
    assert "does not have a target named 'nowhere'" in told.stdout
    assert "Traceback" not in told.stdout + told.stderr


def test_a_readonly_project_starts_no_run(built):
    done = dbtree(built[0], "materialize", "--readonly", code=2)
    assert "read-only" in done.stderr


def test_a_project_that_cannot_be_parsed_says_where(built):
    model = built[0] / "models" / "customers.sql"
    model.write_text("select {{ nope(")
    try:
        done = dbtree(built[0], "ls", code=2)
    finally:
        model.write_text(PROJECT["models/customers.sql"])
    assert "models/customers.sql" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupt_stops_the_run_and_not_only_the_command(built):
    root = built[0]
    (root / "models" / "slow.sql").write_text(
        "{{ config(materialized='table', tags=['slow']) }}\n"
        "select count(*) as n from range(4000000) a(i), range(100000) b(j) where (i * j) % 7 = 3"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", "materialize", "slow"],
        cwd=root, stderr=subprocess.PIPE, text=True, env=_environment({}),
    )  # fmt: skip
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("Run "):
                break
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(timeout=240) == 1
    finally:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()
        (root / "models" / "slow.sql").unlink()
    assert "Stopping" in rest
    (latest,) = json.loads(dbtree(root, "runs", "--json", "-n", "1", code=0).stdout)
    assert latest["status"] == "cancelled"


def test_a_run_that_stops_at_the_first_failure_is_told_to_ci(built, tmp_path):
    root, path = built[0], tmp_path / "results.xml"
    done = dbtree(root, "materialize", "--fail-fast", "--junit", str(path), code=1)
    assert "dbt build --fail-fast" in done.stderr
    suites = ElementTree.parse(path).getroot()
    assert suites.get("errors") == "1"
    cases = {case.get("name"): case for case in suites[0]}
    assert "no_such_column" in (cases["broken"].findtext("error") or "")
    assert cases["after"].find("skipped") is not None
    (latest,) = json.loads(dbtree(root, "runs", "--json", "-n", "1", code=0).stdout)
    assert (latest["status"], latest["command"]) == ("failed", "dbt build --fail-fast")
    assert dbtree(root, "materialize", "--junit", "x", "--detach", code=2).stderr.startswith(
        "dbtree: --junit needs the run's results"
    )


def test_two_runs_are_compared_with_their_code(built):
    root = built[0]
    model = root / "models" / "orders.sql"
    before = model.read_text()
    dbtree(root, "materialize", "orders", code=0)
    model.write_text(before.replace("amount from", "amount, 'new' as more from"))
    try:
        dbtree(root, "materialize", "orders", code=0)
    finally:
        model.write_text(before)
    found = json.loads(dbtree(root, "runs", "compare", "latest", "--json", code=0).stdout)
    assert found["then"]["command"] == found["now"]["command"] == "dbt build --select orders"
    (change,) = [one for one in found["changes"] if "code" in one["kinds"]]
    assert change["unique_id"] == "model.shop.orders"
    added = [line for line in change["difference"]["sql"] if line.startswith("+")]
    assert any("'new' as more" in line for line in added)


def test_what_is_missing_in_the_yaml_is_written(built):
    root = built[0]
    file = root / "models/_models.yml"
    before = file.read_text()
    try:
        done = dbtree(root, "yaml", "orders", "--write", "--json", code=0)
        found = json.loads(done.stdout)
        assert (found["path"], found["written"]) == ("models/_models.yml", True)
        added = [line[1:] for line in found["diff"][2:] if line[0] == "+"]
        begin = added.index("    columns:")
        assert added[begin : begin + 5] == [
            "    columns:",
            "      - name: id",
            "        data_type: integer",
            "      - name: amount",
            "        data_type: integer",
        ]
        assert file.read_text().startswith(before)
        likely = {(one["column"], one["test"]) for one in found["suggested_tests"] if one["likely"]}
        assert ("id", "unique") in likely
    finally:
        file.write_text(before)


def test_a_new_model_is_written_and_renamed(built):
    root = built[0]
    new, renamed = root / "models/totals.sql", root / "models/sums.sql"
    try:
        words = ("new", "model", "totals", "--from", "orders")
        made = json.loads(dbtree(root, *words, "--write", "--json", code=0).stdout)
        assert made["files"] == [{"path": "models/totals.sql", "moved_to": "", "new": True}]
        assert "    id,\n" in new.read_text()
        again = dbtree(root, *words, code=2)
        assert "totals is taken: model models/totals.sql." in again.stderr
        done = dbtree(root, "rename", "totals", "sums", "--write", code=0)
        assert done.stdout == "rename models/totals.sql → models/sums.sql\n"
        assert "To dbt sums is a new asset" in done.stderr
        assert renamed.exists()
        assert not new.exists()
    finally:
        new.unlink(missing_ok=True)
        renamed.unlink(missing_ok=True)


def test_a_diff_without_a_baseline_says_what_to_do(built):
    done = dbtree(built[0], "diff", "orders", code=2)
    assert "There is no baseline of orders: have one taken before its next build" in done.stderr
    words = ("diff", "orders", "--baseline", "off", "--json")
    assert json.loads(dbtree(built[0], *words, code=0).stdout) == {
        "asset": "model.shop.orders",
        "baseline": False,
    }
    assert "compares nothing" in dbtree(built[0], *words, "--against", "prod", code=2).stderr


def test_where_a_column_comes_from_is_told(built):
    found = json.loads(dbtree(built[0], "lineage", "orders.id", "--json", code=0).stdout)
    assert found["kind"] == "pass-through"
    assert [(one["name"], one["kind"]) for one in found["upstream"]] == [("raw", "seed")]


def test_what_only_the_database_can_compile_is_traced_too(built):
    asks = built[0] / "models/asks.sql"
    number = "run_query('select 7').columns[0].values()[0] if execute else 0"
    asks.write_text(f"select amount * {{{{ {number} }}}} as more from {{{{ ref('orders') }}}}")
    try:
        found = json.loads(dbtree(built[0], "lineage", "orders.amount", "--json", code=0).stdout)
        [used] = [one for one in found["downstream"] if one["name"] == "asks"]
        assert (used["kind"], used["expression"]) == ("computed", "amount * 7")
    finally:
        asks.unlink()
