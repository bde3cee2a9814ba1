"""What dbt and its libraries make once in a process, on the first use of a thing: code that reads
and writes a class, the lexer of SQL, the name of the platform.

A run and a command are forked from a process that is idle: what is made there is made for all.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from typing import Any

WRITTEN = (
    "dbt.adapters.contracts.connection:AdapterResponse",
    "dbt.adapters.contracts.relation:Path",
    "dbt.artifacts.schemas.manifest:ManifestMetadata WritableManifest",
    "dbt.artifacts.schemas.results:TimingInfo",
    "dbt.artifacts.schemas.run:RunResultOutput RunResultsArtifact RunResultsMetadata",
    "dbt_common.helper_types:WarnErrorOptionsV2",
)
"""Classes of dbt's of which a command writes values, and a parse none."""
READ = (
    "dbt.adapters.contracts.relation:Path Policy",
    "dbt.task.test:TestResultData",
)
"""Classes of dbt's of which a command reads values, and a parse none."""
CHECKED = ("dbt.task.test:TestResultData",)
"""Those of them whose values are compared with a schema."""


def make_first_uses() -> Iterator[None]:
    """Make what a command would make until it has sent its first statement and written its
    results, as far as this dbt has it; a few milliseconds of work at a time.
    """
    for make in (_name_platform, _make_lexer, _make_table):
        _try(make)
        yield
    relations = _relations()
    for one in (*_classes(READ), *relations):
        _try(lambda one=one: one.from_dict({}))  # type: ignore[misc] # a value lacks what it needs
        yield
    for one in (*_classes(WRITTEN), *relations):
        _try(lambda one=one: one.__new__(one).to_dict())  # type: ignore[misc] # or has nothing
        yield
    for one in _classes(CHECKED):
        _try(one.json_schema)
        yield


def _try(make: Callable[[], object]) -> None:
    """Another dbt has it elsewhere, or an empty value cannot be made: the code is, or a command
    makes it itself.
    """
    with suppress(Exception):
        make()


def _classes(places: tuple[str, ...]) -> list[Any]:
    found = []
    for place in places:
        module, _, names = place.partition(":")
        for name in names.split():
            with suppress(ImportError, AttributeError):
                found.append(getattr(import_module(module), name))
    return found


def _relations() -> list[Any]:
    """The relation classes of the adapters that the project uses."""
    with suppress(ImportError, AttributeError):
        from dbt.adapters.factory import FACTORY

        return [plugin.adapter.Relation for plugin in FACTORY.plugins.values()]
    return []


def _name_platform() -> None:
    """Dbt tells it with its statistics; Python asks `uname` for it."""
    platform.platform()


def _make_lexer() -> None:
    import_module("sqlparse.lexer").Lexer.get_default_instance()


def _make_table() -> None:
    from dbt_common.clients.agate_helper import table_from_data_flat

    table_from_data_flat([{"name": "value"}], ["name"])
