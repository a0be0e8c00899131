"""When a failed delivery is tried again: waits that double up to an hour, each a little different."""

from __future__ import annotations

import random
from datetime import timedelta

MAX_ATTEMPTS = 12
FIRST, LONGEST = timedelta(minutes=1), timedelta(hours=1)
JITTER = 0.2  # a wait is this much shorter or longer, so that not everything comes back at once


def wait_after(attempts: int, draw: float | None = None) -> timedelta:
    """How long to wait after so many failures; `draw` in [0, 1) stands for the dice."""
    if attempts < 1:
        raise ValueError("nothing failed yet")
    base = min(FIRST * 2 ** min(attempts - 1, 20), LONGEST)
    dice = random.random() if draw is None else draw
    return base * (1 - JITTER + 2 * JITTER * dice)
