"""Why an asset is stale, in as few words as say it: causes, each told once. Pure.

Six upstream assets that are stale because of one macro are one cause, not six.
"""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from tui.graph import StaleReason, Status, in_order, why
from tui.protocol.plain import plain
from tui.ui.panels.sheet import Sheet, link
from tui.workspace.state import WorkspaceState

CAUSES = 3
"""So many causes are told, the others counted."""
NAMED = 3
"""So many of the assets that a cause is about are named, the others counted."""


@plain(frozen=True)
class Cause:
    """One thing that makes an asset stale."""

    words: str
    assets: tuple[str, ...] = ()
    """The unique_ids that it is about; empty where it is about the asset itself."""


def causes_of(state: WorkspaceState, unique_id: str) -> tuple[Cause, ...]:
    """What makes an asset stale, the root causes first: its own, then those of its upstream."""
    found = state.statuses.get(unique_id)
    reasons = in_order(found.reasons) if found else []
    about: dict[str, dict[str, None]] = {}
    for reason in reasons:
        if reason.kind == "upstream":
            _, mark, which = reason.detail.partition(": ")  # the partitions that it concerns
            about.setdefault(f"materialized after it{mark}{which}", {})[reason.cause] = None
        elif reason.kind != "upstream_stale":
            about.setdefault(reason.detail or reason.kind, {})
    if any(reason.kind == "upstream_stale" for reason in reasons):
        for each in why(state.statuses, unique_id):
            if each.is_root and each.unique_id != unique_id:
                for reason in each.reasons:
                    if words := _of_upstream(reason):
                        about.setdefault(words, {})[each.unique_id] = None
    return tuple(Cause(words, tuple(assets)) for words, assets in about.items())


def _of_upstream(reason: StaleReason) -> str:
    """The words for a reason of an upstream asset; none for what its own upstream tells."""
    match reason.kind:
        case "upstream_stale":
            return ""
        case "upstream":
            return "older than its upstream"
        case "never_built":
            return "never materialized"
    return reason.detail or reason.kind


def add_reasons(sheet: Sheet, state: WorkspaceState, unique_id: str) -> None:
    """The causes behind one `because`; `w` shows the rest."""
    found = state.statuses.get(unique_id)
    if found is None or any(reason.kind == "never_built" for reason in found.reasons):
        return  # said as "never materialized", with what to do
    causes = causes_of(state, unique_id)
    if not causes:
        return
    head = "because" if found.status is Status.STALE else "stale because"
    lines = [Content.assemble(*_segments(cause, state)) for cause in causes[:CAUSES]]
    if (more := len(causes) - CAUSES) > 0:
        lines.append(Content.styled(f"+{more:,} more (w)", "$dim"))
    sheet.hanging((f"  {head}  ", "$dim"), lines)


def _segments(cause: Cause, state: WorkspaceState) -> Iterator[Content | str | tuple[str, str]]:
    yield cause.words
    for place, key in enumerate(cause.assets[:NAMED]):
        asset = state.graph.assets.get(key)
        yield (" · " if place == 0 else ", ", "$dim")
        yield link(asset.name if asset else key.rpartition(".")[2], f"screen.jump({key!r})")
    if (more := len(cause.assets) - NAMED) > 0:
        yield (f" and {more:,} more", "$dim")
