"""How fast a department works."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.demo.builder.lives import Life


class Pace:
    """How fast one turn goes, in working days after its dispatch."""

    def __init__(self, life: Life, accepted_at: datetime) -> None:
        plan, rng, rule = life.plan, life.rng, life.rule
        self.diary = life.diary
        self.start = life.turn.handling.dispatched_at
        self.earliest = accepted_at
        self.limit = rule.resolve_days
        self.shift = 0
        slow = rng.random() < plan.slow * 0.6
        self.reply = (
            rule.reply_days + 1 + int(rng.random() * 2) if slow else int(rng.random() * (rule.reply_days + 0.9))
        )
        if plan.goal is not None and not life.turn.handling.is_redo:
            self.goal = plan.goal
        elif plan.late and not life.turn.handling.is_redo:
            self.goal = self.limit + 1 + min(14, int(rng.expovariate(0.3)))
        else:
            self.goal = max(1, round(self.limit * rng.triangular(0.15, 1, 0.75)))
        self.reply = min(self.reply, max(self.goal - 1, 0)) if not slow else self.reply
        self.goal = max(self.goal, self.reply)

    def at(self, count: int, after: datetime | None = None) -> datetime:
        """Some hour of that working day, but not before what happened last."""
        earliest = after or self.earliest
        found = self.diary.on(self.start, count + self.shift) if count + self.shift else self.diary.soon(earliest)
        return found if found > earliest else self.diary.soon(earliest)
