"""Which dbt projects a module of definitions wraps.

Run as `python -m tui.definitions.wrapped_projects ROOT MODULE [dagster]`.

Prints one line of JSON: the directories, or what is wrong with the definitions, and where.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tui.definitions.connections import ListeningHost
from tui.definitions.host import set_host
from tui.definitions.loader import Place, failure_of, import_module
from tui.definitions.repository import find_definitions
from tui.definitions.unserved import noted

DEFS = (".yaml", ".yml")
"""Files of components: one of them is likely the project that is missed."""


def main(root: str, module: str, stands_in: str = "") -> dict[str, object]:
    """What is to be printed."""
    place = Place(Path(root), module, bool(stands_in))
    host = ListeningHost(place.root)
    set_host(host)
    try:
        find_definitions(import_module(place))
    except (Exception, SystemExit) as error:  # noqa: BLE001  the user's module may raise anything
        if not host.noted:
            failure = failure_of(error, place)
            return {"problem": failure.message, "path": failure.path, "line": failure.line}
    if not host.noted and (passed_over := noted()):
        first = next((one for one in passed_over if one.path.endswith(DEFS)), passed_over[0])
        return {"problem": first.message, "path": first.path, "line": first.line}
    return {"projects": sorted({str(Path(one.project_dir).resolve()) for one in host.noted})}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:4])))  # noqa: T201  its answer
