"""What git says of the files of a project, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from tui.protocol.plain import plain

MODIFIED, ADDED, DELETED, RENAMED = "M", "A", "D", "R"
WORDS = {MODIFIED: "modified", ADDED: "added", DELETED: "deleted", RENAMED: "renamed"}


@plain(frozen=True, slots=True)
class FileChange:
    """A file that differs from a commit."""

    letter: str
    """MODIFIED, ADDED, DELETED or RENAMED."""
    path: str
    """Relative to the project's root."""
    before: str = ""
    """Of a renamed file the path that it had."""


@plain(frozen=True, slots=True)
class AssetChange:
    """What git says of an asset."""

    letter: str
    is_committed: bool = False
    """Whether that is so on the branch, and nothing of it waits to be committed."""
    before: str = ""
    """The path of the file before it was renamed."""
    after: str = ""
    """The path that the file has now, of what the graph still has under the path before."""
    because: str = ""
    """What was changed where that is not the asset's own file: `the macro cents_to_money`."""

    @property
    def word(self) -> str:
        """In words: `renamed`."""
        return WORDS[self.letter]


@plain(frozen=True, slots=True)
class Comparison:
    """The files of the project against one commit."""

    changes: tuple[FileChange, ...] = ()
    entries: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Changed YAML files: the names of what is described in another way than before."""
    macros: frozenset[str] = frozenset()
    """The names of macros in changed files."""


@plain(frozen=True, slots=True)
class GitState:
    """The state of the repository that a project is in."""

    branch: str = ""
    """Empty where HEAD is detached."""
    commit: str = ""
    """The short id of HEAD; empty before the first commit."""
    base: str = ""
    """The branch that this one is compared with; empty where there is none."""
    head: Comparison = Comparison()
    """Against HEAD: what is not committed."""
    branched: Comparison = Comparison()
    """Against where the branch left its base: what it changes, committed or not."""
    problem: str = ""
    """What could not be told, in a sentence."""
    is_repository: bool = True

    @property
    def where(self) -> str:
        """The branch, or the commit of a detached HEAD."""
        return self.branch or (f"detached at {self.commit}" if self.commit else "")
