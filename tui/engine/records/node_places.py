"""Where nodes are defined: their files, and the lines in those that are YAML."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tui.engine.records.yaml_lines import YamlLines
from tui.protocol.records import Asset

SECTIONS = {"saved_query": "saved_queries"}
"""Under which key YAML describes a type of resource, where that is not its name and an s."""
KEPT_LINES = 16
"""So many YAML files whose lines are known are kept from one update to the next."""


class NodePlaces:
    """The files and lines of a project and its packages."""

    def __init__(self, root: str, package_roots: dict[str, str]) -> None:
        """`root`: the project's directory. `package_roots`: those of its packages, by name."""
        self._root = root
        self._package_roots = package_roots
        self._lines: dict[str, tuple[Any, YamlLines]] = {}
        """The YAML files looked into last, each with its stamp."""

    def look_again(self) -> None:
        """Forget the lines of the YAML files that were written since."""
        kept = list(self._lines.items())[-KEPT_LINES:]
        self._lines = {path: found for path, found in kept if found[0] == _stamp(path)}

    def package_root(self, node: Any) -> str:
        """The directory of the package that defines a node."""
        return self._package_roots.get(node.package_name, self._root)

    def path_of(self, node: Any) -> str:
        """The file that defines a node, relative to the project's root."""
        return self.relative(node.package_name, node.original_file_path)

    def relative(self, package: str, path: str) -> str:
        """A path inside a package, relative to the project's root; absolute when outside it."""
        root = self._package_roots.get(package, self._root)
        if root == self._root:
            return path.replace(os.sep, "/")
        whole = os.path.join(root, path)
        inside = os.path.relpath(whole, self._root)
        return (whole if inside.startswith("..") else inside).replace(os.sep, "/")

    def patch_path(self, node: Any) -> str:
        """The file that describes a node, relative to the project's root; empty where none does."""
        patch = getattr(node, "patch_path", None)
        if not patch or "://" not in patch:
            return ""
        package, path = patch.split("://", 1)
        return self.relative(package, path)

    def _yaml(self, node: Any) -> YamlLines | None:
        path = os.path.join(self.package_root(node), node.original_file_path)
        if not path.endswith((".yml", ".yaml")):
            return None
        if path not in self._lines:
            stamp = _stamp(path)
            try:
                text = Path(path).read_text("utf-8", "replace")
            except OSError:
                text = ""
            self._lines[path] = stamp, YamlLines(text)
        return self._lines[path][1]

    def asset_line(self, node: Any, resource: str) -> int:
        """Where a YAML file describes an asset; 0 where another file defines it."""
        yaml = self._yaml(node)
        if yaml is None:
            return 0
        if resource == "source":
            return yaml.line("sources", node.source_name, ("tables", node.name))
        return yaml.line(SECTIONS.get(resource, f"{resource}s"), node.name)

    def check_line(
        self, node: Any, kind: str, tested: Asset | None, test_name: str, column: str
    ) -> int:
        """Where a YAML file declares a check; 0 where another file defines it.

        Args:
            node: the check.
            kind: `generic`, `singular` or `unit`.
            tested: the asset that it is a check of.
            test_name: of the generic test, with its package.
            column: that is tested, where one is.
        """
        yaml = self._yaml(node)
        if yaml is None:
            return 0
        if kind == "unit":
            return yaml.line("unit_tests", node.name)
        if tested is None:
            return 0
        section = f"{tested.resource_type}s"
        if tested.resource_type == "source":
            source, _, table = tested.name.partition(".")
            within = yaml.find("sources", source)
            inner = within.inner if within else []
            within = next((d for d in inner if d.name == table), within)
        else:
            name = tested.unique_id.split(".")[2]
            within = yaml.find(section, name)
        if within is None:
            return 0
        return yaml.line_of_word(within, (node.name, test_name), column)


def _stamp(path: str) -> tuple[int, int, int] | None:
    """What is different when a file was written again; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
