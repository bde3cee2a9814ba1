"""What is made quickly in a run's process is what dbt makes."""

import logging
import os
from datetime import datetime
from typing import Any

import agate.data_types
import dbt_common.events.base_types
import dbt_common.events.helpers
import dbt_common.events.logger
import pytest
from agate import Date, DateTime
from agate.exceptions import CastError
from dbt.adapters.events import adapter_types_pb2
from dbt.clients.jinja import MacroGenerator, MacroStack
from dbt.context.base import BaseContext
from dbt.context.macros import MacroNamespaceBuilder
from dbt.context.manifest import ManifestContext
from dbt.events import core_types_pb2
from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.clients import jinja
from dbt_common.events.base_types import EventLevel
from dbt_common.events.logger import LoggerConfig, _Logger, _TextLogger
from dbt_common.exceptions import CompilationError, base
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.timestamp_pb2 import Timestamp

from tui.engine.patches import events, namespaces, secret_variables, tables, templates
from tui.engine.patches.behavior_flags import calling_module

NODE = {
    "node_path": "marts/orders.sql",
    "node_name": "orders",
    "unique_id": "model.shop.orders",
    "resource_type": "model",
    "materialized": "table",
    "node_status": "success",
    "node_started_at": "2026-01-31T12:34:56.123456",
    "node_finished_at": "",
    "meta": {},
    "node_relation": {"database": "shop", "schema": "marts", "alias": "orders"},
    "node_checksum": "abc",
}
NESTED_META = {"owner": "a", "level": 2, "tags": ["x", None], "deep": {"fields": {"b": True}}}
INFO = {
    "level": "debug",
    "msg": "Ünïcode\nlines",
    "invocation_id": "1",
    "extra": {"k": "v"},
    "ts": "2026-01-31T12:34:56.123456Z",
    "pid": 12,
    "thread": "Thread-1",
    "code": "E017",
    "name": "SQLQueryStatus",
}
CASES: list[tuple[Any, dict[str, Any]]] = [
    (adapter_types_pb2.SQLQueryMsg, {"info": INFO}),
    (adapter_types_pb2.SQLQueryMsg, {"info": INFO | {"ts": "2026-01-31T12:34:56Z"}}),
    (adapter_types_pb2.SQLQueryMsg, {"info": INFO | {"ts": "2026-01-31T12:34:56.123456+01:00"}}),
    (adapter_types_pb2.SQLQueryMsg, {"info": INFO | {"ts": "2026-01-31 12:34:56.123456Z"}}),
    (adapter_types_pb2.SQLQueryMsg, {"info": INFO | {"extra": {}, "pid": 0, "code": None}}),
    (adapter_types_pb2.SQLQueryMsg, {"info": INFO | {"invocationId": "camel"}}),
    (adapter_types_pb2.SQLQueryMsg, {"info": {}}),
    (adapter_types_pb2.SQLQueryMsg, {"info": "no dict"}),
    (adapter_types_pb2.SQLQueryMsg, {"nothing": None}),
    (adapter_types_pb2.SQLQueryMsg, {"nothing": 1}),
    (adapter_types_pb2.SQLQueryStatus, {"node_info": NODE, "status": "OK", "elapsed": 0.25}),
    (adapter_types_pb2.SQLQueryStatus, {"node_info": NODE | {"meta": NESTED_META}}),
    (adapter_types_pb2.SQLQueryStatus, {"node_info": NODE | {"meta": {"a": object()}}}),
    (adapter_types_pb2.SQLQueryStatus, {"status": "OK", "elapsed": 1}),
    (adapter_types_pb2.SQLQueryStatus, {"status": 1}),
    (adapter_types_pb2.SQLQueryStatus, {"status": "\ud800"}),
    (adapter_types_pb2.SQLQueryStatus, {"elapsed": "0.5"}),
    (adapter_types_pb2.SQLQueryStatus, {"elapsed": float("nan")}),
    (adapter_types_pb2.SQLQueryStatus, {"elapsed": 1e39}),
    (core_types_pb2.LogTestResult, {"name": "t", "status": "pass", "index": 1, "num_failures": 0}),
    (core_types_pb2.LogTestResult, {"index": 2.0, "num_models": True}),
    (core_types_pb2.LogTestResult, {"index": 1 << 40}),
    (core_types_pb2.FoundStats, {"stat_line": b"bytes"}),
    (core_types_pb2.CommandCompleted, {"success": 1, "elapsed": 0.1}),
    (
        core_types_pb2.CommandCompleted,
        {"command": "build", "success": True, "completed_at": "2026-01-31T12:34:56.000000Z"},
    ),
    (core_types_pb2.MainReportArgs, {"args": {"a": "1", "b": "two"}}),
    (core_types_pb2.MainReportArgs, {"args": {"a": 1}}),
    (
        core_types_pb2.RunResultMsgData
        if hasattr(core_types_pb2, "RunResultMsgData")
        else core_types_pb2.RunResultMsg,
        {
            "status": "success",
            "timing_info": [{"name": "compile", "started_at": "2026-01-31T12:34:56.5Z"}, {}],
            "adapter_response": {"_message": "OK", "rows_affected": 3},
            "num_failures": 0,
        },
    ),
]


def made(parse: Any, kind: Any, values: dict[str, Any]) -> Any:
    try:
        return parse(values, kind())
    except ParseError as error:
        return type(error), str(error)


@pytest.mark.parametrize(("kind", "values"), CASES)
def test_an_event_is_the_one_that_protobufs_parser_makes(kind: Any, values: dict[str, Any]) -> None:
    quick = made(events.quick_parse_dict, kind, values)
    assert quick == made(ParseDict, kind, values)
    if not isinstance(quick, tuple):
        assert quick.SerializeToString(deterministic=True) == made(
            ParseDict, kind, values
        ).SerializeToString(deterministic=True)


def test_each_event_is_about_its_own_node() -> None:
    meta: dict[str, Any] = {"tags": ["a"]}
    node = NODE | {"meta": meta}
    kind = adapter_types_pb2.SQLQueryStatus
    for change in (
        lambda: None, lambda: node.update(node_name="b"), lambda: meta["tags"].append("b"),
        lambda: node.update(node_finished_at="now"), lambda: node.update(NODE),
        lambda: node.pop("meta"),
    ):  # fmt: skip
        change()
        for _ in range(2):
            values = {"node_info": node, "status": "OK"}
            assert made(events.quick_parse_dict, kind, values) == made(ParseDict, kind, values)


@pytest.mark.parametrize(
    "text",
    ["2026-01-31 12:34:56.123456", "2026-01-31", "0999-01-01", "2026-01-31 01:02:03+00:00"],
)
def test_times_are_written_as_before(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    at = datetime.fromisoformat(text)
    helpers, logger = dbt_common.events.helpers, dbt_common.events.logger
    in_json, in_a_line = helpers.datetime_to_json_string, logger.timestamp_to_datetime_string
    monkeypatch.setattr(helpers, "datetime_to_json_string", in_json)
    monkeypatch.setattr(logger, "timestamp_to_datetime_string", in_a_line)
    events._write_times_quickly()
    assert helpers.datetime_to_json_string(at) == in_json(at)
    stamp = Timestamp(seconds=int(at.microsecond) * 7919, nanos=at.microsecond * 1000)
    assert logger.timestamp_to_datetime_string(stamp) == in_a_line(stamp)


def test_the_usual_event_needs_no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(events, "ParseDict", forbidden)
    events.quick_parse_dict({"info": INFO}, adapter_types_pb2.SQLQueryMsg())
    events.quick_parse_dict({"node_info": NODE}, adapter_types_pb2.SQLQueryStatus())


def test_the_secrets_of_the_environment_are_dbts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_ENV_SECRET_TOKEN", "hüsh")
    monkeypatch.setenv("DBT_ENV_SECRET_EMPTY", " ")
    assert secret_variables.quick_env_secrets() == base.env_secrets() == ["hüsh"]
    monkeypatch.delenv("DBT_ENV_SECRET_TOKEN")
    assert secret_variables.quick_env_secrets() == base.env_secrets() == []


def test_a_log_gets_the_lines_that_it_got_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(_Logger, "write_line", _Logger.write_line)
    monkeypatch.setattr(dbt_common.events.base_types, "ParseDict", ParseDict)
    monkeypatch.setattr(
        dbt_common.events.functions, "env_secrets", dbt_common.events.functions.env_secrets
    )
    for module, name in [
        (dbt_common.events.helpers, "datetime_to_json_string"),
        (dbt_common.events.logger, "timestamp_to_datetime_string"),
    ]:
        monkeypatch.setattr(module, name, getattr(module, name))
    messages = []
    for level in EventLevel:
        message = adapter_types_pb2.SQLQueryMsg()
        message.info.level, message.info.msg, message.info.name = level.value, level.value, "Any"
        messages.append(message)
        printed = core_types_pb2.CommandCompletedMsg()
        printed.info.level, printed.info.msg, printed.info.name = level.value, "p", "PrintEvent"
        messages.append(printed)

    def written(name: str) -> str:
        for level in EventLevel:
            path = tmp_path / f"{name}-{level.value}.log"
            logger = _TextLogger(
                LoggerConfig(name=f"{name}{level}", level=level, output_file_name=str(path))
            )
            for message in messages:
                logger.write_line(message)
            for handler in logging.getLogger(f"{name}{level}").handlers:
                handler.close()
        texts = [path.read_text() for path in sorted(tmp_path.glob(f"{name}-*.log"))]
        return "\n---\n".join(line for text in texts for line in text.splitlines())

    before = written("before")
    events.apply()
    assert written("after") == before
    assert "PrintEvent" not in before
    assert "error" in before


def test_a_table_reads_dates_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["2026-01-31", "31 January 2026", "Jan 31 2026 5pm", "tomorrow", "12:30", "2026", "n/a"]

    def read() -> list[str]:
        types = [kind(locale=locale) for kind in (Date, DateTime) for locale in (None, "de_DE")]
        return [told(kind, text) for kind in types for text in texts]

    def told(kind: Any, text: str) -> str:
        try:
            return repr(kind.cast(text))
        except CastError as error:
            return str(error)

    before = read()
    for module in (agate.data_types.date, agate.data_types.date_time):
        monkeypatch.setattr(module, "parsedatetime", module.parsedatetime)
    tables.apply()
    assert Date()._constants is Date()._constants
    assert read() == before
    assert read() == before


class Macro:
    def __init__(self, package_name: str, name: str) -> None:
        self.package_name, self.name = package_name, name
        self.unique_id = f"macro.{package_name}.{name}"


@pytest.mark.parametrize("search_package", ["shop", "utils", "dbt"])
def test_a_context_has_the_macros_where_dbt_puts_them(
    monkeypatch: pytest.MonkeyPatch, search_package: str
) -> None:
    macros: dict[str, dict[str, Any]] = {}
    for package, name in [
        ("dbt", "ref"), ("dbt", "both"), ("dbt_duckdb", "both"), ("dbt_duckdb", "own"),
        ("shop", "both"), ("shop", "cents"), ("utils", "cents"), ("utils", "star"),
    ]:  # fmt: skip
        macros.setdefault(package, {})[name] = Macro(package, name)

    def build(context: dict[str, Any]) -> Any:
        stack, node = MacroStack(), object()
        builder = MacroNamespaceBuilder("shop", search_package, stack, ["dbt_duckdb", "dbt"], node)
        return builder.build_namespace(macros, context), stack, node

    def told(namespace: Any) -> Any:
        def name_of(member: Any) -> Any:
            if isinstance(member, dict):
                return {key: name_of(value) for key, value in member.items()}
            return member.macro.unique_id

        flat: dict[str, Any] = {}
        flat.update(namespace)
        packages = [None, "dbt", "shop", "utils"]
        return (
            {key: name_of(value) for key, value in flat.items()},
            {key: name_of(namespace[key]) for key in namespace},
            [
                name_of(found) if (found := namespace.get_from_package(package, name)) else None
                for package in packages
                for name in ("both", "cents", "star", "nowhere")
            ],
            len(namespace),
        )

    for kind, name in [
        (MacroNamespaceBuilder, "build_namespace"), (ManifestContext, "_build_namespace"),
        (BaseContext, "generate_builtins"), (jinja.NativeSandboxTemplate, "new_context"),
    ]:  # fmt: skip
        monkeypatch.setattr(kind, name, getattr(kind, name))
    expected = told(build({})[0])
    namespaces.apply()
    assert told(build({})[0]) == expected  # the first is dbt's own
    context: dict[str, Any] = {"a": 1}
    namespace, stack, node = build(context)
    assert isinstance(namespace, namespaces.LazyNamespace)
    assert told(namespace) == expected
    generator = namespace["star"] if search_package == "utils" else namespace["ref"]
    like = MacroGenerator(generator.macro, context, node, stack)
    assert vars(generator) == vars(like)
    edited = macros["utils"]["star"] = Macro("utils", "star")  # in the same dict, by the same name
    assert build({})[0].get_from_package("utils", "star").macro is edited
    macros["shop"] = {"both": Macro("shop", "both")}
    assert "cents" not in MacroNamespaceBuilder(
        "shop", "shop", stack, ["dbt"], node
    ).build_namespace(dict(macros) | {"utils": {}}, context)


def test_a_behavior_flag_names_the_module_that_made_it(monkeypatch: pytest.MonkeyPatch) -> None:
    flag: Any = {"name": "some_flag", "default": False, "description": "of a test"}
    before = BehaviorFlagRendered(flag, {})._behavior_change_event.flag_source
    monkeypatch.setattr(BehaviorFlagRendered, "_default_source", staticmethod(calling_module))
    assert BehaviorFlagRendered(flag, {})._behavior_change_event.flag_source == before == __name__


def test_the_environment_can_be_read_without_decoding_it() -> None:
    environ: Any = os.environ
    assert environ.encodekey("PATH") in environ._data


def test_a_text_is_compiled_once_for_each_kind_of_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kinds = (jinja.MacroFuzzEnvironment, jinja.NativeSandboxEnvironment)
    slowly = jinja.MacroFuzzEnvironment.compile
    calls = []

    def counted(environment: Any, source: Any, *args: Any, **options: Any) -> Any:
        calls.append(type(environment))
        return slowly(environment, source, *args, **options)

    monkeypatch.setattr(jinja.MacroFuzzEnvironment, "compile", counted)
    templates.apply()
    for _ in range(3):
        for value in (1, 2):
            said = jinja.get_template("{{ one }}{% if one > 1 %}!{% endif %}", {"one": value})
            assert jinja.render_template(said, {"one": value}) == {1: "1", 2: "2!"}[value]
            native = jinja.get_template("{{ one }}", {"one": value}, native=True)
            assert jinja.render_template(native, {"one": value}) == value
    assert calls == [*kinds]
    with pytest.raises(CompilationError):
        jinja.get_template("{{ one", {})
    with pytest.raises(CompilationError):
        jinja.get_template("{{ one", {})
