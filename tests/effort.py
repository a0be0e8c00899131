"""How long the property tests search: a few fresh examples on every run, many with HYPOTHESIS_PROFILE=thorough."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

MORE = {"usual": 1, "thorough": 20}  # times as many
PROFILE = os.environ.get("HYPOTHESIS_PROFILE") or "usual"


def examples(usual: int) -> int:
    """How many examples a test that is costlier or cheaper than others tries."""
    return usual * MORE[PROFILE]


def thoroughly(*, fast: int) -> settings:
    """For stories: so many by default, a thousand longer ones where time is no matter."""
    thorough = PROFILE == "thorough"
    return settings(
        max_examples=1_000 if thorough else fast,
        stateful_step_count=50 if thorough else 25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def load_profile() -> None:
    """Make the profile asked for count in every test that names no number of its own."""
    for name, more in MORE.items():
        settings.register_profile(
            name, max_examples=50 * more, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        )
    settings.load_profile(PROFILE)
