"""Why an asset is stale, starting at the root cause: what `w` shows, and what to build."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tui.graph.status import AssetStatus, StaleReason
from tui.protocol.plain import plain


@plain(frozen=True, slots=True)
class Link:
    """One outdated asset in the chain that leads to another one."""

    unique_id: str
    reasons: tuple[StaleReason, ...]
    """All of its reasons."""
    is_root: bool
    """Whether something about the asset itself is a reason, and not only what is upstream."""


OWN_FIRST = {"upstream": 1, "upstream_stale": 2}
"""The order of the kinds of reasons: what is about the asset itself comes first."""


def in_order(reasons: Iterable[StaleReason]) -> list[StaleReason]:
    """Reasons with those first that are about the asset itself, and last what only follows."""
    return sorted(reasons, key=lambda reason: OWN_FIRST.get(reason.kind, 0))


def why(statuses: Mapping[str, AssetStatus], unique_id: str) -> tuple[Link, ...]:
    """The outdated assets because of which an asset is outdated, each before those that it makes
    outdated; the asset itself comes last. Empty where it is up to date.

    These are also the assets to build, in this order, to bring it up to date and nothing else.
    """
    order: dict[str, None] = {}
    entered: set[str] = set()
    todo = [unique_id]
    while todo:
        key = todo[-1]
        if key in entered:
            order.setdefault(todo.pop())
            continue
        entered.add(key)
        todo.extend(cause for cause in reversed(_causes(statuses, key)) if cause not in entered)
    return tuple(
        Link(key, statuses[key].reasons, any(_is_own(r) for r in statuses[key].reasons))
        for key in order
        if key in statuses and statuses[key].reasons
    )


def _causes(statuses: Mapping[str, AssetStatus], key: str) -> list[str]:
    status = statuses.get(key)
    reasons = status.reasons if status else ()
    return [reason.cause for reason in reasons if reason.kind == "upstream_stale"]


def _is_own(reason: StaleReason) -> bool:
    return reason.kind != "upstream_stale"
