"""Departments asked to help: invited with a limit of their own, warned, replying inside, no longer needed."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Role
from foundation.clocks.actions import sweep
from foundation.clocks.models import Clock, Level
from foundation.notices.models import Notice
from issues import actions, lifecycle
from issues.limits import timing
from issues.models import CoHandling, Event, Issue
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.issues import factories
from tests.issues.factories import District, sh
from tests.issues.reading import told

pytestmark = pytest.mark.django_db
S = Issue.Status
WANTED = "请核实道路权属并出具意见。"


def invited(district: District, **facts: Any) -> Issue:
    given = {"by": district.handler, "to": district.other_bureau, "text": WANTED, "days": 3}
    return actions.invite(**{"issue": factories.handling(district)} | given | facts)


def clock_of(helping: CoHandling) -> Clock:
    return Clock.objects.of(timing.CO_HANDLING, [helping.pk]).get()


def verbs(issue: Issue, user: Any) -> set[str]:
    return {t.verb for t in lifecycle.available(Issue.objects.get(pk=issue.pk), user)}


def test_an_invited_department_sees_the_case_and_has_a_limit_of_its_own(district: District):
    issue = invited(district)
    helping = CoHandling.objects.get()
    assert (helping.department, helping.days, clock_of(helping).due_on.isoformat()) == (
        district.other_bureau,
        3,
        "2026-11-12",
    )
    assert helping.due_at == clock_of(helping).due_at
    assert (issue.status, issue.department) == (S.HANDLING, district.bureau)
    assert Issue.objects.visible_to(district.other_handler).filter(pk=issue.pk).exists()
    assert told("invite") == {"别局承办人"}
    assert {"co_reply", "note"} <= verbs(issue, district.other_handler)
    assert "co_reply" not in verbs(issue, district.handler)
    assert issue.events.first().internal


def test_the_limit_is_warned_of_on_the_case_and_to_the_department_that_helps(district: District, clock: Any):
    issue = invited(district)
    clock.move_to(sh("2026-11-13 00:10"))
    sweep()
    helping = CoHandling.objects.get()
    assert helping.level == Level.RED
    texts = list(issue.events.filter(data__kind=timing.CO_HANDLING).values_list("text", flat=True))
    assert any("区城管局:协办回复时限已超期" in text for text in texts)
    assert "别局承办人" in told("warn_yellow")
    before = Notice.objects.count(), Event.objects.count()
    sweep()
    assert (Notice.objects.count(), Event.objects.count()) == before


def test_a_reply_stops_the_limit_and_stays_inside(client: Any, district: District, clock: Any):
    issue = invited(district)
    clock.move_to(sh("2026-11-10 10:00"))
    file = SimpleUploadedFile("意见.pdf", b"%PDF-1.4 x")
    actions.co_reply(issue=issue, by=district.other_handler, text="该路段归我局管养,可以办理。", files=[file])
    helping = CoHandling.objects.get()
    assert (helping.ended, helping.ended_by, clock_of(helping).stopped_at) == (
        "replied",
        district.other_handler,
        sh("2026-11-10 10:00"),
    )
    assert told("co_reply") == {"承办人"}
    client.force_login(district.speaker)
    for page in (f"/appeals/{issue.pk}/", f"/api/v1/issues/{issue.pk}/"):
        text = client.get(page).content.decode()
        assert "管养" not in text and WANTED not in text and "协办" not in text and "意见.pdf" not in text
    assert not CoHandling.objects.visible_to(district.speaker).exists()


def test_the_lead_may_use_what_was_said(client: Any, district: District):
    issue = invited(district)
    actions.co_reply(issue=issue, by=district.other_handler, text="该路段归我局管养。")
    client.force_login(district.handler)
    page = client.get(f"/issues/{issue.pk}/?use={CoHandling.objects.get().pk}")
    reply = next(choice for choice in page.context["choices"] if choice.transition.verb == "reply")
    assert (reply.open, reply.form["text"].value()) == (True, "该路段归我局管养。")
    assert client.get(f"/issues/{issue.pk}/?use=%00zz").status_code == 200


def test_an_invitation_is_taken_back_with_a_reason(district: District):
    issue = invited(district)
    facts = {"to": district.other_bureau, "reason": "已电话核实。"}
    actions.withdraw_invitation(issue=issue, by=district.office, **facts)
    helping = CoHandling.objects.get()
    assert (helping.ended, helping.end_reason) == ("withdrawn", "已电话核实。")
    assert clock_of(helping).stopped_at is not None
    assert not Issue.objects.visible_to(district.other_handler).filter(pk=issue.pk).exists()
    assert "别局承办人" in told("withdraw_invitation")
    with pytest.raises(Refused) as refusal:
        actions.withdraw_invitation(issue=issue, by=district.office, **facts)
    assert refusal.value.code == "no_invitation"


def test_resolving_ends_what_is_open(district: District):
    factories.resolve(district, invited(district))
    helping = CoHandling.objects.get()
    assert (helping.ended, clock_of(helping).stopped_at is not None) == ("over", True)
    assert Issue.objects.visible_to(district.other_handler).exists()
    assert told("help_over") == {"别局承办人"}
    notice = Notice.objects.get(kind="issue.help_over")
    assert "已办结" in notice.body and notice.url.startswith("/issues/")


def test_who_replied_already_hears_nothing_of_the_end(district: District):
    issue = invited(district)
    issue = actions.co_reply(issue=issue, by=district.other_handler, text="已核实。")
    factories.resolve(district, issue)
    assert told("help_over") == set()


def test_colleagues_are_mentioned_in_what_is_asked_replied_and_taken_back(client: Any, district: District):
    issue = invited(district, text="请核实权属,@别局承办人 熟悉情况,@督导 知悉。")
    assert told("mention") == {"别局承办人", "督导"}
    issue = actions.co_reply(issue=issue, by=district.other_handler, text="@承办人 已核实。")
    assert "承办人" in told("mention")
    issue = actions.invite(issue=issue, by=district.handler, to=district.other_bureau, text="再请核实。", days=2)
    client.force_login(district.handler)
    form = client.get(f"/issues/{issue.pk}/withdraw_invitation/").content.decode()
    assert f'data-people="/issues/{issue.pk}/people/"' in form
    sent = {"to": district.other_bureau.pk, "reason": f"@{district.head.name} 已电话核实。", "version": issue.version}
    assert client.post(f"/issues/{issue.pk}/withdraw_invitation/", sent).status_code == 302
    assert district.head.name in told("mention")


def test_who_becomes_the_lead_helps_no_more(district: District):
    issue = invited(district)
    actions.reassign(issue=issue, to=district.other_bureau, by=district.office, reason="归城管。")
    assert CoHandling.objects.get().ended == "over"


@pytest.mark.parametrize(
    "case", ["own", "twice", "closed", "no days", "many days", "empty", "nul", "surrogate", "long"]
)
def test_what_cannot_be_asked_is_refused(district: District, case: str):
    issue = invited(district) if case == "twice" else factories.handling(district)
    facts: dict[str, Any] = {
        "own": {"to": district.bureau},
        "twice": {},
        "closed": {"to": DepartmentFactory(is_active=False)},
        "no days": {"days": 0},
        "many days": {"days": 61},
        "empty": {"text": " "},
        "nul": {"text": "a\x00"},
        "surrogate": {"text": "\ud800"},
        "long": {"text": "x" * 1001},
    }[case]
    before = CoHandling.objects.count()
    with pytest.raises(Refused):
        invited(district, issue=issue, **facts)
    assert CoHandling.objects.count() == before


class TestPages:
    def test_the_case_shows_who_helps_with_a_bounded_number_of_queries(self, client: Any, district: District):
        issue = factories.handling(district)
        client.force_login(district.office)
        counts = []
        for wanted in (1, 3):
            while CoHandling.objects.count() < wanted:
                invited(district, issue=issue, to=DepartmentFactory())
            with CaptureQueriesContext(connection) as seen:
                page = client.get(f"/issues/{issue.pk}/")
            counts.append(len(seen))
        assert counts[0] == counts[1]
        assert page.content.decode().count(WANTED) >= 3

    def test_the_queue_of_the_department_that_helps(self, client: Any, district: District):
        client.force_login(district.other_handler)
        assert "待我部门协办" not in client.get("/").content.decode()
        issue = invited(district)
        page = client.get("/").content.decode()
        assert "待我部门协办" in page and issue.number in page
        found = client.get(f"/issues/?view=open&helping={district.other_bureau.pk}").context["page"]
        assert [row["number"] for row in found] == [issue.number]
        assert not list(client.get(f"/issues/?view=open&helping={district.bureau.pk}").context["page"])

    def test_the_whole_way_by_form(self, client: Any, district: District):
        issue = factories.handling(district)
        client.force_login(district.handler)
        sent = {"to": district.other_bureau.pk, "text": WANTED, "days": "3"}
        assert client.post(f"/issues/{issue.pk}/invite/", sent | {"days": "x"}).status_code == 422
        assert client.post(f"/issues/{issue.pk}/invite/", sent).status_code == 302
        helping = CoHandling.objects.get()
        proof = client.get(f"/issues/{issue.pk}/proof/?co={helping.pk}").content.decode()
        assert "协办回复时限" in proof
        client.force_login(district.other_handler)
        assert client.post(f"/issues/{issue.pk}/co_reply/", {"text": "可以。"}).status_code == 302
        client.force_login(district.handler)
        assert "可以。" in client.get(f"/issues/{issue.pk}/").content.decode()

    def test_strangers_and_wrong_roles(self, client: Any, district: District):
        issue = invited(district)
        stranger = UserFactory(roles=[Role.HANDLER], department=DepartmentFactory())
        client.force_login(stranger)
        assert client.post(f"/issues/{issue.pk}/co_reply/", {"text": "x"}).status_code == 404
        client.force_login(district.speaker)
        client.post(f"/issues/{issue.pk}/co_reply/", {"text": "x"})
        client.post(f"/issues/{issue.pk}/invite/", {"to": district.other_bureau.pk, "text": "x", "days": 1})
        assert CoHandling.objects.filter(ended="").count() == 1
