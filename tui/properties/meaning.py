"""What a properties file must say once something is added: the values, whatever the text. Pure."""

from __future__ import annotations

from typing import Any

import yaml

from tui.properties.entries import SECTIONS, NotPatchable
from tui.properties.style import Asset, Column

MOST = 1_000_000
"""Values in a file, with those that its anchors repeat."""
ELSEWHERE = (
    "Parts of it are shared by anchors (`&name`, `*name`), and what is added to one of them would "
    "be added to all: write it by hand."
)
UNSURE = "What is added would be read as something else (is a key there twice?): write it by hand."


def check(before: str, after: str, asset: Asset, tests_key: str) -> None:
    """Raise NotPatchable unless a file says what it said, and what was to be added, and no more."""
    try:
        was, now = yaml.safe_load(before), yaml.safe_load(after)
        is_right = _with(_own(was, [0]), asset, tests_key) == now
    except yaml.YAMLError:
        is_right = False
    except RecursionError:
        raise NotPatchable("It is nested too deeply to be read.") from None
    if not is_right:
        raise NotPatchable(ELSEWHERE if _has_aliases(before) else UNSURE)


def _has_aliases(text: str) -> bool:
    try:
        return any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text))
    except yaml.YAMLError:
        return False


def _own(value: Any, count: list[int]) -> Any:
    """A copy in which nothing is shared. Raises NotPatchable where that would be too much."""
    count[0] += 1
    if count[0] > MOST:
        raise NotPatchable("Its anchors repeat more than can be looked at.")
    if isinstance(value, dict):
        return {key: _own(each, count) for key, each in value.items()}
    if isinstance(value, list):
        return [_own(each, count) for each in value]
    return value


def _with(root: Any, asset: Asset, tests_key: str) -> Any:
    """The values of a file with those of an asset added."""
    root = {} if root is None else root
    section = _listed(root, SECTIONS[asset.kind])
    name = asset.name
    if asset.kind == "source":
        source, _, name = name.partition(".")
        section = next(
            (one["tables"] for one in section
             if _is(one, source) and any(_is(each, name) for each in _mappings(one, "tables"))), [],
        )  # fmt: skip
    entry = next((one for one in section if _is(one, name)), None)
    if entry is None:
        entry = {"name": name}
        section.append(entry)
    versions = [one for one in _mappings(entry, "versions") if str(one.get("v")) == asset.version]
    for column in asset.columns:
        known = _column(entry, column.name)
        if not versions:
            _describe(known, entry, column, asset, tests_key)
        elif (own := _column(versions[0], column.name)) is not None or known is None:
            _describe(own, versions[0], column, asset, tests_key)
        elif _is_left_out(versions[0], str(known["name"])):
            _describe(None, versions[0], column, asset, tests_key)
        else:
            _add_tests(known, column, tests_key)
    return root


def _listed(mapping: dict[str, Any], key: str) -> list[Any]:
    """The list of a key, which is made where there is none, or something else: the file then says
    something else, too.
    """
    if not isinstance(mapping.get(key), list):
        mapping[key] = []
    found: list[Any] = mapping[key]
    return found


def _is(entry: Any, name: str) -> bool:
    return isinstance(entry, dict) and str(entry.get("name")) == name


def _column(entry: dict[str, Any], name: str) -> dict[str, Any] | None:
    named = (one for one in _mappings(entry, "columns") if "name" in one)
    return next((one for one in named if str(one["name"]).lower() == name.lower()), None)


def _mappings(entry: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = entry.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _is_left_out(version: dict[str, Any], name: str) -> bool:
    """Whether a version does not take this column of all versions."""
    for each in _mappings(version, "columns"):
        included, excluded = each.get("include", "*"), each.get("exclude") or ()
        if name in excluded or (included not in ("*", "all") and name not in included):
            return True
    return False


def _describe(
    known: dict[str, Any] | None,
    place: dict[str, Any],
    column: Column,
    asset: Asset,
    tests_key: str,
) -> None:
    is_new = known is None
    if known is None:
        known = {"name": column.name} | ({"quote": True} if column.quote else {})
        _listed(place, "columns").append(known)
    if column.type and (is_new or asset.with_types):
        known.setdefault("data_type", column.type)
    if column.description.strip():
        known.setdefault("description", column.description.strip())
    _add_tests(known, column, tests_key)


def _add_tests(known: dict[str, Any], column: Column, tests_key: str) -> None:
    if column.tests:
        if column.quote:
            known.setdefault("quote", True)
        key = next((key for key in ("data_tests", "tests") if key in known), "")
        _listed(known, key or tests_key).extend(column.tests)
