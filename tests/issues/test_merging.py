"""One case stays, the others follow it: what their enterprises are told, what the score counts, how it is undone."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.accounts.errors import Refused
from foundation.clocks import calendar
from foundation.clocks.actions import sweep
from foundation.clocks.deadlines import overdue
from foundation.clocks.localtime import today
from foundation.clocks.models import Clock
from foundation.notices.models import Notice
from issues import actions, lifecycle
from issues.limits import timing
from issues.models import Handling, Issue, IssueLink
from supervision import catalogue
from supervision.periods import parse
from tests.effort import examples
from tests.issues import factories
from tests.issues.factories import sh

pytestmark = pytest.mark.django_db
S = Issue.Status


@pytest.fixture
def lead(district):
    """A case in hand, of the district's enterprise."""
    return factories.handling(district)


@pytest.fixture
def other(district):
    """A case of another enterprise."""
    return factories.register(district, **factories.elsewhere(name="青山铸造有限公司"))


def merged(district, other, lead):
    return actions.merge(issue=other, into=lead, by=district.office, note="同一路段")


class TestFollowing:
    def test_limits_end_and_the_enterprise_is_told_without_names(self, district, lead):
        other = actions.dispatch(
            issue=factories.register(district, **factories.elsewhere()), to=district.other_bureau, by=district.office
        )
        after = merged(district, other, lead)
        assert (after.status, after.due_at, after.level, after.department) == (S.MERGED, None, 0, None)
        assert not Clock.objects.running().filter(owner_id__in=after.handlings.values("pk")).exists()
        assert after.handlings.get().ended == Handling.Ended.MERGED
        told = Notice.objects.filter(recipient=other.registered_by, kind="issue.merge").get()
        for words in (district.enterprise.name, lead.number):
            assert words not in told.body + told.subject
        assert Notice.objects.filter(recipient=district.other_handler, kind="issue.take_in").exists()

    def test_a_public_reply_reaches_the_followers_and_names_nobody(self, district, lead, other):
        merged(district, other, lead)
        text = f"已与{district.enterprise.name}和交警部门踏勘现场。"
        actions.reply(issue=lead, by=district.handler, text=text)
        event = other.events.get(verb="lead_news")
        assert not event.internal
        assert event.text == "已与有关企业和交警部门踏勘现场。"
        assert Notice.objects.filter(recipient=other.registered_by, kind="issue.lead_news").exists()

    def test_each_enterprise_confirms_or_rejects_for_itself(self, district, lead, other):
        third = factories.register(district, **factories.elsewhere())
        for one in (other, third):
            merged(district, one, lead)
        factories.resolve(district, Issue.objects.get(pk=lead.pk), text=f"已为{district.enterprise.name}续办。")
        other, third = Issue.objects.get(pk=other.pk), Issue.objects.get(pk=third.pk)
        assert {other.status, third.status} == {S.RESOLVED}
        assert other.resolution_text == "已为有关企业续办。"
        assert other.clock_kind == timing.CONFIRM
        closed = actions.confirm(issue=other, by=other.registered_by, rating=4)
        assert closed.status == S.CLOSED
        again = actions.reject(issue=third, by=third.registered_by, reason="我们这里还不行。")
        assert (again.status, again.department) == (S.HANDLING, district.bureau)
        assert Issue.objects.get(pk=lead.pk).status == S.RESOLVED

    def test_silence_closes_a_follower_as_it_closes_the_main_case(self, district, lead, other, clock):
        merged(district, other, lead)
        factories.resolve(district, Issue.objects.get(pk=lead.pk))
        clock.move_to(sh("2026-12-20 09:00"))
        sweep()
        closings = set(Issue.objects.filter(pk__in=[lead.pk, other.pk]).values_list("closing", flat=True))
        assert closings == {Issue.Closing.UNCONFIRMED}

    def test_what_is_declined_is_declined_for_all(self, district, other):
        lead = factories.register(district)
        merged(district, other, lead)
        actions.decline(issue=lead, by=district.office, reason="属于法院受理范围。")
        other.refresh_from_db()
        assert (other.status, other.events.filter(verb="decline").count()) == (S.DECLINED, 1)

    def test_the_main_departments_people_see_the_followers_and_strangers_do_not(self, district, lead, other):
        merged(district, other, lead)
        assert Issue.objects.visible_to(district.handler).filter(pk=other.pk).exists()
        assert not Issue.objects.visible_to(district.other_handler).filter(pk=other.pk).exists()
        assert not Issue.objects.visible_to(other.registered_by).filter(pk=lead.pk).exists()

    def test_the_score_counts_the_work_once(self, district, lead, other):
        merged(district, other, lead)
        factories.resolve(district, Issue.objects.get(pk=lead.pk))
        month, now = parse("2026-11"), sh("2026-12-01 09:00")
        for key in ("accept", "resolve", "red"):
            rows = catalogue.MEASURES[key].rows(month, now)
            assert set(rows.values_list("issue_id", flat=True)) == {lead.pk}, key


class TestTheSameEnterprise:
    def test_its_second_case_is_closed_by_the_merge(self, district, lead):
        second = merged(district, factories.register(district), lead)
        assert (second.status, second.closing) == (S.CLOSED, Issue.Closing.MERGED)
        assert lead.number in second.events.get(verb="merge").text
        factories.resolve(district, Issue.objects.get(pk=lead.pk))
        assert Issue.objects.get(pk=second.pk).status == S.CLOSED

    def test_it_is_not_reopened_on_its_own(self, district, lead):
        second = merged(district, factories.register(district), lead)
        with pytest.raises(Refused, match="主件"):
            actions.reopen(issue=second, by=district.office, reason="重办")


class TestUndoing:
    @pytest.mark.parametrize("stage", [s for s in factories.STAGES if s in lifecycle.table.UNRESOLVED], ids=str)
    @pytest.mark.parametrize("same", [True, False], ids=["same enterprise", "another"])
    def test_a_case_goes_back_to_where_it_stood(self, district, clock, stage, same):
        case = factories.STAGES[stage](district)
        lead = factories.register(district) if same else factories.register(district, **factories.elsewhere())
        before = standing(case)
        clock.move_to(sh("2026-11-09 16:00"))
        merged(district, case, lead)
        clock.move_to(sh("2026-11-13 10:00"))
        after = actions.unmerge(issue=case, by=district.office, reason="路段不同")
        assert standing(after) == before
        assert not IssueLink.objects.exists()

    @settings(max_examples=examples(4), deadline=None, suppress_health_check=list(HealthCheck))
    @given(hours=st.lists(st.integers(1, 60), min_size=1, max_size=3))
    def test_however_long_it_is_merged_only_the_day_itself_counts(self, district, clock, hours):
        clock.move_to(sh(factories.MONDAY))
        case = factories.handling(district)
        lead = factories.register(district, **factories.elsewhere())
        left = days_left(case)
        for some in hours:
            clock.shift(60)
            merged(district, case, lead)
            clock.shift(some * 3600)
            case = actions.unmerge(issue=case, by=district.office, reason="路段不同")
        assert days_left(case) >= left - len(hours)  # the day on which it is merged may count
        assert (case.status, case.handler) == (S.HANDLING, district.handler)

    def test_not_once_the_main_case_is_over(self, district, lead):
        second = merged(district, factories.register(district), lead)
        done = factories.resolve(district, Issue.objects.get(pk=lead.pk))
        actions.confirm(issue=done, by=district.speaker, rating=5)
        with pytest.raises(Refused, match="主件已经销号"):
            actions.unmerge(issue=second, by=district.office, reason="另一件事")


class TestRefusals:
    def test_into_what_is_over_or_follows_or_is_itself(self, district, lead, other):
        with pytest.raises(Refused, match="自己"):
            actions.merge(issue=lead, into=lead, by=district.office)
        with pytest.raises(Refused, match="未办结"):
            actions.merge(issue=other, into=factories.resolved(district), by=district.office)
        merged(district, other, lead)
        with pytest.raises(Refused, match="未办结"):
            actions.merge(issue=factories.register(district), into=other, by=district.office)
        with pytest.raises(Refused, match="以它为主件"):
            actions.merge(issue=lead, into=factories.register(district), by=district.office)

    def test_by_anybody_but_the_office(self, district, lead, other):
        for user in (district.handler, district.head, district.speaker, district.cadre, district.supervisor):
            with pytest.raises(Refused, match="须由"):
                actions.merge(issue=other, into=lead, by=user)


def standing(case):
    case = Issue.objects.get(pk=case.pk)
    running = Clock.objects.running().filter(owner_id__in=case.handlings.values("pk"))
    return {
        "status": case.status,
        "people": (case.department_id, case.handler_id),
        "waits": case.waiting_since,
        "closing": (case.closing, case.closed_at),
        "turns": list(case.handlings.values_list("pk", "ended", "ended_at")),
        "limits": sorted(running.values_list("kind", "days", "level")),
        "still": sorted(running.filter(paused_at__isnull=False).values_list("kind", flat=True)),
    }


def days_left(case):
    due_on = Clock.objects.running().get(kind=timing.RESOLVE, owner_id__in=case.handlings.values("pk")).due_on
    return overdue(due_on, today(), calendar.current())
