"""`runs show`, `compare`, `export`, `prune`, and what `materialize` writes for programs: on event
logs as runs write them.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from tests.runs.logs import RunWriter
from tui.cli.junit import junit_xml, reason_of, write_junit
from tui.cli.main import main
from tui.cli.run_html import ticks_of
from tui.cli.run_stream import RunStream
from tui.errors import RunError
from tui.protocol import events
from tui.runs.event_reader import EventFile
from tui.runs.queue_files import CLOSED
from tui.runs.store import RunStore
from tui.runs.values import NodeRun, Run

CUSTOMERS, ORDERS, DAILY = "model.shop.customers", "model.shop.orders", "model.shop.daily"
CHECK = "test.shop.unique_orders_id.0a1b2c"
EVIL = "<script>alert('x')</script> & \x1b[31mred\x00"


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_COLOR", "1")
    root = tmp_path / "shop"
    root.mkdir()
    (root / "dbt_project.yml").write_text("name: shop\n")
    monkeypatch.chdir(root)
    return root


def two_runs(shop) -> RunWriter:
    """A good run, and one in which something failed that was good before."""
    good = RunWriter(shop / ".dbtree", "a3f1", 1000).starts(CUSTOMERS, ORDERS, CHECK)
    good.builds(CUSTOMERS, row_count=10).builds(ORDERS, row_count=100).builds(CHECK, "pass").ends()
    bad = RunWriter(shop / ".dbtree", "b77c", 2000).starts(CUSTOMERS, ORDERS, DAILY, CHECK)
    bad.says("Running with dbt").says(EVIL, "warn")
    bad.builds(CUSTOMERS, row_count=12)
    bad.builds(ORDERS, "error", message=f"no such column\n{EVIL}", path="models/o.sql", line=3)
    bad.finishes(DAILY, "skipped", skipped_because=ORDERS)
    bad.builds(CHECK, "fail", message="Got 3 results", failures=3)
    return bad.ends("failed")


def printed(capsys) -> dict:
    return json.loads(capsys.readouterr().out)


def test_a_run_is_shown_with_what_became_of_each_node(shop, capsys):
    two_runs(shop)
    assert main(["runs", "show", "b7"]) == 0
    out = capsys.readouterr().out
    assert "b77c  failed" in out
    assert re.search(r" daily +skipped because of orders", out)
    assert re.search(r" unique_orders_id +fail, 3 rows", out)
    assert "no such column" in out
    assert "models/o.sql:3" in out
    assert "\x1b" not in out
    assert main(["runs", "show", "b77c", "--json"]) == 0
    run = printed(capsys)
    assert [node["unique_id"] for node in run["nodes"]] == [CUSTOMERS, ORDERS, DAILY, CHECK]
    assert main(["runs", "show", "nope"]) == 2
    assert "There is no run nope" in capsys.readouterr().err


def test_two_runs_are_compared_the_good_one_by_default(shop, capsys):
    two_runs(shop)
    assert main(["runs", "compare", "latest", "--json"]) == 0
    found = printed(capsys)
    assert (found["then"]["run_id"], found["now"]["run_id"]) == ("a3f1", "b77c")
    kinds = {change["unique_id"]: change["kinds"] for change in found["changes"]}
    assert kinds == {
        ORDERS: ["failed"], CHECK: ["failed"], DAILY: ["new"], CUSTOMERS: ["rows"],
    }  # fmt: skip
    assert found["counts"] == {"failed": 2, "new": 1, "rows": 1}
    assert main(["runs", "compare", "b77c", "a3f1"]) == 0
    out = capsys.readouterr().out
    assert "Failed now, not then (2)" in out
    assert "success → error" in out
    assert "10 → 12 rows (+2)" in out
    assert main(["runs", "compare", "a3f1"]) == 2
    assert "No earlier run of the same selection as a3f1 went well." in capsys.readouterr().err


class Page(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append(tag)
        self.attributes += [f"{name}={value}" for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_run_is_exported_as_one_page_in_which_everything_is_escaped(shop, capsys, monkeypatch):
    writer = two_runs(shop)
    writer.says("never seen")  # after its end
    monkeypatch.setenv("DBT_ENV_SECRET_TOKEN", "s3cr3t-t0ken")
    writer.path.write_text(writer.path.read_text().replace("Running with dbt", "s3cr3t-t0ken"))
    assert main(["runs", "export", "b77c"]) == 0
    assert capsys.readouterr().out.strip() == "dbtree-run-b77c.html"
    text = (shop / "dbtree-run-b77c.html").read_text()
    page = Page(text)
    assert "script" not in page.tags
    assert not [name for name in page.attributes if re.match("(src|href|on)", name)]
    assert "default-src 'none'" in text
    assert "<script>alert('x')</script> &" in page.text
    assert "\x1b" not in text
    assert "\0" not in text
    assert "s3cr3t" not in text
    assert "*****" in page.text
    for words in ("Errors", "no such column", "models/o.sql:3", "1 asset skipped because of it",
                  "Timeline", "Log", "dbt build"):  # fmt: skip
        assert words in page.text
    assert main(["runs", "export", "b77c", "-o", "-"]) == 0
    assert Page(capsys.readouterr().out).text == page.text
    assert main(["runs", "export", "b77c", "-o", str(shop / "new" / "dir" / "x.html")]) == 0
    assert Page((shop / "new" / "dir" / "x.html").read_text()).text == page.text
    capsys.readouterr()
    assert main(["runs", "export", "b77c", "-o", str(shop / "dbt_project.yml" / "x.html")]) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", [0.0, 0.004, 0.9, 1.0, 7.3, 59.0, 61.0, 4000.0, 90_000.0])
def test_the_axis_has_a_few_round_ticks_within_the_run(seconds):
    ticks = ticks_of(seconds)
    assert ticks[0] == 0.0
    assert 1 <= len(ticks) <= 17
    assert all(0 <= at <= seconds * 1.0001 for at in ticks)


def test_old_runs_are_pruned_by_the_settings(shop, capsys):
    for number, at in enumerate((1000, 2000, 3000)):
        RunWriter(shop / ".dbtree", f"a00{number}", at).starts(ORDERS).builds(ORDERS).ends()
    (shop / "dbtree.toml").write_text("keep_days = 1\nkeep_runs = 2\n")
    assert main(["runs", "prune", "--dry-run"]) == 0
    assert "1 run would be removed" in capsys.readouterr().out
    assert main(["runs", "prune", "--json"]) == 0
    found = printed(capsys)
    assert (found["removed"], found["kept"]) == (["a000"], 2)
    assert main(["runs", "prune", "--readonly"]) == 2
    assert "read-only" in capsys.readouterr().err
    assert main(["runs", "prune", "--keep-runs", "0", "--keep-days", "0"]) == 0
    assert "1 run removed" in capsys.readouterr().out
    assert main(["runs", "--json"]) == 0
    assert [run["run_id"] for run in json.loads(capsys.readouterr().out)] == ["a002"]


def the_run(shop) -> Run:
    two_runs(shop)
    store = RunStore(shop / ".dbtree", lambda *_: False)
    run = store.run("b77c")
    store.close()
    assert run is not None
    return run


def test_junit_tells_failures_errors_and_what_was_skipped(shop):
    suites = ElementTree.fromstring(junit_xml(the_run(shop)))
    assert {name: suites.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4", "failures": "1", "errors": "1", "skipped": "1",
    }  # fmt: skip
    suite = suites[0]
    assert suite.get("name") == "shop dev"
    cases = {case.get("name"): case for case in suite}
    error = cases["orders"].find("error")
    assert error is not None
    assert (error.get("message") or "").startswith("no such column ")
    assert "<script>alert('x')</script>" in (error.text or "")
    assert (cases["orders"].get("file"), cases["orders"].get("line")) == ("models/o.sql", "3")
    assert cases["unique_orders_id.0a1b2c"].find("failure") is not None
    skipped = cases["daily"].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == f"skipped because of {ORDERS}"
    assert len(cases["customers"]) == 0


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("", "error"),
        ("Got 3 results, configured to fail if != 0", "Got 3 results, configured to fail if != 0"),
        (
            "Runtime Error in model orders (models/orders.sql)\n  Binder Error: no column x\n"
            '  Candidate bindings: "y"\n\n  LINE 9: as x,\n             ^^^^',
            'Binder Error: no column x Candidate bindings: "y"',
        ),
        ("Compilation Error in model o (models/o.sql)",) * 2,
    ],
)
def test_a_failure_in_junit_says_why(message, reason):
    assert reason_of(NodeRun(ORDERS, "error", message=message)) == reason


def test_a_run_that_dbt_could_not_begin_is_an_error_in_junit_too(shop, tmp_path):
    run = replace(the_run(shop), nodes={}, status="error", message="Database Error\nno file")
    (case,) = ElementTree.fromstring(junit_xml(run))[0]
    assert (case.get("name"), case[0].tag, case[0].get("message")) == (
        "dbt build", "error", "Database Error",
    )  # fmt: skip
    write_junit(run, tmp_path / "new" / "results.xml")
    assert ElementTree.parse(tmp_path / "new" / "results.xml").getroot().tag == "testsuites"
    with pytest.raises(RunError, match="cannot be written"):
        write_junit(run, tmp_path / "new" / "results.xml" / "below")


def test_the_stream_has_an_event_a_line_and_ends_with_the_run(shop):
    two_runs(shop)
    lines: list[str] = []
    stream, run = RunStream(lines.append), Run("b77c", "running")
    for _, event in EventFile(shop / ".dbtree" / "runs" / "b77c" / "events.jsonl").poll():
        run = run.apply([event])
        stream.tell(run, [event])
    stream.end(run)
    told = [json.loads(line) for line in lines]
    assert [one["event"] for one in told] == [
        "run_started", "node_started", "node_finished", "node_started", "node_finished",
        "node_finished", "node_started", "node_finished", "run_finished",
    ]  # fmt: skip
    assert (told[4]["unique_id"], told[4]["status"]) == (ORDERS, "error")
    assert told[5]["skipped_because"] == ORDERS
    assert told[-1]["status"] == "failed"
    assert len(told[-1]["nodes"]) == 4


def test_runs_that_dbtree_was_closed_on_are_told_in_one_line_below_the_others(shop, capsys):
    two_runs(shop)
    for number in range(30):
        waiting = RunWriter(shop / ".dbtree", f"c0{number:02}", 3000 + number).starts(ORDERS)
        waiting.write(events.RunFinished(3100 + number, "cancelled", 0.0, CLOSED))
    assert main(["runs", "--limit", "2"]) == 0
    told = capsys.readouterr()
    assert re.findall(r"\b(?:a3f1|b77c|c0\d\d)\b", told.out) == ["b77c", "a3f1"]
    assert "30 more runs never started: dbtree was closed while they waited" in told.err
    assert main(["runs", "--json", "--limit", "40"]) == 0
    assert len(printed(capsys)) == 32


def test_the_nodes_of_a_run_stand_in_the_order_in_which_they_began(shop, capsys):
    run = RunWriter(shop / ".dbtree", "a3f1", 1000)
    run.starts("asset.chart", ORDERS, "asset.raw/orders", "asset_check.chart:is_there")
    for key in ("asset.raw/orders", ORDERS, "asset.chart", "asset_check.chart:is_there"):
        run.builds(key)
    run.ends()
    assert main(["runs", "show", "a3f1"]) == 0
    names = re.findall(r"^  \S+ (\S+) ", capsys.readouterr().out, re.MULTILINE)
    assert names == ["raw/orders", "orders", "chart", "chart:is_there"]
