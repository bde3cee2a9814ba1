"""How a query can go on at the cursor: names of the project, columns of what it reads, keywords.
Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tui.graph import DECLARED, AssetGraph
from tui.selection import Completion
from tui.sql.steps import steps_of
from tui.sql.template import without_jinja

MOST = 40
"""Ways to go on that are offered."""
KEYWORDS = (
    "select", "from", "where", "group by", "order by", "limit", "join", "left join", "inner join",
    "full join", "cross join", "on", "using", "with", "as", "and", "or", "not", "in", "is null",
    "is not null", "between", "like", "case", "when", "then", "else", "end", "union all", "having",
    "distinct", "over", "partition by", "qualify", "count", "sum", "avg", "min", "max", "coalesce",
    "cast", "null", "desc", "asc", "exists", "lateral", "offset", "true", "false",
)  # fmt: skip
REF = re.compile(r"\bref\(\s*(['\"])([^'\"]*)$")
SOURCE = re.compile(r"\bsource\(\s*(['\"])([^'\"]*)$")
SOURCE_TABLE = re.compile(r"\bsource\(\s*['\"]([^'\"]*)['\"]\s*,\s*(['\"])([^'\"]*)$")
MEMBER = re.compile(r"(?<![\w.])(\w+)\.(\w*)$")
WORD = re.compile(r"(?<![\w.'\"])(\w+)$")
AFTER_FROM = re.compile(r"\b(?:from|join)\s+(\w*)$", re.I)
NO_ALIAS = (
    "on|using|where|group|order|limit|join|left|right|inner|full|cross|natural|union|having|window"
    "|qualify|select|as|lateral|asof|tablesample|pivot|unpivot|except|intersect|fetch|offset|for"
)
READ = re.compile(
    r"\b(?:from|join)\s+(?:\{\{\s*(?P<call>ref|source)\(\s*['\"](?P<first>[^'\"]+)['\"]"
    r"(?:\s*,\s*(?:v(?:ersion)?\s*=\s*\w+|['\"](?P<second>[^'\"]+)['\"]))?[^}]*\}\}"
    rf"|(?P<name>[\w.\"`]+))(?:\s+(?:as\s+)?(?P<alias>(?!(?:{NO_ALIAS})\b)[a-z_]\w*))?",
    re.I,
)


@dataclass(frozen=True)
class Names:
    """What a query can name."""

    refs: Mapping[str, str] = field(default_factory=dict)
    """Name of a model, seed or snapshot → its unique_id."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """`source.table` → its unique_id."""
    relations: Mapping[str, str] = field(default_factory=dict)
    """A relation's name in lower case, without quotes → the unique_id of its asset."""
    columns: Callable[[str], Sequence[str]] = lambda _unique_id: ()
    """unique_id → its columns, as far as they are known."""
    adapter: str = ""


def names_of(graph: AssetGraph, columns: Callable[[str], Sequence[str]], adapter: str) -> Names:
    """What the queries of a project can name."""
    refs: dict[str, str] = {}
    sources: dict[str, str] = {}
    relations: dict[str, str] = {}
    for key, asset in graph.assets.items():
        if asset.resource_type in DECLARED or asset.resource_type == "function":
            continue
        if asset.resource_type == "source":
            sources[asset.name] = key
        else:
            name = asset.name.partition(".v")[0] if ".v" in asset.name else asset.name
            refs.setdefault(name, key)
        if asset.relation:
            relations[_bare(asset.relation)] = key
    return Names(refs, sources, relations, columns, adapter)


def completions(text: str, cursor: int, names: Names) -> list[Completion]:
    """The ways to go on at an offset of the text, the likeliest first."""
    before, after = text[:cursor], text[cursor:]
    line_start = before.rfind("\n") + 1
    found: Iterator[Completion]
    if call := SOURCE_TABLE.search(before):
        found = _tables(call, after, names)
    elif call := REF.search(before):
        end = _closing(call[1], after, " }}" if "{{" in before[line_start:] else "")
        start = call.start(2)
        found = (Completion(name + end, start, "ref") for name in _like(names.refs, call[2]))
    elif call := SOURCE.search(before):
        sources = list(dict.fromkeys(one.partition(".")[0] for one in names.sources))
        joint = "" if after.startswith(call[1]) else f"{call[1]}, {call[1]}"
        found = (
            Completion(name + joint, call.start(2), "source") for name in _like(sources, call[2])
        )
    elif _is_in_jinja(before) or _is_quoted(before[line_start:]):
        return []
    elif member := MEMBER.search(before):
        read = _read_of(text, names)
        columns = names.columns(read.get(member[1].lower(), ""))
        found = (Completion(name, member.start(2), "column") for name in _like(columns, member[2]))
    else:
        found = _words(text, before, names)
    offered: dict[str, Completion] = {}
    for one in found:
        if one.text != before[one.start :]:
            offered.setdefault(one.text, one)
        if len(offered) == MOST:
            break
    return list(offered.values())


def _tables(call: re.Match[str], after: str, names: Names) -> Iterator[Completion]:
    tables = [one.partition(".")[2] for one in names.sources if one.startswith(f"{call[1]}.")]
    end = _closing(call[2], after, " }}")
    return (Completion(name + end, call.start(3), "source") for name in _like(tables, call[3]))


def _closing(quote: str, after: str, rest: str) -> str:
    """What closes a call whose argument ends here, as far as it is not there already."""
    if after.startswith(quote):
        return ""
    return f"{quote})" + ("" if "}}" in after.partition("\n")[0] else rest)


def _words(text: str, before: str, names: Names) -> Iterator[Completion]:
    """Names and keywords that begin as the word before the cursor."""
    steps = [step.name for step in steps_of(text, names.adapter)]
    if source := AFTER_FROM.search(before):
        start, typed = source.start(1), source[1]
        yield from (Completion(name, start, "CTE") for name in _like(steps, typed))
        for name in _like(names.refs, typed):
            yield Completion(f"{{{{ ref('{name}') }}}}", start, "ref")
        for name in _like(names.sources, typed):
            first, _, second = name.partition(".")
            yield Completion(f"{{{{ source('{first}', '{second}') }}}}", start, "source")
        return
    word = WORD.search(before)
    if word is None or len(word[1]) < 2:
        return
    start, typed = word.start(1), word[1]
    read = _read_of(text, names)
    for unique_id in dict.fromkeys(read.values()):
        yield from (
            Completion(name, start, "column") for name in _like(names.columns(unique_id), typed)
        )
    aliases = [name for name in read if _begins(name, typed)]
    yield from (Completion(name, start, "alias") for name in aliases)
    yield from (Completion(name, start, "CTE") for name in _like(steps, typed))
    yield from (Completion(one, start, "keyword") for one in KEYWORDS if _begins(one, typed))


def _read_of(text: str, names: Names) -> dict[str, str]:
    """What the query calls the relations that it reads → the unique_id of each."""
    found: dict[str, str] = {}
    for read in READ.finditer(text):
        unique_id = _asset_of(read, names)
        if not unique_id:
            continue
        own = read["second"] or read["first"] or _bare(read["name"] or "").rpartition(".")[2]
        found[(read["alias"] or own).lower()] = unique_id
    return found


def _asset_of(read: re.Match[str], names: Names) -> str:
    if read["call"] and read["call"].lower() == "ref":
        return names.refs.get(read["second"] or read["first"], "")
    if read["call"]:
        return names.sources.get(f"{read['first']}.{read['second']}", "")
    name = _bare(read["name"] or "")
    if name in names.relations:
        return names.relations[name]
    return next((key for full, key in names.relations.items() if full.endswith(f".{name}")), "")


def _bare(name: str) -> str:
    return name.replace('"', "").replace("`", "").lower()


def _like(known: Mapping[str, str] | Sequence[str], typed: str) -> Iterator[str]:
    """The names that begin as what is typed, then those that have it within."""
    yield from (name for name in known if _begins(name, typed))
    if len(typed) > 1:
        low = typed.lower()
        yield from (name for name in known if low in name.lower()[1:] and not _begins(name, typed))


def _begins(name: str, typed: str) -> bool:
    return name.lower().startswith(typed.lower())


def _is_in_jinja(before: str) -> bool:
    """Whether the cursor is within an expression or a comment of Jinja."""
    return re.search(r"\{[{%#]", without_jinja(before)) is not None


def _is_quoted(line: str) -> bool:
    """Whether the cursor is in a string or behind a `--` of its line."""
    bare = re.sub(r"'[^']*'", "", line)
    return "'" in bare or "--" in bare
