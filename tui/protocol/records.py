"""The values that both sides of the wire use: assets, checks, fingerprints, problems.

`Asset` and `Check` are named tuples and not dataclasses: a project has tens of thousands of them,
they cross the wire as plain JSON arrays, and `Asset._make(row)` builds one at the speed of C.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Fingerprint(NamedTuple):
    """What an asset was, or would be, built from, in parts that can each be compared.

    Hashes are short hexadecimal digests; an empty string means that the part does not apply.
    The macros of an asset are compared through `Asset.macros` and the graph's table of macros.
    """

    sql: str = ""
    """Digest of the raw code (SQL or Python) as it stands in the file."""
    code: str = ""
    """Digest of the raw code without its comments and white space: equal while `sql` differs
    means that only comments or layout were edited."""
    config: str = ""
    """The effective configuration that matters to a build, as canonical compact JSON (sorted keys,
    no defaults; tags, meta, docs, group and the like left out)."""
    seed: str = ""
    """Digest of a seed's file content."""
    contract: str = ""
    """Digest of the declared columns and constraints, where the contract is enforced."""
    inputs: str = ""
    """What its code reads, resolved, as canonical compact JSON: `var n`,
    `env_var REGION`, `ref orders`, `source raw.sales`, `target.schema`, …. Empty where unknown."""
    compiled: str = ""
    """Keyed digest of what dbt compiled it to, of a materialization; empty where unknown, and in
    `Asset.fingerprint`: it is computed in the background and told by AssetsCompiled."""
    options: str = ""
    """What the options of the run made of it, of a materialization, as canonical compact JSON:
    `rows` (`empty`, `sample 3 days`) where not all rows were read, `deferred` (unique_id of a
    parent → relation) for what was read from elsewhere. Empty in `Asset.fingerprint`."""


class Compiled(NamedTuple):
    """What an asset is compiled to now, as far as that is known without database and clock."""

    digest: str = ""
    """As `Fingerprint.compiled`; empty where it is not known."""
    unknown: str = ""
    """What it depends on that is not known offline: `run_query`, `run_started_at`, …, joined by
    commas."""
    problem: str = ""
    """Why it does not compile, in dbt's words: an unknown macro, an undefined variable."""
    path: str = ""
    """Where that is, as `Problem.path`."""
    line: int = 0
    """Counted from 1; 0 where unknown."""


DECLARED = frozenset({"exposure", "metric", "semantic_model", "saved_query"})
"""Types of resources that stand in the graph and that dbt builds nothing for."""


class Asset(NamedTuple):
    """One thing that dbt builds, reads or exposes: the nodes of the asset graph."""

    unique_id: str
    name: str
    """What the tree shows: `customers`, `dim_orders.v2`, `shop.raw_orders` (a source's table)."""
    resource_type: str
    """dbt's: model, seed, snapshot, source, exposure (and function, from dbt 1.11); `python` for
    an asset of Python definitions, `external` for what they read and do not build."""
    materialized: str
    """view, table, incremental, ephemeral, …; `seed`, `snapshot`, `source`; an exposure's type."""
    package: str
    path: str
    """The file that defines it, relative to the project's root (in a package:
    `dbt_packages/…`), so that root / path is the file."""
    line: int
    """Where in `path` it is declared, counted from 1; 0 for a file of its own."""
    patch_path: str
    """The YAML file that describes it, relative to the project's root, or empty."""
    fqn: str
    """dbt's fully qualified name, its parts joined by dots."""
    relation: str
    """database.schema.identifier, or empty where nothing is built."""
    depends_on: tuple[str, ...]
    """The unique_ids of its direct upstream assets, sorted."""
    macros: tuple[str, ...]
    """The unique_ids of the macros it uses, transitively; those of dbt and the adapter left out."""
    fingerprint: Fingerprint
    tags: tuple[str, ...] = ()
    group: str = ""
    owner: str = ""
    """Of the exposure or of the group, else `meta.owner`."""
    description: str = ""
    """The first paragraph only, at most 300 characters; the whole is in the details."""
    access: str = ""
    version: str = ""
    freshness: str = ""
    """A source's declared freshness as compact JSON, or empty."""
    key: str = ""
    """Under Python definitions its asset key, the parts joined by slashes; else empty."""
    kinds: tuple[str, ...] = ()
    """Under Python definitions what it is made with: `dbt`, `duckdb`, `python`."""
    metadata: str = ""
    """Of the asset itself, as definitions give it: compact JSON of label → {kind, value}."""
    partitions: str = ""
    """The partitions that it is made in, as definitions give them: compact JSON; see
    `tui.definitions.partitions`. Empty where it has none."""
    mappings: str = ""
    """Which partitions of what is upstream they are made of, where definitions say it: compact
    JSON of unique_id → `PartitionMapping.facts` (`tui.definitions.partition_mappings`)."""
    batches: str = ""
    """Of a microbatch model the batches of event time that dbt builds it in, as `partitions`; empty
    for all else."""

    @property
    def parts(self) -> str:
        """What its bar shows: its partitions, else dbt's batches; empty where it has none."""
        return self.partitions or self.batches

    @property
    def is_only_python(self) -> bool:
        """Whether only a function of the user's knows where its data is."""
        return self.resource_type in ("python", "external") and not self.relation

    @property
    def owners(self) -> tuple[str, ...]:
        """The owners one by one."""
        return tuple(filter(None, self.owner.split(", ")))

    @classmethod
    def from_row(cls, row: list[Any]) -> Asset:
        """The asset of a row as it came from JSON: lists become tuples again."""
        asset = cls._make(row)
        return asset._replace(
            depends_on=tuple(asset.depends_on),
            macros=tuple(asset.macros),
            tags=tuple(asset.tags),
            kinds=tuple(asset.kinds),
            fingerprint=Fingerprint._make(asset.fingerprint),
        )


class Check(NamedTuple):
    """One dbt test: a generic, singular or unit test, shown as a check of one asset."""

    unique_id: str
    name: str
    """Short where it is generic (`unique id`, `not_null id`), else the test's own name."""
    kind: str
    """generic, singular or unit; python for a check of Python definitions."""
    asset: str
    """The unique_id of the asset it hangs under (dbt's attached node, else its last parent)."""
    depends_on: tuple[str, ...]
    """The unique_ids of all the assets that it reads: any of them brings it into a build (dbt's
    eager indirect selection), all of them must be built before it runs."""
    path: str
    line: int
    package: str
    column: str = ""
    test_name: str = ""
    """Of a generic test: `unique`, `accepted_values`, `dbt_utils.expression_is_true`."""
    severity: str = "error"
    tags: tuple[str, ...] = ()
    description: str = ""
    fqn: str = ""

    @classmethod
    def from_row(cls, row: list[Any]) -> Check:
        """The check of a row as it came from JSON: lists become tuples again."""
        check = cls._make(row)
        return check._replace(depends_on=tuple(check.depends_on), tags=tuple(check.tags))


OF_DEFINITIONS = "PythonDefinitions"
"""The kind of the warnings about the Python definitions."""
NOT_SERVED = "NotServed"
"""Of those about what a project of Dagster's asks for and dbtree does not have."""


class DbtWarning(NamedTuple):
    """Something that dbt warns of: while it parses, or in a run."""

    kind: str
    """dbt's name of it: `UnusedResourceConfigPath`, `CustomKeyInObjectDeprecation`."""
    message: str
    path: str = ""
    """The file that it is about, relative to the project's root; empty where dbt does not say."""
    line: int = 0
    """Counted from 1; 0 where unknown."""
    unique_id: str = ""
    """The asset or check that it is about; empty where unknown."""


class Problem(NamedTuple):
    """Something that is wrong with the project, in words for its user."""

    kind: str
    """A word for programs: project, profile, target, adapter, deps, yaml, jinja, ref, dbt, engine,
    definitions."""
    message: str
    """dbt's reason, without its decoration; never a traceback."""
    path: str = ""
    """The file to open, relative to the project's root where it lies inside it, else absolute."""
    line: int = 0
    """Counted from 1; 0 where unknown."""
    hint: str = ""
    """What to do about it, in one sentence, where there is something to say."""
