"""Files of dbt's that are links to a file elsewhere.

Whoever saves such a file writes where the link leads to: nothing happens in the directories in
which dbt reads. So the directories of the targets are watched too, at their surface.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from tui.watch.roots import Places


class LinkedFiles:
    """The links among the files that dbt parses, by what they lead to."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._targets: dict[str, str] = {}
        """Path of a link, relative to the root → real path of its target."""

    def look_at(self, paths: Iterable[str]) -> None:
        """These files, given relative to the root, are new, changed or gone."""
        for path in paths:
            at = os.path.join(self._places.root, path)
            target = os.path.realpath(at) if os.path.islink(at) else ""
            if target and not self._is_watched(target):
                self._targets[path] = target
            else:
                self._targets.pop(path, None)

    def _is_watched(self, target: str) -> bool:
        return any(target.startswith(real + os.sep) for real, _, _ in self._places.deep)

    @property
    def directories(self) -> tuple[str, ...]:
        """Where the targets lie, as far as that is there."""
        found = {os.path.dirname(target) for target in self._targets.values()}
        return tuple(sorted(filter(os.path.isdir, found)))

    @property
    def paths(self) -> set[str]:
        """The absolute paths of all links."""
        return self.links_to(self._targets.values())

    def links_to(self, targets: Iterable[str]) -> set[str]:
        """The absolute paths of the links that lead to any of these."""
        wanted, root = set(targets), self._places.root
        return {str(root / path) for path, target in self._targets.items() if target in wanted}
