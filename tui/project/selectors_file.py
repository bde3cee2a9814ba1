"""The named selectors of a project's selectors.yml: which there are, and one more saved among them.

Saving changes only the lines of the selector that is saved: comments, order and layout of all
others stay as the user wrote them (ruamel.yaml's round trip would lay those out anew: indentation,
the spaces of a flow mapping, and at line ends). What was written is read again before it replaces
the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tui.errors import SelectionError
from tui.protocol.whole_files import replacement
from tui.selection import Criterion, NotASelector, parse_selector

FILE = "selectors.yml"
NAME = re.compile(r"[A-Za-z_][\w.-]*\Z")
OURS = frozenset({"status", "selector"})
"""Methods that only dbtree has: dbt could not read them."""


def selector_names(root: Path) -> tuple[str, ...]:
    """The names of the project's selectors, in their order; none where the file cannot be read."""
    import yaml

    try:
        found = yaml.safe_load((root / FILE).read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError):
        return ()
    entries = found.get("selectors") if isinstance(found, dict) else None
    return tuple(
        str(entry["name"])
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict) and entry.get("name")
    )


def other_definition(root: Path, name: str, text: str) -> str:
    """In words, what the selector of that name is now, where it is another than the text says.

    Empty where there is none of that name, or the file or the text cannot be read.
    """
    import yaml

    try:
        found = yaml.safe_load((root / FILE).read_text(encoding="utf-8"))
        new = definition_of(text)
        (entry,) = (one for one in found["selectors"] if one.get("name") == name)
        now = entry["definition"]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return ""
    except (yaml.YAMLError, SelectionError):
        return ""
    if now == new:
        return ""
    return now if isinstance(now, str) else json.dumps(now, ensure_ascii=False, default=str)


def save_selector(root: Path, name: str, text: str) -> bool:
    """Write a selection as a named selector; whether one of that name was replaced.

    Args:
        root: the project's directory.
        name: the selector's name.
        text: a selection in dbt's language.

    Raises:
        SelectionError: the name or the selection cannot be saved, or the file is not one that can
            be added to.
    """
    if not NAME.match(name):
        raise SelectionError(f"`{name}` is not a valid selector name: use letters, digits and _")
    definition = definition_of(text)
    path = root / FILE
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        after, replaced = with_selector(before, name, definition)
        with replacement(path) as partial:
            partial.write_text(after, encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise SelectionError(f"{FILE} cannot be written: {error}", path=FILE) from error
    return replaced


def can_be_saved(text: str) -> bool:
    """Whether dbt has words for a selection."""
    try:
        definition_of(text)
    except SelectionError:
        return False
    return True


def definition_of(text: str) -> Any:
    """A selection as a definition of selectors.yml. Raises SelectionError where dbt has none."""
    try:
        unions = parse_selector(text).unions
    except NotASelector as error:
        raise SelectionError(f"only a selection in dbt's syntax can be saved: {error}") from error
    if not unions:
        raise SelectionError("there is nothing to save in this selection")
    for criterion in (one for criteria in unions for one in criteria):
        if criterion.method in OURS:
            raise SelectionError(
                f"`{criterion.method}:` is a dbtree method that dbt does not have: mark what it "
                "selects, then save the marks"
            )
    parts = [_intersection(criteria) for criteria in unions]
    return parts[0] if len(parts) == 1 else {"union": parts}


def _intersection(criteria: tuple[Criterion, ...]) -> Any:
    texts = [criterion.text for criterion in criteria]
    return texts[0] if len(texts) == 1 else {"intersection": texts}


def with_selector(text: str, name: str, definition: Any) -> tuple[str, bool]:
    """The text of selectors.yml with a selector added, or replaced where one has its name.

    Raises SelectionError where the text is no selectors.yml that can be added to.
    """
    import yaml

    try:
        before = yaml.safe_load(text) or {}
        tree = yaml.compose(text)
    except yaml.YAMLError as error:
        raise SelectionError(f"{FILE} is not valid YAML: {_first_line(error)}", path=FILE) from None
    entries = _entries(tree) if tree is not None else None
    if isinstance(before, dict) and "selectors" not in before:
        lines = [*_lines_of(text), "selectors:", *_written(name, definition, 2)]
        after, replaced = _joined(lines), False
    elif entries is None or entries.flow_style or not entries.value:
        raise SelectionError(
            f"{FILE} has no plain list under `selectors:` to add a selector to", path=FILE
        )
    else:
        after, replaced = _put(text, entries, name, definition)
    _check(before, after, name, definition)
    return after, replaced


def _entries(tree: Any) -> Any:
    """The node of the list of selectors."""
    for key, value in tree.value if tree.id == "mapping" else ():
        if key.value == "selectors" and value.id == "sequence":
            return value
    return None


def _put(text: str, entries: Any, name: str, definition: Any) -> tuple[str, bool]:
    lines = _lines_of(text)
    indent = entries.start_mark.column
    new = _written(name, definition, indent)
    for entry in entries.value:
        named = [v.value for k, v in entry.value if k.value == "name"]
        if named == [name]:
            start, end = entry.start_mark.line, _last_line(entry) + 1
            key, value = next(
                ((k, v) for k, v in entry.value if k.value == "definition"), (None, None)
            )
            if key is not None and key.start_mark.line > start:
                # What else stands there, a description or a comment, is kept.
                start, end = key.start_mark.line, _last_line(value) + 1
                new = _defined(definition, key.start_mark.column)
            return _joined([*lines[:start], *new, *lines[end:]]), True
    end = _last_line(entries.value[-1]) + 1
    return _joined([*lines[:end], *new, *lines[end:]]), False


def _last_line(node: Any) -> int:
    """The line on which the last thing of a node stands: what follows it are comments."""
    last = int(node.start_mark.line)
    if node.id == "scalar":
        # A block scalar's mark stands on the line after it.
        block = node.style in ("|", ">")
        return max(last, int(node.end_mark.line) - block)
    if node.flow_style:
        return int(node.end_mark.line)
    for item in node.value:
        for part in item if isinstance(item, tuple) else (item,):
            last = max(last, _last_line(part))
    return last


def _written(name: str, definition: Any, indent: int) -> list[str]:
    """The lines of a selector; every criterion in quotes, since `@` and `*` mean much to YAML."""
    return [f"{' ' * indent}- name: {name}", *_defined(definition, indent + 2)]


def _defined(definition: Any, indent: int) -> list[str]:
    lead = " " * indent
    if isinstance(definition, str):
        return [f"{lead}definition: {json.dumps(definition)}"]
    return [f"{lead}definition:", *_nested(definition, indent + 2)]


def _nested(definition: dict[str, list[Any]], indent: int) -> Iterator[str]:
    lead = " " * indent
    for key, items in definition.items():
        yield f"{lead}{key}:"
        for item in items:
            if isinstance(item, str):
                yield f"{lead}  - {json.dumps(item, ensure_ascii=False)}"
            else:
                first, *rest = _nested(item, indent + 4)
                yield f"{lead}  - {first.strip()}"
                yield from rest


def _check(before: Any, after: str, name: str, definition: Any) -> None:
    """Hold what will be written against what was meant. Raises SelectionError where it differs."""
    import yaml

    wanted = [*(before.get("selectors") or () if isinstance(before, dict) else ())]
    kept = [entry for entry in wanted if entry.get("name") != name]
    old: dict[str, Any] = next((entry for entry in wanted if entry.get("name") == name), {})
    new = {"name": name, "definition": definition}
    try:
        found = yaml.safe_load(after)["selectors"]
        others = [entry for entry in found if entry.get("name") != name]
        ok = others == kept and ({**old, **new} in found or new in found)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError):
        ok = False
    if not ok:
        raise SelectionError(f"{FILE} has a layout that dbtree cannot add to", path=FILE)


def _lines_of(text: str) -> list[str]:
    return text.splitlines()


def _joined(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
