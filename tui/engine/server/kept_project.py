"""Whether a project that was opened for another client is the one that this client wants.

It is, where a process that opened it now would come to the same: the request is the same, so are
the environment and all that dbt reads when it starts, and of the files it is known which may have
changed since.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.engine.parse.file_stamps import FileStamps, Places, is_settled, look
from tui.protocol.messages import Open
from tui.protocol.records import DbtWarning

if TYPE_CHECKING:
    from tui.engine.parse.warm_manifest import WarmProject

OF_THE_TERMINAL = frozenset(
    {
        "_", "COLUMNS", "COLORTERM", "LINES", "OLDPWD", "PS1", "PWD", "SHLVL", "STY", "TERM",
        "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "TERM_SESSION_ID", "VTE_VERSION", "WINDOWID",
    }
)  # fmt: skip
TERMINAL_STARTS = ("TMUX", "SSH_", "VSCODE_", "ITERM_", "KITTY_", "WEZTERM_")
"""Variables that say where a command was typed; they may differ where the project reads none."""
OF_THE_MOMENT = re.compile(rb"\b(run_started_at|invocation_id|modules|thread_id)\b")
"""What Jinja in dbt_project.yml or profiles.yml has another value for in each invocation."""


@dataclass(frozen=True)
class Changes:
    """What may have changed since a project was parsed."""

    paths: frozenset[str]
    """The files, absolute."""
    stamps: FileStamps
    """Of all files now."""


@dataclass(frozen=True)
class KeptProject:
    """What a project was opened with."""

    request: Open
    environment: Mapping[str, str]
    places: Places
    stamps: FileStamps
    """Of before it was parsed."""
    warnings: tuple[DbtWarning, ...]
    digest: str = ""
    """The name of its graph (`graph_digest`), where it was found out since the last parse."""

    def changes(self, request: Open, warm: WarmProject) -> Changes | None:
        """What is to be parsed for this process, which has its client's environment; None where
        the project is to be opened anew.
        """
        if _question(request) != _question(self.request):
            return None
        if not _is_same(self.environment, os.environ, frozenset(names_read(warm))):
            return None
        now = look(self.places)
        if now.configuration != self.stamps.configuration:
            return None
        return Changes(frozenset(self.stamps.changed(now)), now)

    def after(self, changes: Changes, new: Iterable[DbtWarning]) -> KeptProject:
        """The project once these changes were parsed, of which dbt gave new warnings."""
        root = self.request.project_dir
        parsed = {os.path.relpath(path, root) for path in changes.paths}
        kept = [one for one in self.warnings if one.path not in parsed]
        warnings = dict.fromkeys([*kept, *new])
        return replace(self, stamps=changes.stamps, warnings=tuple(warnings), digest="")


def _question(request: Open) -> Open:
    """The request, without what another client would say otherwise of the same project."""
    return replace(request, id=0, known_graph="")


def kept_project(
    request: Open, places: Places, stamps: FileStamps, warnings: Iterable[DbtWarning], since: float
) -> KeptProject | None:
    """A project that was opened so, from `since` on (seconds since the epoch); None where what
    dbt reads when it starts was just changed.
    """
    if not is_settled(places, since):
        return None
    return KeptProject(request, dict(os.environ), places, stamps, tuple(warnings))


def depends_on_the_moment(stamps: FileStamps) -> bool:
    """Whether a project's configuration is another one in each invocation."""
    texts = (text for path, text in stamps.configuration.items() if path.endswith(".yml"))
    return any(isinstance(text, bytes) and OF_THE_MOMENT.search(text) for text in texts)


def names_read(warm: WarmProject) -> set[str]:
    """The variables of the environment that a project is known to read."""
    config = warm.loaded.config
    found: set[str] = set(warm.manifest.env_vars)
    for name in ("project_env_vars", "profile_env_vars"):
        found.update(getattr(config, name, None) or ())
    return found


def _is_same(before: Mapping[str, str], now: Mapping[str, str], read: frozenset[str]) -> bool:
    differing = {name for name in {*before, *now} if before.get(name) != now.get(name)}
    return all(
        name not in read and (name in OF_THE_TERMINAL or name.startswith(TERMINAL_STARTS))
        for name in differing
    )
