"""Listing an open case for rectification: a day, a reason, a mark that everybody sees, and an end."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from foundation.accounts.errors import Refused
from foundation.clocks.actions import sweep
from foundation.clocks.models import Clock
from foundation.notices.models import Notice
from issues import actions, lifecycle
from issues.limits import timing
from issues.models import Issue, Listing
from tests.issues import factories
from tests.issues.factories import District, sh

pytestmark = pytest.mark.django_db
UNTIL = date(2026, 11, 20)


def listed(district: District, issue: Issue | None = None, **facts: Any) -> Issue:
    given = {"by": district.supervisor, "until": UNTIL, "reason": "拖延三个月,企业多次反映。"}
    return actions.put_on_list(**{"issue": issue or factories.handling(district)} | given | facts)


def clock_of(issue: Issue) -> Clock:
    return Clock.objects.of(timing.LISTING, list(issue.listings.values_list("pk", flat=True))).get()


def test_a_listed_case_is_marked_where_officials_look_and_nowhere_else(client: Any, district: District):
    before = factories.handling(district)
    issue = listed(district, before)
    assert (issue.listed_until, issue.status, issue.due_at, issue.level) == (UNTIL, before.status, before.due_at, 0)
    client.force_login(district.handler)
    assert "⚑ 挂牌至 11-20" in client.get("/issues/").content.decode()
    assert "挂牌整改,限 2026-11-20" in client.get(f"/issues/{issue.pk}/").content.decode()
    other = factories.handling(district)
    found = client.get("/issues/?view=open&listed=on").context["page"]
    assert [row["pk"] for row in found] == [issue.pk] != [other.pk]
    client.force_login(district.speaker)
    for page in ("/appeals/", f"/appeals/{issue.pk}/", f"/api/v1/issues/{issue.pk}/"):
        assert "挂牌" not in client.get(page).content.decode()
        assert "listed" not in client.get(page).content.decode()


def test_office_and_supervisor_have_a_tab_of_listed_cases(client: Any, district: District):
    issue = listed(district)
    factories.handling(district)
    for user in (district.office, district.supervisor):
        client.force_login(user)
        page = client.get("/issues/?view=listed")
        assert [row["pk"] for row in page.context["page"]] == [issue.pk]
        assert next(tab["count"] for tab in page.context["tabs"] if tab["active"]) == 1
    client.force_login(district.handler)
    assert "view=listed" not in client.get("/issues/").content.decode()


def test_the_day_is_watched_as_other_limits_are(client: Any, district: District, clock: Any):
    issue = listed(district)
    assert clock_of(issue).due_on == UNTIL
    clock.move_to(sh("2026-11-21 00:10"))
    sweep()
    texts = list(issue.events.filter(data__kind=timing.LISTING).values_list("text", flat=True))
    assert any("挂牌整改期限已超期" in text for text in texts)
    told = Notice.objects.filter(body__contains="挂牌整改期限").values_list("recipient__name", flat=True)
    assert {"承办人", "负责人"} <= set(told)
    client.force_login(district.office)
    assert "⚑ 挂牌已逾期" in client.get("/issues/?view=open&listed=late").content.decode()
    count = issue.events.count()
    sweep()
    assert issue.events.count() == count


def test_it_is_taken_off_with_a_reason_and_may_be_listed_again(district: District):
    issue = listed(district)
    after = actions.take_off_list(issue=issue, by=district.office, reason="已整改到位。")
    row = Listing.objects.get()
    assert (after.listed_until, row.end_reason, row.ended_by) == (None, "已整改到位。", district.office)
    assert clock_of(issue).stopped_at is not None
    with pytest.raises(Refused):
        actions.take_off_list(issue=after, by=district.office, reason="再摘一次")
    assert listed(district, after).listed_until == UNTIL


@pytest.mark.parametrize("way", ["confirmed", "silence"])
def test_closing_takes_it_off_by_itself(district: District, clock: Any, way: str):
    issue = factories.resolve(district, listed(district, until=date(2027, 3, 1)))
    assert issue.listed_until is not None
    if way == "confirmed":
        actions.confirm(issue=issue, by=district.speaker, rating=5)
    else:
        clock.move_to(sh("2026-12-20 10:00"))
        sweep()
    issue.refresh_from_db()
    row = Listing.objects.get()
    assert (issue.status, issue.listed_until, row.end_reason, row.ended_by) == ("closed", None, "已销号", None)
    assert clock_of(issue).stopped_at is not None


@pytest.mark.parametrize(
    "facts",
    [
        {"until": date(2026, 11, 9)},
        {"until": date(2028, 1, 1)},
        {"reason": " "},
        {"reason": "x" * 301},
        {"reason": "a\x00"},
        {"reason": "\ud800"},
    ],
)
def test_what_makes_no_sense_is_refused(district: District, facts: dict[str, Any]):
    with pytest.raises(Refused):
        listed(district, **facts)
    assert not Listing.objects.exists()


def test_only_the_office_and_the_supervisors_list_and_only_once(client: Any, district: District):
    issue = listed(district)
    with pytest.raises(Refused) as refusal:
        listed(district, issue)
    assert refusal.value.code == "listed"
    for user in (district.handler, district.head, district.cadre, district.lead, district.speaker):
        assert not {"put_on_list", "take_off_list"} & {t.verb for t in lifecycle.available(issue, user)}
    client.force_login(district.supervisor)
    assert client.post(f"/issues/{issue.pk}/take_off_list/", {"reason": ""}).status_code == 422
    assert client.post(f"/issues/{issue.pk}/take_off_list/", {"reason": "整改到位"}).status_code == 302
    assert client.get(f"/issues/{issue.pk}/put_on_list/").status_code == 200
    bad = client.post(f"/issues/{issue.pk}/put_on_list/", {"until": "2026-02-30", "reason": "久拖<b>"})
    assert bad.status_code == 422 and "久拖&lt;b&gt;" in bad.content.decode()
