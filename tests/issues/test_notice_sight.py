"""What leaves the portal speaks only of what its recipient may still see."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from foundation.clocks.actions import sweep
from foundation.notices.delivery import deliver_due
from foundation.notices.digests import DIGEST_FROM
from foundation.notices.models import Delivery, Notice
from issues import actions
from issues.limits import timing
from issues.models import Issue
from tests.accounts.factories import DepartmentFactory
from tests.issues import factories
from tests.issues.factories import District, sh

pytestmark = pytest.mark.django_db
YELLOW = "2026-11-20 00:00"


def move_away(person: Any) -> None:
    """Give somebody a desk in another department."""
    person.department = DepartmentFactory()
    person.save()


def mailed_to(person: Any) -> list[Any]:
    return [message for message in mail.outbox if message.to == [person.email]]


def test_who_left_the_department_is_not_mailed_about_its_cases(district: District):
    factories.dispatched(district)
    assert Notice.objects.filter(recipient=district.handler).exists()
    move_away(district.handler)
    assert deliver_due()["dropped"] >= 1
    assert mailed_to(district.handler) == []
    dropped = Delivery.objects.get(notice__recipient=district.handler)
    assert (dropped.state, dropped.error) == (Delivery.State.DROPPED, "收件人已看不到所涉事项")


def test_who_still_sees_the_case_is_mailed(district: District):
    factories.dispatched(district)
    deliver_due()
    assert len(mailed_to(district.handler)) == 1


def test_who_lost_every_role_is_not_mailed(district: District):
    factories.dispatched(district)
    district.handler.role_grants.all().delete()
    deliver_due()
    assert mailed_to(district.handler) == []


def test_a_digest_some_of_which_is_out_of_sight_goes_without_the_names(district: District, clock: Any):
    cases = [factories.handling(district) for _ in range(DIGEST_FROM)]
    cases = [actions.reply(issue=issue, by=district.handler, text="在办。") for issue in cases]
    Notice.objects.all().delete()
    clock.move_to(sh(YELLOW))
    sweep(at=sh(YELLOW), kind=timing.RESOLVE)
    notice = Notice.objects.get(recipient=district.handler)
    assert sorted(notice.concerns) == sorted(issue.pk for issue in cases)
    move_away(district.handler)
    Issue.objects.filter(pk=cases[0].pk).update(registered_by=district.handler)
    deliver_due(at=sh("2026-11-20 10:00"))
    [message] = mailed_to(district.handler)
    assert f"{DIGEST_FROM} 件诉求" in message.body
    assert not any(issue.number in message.body for issue in cases)
