"""A project whose author wants to steer the terminal: by names, columns, data, tags, messages."""

from __future__ import annotations

import re
from pathlib import Path

SEQUENCES = {
    "clipboard": "\x1b]52;c;SE9TVElMRQ==\x07",
    "title": "\x1b]0;HOSTILE\x1b\\",
    "screen": "\x1b[6543;21H\x1b[2J",
    "colour": "\x1b[31;41;5m",
    "c1": "\x9b6543;21H\x9d0;HOSTILE\x9c",
    "bidi": "\u202egnitirw\u2066\u061c",
    "lines": "a\nHOSTILE_LINE\r\u2028b\u0085c",
    "markup": "[red]x[@click=app.quit]y[/]",
    "bells": "\x07\x08\x08\x00\x0e",
    "query": "\x1b[c\x1bP+q544e\x1b\\\x1bZ",
}
"""By what they would do."""
EVERYTHING = "".join(SEQUENCES.values())
FORBIDDEN = re.compile(
    "\x1b\\]52;c;SE9T|\x1b\\][0-9]*;HOSTILE|\x1b\\[6543|\x1b\\[31;41;5m|\x1bP\\+q544e|\x1bZ"
    "|[\x80-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\x0e\x07]"
)
"""What must be in nothing that a terminal gets. Sequences of our own are of other kinds."""


def _quoted(text: str) -> str:
    """As a text of YAML or JSON."""
    return '"' + "".join(c if c.isalnum() else f"\\u{ord(c):04x}" for c in text) + '"'


def write_hostile_project(root: Path) -> Path:
    """Write the project; names of files hold what a file system takes. Returns its directory."""
    for directory in ("models", "seeds"):
        (root / directory).mkdir(parents=True)
    profile = "dev\x1b]0;HOSTILE\x07"
    (root / "dbt_project.yml").write_text(
        f"name: shop\nprofile: shop\nflags: {{send_anonymous_usage_stats: false}}\n"
        f"models: {{+tags: [{_quoted(EVERYTHING)}]}}\n"
    )
    (root / "profiles.yml").write_text(
        f"shop:\n  target: {_quoted(profile)}\n  outputs:\n"
        f"    {_quoted(profile)}: {{type: duckdb, path: shop.duckdb, threads: 2}}\n"
    )
    (root / "seeds" / "raw.csv").write_text(
        f'id,"a{SEQUENCES["screen"]}"\n1,"{EVERYTHING[:-20]}"\n'
    )
    for kind, sequence in SEQUENCES.items():
        name = f"{kind}_{sequence.replace('/', '').replace(chr(0), '')}"
        (root / "models" / f"{name}.sql").write_text(
            f"select 1 as \"c_{SEQUENCES['colour']}\", '{SEQUENCES['title']}' as v"
        )
    (root / "models" / "plain.sql").write_text("select 1 as id")
    (root / "models" / "fails.sql").write_text(f'select "no_{SEQUENCES["clipboard"]}" from nowhere')
    (root / "models" / "_models.yml").write_text(
        "models:\n  - name: plain\n"
        f"    description: {_quoted(EVERYTHING)}\n"
        f"    columns:\n      - name: id\n        description: {_quoted(EVERYTHING)}\n"
        f"        data_tests: [{{accepted_values: {{values: [{_quoted(EVERYTHING)}]}}}}]\n"
        f"exposures:\n  - name: board\n    type: dashboard\n    depends_on: [ref('plain')]\n"
        f"    owner: {{name: {_quoted(EVERYTHING)}, email: a@b.c}}\n"
        f"    url: {_quoted('https://x/' + EVERYTHING)}\n"
    )
    return root
