"""How long a failed delivery waits: arithmetic, whatever the dice say."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.notices.backoff import FIRST, JITTER, LONGEST, MAX_ATTEMPTS, wait_after

attempts = st.integers(1, 10_000)
dice = st.floats(0, 1, exclude_max=True)


@given(attempts, dice)
def test_a_wait_lies_around_the_doubled_one_and_never_beyond_the_longest(failed: int, draw: float):
    plain = min(FIRST * 2 ** min(failed - 1, 30), LONGEST)
    assert plain * (1 - JITTER) <= wait_after(failed, draw) <= plain * (1 + JITTER)


@given(st.integers(1, 5), dice)
def test_the_next_wait_is_longer_whatever_the_dice_say(failed: int, draw: float):
    assert wait_after(failed + 1, 0) > wait_after(failed, draw)


@given(attempts)
def test_many_that_failed_together_do_not_come_back_together(failed: int):
    waits = {wait_after(failed) for _ in range(20)}
    assert len(waits) > 1


def test_all_attempts_together_outlast_a_morning_without_a_gateway():
    assert sum((wait_after(n, 0) for n in range(1, MAX_ATTEMPTS)), timedelta()) > timedelta(hours=4)


def test_what_did_not_fail_waits_for_nothing():
    with pytest.raises(ValueError):
        wait_after(0)
