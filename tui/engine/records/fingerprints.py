"""What a node would be built from, as digests that can be compared: SQL, configuration, seed.

The parts are those of tui.protocol.records.Fingerprint. Macros are not among them: an asset names
the macros it uses, and the graph has one table of their digests.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tokenize
from pathlib import Path
from typing import Any

from tui.engine.records.seed_content import is_large, large_file_digest, parsed_digest
from tui.engine.records.volatile_config import VOLATILE
from tui.protocol.records import Fingerprint

NOT_BUILT = frozenset(
    {
        "access",
        "description",
        "docs",
        "enabled",
        "freshness",
        "full_refresh",
        "group",
        "loaded_at_field",
        "loaded_at_query",
        "meta",
        "packages",
        "static_analysis",
        "tags",
    }
)
"""Configuration that describes, or says what runs, and leaves the built relation as it is."""

PLACED = frozenset({"alias", "database", "schema"})
"""What these make is the relation, which stands in their place."""

# In this order: Jinja's comments and blocks, what SQL hides from both, words, any other sign.
_TOKEN = re.compile(
    r"""
      (?P<jinja_comment>\{\#.*?\#\})
    | (?P<jinja>\{\{.*?\}\}|\{%.*?%\})
    | (?P<hint>/\*\+.*?\*/)
    | (?P<comment>--[^\n]*|/\*.*?\*/)
    | (?P<string>'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|`[^`]*`|\$\$.*?\$\$)
    | (?P<word>\w+)
    | (?P<space>\s+)
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_JINJA_TOKEN = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\w+|\S", re.DOTALL)


def digest(text: str) -> str:
    """A short hexadecimal digest of a text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def without_layout(code: str, language: str = "sql") -> str:
    """Code without comments and whitespace: equal for two texts that differ only in those.

    Jinja inside an SQL comment stays, because dbt renders it; so do optimizer hints and all that is
    in quotes.
    """
    return _python_tokens(code) if language == "python" else _sql_tokens(code)


def _sql_tokens(code: str) -> str:
    kept: list[str] = []
    for match in _TOKEN.finditer(code):
        kind, text = match.lastgroup, match.group()
        if kind in ("space", "jinja_comment"):
            continue
        if kind == "comment":
            kept += [_jinja_tokens(block) for block in _JINJA.findall(text)]
        elif kind == "jinja":
            kept.append(_jinja_tokens(text))
        else:
            kept.append(text)
    return "\0".join(kept)


def _jinja_tokens(block: str) -> str:
    return "\0".join(_JINJA_TOKEN.findall(block))


def _python_tokens(code: str) -> str:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    except (tokenize.TokenError, SyntaxError):
        return code
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER}
    marks = {tokenize.INDENT: ">", tokenize.DEDENT: "<", tokenize.NEWLINE: ";"}
    return "\0".join(
        marks.get(token.type, token.string) for token in tokens if token.type not in skipped
    )


def fingerprint_of(
    node: Any,
    relation: str,
    root: str,
    inputs: str = "",
    volatile: frozenset[str] = frozenset(),
) -> Fingerprint:
    """The fingerprint of a node of dbt's manifest.

    Args:
        node: A model, seed, snapshot or function; for anything else the fingerprint is empty.
        relation: Where it is built, as in `Asset.relation`.
        root: The directory of its project or package, in which a seed's file lies.
        inputs: What it reads, of tui.engine.records.inputs.
        volatile: The keys of its configuration that have another value at each parse.
    """
    resource = str(node.resource_type)
    if resource not in ("model", "seed", "snapshot", "function"):
        return Fingerprint()
    config = effective_config(node, relation, volatile)
    if resource == "seed":
        return Fingerprint(config=config, seed=seed_digest(node, root), inputs=inputs)
    code = node.raw_code or ""
    return Fingerprint(
        sql=digest(code),
        code=digest(without_layout(code, str(node.language))),
        config=config,
        contract=contract_digest(node),
        inputs=inputs,
    )


def effective_config(node: Any, relation: str, volatile: frozenset[str] = frozenset()) -> str:
    """The configuration that a build depends on, as canonical JSON without dbt's defaults."""
    config = node.config
    defaults = _defaults(type(config))
    kept: dict[str, Any] = {}
    for key, value in config.to_dict(omit_none=True).items():
        if key in NOT_BUILT or key in PLACED:
            continue
        if key in volatile:
            value = VOLATILE
        elif key in ("pre-hook", "post-hook"):
            value = [_hook(hook) for hook in value]
        # What is materialized is always said: it is the first thing to compare.
        if value != defaults.get(key) or key == "materialized":
            kept[key] = value
    if relation:
        kept["relation"] = VOLATILE if volatile & PLACED else relation
    functions = {name: getattr(node, name, None) for name in ("arguments", "returns")}
    if str(node.resource_type) == "function":
        kept.update({name: _plain(value) for name, value in functions.items() if value})
    return json.dumps(kept, sort_keys=True, separators=(",", ":"), default=str)


_known_defaults: dict[type[Any], dict[str, Any]] = {}


def _defaults(config: type[Any]) -> dict[str, Any]:
    """The defaults of one of dbt's classes of configuration."""
    if config not in _known_defaults:
        _known_defaults[config] = config().to_dict(omit_none=True)
    return _known_defaults[config]


def _hook(hook: Any) -> Any:
    """A hook without its place among the others, which dbt only counts."""
    if isinstance(hook, dict) and hook.get("transaction") is not False:
        return hook.get("sql")
    return hook


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.to_dict(omit_none=True) if hasattr(value, "to_dict") else value


def contract_digest(node: Any) -> str:
    """The declared columns and constraints, where dbt enforces them; else empty."""
    contract = getattr(node.config, "contract", None)
    if contract is None or not contract.enforced:
        return ""
    columns = [
        (name, column.data_type, _plain(column.constraints), column.quote)
        for name, column in node.columns.items()
    ]
    return digest(json.dumps([columns, _plain(node.constraints)], default=str))


def seed_digest(node: Any, root: str) -> str:
    """A seed's content. dbt does not hash a seed of more than a megabyte, so this does."""
    if not is_large(node.checksum):
        return parsed_digest(node.checksum)
    try:
        return large_file_digest(str(Path(root, node.original_file_path)))
    except OSError:
        return ""
