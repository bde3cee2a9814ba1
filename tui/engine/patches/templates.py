"""Jinja's templates, compiled once: the text of a generic test, and the arguments that are rendered
for it, are those of many others, too.
"""

from __future__ import annotations

from typing import Any

from dbt_common.clients import jinja as dbt_jinja
from dbt_common.clients.jinja import MacroFuzzEnvironment

COMPILED = 2000
"""So many different texts are kept compiled in one run."""


def apply() -> None:
    """From here on, the texts of this process are compiled once."""
    slowly = MacroFuzzEnvironment.compile
    known: dict[tuple[Any, ...], Any] = {}

    def compiled(environment: Any, source: Any, *args: Any, **options: Any) -> Any:
        if type(source) is not str or args or options or dbt_jinja.MACRO_DEBUGGING:
            return slowly(environment, source, *args, **options)
        # The code depends on the class of the environment (native or not), not on its node.
        key = (type(environment), source)
        code = known.get(key)
        if code is None:
            code = slowly(environment, source)
            if len(known) < COMPILED:
                known[key] = code
        return code

    MacroFuzzEnvironment.compile = compiled
