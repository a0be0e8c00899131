"""What the pages say: the path of a case, stages in the enterprise's words, queues of the first screen."""

from __future__ import annotations

import pytest
from django.urls import reverse

from issues import actions, workbench
from issues.casefile import detail, path
from issues.desk import ledger
from issues.models import Issue
from tests.issues import factories

pytestmark = pytest.mark.django_db


def text_of(response):
    return response.content.decode()


def stops(issue):
    """Label and state of every stop."""
    return [(step.label, step.css) for step in path.steps(issue, detail.turn_of(issue))]


def row_of(issue, public=False):
    values = list(Issue.objects.filter(pk=issue.pk).values(*ledger.COLUMNS))
    return (ledger.public_rows if public else ledger.rows)(values)[0]


class TestPath:
    def test_a_case_sent_back_waits_for_the_hand_over_again(self, district):
        assert stops(factories.returned(district))[:3] == [("登记", "ok"), ("交办", "now"), ("签收", "")]

    def test_a_redo_goes_straight_to_the_resolution(self, district):
        issue = factories.resolved(district)
        issue = actions.reject(issue=issue, by=district.speaker, reason="没有解决")
        assert stops(issue) == [("登记", "ok"), ("重办", "ok"), ("办结", "now"), ("企业确认", "")]

    def test_a_resolved_case_waits_for_the_enterprise_even_if_nobody_replied_before(self, district):
        assert [label for label, css in stops(factories.resolved(district)) if css == "now"] == ["企业确认"]

    def test_a_closed_case_has_nothing_left(self, district):
        assert {css for _label, css in stops(factories.closed(district))} == {"ok"}

    def test_a_declined_case_ends_there(self, district):
        assert stops(factories.declined(district)) == [("登记", "ok"), ("不予受理", "ok")]


class TestWords:
    def test_a_standing_clock_says_for_how_many_working_days(self, district, clock):
        clock.move_to(factories.sh("2026-11-12 10:00"))  # a Thursday
        issue = factories.waiting(district)
        assert row_of(issue).limit == "今日起暂停"
        clock.move_to(factories.sh("2026-11-17 09:00"))
        assert row_of(issue).limit == "已停 3 个工作日"

    def test_a_case_nobody_has_yet_says_how_long_it_has_waited(self, district, clock):
        clock.move_to(factories.sh("2026-11-12 10:00"))
        issue = factories.register(district)
        assert row_of(issue).words == "新登记"
        clock.move_to(factories.sh("2026-11-16 10:00"))
        assert row_of(issue).words == "已等 2 个工作日"

    @pytest.mark.parametrize("stage", ["returned", "arbitration"])
    def test_the_enterprise_never_reads_of_a_dispute(self, client, district, stage):
        issue = factories.STAGES[stage](district)
        row = row_of(issue, public=True)
        assert (row.stage, row.department) == ("待交办", "企业服务办公室")
        client.force_login(district.speaker)
        for page in (f"/appeals/{issue.pk}/", "/appeals/", "/", f"{reverse('search')}?q={issue.title}"):
            text = text_of(client.get(page))
            assert not [word for word in ("退回", "裁定", district.bureau.name) if word in text], page

    def test_what_waits_for_the_enterprise_stands_first_and_is_quoted(self, client, district):
        asked = factories.waiting(district)
        factories.register(district)
        client.force_login(district.speaker)
        rows = client.get("/appeals/").context["rows"]
        assert [row.stage for row in rows] == ["待您补充", "待交办"]
        assert "请您补充" in text_of(client.get(f"/appeals/{asked.pk}/"))
        assert "有 1 件诉求等您处理" in text_of(client.get("/"))


class TestScore:
    def test_a_case_links_to_the_figure_it_enters_for_those_who_may_open_it(self, client, district):
        issue = factories.handling(district)
        address = f"/supervision/scores/2026-11/{district.bureau.code}/resolve/"
        for person, seen in ((district.head, True), (district.supervisor, True), (district.cadre, False)):
            client.force_login(person)
            assert (address in text_of(client.get(f"/issues/{issue.pk}/"))) is seen, person
        client.force_login(district.supervisor)
        assert client.get(address).status_code == 200

    def test_a_month_that_has_not_begun_has_no_figure_yet(self, client, district, clock):
        clock.move_to(factories.sh("2026-11-25 10:00"))  # ten working days: due in December
        issue = factories.handling(district)
        client.force_login(district.head)
        assert "影响得分" not in text_of(client.get(f"/issues/{issue.pk}/"))

    def test_the_enterprise_reads_nothing_of_scores(self, client, district):
        issue = factories.handling(district)
        client.force_login(district.speaker)
        assert "得分" not in text_of(client.get(f"/appeals/{issue.pk}/"))


class TestFirstScreen:
    def test_figures_are_the_rows_behind_them(self, client, district):
        for make in factories.STAGES.values():
            make(district)
        for person in (district.office, district.handler):
            client.force_login(person)
            for figure in workbench.figures(person):
                found = client.get(figure.url).context["page"].paginator.count
                assert found == figure.value, (person, figure.label)

    def test_a_handler_finds_the_cases_in_own_hands(self, client, district):
        own, other = factories.handling(district), factories.handling(district)
        Issue.objects.filter(pk=other.pk).update(handler=None)
        Issue.objects.filter(pk=own.pk).update(handler=district.handler)
        client.force_login(district.handler)
        response = client.get("/issues/?view=mine")
        assert [row["number"] for row in response.context["page"]] == [own.number]
        assert next(tab["count"] for tab in response.context["tabs"] if tab["active"]) == 1

    def test_the_office_sees_requests_for_more_days(self, client, district):
        issue = factories.handling(district)
        actions.request_extension(issue=issue, by=district.handler, days=2, reason="等待上级批复")
        client.force_login(district.office)
        assert "等待上级批复" in text_of(client.get("/"))
        text = text_of(client.get(f"/issues/{issue.pk}/"))
        assert text.index("同意延期") < text.index("内部备注")


class TestTimeline:
    def test_it_says_to_whom_a_case_was_handed(self, client, district):
        issue = factories.handling(district)
        issue = actions.reassign(issue=issue, to=district.other_bureau, by=district.office, reason="归城管。")
        client.force_login(district.office)
        said = [entry.what for entry in client.get(f"/issues/{issue.pk}/").context["timeline"]]
        assert said[0] == "改派 区交通局 → 区城管局" and "交办 区交通局" in said
        client.force_login(district.speaker)
        seen = [entry.what for entry in client.get(f"/appeals/{issue.pk}/").context["timeline"]]
        assert "交办" in seen and not any("区" in what for what in seen)

    def test_what_a_partly_solved_case_left_over_says_who_goes_on_with_it(self, client, district):
        issue = factories.resolved(district)
        actions.confirm_partly(issue=issue, by=district.speaker, left="夜间仍停电。", rating=3)
        following = Issue.objects.get(follows=issue)
        client.force_login(district.speaker)
        assert [entry.what for entry in client.get(f"/appeals/{following.pk}/").context["timeline"]] == ["后续办理"]
        client.force_login(district.office)
        said = [entry.what for entry in client.get(f"/issues/{following.pk}/").context["timeline"]]
        assert said == ["后续办理 区交通局"]
