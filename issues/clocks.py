"""The four kinds of clocks of this app, made known to the engine."""

from __future__ import annotations

from functools import partial

from foundation.clocks import kinds
from issues import mirrors, warnings


def register() -> None:
    """Register every kind; called once when the app is ready."""
    for key, label in warnings.LABELS.items():
        kinds.register(
            kinds.ClockKind(
                key,
                label,
                refresh=mirrors.refresher(key),
                swept=partial(warnings.swept, key),
                recalculated=partial(warnings.due_moved, key),
            )
        )
