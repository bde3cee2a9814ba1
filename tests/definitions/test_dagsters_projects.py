"""Projects of Dagster's have the same keys, edges, groups, owners, checks, tags, kinds, metadata,
partitions and schedules here as with Dagster; each difference has its reason in EXPLAINED, and in
docs/definitions.md.

DBTREE_DAGSTER_PROJECTS names more projects: directory and module, `/code/shop=shop.definitions`,
separated as in PATH. They are opened with the Python that has Dagster, and what their dbt needs
must be there (`dbt deps`, `dbt parse`). Dagster is looked for as in test_dagster.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.definitions.test_dagster import dagster  # noqa: F401  a fixture
from tests.projects.parsed import copy_parsed_demo
from tui.definitions.specs import is_tag_key

SCRIPT = Path(__file__).with_name("dagsters_assets.py")
OWN_METADATA = (
    "dagster/", "dagster-dbt/", "dagster_dbt/", "dagster_sling/", "sling/", "stream_config",
)  # fmt: skip
"""Labels that Dagster's libraries add; here the same is a column, a tab or the file itself."""
NOT_HERE = ("dagster_sling", "dagstermill", "column_schema_change", "freshness_check")
"""What the reason of a difference names: it is among the warnings."""

DEFINITIONS = {
    "pyproject.toml": '[tool.dg.project]\nroot_module = "around"\n',
    "around/__init__.py": "",
    "around/definitions.py": """
        from pathlib import Path
        import dagster as dg

        @dg.definitions
        def defs():
            return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
    """,
    "around/components.py": """
        from dataclasses import dataclass
        from typing import Annotated, Literal, Optional
        import dagster as dg
        from dagster_dbt import DbtProjectComponent

        class Shop(DbtProjectComponent):
            def get_asset_spec(self, manifest, unique_id, project):
                spec = super().get_asset_spec(manifest, unique_id, project)
                props = self.get_resource_props(manifest, unique_id)
                return spec.merge_attributes(
                    owners=["team:" + props["fqn"][1]], metadata={"path": props["path"]},
                    tags={"layer": props["fqn"][1]},
                )

            def execute(self, context, dbt):
                context.log.info("mine: " + " ".join(self.get_cli_args(context)))
                yield from super().execute(context, dbt)

        @dataclass
        class Nightly(dg.Component, dg.Resolvable):
            name: str
            select: str
            cron: str = "0 2 * * *"

            def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
                job = dg.define_asset_job(self.name, self.select)
                return dg.Definitions(
                    jobs=[job],
                    schedules=[dg.ScheduleDefinition(job=job, cron_schedule=self.cron)],
                )

        class Table(dg.Model, dg.Resolvable):
            name: str
            kinds: list[str] = []

        class Tables(dg.Component, dg.Model, dg.Resolvable):
            tables: list[Table]
            deps: list[dg.ResolvedAssetKey]
            size: Literal["small", "large"] = "small"
            owner: Optional[str] = None

            @staticmethod
            @dg.template_var
            def team():
                return "team:finance"

            def build_defs(self, context):
                return dg.Definitions(assets=[self._asset(one) for one in self.tables])

            def _asset(self, table):
                @dg.asset(
                    name=table.name, kinds=set(table.kinds), deps=self.deps, group_name="tables",
                    owners=[self.owner] if self.owner else None, tags={"size": self.size},
                    description="Made of " + context_free(table.name),
                )
                def made(): ...

                return made

        def context_free(name):
            return name.upper()
    """,
    "around/defs/shop/defs.yaml": """
        type: around.components.Shop
        attributes:
          project: "{{ project_root }}/shop"
          exclude: resource_type:snapshot
          translation:
            group_name: "{{ node.fqn[1] }}"
            tags: {kind_of: "{{ node.resource_type }}"}
            automation_condition: "{{ dg.AutomationCondition.eager() }}"
        post_processing:
          assets:
            - target: "group:marts and not key:marts/orders"
              attributes: {kinds: [gold], tags: {shown: "yes"}}
            - target: "+key:marts/orders"
              attributes: {metadata: {above: orders}}
        ---
        type: around.components.Nightly
        attributes: {name: nightly, select: "group:marts"}
    """,
    "around/defs/tables/defs.yaml": """
        type: around.components.Tables
        attributes:
          owner: "{{ team }}"
          size: large
          deps: [marts/orders]
          tables: [{name: ledger, kinds: [duckdb, python]}, {name: balance}]
    """,
    "around/defs/more.py": """
        import dagster as dg

        daily = dg.DailyPartitionsDefinition(start_date="2026-01-01", timezone="Europe/Berlin")

        @dg.asset(partitions_def=daily, ins={"ledger": dg.AssetIn("ledger")})
        def per_day(ledger): ...

        @dg.asset(deps=[per_day], partitions_def=daily)
        def sums(): ...

        @dg.asset
        def chart(balance): ...

        @dg.asset_check(asset=chart, blocking=True)
        def chart_is_there() -> dg.AssetCheckResult:
            return dg.AssetCheckResult(passed=True)

        outside = dg.AssetSpec("outside", deps=["chart"], group_name="bi", owners=["a@b.de"])
        each_day = dg.build_schedule_from_partitioned_job(
            dg.define_asset_job("each_day", dg.AssetSelection.assets(per_day, sums))
        )
    """,
}


def put(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"))


def theirs(python: Path, root: Path, module: str) -> dict[str, Any]:
    environment = {
        **os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join((str(root), str(root / "src"))),
    }  # fmt: skip
    done = subprocess.run(
        [str(python), str(SCRIPT), module], cwd=root, env=environment, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def ours(root: Path, state: Path, *options: str) -> dict[str, Any]:
    def printed(*words: str) -> Any:
        command = [sys.executable, "-m", "tui", "--dagster", "--trust", "--state-dir", str(state),
                   "--no-engine", *options, *words, "--json"]  # fmt: skip
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout)

    rows = {row["unique_id"]: row for row in printed("ls")}
    meta_owners = owners_in_meta(root)
    listed = printed("schedules", "list")
    return {
        "assets": {
            key_of(row): facts(row, rows) | {"owner_in_meta": meta_owners.get(row["unique_id"], [])}
            for row in rows.values()
            if row["key"] and row["materialized"] != "ephemeral"
        },
        "checks": sorted(
            f"{key_of(row)}:{name_of(check)}"
            for row in rows.values()
            if row["key"]
            for check in row["checks"]
            if check["resource_type"] == "test"
        ),
        "of_several": {
            f"{key_of(row)}:{name_of(check)}"
            for row in rows.values()
            if row["key"]
            for check in row["checks"]
            if (check["kind"] == "singular" and len(check["depends_on"]) > 1)
            or row["resource_type"] == "source"  # Dagster is to be asked for them
        },
        "schedules": {one["name"]: one["cron"] for one in listed if one.get("cron")},
        "sensors": sorted(one["name"] for one in listed if not one.get("cron")),
        "warnings": printed("status")["warnings"],
    }


def owners_in_meta(root: Path) -> dict[str, list[str]]:
    """The `meta.owner` of the nodes of all dbt projects: node → owners."""
    found = {}
    for path in root.rglob("target/manifest.json"):
        read = json.loads(path.read_bytes())
        for key, node in (read["nodes"] | read["sources"]).items():
            meta = (node.get("config") or {}).get("meta") or node.get("meta") or {}
            given = meta.get("owner") or []
            texts = given if isinstance(given, list) else [given]
            found[key] = sorted(one for text in texts for one in str(text).split(", "))
    return found


def key_of(row: Mapping[str, Any]) -> str:
    return "/".join(row["key"])


def name_of(check: Mapping[str, Any]) -> str:
    """A check's name in Dagster: dbt's of a test."""
    kind, _, rest = str(check["unique_id"]).partition(".")
    return rest.split(".")[1] if kind == "test" else str(check["name"])


def facts(row: Mapping[str, Any], rows: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "parents": sorted(set(above(row, rows))),
        "group": row["group"] or "default",
        "owners": sorted(row["owners"]),
        "tags": dict(tag.partition("=")[::2] for tag in row["tags"]),
        "kinds": sorted(row["kinds"] or ()),
        "metadata": sorted(row["metadata"] or ()),
        "description": row["description"] or "",
        "is_made": row["status"] not in ("source", "external"),
        "is_partitioned": bool(row["partitions"]),
    }


def above(row: Mapping[str, Any], rows: Mapping[str, Any]) -> Iterator[str]:
    for unique_id in row["depends_on"]:
        parent = rows[unique_id]
        if parent["key"] and parent["materialized"] != "ephemeral":
            yield key_of(parent)
        else:
            yield from above(parent, rows)


def differences(dagsters: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """What is not the same, but for what EXPLAINED of docs/definitions.md has."""
    said = "\n".join(found["warnings"])
    lines = []
    for key in sorted(dagsters["assets"].keys() ^ found["assets"].keys()):
        is_theirs = key in dagsters["assets"]
        if not (is_theirs and any(word in said for word in ("dagster_sling", "dagstermill"))):
            lines.append(f"{key} is {'not here' if is_theirs else 'only here'}")
    for key in sorted(dagsters["assets"].keys() & found["assets"].keys()):
        one, other = dagsters["assets"][key], found["assets"][key]
        is_stub = "dagster/auto_created_stub_asset" in one["metadata"]
        if is_stub:
            continue  # a dbt node that no definition has: here it is as dbt's YAML says
        if one["is_made"] > other["is_made"] and "dagster_sling" in said:
            continue  # of a component that is not here, and named by others
        for name, value in one.items():
            is_of_meta = name == "owners" and not value and other[name] == other["owner_in_meta"]
            if not is_of_meta and not same(name, value, other[name]):
                lines.append(f"{key}: {name} is {value!r} with Dagster, {other[name]!r} here")
    for check in sorted({*dagsters["checks"]} - {*found["checks"]}):
        if not check.endswith(NOT_HERE):
            lines.append(f"the check {check} is not here")
    for check in sorted({*found["checks"]} - {*dagsters["checks"]} - {*found["of_several"]}):
        lines.append(f"the check {check} is only here")
    for name in sorted(dagsters["schedules"].items() ^ found["schedules"].items()):
        lines.append(f"the schedule {name}")
    return lines


def same(name: str, value: Any, other: Any) -> bool:
    if name == "metadata":
        return {one for one in value if not one.startswith(OWN_METADATA)} == {
            one for one in other if not one.startswith(OWN_METADATA)
        }
    if name == "tags":  # dbt's tags are all here; Dagster leaves out those it cannot have as tags
        return bool(value == {key: text for key, text in other.items() if is_tag_key(key)})
    if name == "description":  # here without the SQL, and in one line
        first = " ".join(value.partition("#### Raw SQL:")[0].split())
        return not other or first.startswith(" ".join(other.split()).removesuffix("…"))
    return bool(value == other)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_project_with_components_is_as_with_dagster(dagster: Path, tmp_path: Path) -> None:  # noqa: F811
    copy_parsed_demo(tmp_path / "code/shop")
    root = tmp_path / "code"
    put(root, DEFINITIONS)
    (root / ".git").mkdir()
    expected = theirs(dagster, root, "around.definitions")
    assert len(expected["assets"]) > 15
    assert differences(expected, ours(root, tmp_path / "state")) == []


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    "named", filter(None, os.environ.get("DBTREE_DAGSTER_PROJECTS", "").split(os.pathsep))
)
def test_a_real_project_is_as_with_dagster(dagster: Path, tmp_path: Path, named: str) -> None:  # noqa: F811
    directory, _, module = named.partition("=")
    expected = theirs(dagster, Path(directory), module)
    found = ours(Path(directory), tmp_path / "state", "--dbt-python", str(dagster))
    assert differences(expected, found) == []
