"""What dbt's selectors select of a manifest alone, without its project: for definitions outside of
dbtree, in a process of its own.

    python -m tui.engine.inspect.manifest_selection < REQUEST

REQUEST is JSON: `manifest`, and `select`, `exclude`, `selector` as texts. The answer is the last
line, JSON too: `{"unique_ids": […]}`, or `{"problem": "…"}`. Before it may stand what dbt warns of.
"""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from dbt.contracts.graph.manifest import Manifest, WritableManifest
from dbt.contracts.selection import SelectorFile
from dbt.flags import set_from_args
from dbt.graph import NodeSelector
from dbt.graph.cli import parse_difference, parse_from_selectors_definition
from dbt_common.exceptions import DbtBaseException

from tui.engine.parse.linked_graph import LinkedGraph


def selected(request: Mapping[str, Any]) -> set[str]:
    """The nodes that are selected, with the tests of what is. Raises DbtBaseException."""
    set_from_args(Namespace(INDIRECT_SELECTION="eager"), {})
    manifest = Manifest.from_writable_manifest(
        WritableManifest.upgrade_schema_version(dict(request["manifest"]))
    )
    found: set[str] = NodeSelector(LinkedGraph(manifest).graph, manifest).select_nodes(
        _spec(request)
    )[0]
    return found


def _spec(request: Mapping[str, Any]) -> Any:
    if name := request.get("selector"):
        written = [*(request["manifest"].get("selectors") or {}).values()]
        known = parse_from_selectors_definition(SelectorFile.from_dict({"selectors": written}))
        if name not in known:
            raise DbtBaseException(f"Could not find selector named {name}.")
        return known[name]["definition"]
    select, exclude = ((request.get(name) or "").split() for name in ("select", "exclude"))
    return parse_difference(select or None, exclude or None)


def main() -> int:
    """Answer the request on stdin."""
    request = json.load(sys.stdin)
    try:
        answer: dict[str, Any] = {"unique_ids": sorted(selected(request))}
    except (DbtBaseException, KeyError, ValueError) as error:
        answer = {"problem": str(error).strip() or type(error).__name__}
    sys.stdout.write(f"\n{json.dumps(answer)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
