"""dbt's events made and written quickly: what protobuf's `ParseDict` makes of a dict, without its
detours, and no lines that no log takes.

dbt makes two protobuf messages for each of its events, some twenty-five events a node, by
`google.protobuf.json_format.ParseDict`, which is written in Python and made for JSON from
strangers. The constructors of the same messages are written in C. What they would read in
another way than `ParseDict` (enums, timestamps and free structures, numbers as texts, …) is left
to it, field by field or whole.
"""

from __future__ import annotations

import copy
import logging
import math
import threading
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from logging.handlers import RotatingFileHandler
from typing import Any

import dbt_common.events.base_types
import dbt_common.events.helpers
import dbt_common.events.logger
from dbt_common.events.logger import _is_print_event, _Logger
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from tui.engine.process.log_file import write_to_log

WELL_KNOWN = "google.protobuf."
"""What begins so is read in a way of its own: Timestamp, Struct, …"""
LARGEST_FLOAT = 3.4e38
LEVELS = {"debug": 10, "test": 10, "info": 20, "warn": 30, "error": 40}
HANDLERS = (logging.StreamHandler, RotatingFileHandler)
NEVER_FAILING = ("surrogateescape", "backslashreplace", "replace", "ignore")
NODES = frozenset({"NodeInfo", "AdapterNodeInfo"})
"""Messages about a node, which most events hold."""
INTEGERS = frozenset(
    {
        FieldDescriptor.CPPTYPE_INT32,
        FieldDescriptor.CPPTYPE_INT64,
        FieldDescriptor.CPPTYPE_UINT32,
        FieldDescriptor.CPPTYPE_UINT64,
    }
)
FLOATS = frozenset({FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE})

UTC_TIME = "2026-01-31T12:34:56.123456Z"
"""How dbt writes a time, always as long as this."""
FOUR_DIGITS = 1000
"""A year before this one is written with fewer digits by some systems."""
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  as are the times that are read

Reader = Callable[[Any], Any]


class _Unlike(Exception):
    """A value that `ParseDict` may read in another way, or not at all."""


def apply() -> None:
    """From here on, dbt's events in this process are made by `quick_parse_dict`, made into lines
    only for a log that takes them and written without a record of `logging`, and secrets are found
    in the environment without decoding it.
    """
    dbt_common.events.base_types.ParseDict = quick_parse_dict
    _write_times_quickly()
    write_line = _Logger.write_line

    def write_what_is_taken(logger: Any, message: Any) -> None:
        level = message.info.level
        if level in ("debug", "test") and not _takes_all(logger, message):
            return
        if (python_logger := getattr(logger, "_python_logger", None)) is None:
            write_line(logger, message)
            return
        number = logging.ERROR if _is_print_event(message) else LEVELS.get(level, 0)
        handler = _plain_handler(python_logger) if python_logger.isEnabledFor(number) else None
        if handler is None or not _write(handler, logger.create_line(message)):
            write_line(logger, message)

    _Logger.write_line = write_what_is_taken


def _write_times_quickly() -> None:
    """Let the times of events be written by `isoformat`: `strftime` takes ten times as long."""
    in_json, in_a_line = (
        dbt_common.events.helpers.datetime_to_json_string,
        dbt_common.events.logger.timestamp_to_datetime_string,
    )

    def datetime_to_json_string(dt: datetime) -> str:
        if type(dt) is not datetime or dt.tzinfo is not None or dt.year < FOUR_DIGITS:
            return in_json(dt)
        return dt.isoformat(timespec="microseconds") + "Z"

    def timestamp_to_datetime_string(ts: Any) -> str:
        if ts.seconds <= 0:
            return in_a_line(ts)
        local = datetime.fromtimestamp(ts.seconds + ts.nanos / 1e9)  # noqa: DTZ006  as dbt has it
        return local.isoformat(timespec="microseconds")[len("2026-01-31T") :]

    dbt_common.events.helpers.datetime_to_json_string = datetime_to_json_string
    dbt_common.events.logger.timestamp_to_datetime_string = timestamp_to_datetime_string


def _plain_handler(python_logger: logging.Logger) -> logging.StreamHandler[Any] | None:
    """The one handler of a logger, where all that it does with a line is to write it."""
    handlers = python_logger.handlers
    if len(handlers) != 1 or python_logger.propagate or python_logger.filters:
        return None
    handler = handlers[0]
    is_plain = (
        type(handler) in HANDLERS
        and not handler.filters
        and handler.level == logging.NOTSET
        and type(handler.formatter) is logging.Formatter
        and handler.formatter._fmt == "%(message)s"
    )
    return handler if is_plain else None  # type: ignore[return-value]


def _write(handler: logging.StreamHandler[Any], line: str) -> bool:
    """Write a line as the handler would, without a record of it; False where it is to do that."""
    if isinstance(handler, RotatingFileHandler):
        write_to_log(handler, line)
        return True
    stream = handler.stream
    if not line.isascii() and stream.errors not in NEVER_FAILING:
        return False  # the handler says what cannot be written
    handler.acquire()
    try:
        stream.write(line + handler.terminator)
        stream.flush()
    except Exception:  # noqa: BLE001 - as the handler does it
        handler.handleError(logging.makeLogRecord({"msg": line}))
    finally:
        handler.release()
    return True


def _takes_all(logger: Any, message: Any) -> bool:
    """Whether one of dbt's logs takes this event, which is of the level debug or test."""
    python_logger = getattr(logger, "_python_logger", logging.root)
    if python_logger is logging.root:
        return True  # dbt names it otherwise
    return bool(
        _is_print_event(message)
        or (python_logger is not None and python_logger.isEnabledFor(logging.DEBUG))
    )


def quick_parse_dict(values: dict[str, Any], message: Any) -> Any:
    """The message of this one's class that holds these values, as `ParseDict` makes it.

    Args:
        values: the names of fields, as in the proto file, and their values.
        message: a message without values, which may be filled and returned.

    Raises:
        ParseError: as `ParseDict` does.
    """
    try:
        return _make(type(message), values)
    except (_Unlike, ParseError, TypeError, ValueError):
        return ParseDict(values, message)


def _make(kind: Any, values: Any) -> Any:
    if type(values) is not dict:
        raise _Unlike
    readers = _readers(kind)
    quick: dict[str, Any] = {}
    slow: dict[str, Any] = {}
    for name, value in values.items():
        if value is None:
            if name not in readers:
                raise _Unlike
            continue
        reader = readers.get(name, _nothing)
        if reader is _text and type(value) is str:
            quick[name] = value
        elif reader is None:
            slow[name] = value
        else:
            quick[name] = reader(value)
    made = kind(**quick)
    return ParseDict(slow, made) if slow else made


@cache
def _readers(kind: Any) -> dict[str, Reader | None]:
    """How to read each field of a class of messages; None: as `ParseDict` does."""
    readers = {}
    for field in kind.DESCRIPTOR.fields:
        reader = None if field.containing_oneof is not None else _reader(field)
        readers[field.name] = reader
    return readers


def _reader(field: Any) -> Reader | None:
    if field.message_type is not None:
        if field.message_type.GetOptions().map_entry:
            kinds = {part.cpp_type for part in field.message_type.fields}
            return _texts_by_text if kinds == {FieldDescriptor.CPPTYPE_STRING} else None
        if field.message_type.full_name.startswith(WELL_KNOWN):
            return None if _is_repeated(field) else WELL_KNOWN_READERS.get(field.message_type.name)
        kind = field.message_type._concrete_class
        one: Reader | None = (
            _LastNode(kind) if kind.DESCRIPTOR.name in NODES else partial(_make, kind)
        )
    else:
        one = _scalar_reader(field.cpp_type, field.type)
    return _each(one) if one is not None and _is_repeated(field) else one


class _LastNode(threading.local):
    """Makes messages about nodes: in a thread, the one that was made last is mostly wanted again,
    for each of a node's events has one.
    """

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._made: Any = None
        self._values: Any = None

    def __call__(self, values: Any) -> Any:
        if self._made is None or values != self._values:
            self._made = None
            made = _make(self._kind, values)
            self._values, self._made = copy.deepcopy(values), made  # whoever gave it may change it
        return self._made


def _is_repeated(field: Any) -> bool:
    repeated = getattr(field, "is_repeated", None)  # protobuf 6; `label` is leaving
    return bool(field.label == field.LABEL_REPEATED if repeated is None else repeated)


def _scalar_reader(cpp_type: int, type_: int) -> Reader | None:
    if cpp_type == FieldDescriptor.CPPTYPE_STRING and type_ == FieldDescriptor.TYPE_STRING:
        return _text
    if cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return _truth
    if cpp_type in INTEGERS:
        return _integer
    return _real if cpp_type in FLOATS else None


def _nothing(_: Any) -> Any:
    raise _Unlike


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise _Unlike


def _truth(value: Any) -> bool:
    if value is True or value is False:
        return value
    raise _Unlike


def _integer(value: Any) -> int:
    if type(value) is int:
        return value
    raise _Unlike


def _real(value: Any) -> float:
    if type(value) in {float, int} and math.isfinite(value) and abs(value) < LARGEST_FLOAT:
        return float(value)
    raise _Unlike


def _timestamp(value: Any) -> Timestamp:
    if type(value) is str and len(value) == len(UTC_TIME) and value[10::16] == "TZ":
        since = datetime.fromisoformat(value[:-1]) - EPOCH
        return Timestamp(
            seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1000
        )
    raise _Unlike


def _structure(value: Any) -> Struct:
    if type(value) is not dict:
        raise _Unlike
    return ParseDict(value, Struct()) if value else Struct()


def _texts_by_text(value: Any) -> dict[str, str]:
    if type(value) is dict and all(
        isinstance(key, str) and isinstance(text, str) for key, text in value.items()
    ):
        return value
    raise _Unlike


WELL_KNOWN_READERS: dict[str, Reader] = {"Timestamp": _timestamp, "Struct": _structure}


def _each(one: Reader) -> Reader:
    def every(value: Any) -> list[Any]:
        if type(value) not in {list, tuple}:
            raise _Unlike
        return [one(item) for item in value]

    return every
