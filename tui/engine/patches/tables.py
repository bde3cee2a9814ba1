"""agate's tables made quickly: dbt makes one for every query, also for those that return nothing.

Each brings a tester of column types with it, each tester two parsers of dates, and each parser the
words and patterns of its language again, which takes longer than the table.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

from agate.data_types import date, date_time


def apply() -> None:
    """From here on, agate's parsers of dates in this process share what they know of a language.

    They only read it.
    """
    parsedatetime = date_time.parsedatetime

    @cache
    def constants(localeID: str | None = None) -> Any:
        return parsedatetime.Constants(localeID=localeID)

    shared = SimpleNamespace(**vars(parsedatetime) | {"Constants": constants})
    date.parsedatetime = date_time.parsedatetime = shared
