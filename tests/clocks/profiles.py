"""How long the properties of the clocks are searched: seconds by default, long with HYPOTHESIS_PROFILE=thorough."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"


def thoroughly(*, fast: int) -> settings:
    """So many examples by default, a thousand of longer stories where time is no matter."""
    return settings(
        max_examples=1_000 if THOROUGH else fast,
        stateful_step_count=50 if THOROUGH else 25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
