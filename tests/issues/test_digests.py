"""Many warnings at once reach a person as one message that leads to all its cases."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from foundation.clocks.actions import sweep
from foundation.clocks.models import Warning
from foundation.notices.delivery import deliver_due
from foundation.notices.digests import DIGEST_FROM, NAMED
from foundation.notices.models import Notice
from issues import actions
from issues.limits import timing
from issues.models import Issue
from tests.issues import factories
from tests.issues.factories import District, sh

YELLOW, RED = "2026-11-20 00:00", "2026-11-24 00:00"


def in_hand(district: District, count: int) -> list[Issue]:
    """Cases of one handler with only the resolve limit running."""
    cases = [factories.handling(district) for _ in range(count)]
    return [actions.reply(issue=issue, by=district.handler, text="在办。") for issue in cases]


def swept(clock: Any, moment: str) -> int:
    """Sweep the resolve limits at a moment; returns the notices written."""
    clock.move_to(sh(moment))
    return sweep(at=sh(moment), kind=timing.RESOLVE).notices


def test_a_few_are_told_one_by_one(district: District, clock: Any):
    in_hand(district, DIGEST_FROM - 1)
    assert swept(clock, YELLOW) == DIGEST_FROM - 1
    assert all(notice.about == [] for notice in Notice.objects.filter(kind="issue.warn_yellow"))


def test_many_are_one_message_that_names_them(district: District, clock: Any):
    cases = in_hand(district, DIGEST_FROM)
    assert swept(clock, YELLOW) == 1
    notice = Notice.objects.get(kind="issue.warn_yellow")
    assert notice.recipient == district.handler
    assert notice.subject == f"黄牌预警:{DIGEST_FROM} 件诉求"
    assert all(issue.number in notice.body for issue in cases)
    assert notice.body.count("办结时限将于 2026-11-23 到期") == DIGEST_FROM


def test_every_warning_is_found_in_the_message_that_told_of_it(district: District, clock: Any):
    in_hand(district, DIGEST_FROM + 2)
    swept(clock, RED)  # late: yellow and red at once, the red to two people
    for level, kind, readers in ((1, "issue.warn_yellow", 1), (2, "issue.warn_red", 2)):
        raised = sorted(Warning.objects.filter(level=level).values_list("pk", flat=True))
        told = Notice.objects.filter(kind=kind).values_list("about", flat=True)
        assert [sorted(about) for about in told] == [raised] * readers


def test_a_second_sweep_tells_nothing_again(district: District, clock: Any):
    in_hand(district, DIGEST_FROM)
    assert swept(clock, YELLOW) == 1
    assert swept(clock, "2026-11-20 00:01") == 0


def test_a_long_message_says_how_many_and_its_mail_is_short(district: District, clock: Any):
    in_hand(district, NAMED + 3)
    swept(clock, YELLOW)
    Notice.objects.exclude(kind="issue.warn_yellow").delete()
    body = Notice.objects.get().body.splitlines()
    assert len(body) == NAMED + 1
    assert f"共 {NAMED + 3} 件" in body[-1]
    assert deliver_due(at=sh("2026-11-20 08:30"))["sent"] == 1
    assert "/issues/?view=all&told=" in mail.outbox[-1].body


def test_opening_it_leads_to_its_cases_alone(district: District, clock: Any, client: Client):
    clock.move_to(sh("2026-11-09 10:00"))
    told = in_hand(district, DIGEST_FROM)
    swept(clock, YELLOW)
    other = factories.register(district)
    client.force_login(district.handler)
    notice = Notice.objects.get(kind="issue.warn_yellow")
    address = client.post(f"/notices/{notice.pk}/open/").url
    page = client.get(address).content.decode()
    assert all(issue.number in page for issue in told)
    assert other.number not in page
    assert "所提到的诉求" in page


@pytest.mark.parametrize("told", ["{first}", "0", "-1", "1e9"])
def test_somebody_elses_message_leads_to_no_case(district: District, clock: Any, client: Client, told: str):
    issue = in_hand(district, DIGEST_FROM)[0]
    swept(clock, YELLOW)
    client.force_login(district.office)
    response = client.get(f"/issues/?view=all&told={told.format(first=Warning.objects.order_by('pk')[0].pk)}")
    assert response.status_code == 200
    assert issue.number not in response.content.decode()


@pytest.mark.parametrize("told", ["x", "9" * 400, "%00", "NaN"])
def test_nonsense_is_left_out_like_any_other_filter(district: District, client: Client, told: str):
    client.force_login(district.office)
    assert client.get(f"/issues/?told={told}").status_code == 200


def test_the_enterprise_is_led_to_its_own_page(district: District, clock: Any):
    for _ in range(DIGEST_FROM):
        factories.resolved(district)
    clock.move_to(sh("2026-11-13 00:00"))
    sweep(at=sh("2026-11-13 00:00"), kind=timing.CONFIRM)
    notice = Notice.objects.get(kind="issue.warn_yellow", recipient=district.speaker)
    assert notice.url == "/appeals/?view=mine"
    assert notice.subject == f"请确认办结结果:{DIGEST_FROM} 件诉求"
