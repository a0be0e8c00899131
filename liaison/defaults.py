"""The rule that a fresh installation starts with; the office changes it by a new version of the ladder."""

from __future__ import annotations

from typing import Any

from foundation.clocks.actions import ensure_ladder
from foundation.clocks.models import Ladder

LADDER_KEY = "visit"
LADDER_NAME = "走访任务"
LADDER_RULE: dict[str, Any] = {
    "yellow_days": 5,  # working days before the month's end
    "short_limit": 0,
    "short_yellow_days": 1,
    "escalate_after": None,
    "tell_yellow": ["officer"],
    "tell_red": ["officer", "department_head"],
    "tell_escalated": [],
}


def install_ladder() -> Ladder:
    """The ladder in force for visit duties, made where there is none."""
    return ensure_ladder(key=LADDER_KEY, name=LADDER_NAME, **LADDER_RULE)
