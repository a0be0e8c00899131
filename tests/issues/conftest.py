"""Every test of issues begins on an ordinary Monday in a small district."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from tests.issues.factories import MONDAY, District, make_district, sh


@pytest.fixture
def clock() -> Iterator[Any]:
    """The time: `clock.move_to(sh("2026-11-10 09:00"))`; it stands still otherwise."""
    with time_machine.travel(sh(MONDAY), tick=False) as traveller:
        yield traveller


@pytest.fixture
def district(db: Any, clock: Any) -> District:
    return make_district()
