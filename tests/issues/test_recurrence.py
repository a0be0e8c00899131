"""What comes back within half a year after closing is marked on both cases, and was not solved."""

from __future__ import annotations

import pytest

from foundation.accounts.errors import Refused
from foundation.notices.models import Notice
from issues import actions
from issues.models import Category, Issue, IssueLink
from supervision import catalogue
from supervision.periods import parse
from tests.issues import factories
from tests.issues.factories import sh

pytestmark = pytest.mark.django_db
RECURS = IssueLink.Kind.RECURS


def again(district, **facts):
    return factories.register(district, **facts)


def in_time(period, now="2027-02-01 09:00"):
    """Issue → what it adds to the share resolved in time."""
    rows = catalogue.MEASURES["resolve"].rows(parse(period), sh(now))
    return dict(rows.values_list("issue_id", "hit"))


class TestFound:
    def test_the_same_matter_is_marked_on_both_with_the_reason(self, district, clock):
        first = factories.closed(district)
        clock.move_to(sh("2026-12-14 10:00"))
        second = again(district, text="12 台货车的通行证又到期,请协调续办。")
        link = IssueLink.objects.get(kind=RECURS)
        assert (link.source, link.target, link.added_by) == (second, first, None)
        assert "相似" in link.note
        assert "35 天" in link.note
        assert first.number in second.events.get(verb="recur", internal=True).text
        assert second.number in first.events.get(verb="came_back", internal=True).text
        assert Notice.objects.filter(kind="issue.came_back", recipient=district.head).exists()

    @pytest.mark.parametrize(
        "facts",
        [
            {"title": "高温时段限电影响生产", "text": "七月以来每周限电两天,请协调错峰。"},
            {"category": "finance"},
        ],
        ids=["another matter", "another category"],
    )
    def test_another_matter_is_not(self, district, clock, facts):
        factories.closed(district)
        clock.move_to(sh("2026-12-14 10:00"))
        if "category" in facts:
            facts = {"category": Category.objects.exclude(pk=district.category.pk).first()}
        again(district, **facts)
        assert not IssueLink.objects.exists()

    def test_nor_is_another_enterprises(self, district, clock):
        factories.closed(district)
        clock.move_to(sh("2026-12-14 10:00"))
        again(district, **factories.elsewhere())
        assert not IssueLink.objects.exists()

    @pytest.mark.parametrize("day, found", [("2027-05-08 09:00", True), ("2027-05-09 09:00", False)])
    def test_half_a_year_after_closing_it_is_a_new_matter(self, district, clock, day, found):
        factories.closed(district)
        clock.move_to(sh(day))
        again(district)
        assert IssueLink.objects.exists() == found

    def test_an_open_case_has_not_come_back(self, district):
        factories.handling(district)
        again(district)
        assert not IssueLink.objects.exists()


class TestScore:
    def test_found_in_the_same_period_it_was_not_solved(self, district, clock):
        first = factories.closed(district)
        assert in_time("2026-11") == {first.pk: 1}
        clock.move_to(sh("2026-11-20 10:00"))
        again(district)
        assert in_time("2026-11") == {first.pk: 0}
        assert in_time("2026-12") == {}

    def test_found_later_it_counts_then_and_the_earlier_period_stays(self, district, clock):
        first = factories.closed(district)
        clock.move_to(sh("2026-12-14 10:00"))
        again(district)
        assert in_time("2026-11") == {first.pk: 1}
        assert in_time("2026-12") == {first.pk: 0}

    def test_what_was_never_said_to_be_solved_does_not_count(self, district, clock):
        explained = factories.resolve(district, factories.handling(district), resolution="cannot", basis="")
        first = actions.confirm(issue=explained, by=district.speaker, rating=3)
        clock.move_to(sh("2026-12-14 10:00"))
        again(district)
        assert IssueLink.objects.filter(target=first, kind=RECURS).exists()
        assert in_time("2026-12") == {}

    def test_the_office_takes_the_mark_away_and_nothing_is_left_of_it(self, district, clock):
        first = factories.closed(district)
        clock.move_to(sh("2026-12-14 10:00"))
        second = again(district)
        actions.unrecur(issue=second, by=district.office, reason="不是同一批车")
        assert not IssueLink.objects.exists()
        assert in_time("2026-12") == {}
        assert "不是同一批车" in first.events.get(verb="came_back_not").text

    def test_a_second_return_keeps_the_mark_when_the_other_goes(self, district, clock):
        factories.closed(district)
        clock.move_to(sh("2026-12-14 10:00"))
        second, third = again(district), again(district)
        assert IssueLink.objects.filter(kind=RECURS).count() == 2
        actions.unrecur(issue=second, by=district.office, reason="不是")
        assert set(in_time("2026-12").values()) == {0}
        actions.unrecur(issue=third, by=district.office, reason="不是")
        assert in_time("2026-12") == {}


class TestByHand:
    def test_the_office_marks_what_the_portal_did_not_see(self, district, clock):
        first = factories.closed(district)
        clock.move_to(sh("2026-12-14 10:00"))
        second = again(district, title="车辆证件", text="请办理。")
        actions.recur(issue=second, earlier=first, by=district.office, note="同一批车")
        assert IssueLink.objects.get(kind=RECURS).added_by == district.office

    def test_only_an_earlier_closed_case_of_the_same_enterprise(self, district, clock):
        first = factories.closed(district)
        clock.move_to(sh("2026-12-14 10:00"))
        stranger = again(district, **factories.elsewhere())
        with pytest.raises(Refused, match="同一企业"):
            actions.recur(issue=stranger, earlier=first, by=district.office)
        open_one = again(district, title="车辆证件", text="请办理。")
        with pytest.raises(Refused, match="不是在本件登记之前销号"):
            actions.recur(issue=first, earlier=open_one, by=district.office)
        clock.move_to(sh("2027-06-14 10:00"))
        late = again(district, title="又一件", text="请办理。")
        with pytest.raises(Refused, match="180 天"):
            actions.recur(issue=late, earlier=first, by=district.office)
        with pytest.raises(Refused, match="须由"):
            actions.recur(issue=open_one, earlier=first, by=district.handler)


def test_both_pages_and_the_drill_down_say_so(client, district, clock):
    first = factories.closed(district)
    clock.move_to(sh("2026-11-20 10:00"))
    second = again(district)
    client.force_login(district.office)
    assert "此后又发生" in client.get(f"/issues/{first.pk}/").content.decode()
    assert "再次发生" in client.get(f"/issues/{second.pk}/").content.decode()
    for word, expected in (("recurring", second), ("came_back", first)):
        rows = client.get(f"/issues/?view=all&links={word}").context["page"]
        assert [row["number"] for row in rows] == [expected.number]
    rows = client.get(f"/supervision/scores/2026-11/{district.bureau.code}/resolve/")
    assert "销号后再次发生" in rows.content.decode()
    client.force_login(district.speaker)
    assert first.number in client.get(f"/appeals/{second.pk}/").content.decode()
    assert Issue.objects.get(pk=second.pk).status == "registered"
