"""Where things stand in the text of a properties file: entries, their keys, their columns. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from tui.errors import ProjectError

SECTIONS = {
    "model": "models",
    "seed": "seeds",
    "snapshot": "snapshots",
    "source": "sources",
}
"""By the type of an asset, the key under which it is described."""


class NotPatchable(ProjectError):
    """A file cannot be added to; the reason is for the user."""


@dataclass(frozen=True)
class Entry:
    """A mapping that describes an asset or a column."""

    node: yaml.MappingNode

    @property
    def is_flow(self) -> bool:
        """Whether it is written on one line, in braces."""
        return bool(self.node.flow_style)

    def value(self, key: str) -> Any:
        """The node of a key's value; None where it has no such key."""
        return next((value for name, value in self.node.value if name.value == key), None)

    def text(self, key: str) -> str:
        """The text of a key's value; empty where it is none."""
        found = self.value(key)
        return found.value if isinstance(found, yaml.ScalarNode) else ""

    def items(self, key: str) -> Iterator[Entry]:
        """The mappings of a key's list."""
        found = self.value(key)
        if isinstance(found, yaml.SequenceNode):
            yield from (Entry(node) for node in found.value if isinstance(node, yaml.MappingNode))


def root_of(text: str) -> Entry | None:
    """The mapping of a whole file; None for an empty one. Raises NotPatchable."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        words = " ".join(str(error).split())
        raise NotPatchable(f"It is not valid YAML: {words}") from None
    except RecursionError:
        raise NotPatchable("It is nested too deeply to be read.") from None
    if node is None:
        return None
    if not isinstance(node, yaml.MappingNode):
        raise NotPatchable("It is not a mapping of keys to values.")
    return Entry(node)


def entry_of(root: Entry, kind: str, name: str) -> Entry | None:
    """The entry of an asset.

    Args:
        root: The file.
        kind: Its resource type.
        name: Its name; `source.table` for a source.
    """
    section = SECTIONS[kind]
    if kind != "source":
        return _named(root.items(section), name)
    source, _, table = name.partition(".")
    for each in root.items(section):
        if each.text("name") == source and (found := _named(each.items("tables"), table)):
            return found
    return None


def _named(entries: Iterator[Entry], name: str) -> Entry | None:
    return next((entry for entry in entries if entry.text("name") == name), None)


def column_of(entry: Entry, name: str) -> Entry | None:
    """The entry of a column, whatever the case of its letters."""
    columns = entry.items("columns")
    return next((one for one in columns if one.text("name").lower() == name.lower()), None)


def version_of(entry: Entry, version: str) -> Entry | None:
    """The entry of one version of a model."""
    return next((one for one in entry.items("versions") if one.text("v") == version), None)


def shared_column(entry: Entry, version: Entry, name: str) -> Entry | None:
    """The column that a version has from what is said of all versions; None where it has none, or
    says it itself.
    """
    found = column_of(entry, name)
    if found is None or column_of(version, name) is not None:
        return None
    own = found.text("name")
    for each in version.items("columns"):
        if (listed := each.value("include")) is not None and not _names(listed, own):
            return None
        if (listed := each.value("exclude")) is not None and _names(listed, own):
            return None
    return found


def _names(listed: yaml.Node, name: str) -> bool:
    """Whether the value of `include` or `exclude` names a column."""
    if isinstance(listed, yaml.ScalarNode):
        return listed.value in ("*", "all", name)
    return isinstance(listed, yaml.SequenceNode) and any(one.value == name for one in listed.value)


# ------------------------------------------------------------------------ places in the text

DASH = re.compile(r"^( *)-(?=\s)", re.MULTILINE)


def dash_column(text: str, node: yaml.SequenceNode) -> int:
    """The column of the dashes of a list, which an anchor may stand before."""
    start = int(node.start_mark.index)
    if text[start : start + 1] != "-" and (found := DASH.search(text, start)) is not None:
        return len(found[1])
    return int(node.start_mark.column)


def key_column(node: yaml.MappingNode) -> int:
    """The column of the keys of a mapping, which an anchor may stand before."""
    first = node.value[0][0].start_mark if node.value else node.start_mark
    return int(first.column if first.index >= node.start_mark.index else node.start_mark.column)


def end_of(text: str, node: yaml.Node) -> int:
    """The place behind the last line of a block: behind its comment, before blank lines."""
    return _line_end(text, _last(text, node))


def _last(text: str, node: yaml.Node) -> int:
    """The place of the last character of a node, or one on its last line."""
    if isinstance(node, yaml.ScalarNode):
        return _scalar_end(text, node)
    if node.flow_style or not node.value:
        return max(int(node.start_mark.index), int(node.end_mark.index) - 1)
    last = node.value[-1]
    if isinstance(node, yaml.MappingNode):
        key, value = last
        if value.start_mark.index < key.end_mark.index:  # an alias: it stands where its anchor is
            return int(key.end_mark.index)
        return max(_last(text, value), int(key.end_mark.index))
    if last.start_mark.index < node.start_mark.index:  # an alias again
        return _before_comments(text, node.end_mark.index)
    return _last(text, last)


def _scalar_end(text: str, node: yaml.ScalarNode) -> int:
    if node.style not in ("|", ">"):
        return max(int(node.start_mark.index), int(node.end_mark.index) - 1)
    # Its end mark is behind what follows it; its lines are those that are indented more than its
    # key, or blank.
    start = int(node.start_mark.index)
    line_start = text.rfind("\n", 0, start) + 1
    line = text[line_start:start]
    own = len(line) - len(line.lstrip(" "))
    if line.lstrip(" ").startswith("- "):
        own += len(line.lstrip(" ")) - len(line.lstrip(" ")[1:].lstrip(" "))
    place = last = _line_end(text, start)
    while place < len(text):
        next_end = _line_end(text, place + 1)
        found = text[place + 1 : next_end]
        if found.strip() and len(found) - len(found.lstrip(" ")) <= own:
            break
        if found.strip():
            last = next_end
        place = next_end
    return max(last - 1, start)


def _before_comments(text: str, place: int) -> int:
    """The last character before a place that is neither blank nor in a line of comment."""
    lines = text[:place].splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    return max(len("".join(lines).rstrip()) - 1, 0)


def _line_end(text: str, place: int) -> int:
    """The place of the line end (or of the end of the text) that follows a place."""
    found = text.find("\n", place)
    if found < 0:
        return len(text)
    return found
