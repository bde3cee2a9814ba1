"""A line of dbt's JSON log, of dbt-core and of dbt v2, is one event."""

import json

from tui.engine.command.log_records import log_record, seconds_of

NODE = {"unique_id": "model.shop.orders"}


def line(name: str, msg: str = "", level: str = "info", **data: object) -> str:
    info = {
        "name": name, "msg": msg, "level": level, "ts": "2026-11-29T17:34:06.123485Z",
        "invocation_id": "01a2", "thread": "Thread-1 (worker)",
    }  # fmt: skip
    return json.dumps({"data": data, "info": info})


def test_an_event_has_its_name_its_node_and_its_time() -> None:
    record = log_record(line("NodeStart", "Began running node", "debug", node_info=NODE))
    assert (record.name, record.level, record.unique_id) == (
        "NodeStart", "debug", "model.shop.orders",
    )  # fmt: skip
    assert record.at == seconds_of("2026-11-29T17:34:06.123485Z")
    assert (record.invocation_id, record.thread) == ("01a2", "Thread-1 (worker)")


def test_colours_and_the_frames_of_dbts_own_program_are_left_out() -> None:
    text = (
        "\x1b[31m[error]\x1b[0m: no\n  --> models/a.sql:1:2\n   0: <unknown>\n   1: start_thread\n"
    )
    text += (
        "             at ./nptl/pthread_create.c:442:8\n  2: clone3\n             at ./x.S:81:0\n"
    )
    assert log_record(line("Generic", text, "error")).text == "[error]: no\n  --> models/a.sql:1:2"


def test_what_is_no_event_is_a_line_of_text() -> None:
    for text in ("Installed 3 packages", "{not json", '{"some": "json"}', '{"info": 1}'):
        record = log_record(f"{text}\n")
        assert (record.name, record.level, record.text) == ("", "info", text)


def test_a_time_without_a_zone_is_utc() -> None:
    assert seconds_of("1970-01-01T00:00:01.5") == seconds_of("1970-01-01T00:00:01.500Z") == 1.5
    assert seconds_of("now") == 0.0
