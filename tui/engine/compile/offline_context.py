"""A context of dbt's in which code is rendered without a database, and what it reads is noted.

What only the database, the clock or the invocation knows is replaced by values that say that they
were looked at.
"""

from __future__ import annotations

import datetime
from typing import Any

PURE = frozenset({"dispatch", "type", "config", "Relation", "quote", "quote_as_configured"})
"""What macros ask of an adapter all the time, and it answers by itself."""
WORDS = {
    "execute": "run_query",
    "add_query": "run_query",
    "run_query": "run_query",
    "list_relations_without_caching": "adapter.get_relation",
}
"""What a user wrote, for what an adapter was asked for in the end."""


OF_THE_INVOCATION = frozenset({"run_started_at", "invocation_id", "thread_id", "the current time"})
"""What is noted of a value that can be given in another way, to see whether it matters."""
LATER = datetime.timedelta(days=401, hours=5, minutes=7, seconds=11, microseconds=13)


class NeedsDatabase(BaseException):
    """The code asks the database. Not an Exception: nothing of dbt's must take it for an error."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Noted:
    """What a rendering looked at that is not known offline."""

    def __init__(self, *, later: bool = False) -> None:
        """`later`: in another invocation, at another time."""
        self.later = later
        self.unknown: set[str] = set()
        self.reaching = ""
        """The adapter's method that was called last, in the user's words."""
        self.asked_incremental = False


def make_offline(context: dict[str, Any], noted: Noted, *, incremental: bool) -> dict[str, Any]:
    """Replace what is not known offline in a context that dbt has made."""
    context["adapter"] = _Adapter(context["adapter"], noted)
    context["run_started_at"] = _Moment.noting(noted)
    for name in ("invocation_id", "thread_id"):
        value = str(context.get(name) or "")
        context[name] = _Text.noting(value[::-1] + "x" if noted.later else value, name, noted)
    context["modules"] = _modules(context["modules"], noted)
    context["flags"] = _Flags(context["flags"], noted)
    for name in ("invocation_args_dict", "dbt_metadata_envs"):
        context[name] = _Dict.noting(context.get(name) or {}, name, noted)
    context["selected_resources"] = _List.noting(
        context.get("selected_resources") or [], "selected_resources", noted
    )
    context["log"] = context["print"] = _nothing
    if isinstance(context.get("exceptions"), dict):
        context["exceptions"] = {**context["exceptions"], "warn": _nothing}
    macro = getattr(context.get("is_incremental"), "macro", None)
    if macro is not None and macro.package_name == "dbt":
        context["is_incremental"] = _IsIncremental(context, noted, incremental)
    return context


def _nothing(*_: Any, **__: Any) -> str:
    return ""


class _IsIncremental:
    """dbt's `is_incremental()`, answered both ways, one rendering after the other."""

    def __init__(self, context: dict[str, Any], noted: Noted, answer: bool) -> None:
        self._context = context
        self._noted = noted
        self._answer = answer

    def __call__(self) -> bool:
        config = self._context["model"].get("config") or {}
        if config.get("materialized") != "incremental" or config.get("full_refresh") is True:
            return False
        self._noted.asked_incremental = True
        return self._answer


class _Adapter:
    """dbt's wrapper of an adapter, which notes what it was asked for."""

    def __init__(self, wrapped: Any, noted: Noted) -> None:
        self._wrapped = wrapped
        self._noted = noted

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._wrapped, name)
        if name in PURE or not callable(found):
            return found
        noted = self._noted

        def called(*args: Any, **named: Any) -> Any:
            before, noted.reaching = noted.reaching, WORDS.get(name, f"adapter.{name}")
            answer = found(*args, **named)
            noted.reaching = before
            return answer

        return called


class _Flags:
    """dbt's flags: what is read of them depends on the command line."""

    def __init__(self, wrapped: Any, noted: Noted) -> None:
        self._wrapped = wrapped
        self._noted = noted

    def __getattr__(self, name: str) -> Any:
        self._noted.unknown.add(f"flags.{name}")
        return getattr(self._wrapped, name)


def _modules(modules: Any, noted: Noted) -> Any:
    """The modules of Jinja, with a clock that notes that it was asked."""

    def note() -> datetime.timedelta:
        noted.unknown.add("the current time")
        return LATER if noted.later else datetime.timedelta()

    class Now(datetime.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.datetime.now(tz) + note()

        @classmethod
        def utcnow(cls) -> Any:
            return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + note()

        @classmethod
        def today(cls) -> Any:
            return datetime.datetime.now() + note()  # noqa: DTZ005  as Python's

    class Today(datetime.date):
        @classmethod
        def today(cls) -> Any:
            return datetime.date.today() + note()  # noqa: DTZ011  as Python's

    clock = {**modules["datetime"], "datetime": Now, "date": Today}
    return {**modules, "datetime": clock}


def _noted_by(names: tuple[str, ...], base: type) -> Any:
    """A class whose values note that something was asked of them by one of these methods."""

    def noting_method(name: str) -> Any:
        method = getattr(base, name)

        def noted_call(self: Any, *args: Any, **named: Any) -> Any:
            noted, word = self.__dict__["_noting"]
            noted.unknown.add(word)
            return method(self, *args, **named)

        return noted_call

    methods = {name: noting_method(name) for name in names if hasattr(base, name)}
    return type(f"_Noting{base.__name__}", (base,), methods)


_OPERATORS = (
    "__str__", "__format__", "__add__", "__radd__", "__sub__", "__rsub__", "__lt__", "__le__",
    "__gt__", "__ge__", "__eq__", "__ne__", "__hash__", "__len__", "__iter__", "__contains__",
    "__getitem__", "__mod__", "__bool__", "__mul__", "__rmul__",
)  # fmt: skip


def _all_of(base: type) -> tuple[str, ...]:
    """Its public methods and operators; Python's own bookkeeping is none of them."""
    return tuple({*(name for name in dir(base) if not name.startswith("_")), *_OPERATORS})


_READ_ONLY = frozenset({"min", "max", "resolution"})


def _filled(made: Any, word: str, noted: Noted) -> Any:
    """A value of a noting class that notes this word from here on."""
    made.__dict__["_noting"] = (noted, word)
    return made


class _Text(_noted_by(_all_of(str), str)):  # type: ignore[misc]
    """A text that is another one in each invocation."""

    @classmethod
    def noting(cls, value: str, word: str, noted: Noted) -> Any:
        return _filled(str.__new__(cls, value), word, noted)


class _Dict(_noted_by(_all_of(dict), dict)):  # type: ignore[misc]
    """A dict of the invocation."""

    @classmethod
    def noting(cls, value: Any, word: str, noted: Noted) -> Any:
        made = dict.__new__(cls)
        dict.update(made, value)
        return _filled(made, word, noted)


class _List(_noted_by(_all_of(list), list)):  # type: ignore[misc]
    """A list of the invocation."""

    @classmethod
    def noting(cls, value: Any, word: str, noted: Noted) -> Any:
        made = list.__new__(cls)
        list.extend(made, value)
        return _filled(made, word, noted)


_MOMENT_METHODS = tuple(
    name
    for name in _all_of(datetime.datetime)
    if callable(getattr(datetime.datetime, name, None))
    and name not in _READ_ONLY
    and name
    not in (
        "now",
        "utcnow",
        "today",
        "fromtimestamp",
        "utcfromtimestamp",
        "combine",
        "fromisoformat",
        "fromordinal",
        "fromisocalendar",
        "strptime",
    )
)


class _Moment(_noted_by(_MOMENT_METHODS, datetime.datetime)):  # type: ignore[misc]
    """`run_started_at`."""

    @classmethod
    def noting(cls, noted: Noted) -> Any:
        now = datetime.datetime.now(datetime.timezone.utc)
        if noted.later:
            now += LATER
        made = datetime.datetime.__new__(
            cls, now.year, now.month, now.day, now.hour, now.minute, now.second, now.microsecond,
            now.tzinfo,
        )  # fmt: skip
        return _filled(made, "run_started_at", noted)

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("__"):
            noted, word = object.__getattribute__(self, "__dict__")["_noting"]
            noted.unknown.add(word)
        return super().__getattribute__(name)
