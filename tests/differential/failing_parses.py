"""Random edits of a project that is open in this process, and what a failed parse leaves behind.

    python -m tests.differential.failing_parses PROJECT KIND SEED EDITS

PROJECT is a directory whose files are edited, KIND a class of edits. Prints JSON: how many parses
failed, and where the manifest after one of them is not what it was before. Every second parse or so
fails for a model that reads what is nowhere, whatever else was edited.
"""

import json
import random
import sys
from pathlib import Path
from typing import Any

from tests.differential.cold_dbt import differences
from tests.projects.edits import RandomEdits
from tests.projects.team_edits import TeamEdits
from tests.projects.wider_edits import WiderEdits
from tui.engine.parse.full_parse import NeedsFullParse
from tui.engine.parse.loader import no_progress
from tui.engine.parse.runtime_config import load
from tui.engine.parse.warm_manifest import open_project
from tui.engine.process.dbt_warnings import HeardWarnings
from tui.engine.records.parse_outcome import NotParsed
from tui.protocol.messages import Open

KINDS = {kind.__name__: kind for kind in (RandomEdits, WiderEdits, TeamEdits)}


def whole(manifest: Any) -> dict[str, Any]:
    """All that a manifest holds, with dbt's records of the files."""
    told: dict[str, Any] = manifest.writable_manifest().to_dict(omit_none=False)
    told["files"] = {key: file.to_dict(omit_none=False) for key, file in manifest.files.items()}
    return told


def main(project: str, kind: str, seed: str, edits: str) -> None:
    """Edit, parse, and compare where a parse failed."""
    root = Path(project)
    loaded = load(Open(1, project, f"{project}/.dbtree", project))
    warm, _ = open_project(loaded, HeardWarnings(), no_progress)
    edited = KINDS[kind](root, random.Random(int(seed)))
    choose = random.Random(int(seed))
    broken = root / "models" / "broken.sql"
    failed, left, before = 0, [], whole(warm.manifest)
    for number in range(int(edits)):
        some = [edited.edit() for _ in range(choose.choices([1, 2, 5], [4, 2, 2])[0])]
        paths = [str(path.relative_to(root)) for edit in some for path in edit.paths]
        broken.unlink(missing_ok=True)
        if choose.random() < 0.6:
            broken.write_text("select * from {{ ref('nowhere') }}\n", "utf-8")
        paths.append("models/broken.sql")
        try:
            outcome = warm.reparse(paths)
        except NeedsFullParse:
            outcome = warm.reparse_all(no_progress)
        now = whole(warm.manifest)
        if isinstance(outcome, NotParsed):
            failed += 1
            words = "; ".join(edit.description for edit in some)
            left += [f"{number}: {words}: {found}" for found in differences(now, before)]
        before = now
    print(json.dumps({"failed": failed, "left": left}))


if __name__ == "__main__":
    main(*sys.argv[1:])
