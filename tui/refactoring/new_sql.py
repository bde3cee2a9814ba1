"""The text of a new model, snapshot or test that reads another asset. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tui.properties.style import scalar

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
RESERVED = frozenset(
    {
        "all", "and", "any", "as", "asc", "between", "by", "case", "cast", "check", "column",
        "create", "cross", "current_date", "current_timestamp", "default", "desc", "distinct",
        "drop", "else", "end", "except", "exists", "false", "fetch", "for", "foreign", "from",
        "full", "grant", "group", "having", "in", "inner", "insert", "intersect", "into", "is",
        "join", "lateral", "left", "like", "limit", "natural", "not", "null", "offset", "on", "or",
        "order", "outer", "over", "partition", "primary", "references", "right", "select", "set",
        "table", "then", "to", "true", "union", "unique", "update", "user", "using", "values",
        "when", "where", "window", "with",
    }
)  # fmt: skip
BACKTICKS = frozenset({"bigquery", "databricks", "spark", "mysql", "hive", "impala"})
BRACKETS = frozenset({"sqlserver", "fabric", "synapse"})
KEEPS_LOWER = frozenset({"postgres", "redshift", "materialize"})
"""Adapters whose databases make names small that are not quoted."""
KEEPS_UPPER = frozenset({"snowflake", "oracle"})
"""Adapters whose databases make them capital."""
MOMENTS = ("updated_at", "modified_at", "last_modified", "_updated_at", "updated", "loaded_at")
"""Columns that say when a row changed, the likeliest first."""


@dataclass(frozen=True)
class Origin:
    """What is read."""

    call: str
    """As Jinja has it: `ref('orders')`, `source('raw', 'orders')`."""
    alias: str
    """What its common table expression is called."""
    columns: Sequence[str] = ()
    """As the database calls them; none where they are not known."""


def identifier(name: str, adapter: str) -> str:
    """A column as SQL has it, in quotes where it must be."""
    is_plain = bool(PLAIN.match(name)) and name.lower() not in RESERVED
    if adapter in KEEPS_UPPER and is_plain and name == name.upper():
        return name.lower()
    changed = (adapter in KEEPS_LOWER and name != name.lower()) or (
        adapter in KEEPS_UPPER and name != name.upper()
    )
    if is_plain and not changed:
        return name
    if adapter in BACKTICKS:
        return f"`{name.replace('`', '``')}`"
    if adapter in BRACKETS:
        return f"[{name.replace(']', ']]')}]"
    quoted = name.replace('"', '""')
    return f'"{quoted}"'


def needs_quotes(name: str, adapter: str) -> bool:
    """Whether SQL finds a column only in quotes."""
    return identifier(name, adapter)[:1] in ('"', "`", "[")


def changed_at(columns: Sequence[str]) -> str:
    """The column that says when a row changed; empty where none is called so."""
    names = {name.lower(): name for name in columns}
    return next((names[one] for one in MOMENTS if one in names), "")


def model_sql(origin: Origin, adapter: str, materialized: str = "", unique_key: str = "") -> str:
    """A model that selects the columns of one asset, one a line.

    Args:
        origin: what is read.
        adapter: dbt's name of it: how names are quoted.
        materialized: written into its config; empty leaves that to the project.
        unique_key: of an incremental model, where it is known.
    """
    settings = [f"materialized='{materialized}'"] if materialized else []
    if materialized == "incremental" and unique_key:
        settings.append(f"unique_key='{unique_key}'")
    lines = [f"{{{{ config({', '.join(settings)}) }}}}", ""] if settings else []
    lines += [
        f"with {origin.alias} as (",
        "",
        f"    select * from {{{{ {origin.call} }}}}",
        "",
        ")",
        "",
    ]
    names = [identifier(name, adapter) for name in origin.columns]
    if names:
        lines += ["select", *(f"    {name}," for name in names[:-1]), f"    {names[-1]}"]
    else:
        lines.append("select *")
    lines.append(f"from {origin.alias}")
    moment = changed_at(origin.columns)
    if materialized == "incremental" and moment:
        column = identifier(moment, adapter)
        lines += [
            "{% if is_incremental() %}",
            f"where {column} > (select max({column}) from {{{{ this }}}})",
            "{% endif %}",
        ]
    return "\n".join(lines) + "\n"


def snapshot_yaml(name: str, call: str, unique_key: str, updated_at: str) -> str:
    """A snapshot as dbt has it from 1.9 on; without `updated_at` it compares all columns."""
    lines = [
        "snapshots:",
        f"  - name: {name}",
        f"    relation: {call}",
        "    config:",
        f"      unique_key: {scalar(unique_key)}",
    ]
    if updated_at:
        lines += ["      strategy: timestamp", f"      updated_at: {scalar(updated_at)}"]
    else:
        lines += ["      strategy: check", "      check_cols: all"]
    return "\n".join(lines) + "\n"


def snapshot_sql(name: str, call: str, unique_key: str, updated_at: str, schema: str) -> str:
    """A snapshot as dbt had it before 1.9, in a schema of its own."""
    settings = [f"target_schema='{schema}'", f"unique_key='{unique_key}'"]
    settings += (
        ["strategy='timestamp'", f"updated_at='{updated_at}'"]
        if updated_at
        else ["strategy='check'", "check_cols='all'"]
    )
    lines = [f"{{% snapshot {name} %}}", "", "{{", "    config("]
    lines += [f"        {one}," for one in settings]
    lines += ["    )", "}}", "", f"select * from {{{{ {call} }}}}", "", "{% endsnapshot %}"]
    return "\n".join(lines) + "\n"


def singular_test_sql(call: str, condition: str) -> str:
    """A test that fails where any row is as the condition says."""
    return f"select *\nfrom {{{{ {call} }}}}\nwhere {condition.strip()}\n"
