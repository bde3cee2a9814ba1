"""What dbt's own log says of its lines is not lost when a run from elsewhere is recorded."""

from __future__ import annotations

import json

from tui.engine.artifacts.external_log import TakenLine, taken_lines

ORDERS, CHECK = "model.shop.orders", "test.shop.unique_orders_id.70f3"
TEXT = """\
============================== 21:07:10.968001 | 7cf593d3-33ad-420e-ae01-81295da95a9b ====
\x1b[0m21:07:10.968001 [info ] [MainThread]: Running with dbt=1.11.16
21:07:12.1 [debug] [Thread-1 (]: Began running node model.shop.orders
21:07:12.2 [debug] [Thread-2 (]: Began running node test.shop.unique_orders_id.70f3
21:07:12.3 [info ] [Thread-1 (]: 1 of 2 START sql table model main.orders ..... [RUN]
21:07:12.4 [error] [Thread-2 (]: 2 of 2 FAIL 1 unique_orders_id ............... [\x1b[31mFAIL 1\x1b[0m in 0.04s]
21:07:12.5 [info ] [Thread-1 (]: 1 of 2 OK created sql table model main.orders [OK in 0.40s]
21:07:12.6 [debug] [Thread-1 (]: Finished running node model.shop.orders
21:07:12.7 [debug] [Thread-1 (]: of nothing any more
21:07:13.1 [error] [MainThread]: Failure in test unique_orders_id (models/orders.yml)
21:07:13.2 [error] [MainThread]:   Got 1 result, configured to fail if != 0
21:07:13.3 [info ] [MainThread]: Done. PASS=1 WARN=0 ERROR=1 SKIP=0 NO-OP=0 TOTAL=2
21:07:13.4 [warn ] [MainThread]: [\x1b[33mWARNING\x1b[0m][DeprecationsSummary]: Deprecated functionality
Summary of encountered deprecations:
"""  # noqa: E501


def told(lines: list[TakenLine]) -> list[tuple[str, str]]:
    return [(line.unique_id, line.name) for line in lines]


def test_each_line_of_a_text_log_is_of_the_node_that_its_thread_works_on() -> None:
    lines = taken_lines(TEXT, (ORDERS, CHECK))
    assert told(lines) == [
        ("", ""), (ORDERS, ""), (CHECK, ""), (ORDERS, "LogStartLine"), (CHECK, "LogTestResult"),
        (ORDERS, "LogModelResult"), (ORDERS, ""), ("", ""), (CHECK, "RunResultFailure"),
        (CHECK, ""), ("", ""), ("", "DeprecationsSummary"),
    ]  # fmt: skip
    assert lines[4].text.endswith("[FAIL 1 in 0.04s]"), "without colours"
    assert lines[-1].text.count("\n") == 1, "a further row belongs to its line"


def test_a_line_of_json_says_all_of_itself_and_half_a_line_is_passed_over() -> None:
    whole = json.dumps({
        "info": {"ts": "2026-11-29T21:07:12.5Z", "level": "info", "msg": "1 of 2 START a",
                 "name": "LogStartLine"},
        "data": {"node_info": {"unique_id": ORDERS}},
    })  # fmt: skip
    (line,) = taken_lines(f"{whole}\n{whole[:60]}\n", ())
    assert (line.clock, line.unique_id, line.name) == ("21:07:12.5", ORDERS, "LogStartLine")
