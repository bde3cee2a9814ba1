"""What definitions say of an asset beyond what builds it: when it is materialized by itself, and
whether it is as fresh as its policy wants it. Fields of its sheet.
"""

from __future__ import annotations

from tui.ui.panels.sheet import Sheet
from tui.workspace.state import WorkspaceState

STYLES = {"passed": "fresh", "warned": "warned", "failed": "failed"}
OWN = "a condition of its own"
"""Of a condition without a label."""


def add_automation(sheet: Sheet, unique_id: str, state: WorkspaceState, now: float) -> None:
    """Say both, where the asset has them."""
    if state.definitions is None:
        return
    for row, unique_ids in state.definitions.conditions:
        if unique_id in unique_ids:
            sheet.field("Automation", str(row[1]) or OWN, (" · 3 shows the sensors", "$dim"))
    policy = state.definitions.policies.get(unique_id)
    if policy is None:
        return
    from tui.schedules.freshness import freshness_state, policy_words

    built = state.history.built.get(unique_id)
    found = freshness_state(policy, built.finished_at if built is not None else 0.0, now)
    style = f"$status-{STYLES[found]}" if found in STYLES else "$dim"
    sheet.field("Policy", (found, style), (f"  {policy_words(policy)}", "$dim"))
