"""A run's log is read while it is written, whatever stands in it."""

from __future__ import annotations

import json
from array import array
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.runs.logs import RunWriter
from tui.protocol import events
from tui.runs.event_reader import WRITTEN_LINE, EventFile, last_written, parse
from tui.runs.log import ALL, LEVELS, STACK_TRACE, SUMMARY, LogFilter, RunLog, clean
from tui.runs.raw_output import RawOutput
from tui.runs.values import Run

CUSTOMERS, ORDERS = "model.shop.customers", "model.shop.orders"


@pytest.fixture
def writer(tmp_path: Path) -> RunWriter:
    return RunWriter(tmp_path, "a3f1")


def texts(log: RunLog, wanted: LogFilter = ALL) -> list[str]:
    return [row.text for row in log.lines(0, log.count(wanted), wanted)]


def names(new: list) -> list[str]:
    return [type(event).__name__ for event in new]


def test_a_log_that_does_not_exist_yet_is_empty(tmp_path: Path):
    log = RunLog(tmp_path / "none")
    assert log.poll() == []
    assert log.caught_up
    assert (log.count(), log.lines(0, 10), log.find("x")) == (0, [], None)


def test_each_event_is_told_once_as_the_log_grows(writer: RunWriter):
    log = RunLog(writer.directory)
    writer.starts(CUSTOMERS)
    assert names(log.poll()) == ["RunStarted"]
    assert log.poll() == []
    writer.builds(CUSTOMERS).ends()
    assert names(log.poll()) == ["NodeStarted", "NodeFinished", "RunFinished"]
    assert log.poll() == []


def test_a_torn_last_line_waits_until_it_is_whole(writer: RunWriter):
    line = events.to_line(events.NodeStarted(5.0, CUSTOMERS)) + "\n"
    log = RunLog(writer.starts(CUSTOMERS).tears(line[:20]).directory)
    assert names(log.poll()) == ["RunStarted"]
    assert log.poll() == []
    assert log.caught_up
    writer.tears(line[20:])
    assert names(log.poll()) == ["NodeStarted"]


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "not json",
        "[1, 2]",
        "null",
        "\x00\x00\x00",
        "\r",
        "[" * 100_000,
        '{"event": 3, "at": 1}',
        '{"event": "future_event", "at": 1}',
        '{"event": "node_started"}',
        '{"event": "node_started", "at": "noon", "unique_id": "m"}',
        '{"event": "node_started", "at": NaN, "unique_id": "m"}',
        '{"event": "node_started", "at": 1e999, "unique_id": "m"}',
        '{"event": "node_started", "at": 1, "unique_id": ["m"]}',
        '{"event": "run_planned", "at": 1, "nodes": [1]}',
        '{"event": "log_line", "at": 1, "level": "info", "text": null}',
        '{"event":"node_finished","at":1,"unique_id":"m","status":"success","started_at":1,'
        '"duration":1,"rows":99999999999999999999999}',
    ],
)
def test_what_is_no_event_is_passed_over(writer: RunWriter, garbage: str):
    log = RunLog(writer.starts(CUSTOMERS).tears(garbage + "\n").begins(CUSTOMERS).directory)
    assert names(log.poll()) == ["RunStarted", "NodeStarted"]
    assert log.count() == 0


def test_bytes_that_are_no_text_are_passed_over(writer: RunWriter):
    writer.starts()
    with writer.path.open("ab") as stream:
        stream.write(b'\xff\xfe{"event"\n\r\n')
    log = RunLog(writer.ends().directory)
    assert names(log.poll()) == ["RunStarted", "RunFinished"]


def test_an_unknown_field_is_ignored_and_a_fingerprint_of_more_parts_is_cut():
    event = parse(
        b'{"event":"node_finished","at":2,"unique_id":"m","status":"success","started_at":1,'
        b'"duration":1,"colour":"red","fingerprint":["1","2","3","4","5","6","7","8","9"]}'
    )
    assert event is not None
    assert event.built() == ("1", "2", "3", "4", "5", "6", "7", "8")


def test_a_log_that_was_replaced_by_a_shorter_one_is_read_again(writer: RunWriter):
    log = RunLog(writer.starts(CUSTOMERS).says("one").says("two").directory)
    log.poll()
    writer.path.unlink()
    writer.starts().says("three")
    assert names(log.poll()) == ["RunStarted"]
    assert texts(log) == ["three"]


def test_a_huge_log_is_taken_in_by_slices(writer: RunWriter):
    writer.starts(CUSTOMERS)
    for number in range(300):
        writer.says(f"line {number}")
    writer.ends()
    log, found, polls = RunLog(writer.directory), [], 0
    while not log.caught_up:
        found += log.poll(budget=2_000)
        polls += 1
    assert polls > 10
    assert names(found) == ["RunStarted", "RunFinished"]
    assert texts(log) == [f"line {number}" for number in range(300)]


def test_a_line_longer_than_the_budget_is_read_whole(writer: RunWriter):
    log = RunLog(writer.says("x" * 50_000).says("next").directory)
    log.poll(budget=100)
    log.poll(budget=100)
    assert [len(text) for text in texts(log)] == [50_000, 4]


# -- rows -------------------------------------------------------------------


def test_each_line_of_a_text_is_a_row(writer: RunWriter):
    log = RunLog(writer.says("Database error\r\n  syntax\n\n  at line 3\n").says("").directory)
    log.poll()
    rows = log.lines(0, 10)
    assert [row.text for row in rows] == ["Database error", "  syntax", "", "  at line 3", ""]
    assert [row.is_continuation for row in rows] == [False, True, True, True, False]
    assert log.lines(2, 4) == rows[2:4]
    assert log.size == 5


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
        ("nul\x00 and bell\x07", "nul and bell"),
        ("a\tb", "a   b"),
        ("[bold]not markup[/]", "[bold]not markup[/]"),
        ("half \ud800 pair", "half ? pair"),
        ("żółw 🐢", "żółw 🐢"),
    ],
)
def test_text_is_safe_for_a_screen(written: str, shown: str):
    assert clean(written) == shown


@given(st.text())
def test_cleaned_text_has_no_control_character_and_can_be_encoded(text: str):
    cleaned = clean(text)
    cleaned.encode()
    assert not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in cleaned)


def test_rows_are_filtered_by_level_asset_and_text(writer: RunWriter):
    writer.says("parsing", "debug").says("START customers", unique_id=CUSTOMERS)
    writer.says("slow query", "warn", ORDERS).says("ERROR customers", "error", CUSTOMERS)
    log = RunLog(writer.directory)
    log.poll()
    of_customers = LogFilter(unique_ids=frozenset({CUSTOMERS}))
    assert texts(log, LogFilter("warn")) == ["slow query", "ERROR customers"]
    assert texts(log, of_customers) == ["START customers", "ERROR customers"]
    assert texts(log, LogFilter("error", frozenset({CUSTOMERS, ORDERS}))) == ["ERROR customers"]
    assert texts(log, LogFilter(text="CUSTOMERS")) == ["START customers", "ERROR customers"]
    assert texts(log, LogFilter(unique_ids=frozenset({"model.shop.unknown"}))) == []


def test_a_filtered_view_follows_the_log(writer: RunWriter):
    log, warnings = RunLog(writer.says("a", "warn").directory), LogFilter("warn")
    log.poll()
    assert texts(log, warnings) == ["a"]
    writer.says("b").says("c", "error")
    log.poll()
    assert texts(log, warnings) == ["a", "c"]
    assert log.covers(warnings)


def test_a_view_of_an_asset_shows_lines_of_it_that_came_later(writer: RunWriter):
    log, wanted = RunLog(writer.says("a").directory), LogFilter(unique_ids=frozenset({ORDERS}))
    log.poll()
    assert texts(log, wanted) == []
    writer.says("b", unique_id=ORDERS)
    log.poll()
    assert texts(log, wanted) == ["b"]


def test_search_goes_both_ways_and_within_the_filter(writer: RunWriter):
    for number in range(20):
        writer.says(f"row {number} {'Needle' if number % 5 == 0 else ''}", "warn")
        writer.says(f"debug {number} needle", "debug")
    log, warnings = RunLog(writer.directory), LogFilter("warn")
    log.poll()
    assert log.find("needle") == 0
    assert log.find("NEEDLE", 1, warnings) == 5
    assert log.find("needle", 9, warnings, backwards=True) == 5
    assert log.find("needle", 19, warnings, backwards=True) == 15
    assert log.find("needle", 16, warnings) is None
    assert log.find("row 19") == 38
    assert log.find("") is None


def test_search_finds_text_that_is_escaped_in_the_file_or_not_ascii(writer: RunWriter):
    log = RunLog(writer.says('say "hi"').says("Straße").says("a\tb").says("c:\\x").directory)
    log.poll()
    assert log.find('"HI"') == 0
    assert log.find("STRASSE") == 1
    assert log.find("a   b") == 2
    assert log.find("C:\\X") == 3


def test_a_log_that_vanishes_shows_empty_rows(writer: RunWriter):
    log = RunLog(writer.says("a").says("b").directory)
    log.poll()
    writer.path.unlink()
    assert [row.text for row in log.lines(0, 2)] == ["", ""]
    assert log.find("a") is None


def test_a_hundred_thousand_lines_stay_in_the_file(tmp_path: Path):
    writer = RunWriter(tmp_path, "big1")
    line = json.dumps({"event": "log_line", "at": 1.0, "level": "info", "text": "x" * 100})
    with writer.path.open("w") as stream:
        stream.writelines(line + "\n" for _ in range(100_000))
    writer.says("the last", "error")
    log = RunLog(writer.directory)
    while not log.caught_up:
        log.poll()
    assert log.count() == 100_001
    assert log.find("THE LAST") == 100_000
    assert log.find("the last", 100_000, backwards=True) == 100_000
    errors = LogFilter("error")
    while not log.covers(errors):
        log.count(errors)
    assert [row.text for row in log.lines(0, 9, errors)] == ["the last"]
    kept = [value for value in vars(log).values() if isinstance(value, array | bytearray)]
    assert sum(memoryview(value).nbytes for value in kept) < 20 * 100_001
    others = [value for value in vars(log).values() if isinstance(value, list | dict)]
    assert max(map(len, others)) < 10


def test_the_end_of_an_interrupted_log_is_its_last_whole_line(writer: RunWriter):
    writer.starts(CUSTOMERS).says("last words")
    at = writer.at
    assert last_written(writer.tears().path) == at
    assert last_written(writer.directory / "none") == 0.0


# -- any prefix, any portions -----------------------------------------------


def whole_log(directory: Path) -> bytes:
    writer = RunWriter(directory, "p0")
    writer.starts(CUSTOMERS, ORDERS, "test.shop.t.1", command="dbt build 'ż'")
    writer.write(events.RunWaiting(writer.tick(), "b77c"))
    writer.write(events.RunPlanned(writer.tick(), [ORDERS, CUSTOMERS, "test.shop.t.1"]))
    writer.says("two\nlines ✓").builds(CUSTOMERS, fingerprint=["a"]).begins(ORDERS).begins(ORDERS)
    writer.finishes("test.shop.t.1", "skipped", skipped_because=ORDERS)
    writer.write(events.RunCancelling(writer.tick())).ends("cancelled").begins("model.shop.late")
    return writer.path.read_bytes()


@pytest.fixture(scope="module")
def log_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return whole_log(tmp_path_factory.mktemp("whole"))


@given(data=st.data())
def test_any_prefix_in_any_portions_gives_the_same_run(
    log_bytes: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
):
    cut = data.draw(st.integers(0, len(log_bytes)))
    stops = sorted(data.draw(st.lists(st.integers(0, cut), max_size=6)))
    directory = tmp_path_factory.mktemp("prefix")
    path = directory / "events.jsonl"
    log, by_portions = RunLog(directory), Run("p0", "running")
    for stop in (*stops, cut):
        path.write_bytes(log_bytes[:stop])
        by_portions = by_portions.apply(log.poll(budget=data.draw(st.integers(1, 500))))
        while not log.caught_up:
            by_portions = by_portions.apply(log.poll(budget=64))
    found = [event for _, event in EventFile(path).poll()]
    assert vars(Run("p0", "running").apply(found)) == vars(by_portions)
    said = [event.text for event in found if isinstance(event, events.LogLine)]
    assert texts(log) == [line for text in said for line in text.split("\n")]


PIECES = st.one_of(
    st.sampled_from(["\n", "\r", "\t", '"', "\\", "\\n", "\u2028", "\x7f", "\ud800", STACK_TRACE]),
    st.text(max_size=5),
)
"""What a text is made of: what JSON escapes, what ends a line, what a regular expression may take
for either.
"""
SAID = st.fixed_dictionaries(
    {
        "event": st.just("log_line"),
        "at": st.sampled_from([1796093540.924382, 1796093540, 0.5, 1e20, "1796093540.5"]),
        "level": st.sampled_from(["debug", "info", "warn", "error", "other", ""]),
        "text": st.lists(PIECES, max_size=6).map("".join),
    },
    optional={
        "unique_id": st.sampled_from([CUSTOMERS, ORDERS, 'a"b', "ä", ""]),
        "name": st.sampled_from(["LogStartLine", SUMMARY, "PackageRedirectDeprecation", "a b", ""]),
    },
)


def index_of(log: RunLog) -> list[object]:
    """All that a log remembers of its rows."""
    count = log.count()
    by_level = [list(log.lines(0, count, LogFilter(level))) for level in LEVELS]
    problems = [log.problem(row) for row in range(-1, count)]
    assets = [log.count(LogFilter(unique_ids=frozenset({one}))) for one in (CUSTOMERS, 'a"b', "ä")]
    return [count, by_level, problems, assets]


@given(
    st.lists(
        st.tuples(SAID, st.booleans(), st.none() | st.tuples(st.integers(0, 60), st.binary()))
    ),
)
def test_lines_are_indexed_without_being_decoded_as_if_they_were(
    tmp_path_factory: pytest.TempPathFactory,
    said: list[tuple[dict[str, Any], bool, tuple[int, bytes] | None]],
):
    directory = tmp_path_factory.mktemp("heads")
    lines = []
    for fields, is_escaped, garbage in said:
        text = json.dumps(fields, ensure_ascii=is_escaped, separators=(",", ":"))
        line = text.encode("utf-8", "backslashreplace")
        if garbage is not None:
            line = line[: garbage[0]] + garbage[1].replace(b"\n", b"") + line[garbage[0] :]
        lines.append(line)
    (directory / "events.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    quick, slow = RunLog(directory), RunLog(directory)
    slow._file = EventFile(directory / "events.jsonl")
    quick.poll()
    slow.poll()
    assert index_of(quick) == index_of(slow)
    for line in lines:
        if WRITTEN_LINE.fullmatch(line):
            assert isinstance(parse(line), events.LogLine)


@given(st.binary(max_size=300), st.integers(1, 50))
def test_whatever_bytes_stand_in_a_log_reading_never_raises(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, budget: int
):
    directory = tmp_path_factory.mktemp("bytes")
    (directory / "events.jsonl").write_bytes(content)
    log = RunLog(directory)
    while not log.caught_up:
        Run("x", "running").apply(log.poll(budget))
    log.lines(0, log.count())


# -- raw output -------------------------------------------------------------


def test_raw_output_is_read_by_lines_as_it_grows(tmp_path: Path):
    path, raw = tmp_path / "stdout", RawOutput(tmp_path, "stdout")
    assert not raw.poll()
    path.write_bytes(b"one\r\n\x1b[1mtwo\x1b[0m\nth")
    raw.poll()
    assert raw.lines(0, 9) == ["one", "two", "th"]
    path.write_bytes(b"one\r\n\x1b[1mtwo\x1b[0m\nthree\n\xff\n")
    raw.poll(budget=2)
    while not raw.caught_up:
        raw.poll(budget=2)
    assert raw.count() == 4
    assert raw.lines(2, 4) == ["three", "\ufffd"]
    path.unlink()
    assert raw.lines(0, 2) == ["", ""]


LINES = (
    ("info", "Running with dbt", ""),
    ("info", "1 of 2 START sql view", "LogStartLine"),
    ("warn", "careful\nwith two lines", ""),
    ("debug", "only for the curious", ""),
    ("info", "1 of 2 OK created", "LogModelResult"),
    ("error", "2 of 2 ERROR creating\n  Binder Error", "LogModelResult"),
)


def spoken(writer: RunWriter) -> RunLog:
    lines = (
        events.LogLine(writer.tick(), level, text, ORDERS, name) for level, text, name in LINES
    )
    log = RunLog(writer.starts(CUSTOMERS).write(*lines).directory)
    log.poll()
    return log


def test_start_lines_can_be_left_out_but_not_of_everything(writer: RunWriter):
    log = spoken(writer)
    starts = "1 of 2 START sql view"
    assert starts in texts(log, LogFilter("info"))
    assert starts not in texts(log, LogFilter("info", starts=False))
    assert starts in texts(log, LogFilter("debug", starts=False))
    assert [row.level for row in log.lines(0, 2)] == ["info", "info"]


@pytest.mark.parametrize("wanted", [ALL, LogFilter("info", starts=False), LogFilter("warn")])
def test_warnings_and_errors_are_found_in_both_directions(writer: RunWriter, wanted: LogFilter):
    log = spoken(writer)
    rows = texts(log, wanted)
    warning, error = rows.index("careful"), rows.index("2 of 2 ERROR creating")
    assert log.problem(-1, wanted) == warning
    assert log.problem(warning, wanted) == error
    assert log.problem(error, wanted) is None
    assert log.problem(len(rows), wanted, backwards=True) == error
    assert log.problem(error, wanted, backwards=True) == warning
    assert log.problem(warning, wanted, backwards=True) is None


def test_what_is_filtered_out_is_no_problem(writer: RunWriter):
    log = spoken(writer)
    assert log.problem(-1, LogFilter("error")) == 0
    assert log.problem(-1, LogFilter("info", frozenset({CUSTOMERS}))) is None
    assert RunLog(writer.directory).problem(0) is None


def test_a_row_is_found_again_behind_another_filter(writer: RunWriter):
    log, quiet = spoken(writer), LogFilter("info", starts=False)
    loud = texts(log)
    for text in texts(log, quiet):
        place = loud.index(text)
        assert texts(log, quiet)[log.place_after(place, ALL, quiet)] == text
    hidden = loud.index("1 of 2 START sql view")
    assert texts(log, quiet)[log.place_after(hidden, ALL, quiet)] == "careful"


SUMMARY = """[WARNING][DeprecationsSummary]: Deprecated functionality
Summary of encountered deprecations:
- MissingArgumentsPropertyInGenericTestDeprecation: 3 occurrences
- CustomKeyInObjectDeprecation: 1 occurrence
To see all deprecation instances instead of just the first occurrence of each,
run command again with the `--show-all-deprecations` flag."""
DEPRECATED = """[WARNING][CustomKeyInObjectDeprecation]: Deprecated
functionality
Custom key `a` found in `models` at
path `models.a` in file `models/b.yml`."""


def test_what_is_deprecated_takes_a_row_beside_results_and_all_of_them_at_debug(
    writer: RunWriter,
) -> None:
    for level, text, name in (
        ("warn", DEPRECATED, "CustomKeyInObjectDeprecation"),
        ("info", "1 of 1 OK created a", "LogModelResult"),
        ("info", "  compiled code at target/a.sql", "SQLCompiledPath"),
        ("warn", SUMMARY, "DeprecationsSummary"),
    ):
        line = events.LogLine(1.0, level, text, name=name)
        writer.tears(events.to_line(line) + "\n")
    log = RunLog(writer.directory)
    log.poll()
    first = "Custom key `a` found in `models` at path `models.a` in file `models/b.yml`."
    shown = [first, "1 of 1 OK created a", "4 deprecated places of 2 kinds"]
    assert texts(log, LogFilter("info", starts=False)) == shown
    assert texts(log, LogFilter("warn")) == [first]
    assert "- CustomKeyInObjectDeprecation: 1 occurrence" in texts(log)
    assert log.problem(-1) == 0
    assert log.problem(0) is None, "the list repeats what was told"
