"""Who sees which rows of the engine."""

import pytest
from django.contrib.auth.models import AnonymousUser

from foundation.accounts.permissions import Role
from foundation.clocks import actions
from foundation.clocks.models import CalendarDay, CalendarYear, Clock, ClockChange, ClockPause, Ladder, Sweep, Warning
from foundation.clocks.workdays import SpecialDay
from tests.accounts.factories import UserFactory
from tests.clocks.factories import day, sh, started

ENGINE = (Clock, ClockPause, ClockChange, Warning, Sweep)
OPEN = (CalendarYear, CalendarDay, Ladder)


@pytest.fixture
def rows(told):
    """At least one row of every model."""
    clock = started("2026-11-09 10:02", 8)
    actions.pause(clock=clock, by=None, at=sh("2026-11-10 09:00"))
    actions.resume(clock=clock, by=None, at=sh("2026-11-16 09:00"))
    actions.sweep(at=sh("2026-12-01 09:00"))
    actions.load_calendar(year=2027, days={day("2027-01-01"): SpecialDay(False)}, source="通知", by=None)


@pytest.mark.parametrize("role", list(Role))
def test_the_engine_is_seen_by_those_who_see_the_district_and_those_who_keep_the_calendar(rows, role):
    user = UserFactory(roles=[role])
    sees = role in (Role.OFFICE, Role.SUPERVISOR, Role.SYSTEM_ADMIN)
    for model in ENGINE:
        assert model.objects.visible_to(user).exists() == sees, model
    for model in OPEN:
        assert model.objects.visible_to(user).exists(), model


def test_nobody_without_an_active_account_sees_anything(rows):
    gone = UserFactory(roles=[Role.OFFICE], is_active=False)
    for model in (*ENGINE, *OPEN):
        assert not model.objects.visible_to(AnonymousUser()).exists()
        assert not model.objects.visible_to(gone).exists()
