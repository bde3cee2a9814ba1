"""A macro's Jinja, parsed once: dbt parses it to find its name, and again to find what it calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dbt.clients import jinja_static
from dbt.parser import macros as macro_parser
from dbt_common.clients import jinja

PARSERS = (macro_parser, jinja_static)


@contextmanager
def shared() -> Iterator[None]:
    """Inside, what dbt's parser of macros has parsed serves its search for calls, which only reads
    it, and only once.
    """
    parsed: dict[str, Any] = {}
    get_environment = jinja_static.get_environment

    class Parser:
        """`dbt_common.clients.jinja`, which notes what it parses."""

        def __getattr__(self, name: str) -> Any:
            return getattr(jinja, name)

        def parse(self, text: Any) -> Any:
            tree = parsed[text] = jinja.parse(text)
            return tree

    class Environment:
        """An environment of Jinja that has some texts parsed already."""

        def __init__(self, *args: Any, **options: Any) -> None:
            self._environment = get_environment(*args, **options)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._environment, name)

        def parse(self, text: Any) -> Any:
            tree = parsed.pop(text, None)
            return self._environment.parse(text) if tree is None else tree

    macro_parser.jinja = Parser()
    jinja_static.get_environment = Environment
    try:
        yield
    finally:
        macro_parser.jinja = jinja
        jinja_static.get_environment = get_environment
