"""Whether an asset is as fresh as its policy wants it, as a field of its sheet."""

from __future__ import annotations

from tui.schedules.freshness import freshness_state, policy_words
from tui.ui.panels.sheet import Sheet
from tui.workspace.state import WorkspaceState

STYLES = {"passed": "fresh", "warned": "warned", "failed": "failed"}


def add_freshness_policy(sheet: Sheet, unique_id: str, state: WorkspaceState, now: float) -> None:
    """Say it, where the asset has a policy."""
    policy = state.definitions.policies.get(unique_id) if state.definitions else None
    if policy is None:
        return
    built = state.history.built.get(unique_id)
    found = freshness_state(policy, built.finished_at if built is not None else 0.0, now)
    style = f"$status-{STYLES[found]}" if found in STYLES else "$dim"
    sheet.field("Policy", (found, style), (f"  {policy_words(policy)}", "$dim"))
