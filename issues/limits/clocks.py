"""The kinds of clocks of this app, made known to the engine."""

from __future__ import annotations

from functools import partial

from foundation.clocks import kinds
from issues.limits import mirrors, side_warnings, timing, warnings
from issues.limits.owners import owners_of
from issues.models import CoHandling, Handling, Listing


def register() -> None:
    """Register every kind; called once when the app is ready."""
    for key in timing.KEYS:
        kinds.register(
            kinds.ClockKind(
                key,
                warnings.LABELS[key],
                refresh=mirrors.refresher(key),
                swept=partial(warnings.swept, key),
                recalculated=partial(warnings.due_moved, key),
                owners=owners_of(Handling),
            )
        )
    kinds.register(
        kinds.ClockKind(
            timing.CO_HANDLING,
            warnings.LABELS[timing.CO_HANDLING],
            refresh=mirrors.refresh_helping,
            swept=side_warnings.swept_helping,
            owners=owners_of(CoHandling),
        )
    )
    kinds.register(
        kinds.ClockKind(
            timing.LISTING,
            warnings.LABELS[timing.LISTING],
            swept=side_warnings.swept_listing,
            owners=owners_of(Listing),
        )
    )
