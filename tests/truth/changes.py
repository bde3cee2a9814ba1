"""Random changes of a project's inputs, each with the cause that must be told where it matters."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.truth.project import State

Change = Callable[[State, random.Random], State]


@dataclass(frozen=True)
class Changed:
    """Changes of a project at once."""

    names: tuple[str, ...]
    state: State
    cause: str
    """A pattern that a reason has of whatever becomes stale."""


def _variable(name: str) -> Change:
    def change(state: State, dice: random.Random) -> State:
        text = state.files["dbt_project.yml"]
        new = dice.choice(["1", "2", "three", "'{{ 2 * 3 }}'", "4.5"])
        return state.written(
            "dbt_project.yml", re.sub(rf"^(\s+{name}:).*$", rf"\1 {new}", text, flags=re.M)
        )

    return change


def _in_file(path: str, *texts: tuple[str, str]) -> Change:
    """One of these replacements, forwards or back."""

    def change(state: State, dice: random.Random) -> State:
        old, new = dice.choice(texts)
        if old in state.files[path] and (new not in state.files[path] or old not in new):
            return state.edited(path, old, new)
        return state.edited(path, new, old)

    return change


def _command_line(state: State, dice: random.Random) -> State:
    return replace(
        state, vars=dice.choice(["", "{n: 5}", "{m: five}", "{absent: 8}", "{unused: 3}"])
    )


def _environment(state: State, dice: random.Random) -> State:
    return replace(state, env={"LEDGER_REGION": dice.choice(["eu", "us", "asia"])})


def _schema(state: State, dice: random.Random) -> State:
    return replace(state, schema=dice.choice(["main", "other", "third"]))


def _target(state: State, dice: random.Random) -> State:
    return replace(state, target=dice.choice(["dev", "other"]))


def _line_ends(state: State, dice: random.Random) -> State:
    path = dice.choice(["models/by_var.sql", "models/growing.sql", "models/by_macro.sql"])
    text = state.files[path]
    return state.written(
        path, text.replace("\r\n", "\n") if "\r\n" in text else text.replace("\n", "\r\n")
    )


def _byte_order_mark(state: State, dice: random.Random) -> State:
    path = dice.choice(MARKED)
    text = state.files[path]
    return state.written(path, text.removeprefix(BOM) if text.startswith(BOM) else BOM + text)


def _large_seed(state: State, dice: random.Random) -> State:
    """Another byte, far behind what anybody looks at first."""
    text = state.files["seeds/large.csv"]
    at = text.index("\n", dice.randrange(len(text) - 1000)) + 150
    return state.written("seeds/large.csv", text[:at] + dice.choice("xyz") + text[at + 1 :])


def _space(state: State, dice: random.Random) -> State:
    path = dice.choice(
        [key for key in sorted(state.files) if key.endswith(".sql") and "models" in key]
    )
    new = dice.choice(["\n", "\n\n", "{# a note #}", "\n-- a note\n", "  "])
    return state.written(path, state.files[path].rstrip("\n") + new)


def _file_more(state: State, dice: random.Random) -> State:
    path = f"models/more_{dice.randrange(3)}.sql"
    if path in state.files:
        return replace(state, files={key: text for key, text in state.files.items() if key != path})
    return state.written(path, "select 1 as more\n")


BOM = "\ufeff"
MARKED = (
    "models/by_var.sql", "models/growing.sql", "macros/shape.sql", "models/_models.yml",
    "dbt_packages/lib/models/lib_model.sql", "dbt_project.yml",
)  # fmt: skip
CODE = r"SQL changed|only comments"
CHANGES: list[tuple[str, Change, str]] = [
    ("variable n", _variable("n"), r"var n: |compiled (SQL|code) changed"),
    ("variable m", _variable("m"), r"var m: "),
    ("variable of a hook", _variable("in_hook"), r"var in_hook: "),
    ("variable of a project's scope", _variable("scoped"), r"var scoped: "),
    ("unused variable", _variable("unused"), r"nothing reads it"),
    (
        "variable of a package",
        _in_file("kit/dbt_project.yml", ("of_kit: 1", "of_kit: 2")),
        r"var of_kit: ",
    ),
    ("--vars", _command_line, r"var \w+: |compiled SQL changed"),
    ("environment", _environment, r"env_var LEDGER_REGION changed"),
    ("schema of the profile", _schema, r"relation: |is now |target\.schema: "),
    ("target", _target, r"target\.name: "),
    (
        "source",
        _in_file(
            "models/_sources.yml",
            ("identifier: sales", "identifier: two"),
            ("schema: main", "schema: landing"),
            ("database: ledger", "database: lake"),
        ),
        r"source raw\.sales is now ",
    ),
    (
        "latest version",
        _in_file("models/_models.yml", ("latest_version: 1", "latest_version: 2")),
        r"ref thing is now v",
    ),
    (
        "place",
        _in_file("models/placed.sql", ("placed_here", "placed_there"), ("'side'", "'aside'")),
        r"relation: |is now |SQL changed",
    ),
    (
        "generate_schema_name",
        _in_file("macros/named.sql", ("}}_{{", "}}__{{"), ("_{{ custom", "_x{{ custom")),
        r"relation: |is now |generate_schema_name changed",
    ),
    (
        "macro",
        _in_file(
            "macros/shape.sql", ("|| '", "|| 'x"), ("{{ column }} ||", "{# why #}{{ column }} ||")
        ),
        r"macro \w+ changed",
    ),
    (
        "dispatch",
        _in_file("dbt_project.yml", ("[kit, ledger]", "[ledger, kit]")),
        r"macro |compiled SQL changed",
    ),
    (
        "dispatched macro",
        _in_file("macros/pick.sql", ("of the ledger", "of our ledger")),
        r"macro ",
    ),
    ("macro nobody uses", _in_file("macros/unread.sql", ("}1{", "}2{")), r"nothing reads it"),
    (
        "materialization",
        _in_file("macros/materialization.sql", ("as {{ sql }}", "as ({{ sql }})")),
        r"macro ",
    ),
    (
        "meta that SQL reads",
        _in_file(
            "models/_models.yml",
            ("colour: red", "colour: blue"),
            ("{name: colour}", "{name: tint}"),
        ),
        r"meta, columns or description changed",
    ),
    (
        "meta that nothing reads",
        _in_file("models/_models.yml", ("owner: me", "owner: you"), ("tags: [a]", "tags: [b]")),
        r"nothing reads it",
    ),
    (
        "descriptions",
        _in_file("models/_models.yml", ("As it is.", "As it was."), ("The id.", "An id.")),
        r"descriptions changed",
    ),
    (
        "contract",
        _in_file("models/_models.yml", ("data_type: integer", "data_type: bigint")),
        r"contract changed",
    ),
    ("graph", _file_more, r"dbt's graph"),
    (
        "folder's configuration",
        _in_file("dbt_project.yml", ("+materialized: table", "+materialized: view")),
        r"materialized: ",
    ),
    (
        "quoting",
        _in_file("dbt_project.yml", ("identifier: true", "identifier: false")),
        r"quoting: |is now ",
    ),
    (
        "hook",
        _in_file("models/hooked.sql", ("\"select '", "\"select 'x")),
        r"post-hook: |SQL changed",
    ),
    (
        "on-run-start",
        _in_file("dbt_project.yml", ('"select 1"', '"select 2"')),
        r"nothing reads it",
    ),
    (
        "packages of Python",
        _in_file("models/pythonic.py", ("['numpy']", "['numpy', 'pandas']")),
        r"code changed|packages: ",
    ),
    ("seed", _in_file("seeds/rates.csv", ("1,2", "1,3")), r"seed file changed"),
    (
        "snapshot",
        _in_file("snapshots/states.yml", ("check_cols: all", "check_cols: [id]")),
        r"check_cols: ",
    ),
    (
        "inlined code",
        _in_file("models/inline.sql", ("as n", "as m")),
        r"ephemeral model inline changed|SQL changed",
    ),
    ("code", _in_file("models/by_branch.sql", ("1 as a", "2 as a")), CODE),
    ("dead code", _in_file("models/by_branch.sql", ("{% if false %}", "{% if 1 == 2 %}")), CODE),
    ("incremental branch", _in_file("models/growing.sql", ("> 1", "> 2")), CODE),
    ("line ends", _line_ends, CODE),
    ("byte order mark", _byte_order_mark, CODE + r"|macro \w+ changed"),
    ("large seed", _large_seed, r"seed file changed"),
    (
        "packages of Python in YAML",
        _in_file("models/_models.yml", ("packages: [numpy]", "packages: [numpy, pandas]")),
        r"packages: ",
    ),
    (
        "model of a local package",
        _in_file("kit/models/kit_model.sql", ("as kit", "as kits"), ("select", "select all")),
        CODE,
    ),
    (
        "macro of a local package",
        _in_file(
            "kit/macros/pick.sql", ("of the kit", "of a kit"), ("pick() %}{{", "pick() %} {{")
        ),
        r"macro \w+ changed",
    ),
    (
        "macro of an installed package",
        _in_file("dbt_packages/lib/macros/shown.sql", (", 0)", ", 1)")),
        r"macro shown changed",
    ),
    (
        "model of an installed package",
        _in_file("dbt_packages/lib/models/lib_model.sql", ("as lib", "as libs")),
        CODE,
    ),
    (
        "configuration of an installed package",
        _in_file(
            "dbt_packages/lib/dbt_project.yml",
            ("'1.0.0'\n", "'1.0.0'\n\nmodels: {+materialized: table}\n"),
        ),
        r"materialized: ",
    ),
    ("file behind a linked path", _in_file("elsewhere/searched/behind_path.sql", ("1", "2")), CODE),
    ("file that is a link", _in_file("elsewhere/file/by_link.sql", ("1", "2")), CODE),
    (
        "file behind a link that dbt skips",
        _in_file("elsewhere/skipped/behind_link.sql", ("1", "2")),
        r"nothing reads it",
    ),
    ("white space and comments", _space, CODE),
]


def changed(state: State, dice: random.Random) -> Changed:
    """One to three random changes."""
    names, causes = [], []
    for _ in range(dice.choice([1, 1, 2, 3])):
        name, change, cause = dice.choice(CHANGES)
        new = change(state, dice)
        if new != state:
            state = new
            names.append(name)
            causes.append(cause)
    return Changed(tuple(names), state, "|".join(causes))
