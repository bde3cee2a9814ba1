"""Whether an asset is as fresh as its policy wants it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tui.definitions.cron_ticks import Cron
from tui.definitions.zones import zone_of
from tui.text.formats import human_age, human_duration

PASSED, WARNED, FAILED, UNKNOWN = "passed", "warned", "failed", "unknown"


def freshness_state(policy: Mapping[str, Any], built_at: float, now: float) -> str:
    """passed, warned, failed; unknown of what was never materialized.

    Args:
        policy: As `FreshnessPolicy.facts`.
        built_at: When it was materialized last, in seconds since the epoch; 0 for never.
        now: Seconds since the epoch.
    """
    if not built_at:
        return UNKNOWN
    if "cron" in policy:
        moment = datetime.fromtimestamp(now, UTC)
        ticks = Cron.of(policy["cron"]).ticks(moment, zone_of(policy["timezone"]), backwards=True)
        last = next(ticks, None)
        is_late = last is not None and built_at < last.timestamp() - policy["within"]
        return FAILED if is_late else PASSED
    age = now - built_at
    if age > policy["fail"]:
        return FAILED
    return WARNED if policy["warn"] and age > policy["warn"] else PASSED


def policy_words(policy: Mapping[str, Any]) -> str:
    """What a policy asks for: `at most 1d old, warns from 12h`."""
    if "cron" in policy:
        within = _span(policy["within"])
        return f"materialized within {within} before {policy['cron']} ({policy['timezone']})"
    fail = _span(policy["fail"])
    if not policy["warn"]:
        return f"at most {fail} old"
    return f"at most {fail} old, warns from {_span(policy['warn'])}"


def _span(seconds: float) -> str:
    """A length of time without rounding it to hours where it has minutes: `12h`, `1m30s`."""
    unit = next((unit for unit in (86400, 3600, 60) if seconds >= unit), 1)
    return human_duration(seconds) if seconds % unit else human_age(seconds)
