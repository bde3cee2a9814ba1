"""What a node's code reads, resolved to values: variables, environment, refs, sources, target.

Found in the text of the node, of its hooks and of the macros that it uses, so it is cheap enough
for every parse. A name that is only made while the code is rendered is not found here; the
comparison of what is compiled (tui.engine.patches.offline_compilation) sees its effect.

Values of the environment are only kept as keyed digests, and so are variables that look secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tui.engine.records.fingerprints import digest
from tui.engine.records.keyed_digests import KeyedDigests
from tui.engine.records.used_macros import MacroUse

NOT_SET = "not set"
"""The value of a variable that nobody sets: its default stands in the code."""
LONGEST = 200
"""Characters of a variable's value that are kept as they are; a longer one is a digest."""

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_VAR = re.compile(r"\bvar(?:\.has_var)?\s*\(\s*(['\"])(.*?)\1")
_ENV_VAR = re.compile(r"\benv_var\s*\(\s*(['\"])(.*?)\1")
_TARGET = re.compile(r"\btarget\s*(?:\.\s*(\w+)|\[\s*['\"](\w+)['\"]\s*\])")
_MODEL = re.compile(r"\bmodel\b")
_GRAPH = re.compile(r"\bgraph\b")
_SECRET = re.compile(r"pass(word|wd|phrase)?|token|secret|private|key|credential", re.IGNORECASE)


class Names:
    """What a piece of Jinja names."""

    def __init__(self, text: str, *, is_template: bool = True) -> None:
        if is_template:
            text = "\n".join(_JINJA.findall(text)) if "{" in text else ""
        self.variables = {found[1] for found in _VAR.findall(text)} if "var" in text else set()
        self.environment = (
            {found[1] for found in _ENV_VAR.findall(text)} if "env_var" in text else set()
        )
        self.target = (
            {first or second for first, second in _TARGET.findall(text)}
            if "target" in text
            else set()
        )
        self.model = "model" in text and bool(_MODEL.search(text))
        self.graph = "graph" in text and bool(_GRAPH.search(text))

    def add(self, other: Names) -> None:
        """Take in what another piece names."""
        self.variables |= other.variables
        self.environment |= other.environment
        self.target |= other.target
        self.model = self.model or other.model
        self.graph = self.graph or other.graph


class InputValues:
    """The values of variables, of the environment and of the target, for one engine."""

    def __init__(
        self,
        sources: Callable[[str], Iterable[Mapping[str, Any]]],
        environment: Callable[[], Mapping[str, str]],
        target: Mapping[str, Any],
        scrub: Callable[[str], str],
        keyed: KeyedDigests,
    ) -> None:
        """Where the values come from.

        Args:
            sources: where the variables of a package are looked for, the first that has one wins.
            environment: as dbt sees it now.
            target: the facts that Jinja's `target` has.
            scrub: leaves secrets out of a text.
            keyed: makes digests of what may be secret.
        """
        self._sources = sources
        self._environment = environment
        self._target = target
        self._scrub = scrub
        self._keyed = keyed
        self._variables: dict[str, list[Mapping[str, Any]]] = {}

    def raw_variable(self, package: str, name: str) -> Any:
        """The value of a variable in a package, as it was written; NOT_SET without one."""
        if package not in self._variables:
            self._variables[package] = list(self._sources(package))
        for source in self._variables[package]:
            if name in source:
                return source[name]
        return NOT_SET

    def variable(self, package: str, name: str) -> str:
        """The value of a variable in words, or its digest where it may be secret."""
        value = self.raw_variable(package, name)
        if isinstance(value, str):
            text = value
        else:
            text = json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
        if _SECRET.search(name) or len(text) > LONGEST or self._scrub(text) != text:
            return self._keyed.of(text)
        return text

    def environment(self, name: str) -> str:
        """The digest of an environment variable."""
        value = self._environment().get(name)
        return self._keyed.of("\0" if value is None else value)

    def target(self, name: str) -> str:
        """A fact of the target, as Jinja's `target` has it."""
        return str(self._target.get(name, NOT_SET))


class Inputs:
    """The inputs of the nodes of one manifest, for the time of one look at it."""

    def __init__(self, manifest: Any, values: InputValues, use: MacroUse, known: dict[str, Names]):
        """`known` keeps what the texts of macros name, by their digest."""
        self._manifest = manifest
        self._values = values
        self._use = use
        self._known = known

    def of(self, node: Any, *, is_placed: bool = True) -> str:
        """The inputs of a node as canonical JSON: what is read → its value in words.

        Where it has another place at each parse, it `is_placed` nowhere.
        """
        found: dict[str, str] = {}
        for each in (node, *inlined(self._manifest, node)):
            self._add(each, found)
        found |= dict(_own(node))
        if not is_placed:
            found.pop("relation", None)
        return json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def names_of(self, node: Any) -> Names:
        """What a node's code, its hooks and its macros name."""
        names = Names(str(getattr(node, "raw_code", "") or ""))
        for hook in hooks_of(node):
            names.add(Names(hook))
        names.add(self.names_of_macros(self._use.of(node)))
        return names

    def names_of_macros(self, unique_ids: Iterable[str]) -> Names:
        """What these macros name."""
        names = Names("")
        for unique_id in unique_ids:
            text = self._manifest.macros[unique_id].macro_sql
            if text not in self._known:
                self._known[text] = Names(text)
            names.add(self._known[text])
        return names

    def values_of(self, names: Names, package: str) -> Iterator[tuple[str, str]]:
        """What is named, with its value."""
        values, environment = self._values, set(names.environment)
        for name in names.variables:
            raw = values.raw_variable(package, name)
            if isinstance(raw, str) and "env_var" in raw:
                environment |= Names(raw).environment
            yield f"var {name}", values.variable(package, name)
        for name in environment:
            yield f"env_var {name}", values.environment(name)
        for name in names.target:
            yield f"target.{name}", values.target(name)

    def _add(self, node: Any, found: dict[str, str]) -> None:
        names = self.names_of(node)
        found |= dict(self.values_of(names, node.package_name))
        if names.model:
            found["properties"] = _properties(node)
        if names.graph:
            found["graph"] = ""
        found |= dict(self._read_relations(node))

    def _read_relations(self, node: Any) -> Iterator[tuple[str, str]]:
        manifest = self._manifest
        if str(node.resource_type) == "seed":
            return
        pinned = {
            ref.name
            for ref in getattr(node, "refs", ())
            if getattr(ref, "version", None) is not None
        }
        for unique_id in _parents(node):
            if read := manifest.nodes.get(unique_id):
                version = getattr(read, "version", None)
                name = f"{read.name} v{version}" if read.name in pinned else read.name
                yield f"ref {name}", resolved_to(read)
            elif read := manifest.sources.get(unique_id):
                yield f"source {read.source_name}.{read.name}", resolved_to(read)
            elif read := getattr(manifest, "functions", {}).get(unique_id):
                yield f"function {read.name}", resolved_to(read)


def inlined(manifest: Any, node: Any) -> list[Any]:
    """The ephemeral models that are compiled into a node, through any number of them."""
    found: dict[str, Any] = {}
    waiting = list(_parents(node))
    while waiting:
        unique_id = waiting.pop()
        above = manifest.nodes.get(unique_id)
        if above is not None and unique_id not in found and is_ephemeral(above):
            found[unique_id] = above
            waiting += _parents(above)
    return list(found.values())


def _parents(node: Any) -> tuple[str, ...]:
    """What a node depends on. A seed has none: dbt's property for it only raises errors."""
    if str(node.resource_type) == "seed":
        return ()
    return tuple(node.depends_on_nodes)


def is_ephemeral(node: Any) -> bool:
    """Whether a node is compiled into those that read it."""
    return bool(getattr(node, "is_ephemeral_model", False))


def rendered_anew(manifest: Any, records: Any, told: Any) -> set[str]:
    """The assets that may be compiled to something else after a parse.

    Args:
        manifest: After the parse.
        records: Its rows, a tui.engine.records.rows.Records.
        told: What changed in them.
    """
    found = set(records.looked_at)
    assets = records.assets
    if told.macros:
        changed = told.macros.keys()
        found |= {key for key, row in assets.items() if not changed.isdisjoint(row.macros)}
    # Whatever was edited may show in Jinja's `graph`.
    found |= {key for key, row in assets.items() if '"graph":' in row.fingerprint.inputs}
    waiting = [key for key in found if key in assets and assets[key].materialized == "ephemeral"]
    while waiting:
        for reader in manifest.child_map.get(waiting.pop(), ()):
            if reader in assets and reader not in found:
                found.add(reader)
                if assets[reader].materialized == "ephemeral":
                    waiting.append(reader)
    return found


def hooks_of(node: Any) -> list[str]:
    """The texts of a node's own hooks."""
    config = node.config
    hooks = [
        *(getattr(config, "pre_hook", None) or ()),
        *(getattr(config, "post_hook", None) or ()),
    ]
    return [str(getattr(hook, "sql", hook)) for hook in hooks]


def resolved_to(node: Any) -> str:
    """What a `ref` or a `source` is resolved to: `v2 "db"."main"."orders_v2"`."""
    relation = (
        "ephemeral" if is_ephemeral(node) else str(getattr(node, "relation_name", None) or "")
    )
    version = getattr(node, "version", None)
    return relation if version is None else f"v{version} {relation}"


def _own(node: Any) -> Iterator[tuple[str, str]]:
    """What of a node's own properties is sent beside its code and its configuration."""
    if not is_ephemeral(node) and getattr(node, "relation_name", None):
        yield "relation", str(node.relation_name)
    persisted = getattr(node.config, "persist_docs", None) or {}
    if isinstance(persisted, Mapping) and any(persisted.values()):
        told: list[Any] = [node.description if persisted.get("relation") else ""]
        if persisted.get("columns"):
            told += [(name, column.description) for name, column in node.columns.items()]
        yield "descriptions", digest(json.dumps(told, default=str))
    if str(getattr(node, "language", "") or "") == "python":
        packages = getattr(node.config, "packages", None) or []
        yield "packages", json.dumps(packages, default=str)


def _properties(node: Any) -> str:
    """A digest of what YAML says of a node, for code that renders it."""
    columns = [column.to_dict(omit_none=True) for column in node.columns.values()]
    told = [node.description, node.meta, sorted(map(str, node.tags or ())), columns]
    return digest(json.dumps(told, sort_keys=True, default=str))
