"""The policy-gap register: what cases wait for, what went upward and came back, and who was told."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from foundation.accounts.errors import Refused, Stale
from foundation.attachments.models import Attachment
from foundation.audit.models import AuditRow
from foundation.notices.models import Notice
from issues import actions, gaps
from issues.models import Category, Issue, PolicyGap, PolicyGapCase, PolicyGapStep
from tests.issues import factories
from tests.issues.factories import District, make_enterprise, make_speaker
from tests.pictures import PNG

pytestmark = pytest.mark.django_db
TEXT = "经研究,现行政策没有依据,已反映上级。"


def unsolved(district: District, **facts: Any) -> Issue:
    """A case resolved as lacking a policy of the province."""
    given = {"resolution": "needs_policy", "level": "province", "basis": "", "text": TEXT}
    return factories.resolve(district, factories.handling(district), **given | facts)


def unsolved_of(district: District, enterprise: Any, **facts: Any) -> Issue:
    """The same of another enterprise."""
    issue = factories.register(district, enterprise=enterprise, by=district.office, channel=Issue.Channel.PHONE)
    issue = actions.dispatch(issue=issue, to=district.bureau, by=district.office)
    issue = actions.accept(issue=issue, by=district.handler)
    given = {"resolution": "needs_policy", "level": "province", "basis": "", "text": TEXT}
    return factories.resolve(district, issue, **given | facts)


def gap_of(issue: Issue) -> PolicyGap:
    return PolicyGap.objects.get(cases__issue=issue)


def sent(district: District, gap: PolicyGap) -> PolicyGap:
    return actions.send_upward(
        gap=gap,
        by=district.office,
        body="省交通厅",
        on=date(2026, 11, 9),
        document="请示〔2026〕7 号",
        text="请予明确。",
    )


def available(district: District, gap: PolicyGap) -> PolicyGap:
    facts = {"body": "省交通厅", "on": date(2026, 11, 9), "document": "通行办法〔2026〕3 号", "available": True}
    return actions.record_answer(gap=gap, by=district.office, **facts)  # type: ignore[arg-type]


class TestFiling:
    def test_a_case_without_a_policy_goes_to_the_register_by_itself(self, district: District):
        issue = unsolved(district)
        gap = gap_of(issue)
        assert (gap.title, gap.category, gap.level) == (issue.title, issue.category, "province")
        assert (gap.missing, gap.state, gap.opened_by) == (TEXT, "open", district.handler)
        assert [step.kind for step in gap.steps.all()] == ["opened"]
        assert AuditRow.objects.filter(action="issues.open_gap", target_id=str(gap.pk)).exists()

    def test_the_handler_chooses_the_gap_or_names_it(self, district: District):
        first = gap_of(unsolved(district, gap_title="夜间通行缺少省级规定"))
        assert first.title == "夜间通行缺少省级规定"
        assert gap_of(unsolved(district, gap=first)) == first
        assert PolicyGap.objects.count() == 1

    @pytest.mark.parametrize("resolution, basis", [("solved", "办法第六条"), ("cannot", "")])
    def test_other_resolutions_leave_the_register_alone(self, district: District, resolution: str, basis: str):
        factories.resolve(district, factories.handling(district), resolution=resolution, basis=basis)
        assert not PolicyGap.objects.exists()

    def test_an_ended_gap_takes_no_case_in_and_nothing_is_half_done(self, district: District):
        gap = available(district, gap_of(unsolved(district)))
        issue = factories.handling(district)
        facts = {"resolution": "needs_policy", "level": "province", "text": TEXT, "gap": gap}
        with pytest.raises(Refused) as refused:
            actions.resolve(issue=issue, by=district.handler, **facts)  # type: ignore[arg-type]
        assert refused.value.code == "gap_ended"
        issue.refresh_from_db()
        assert (issue.status, issue.resolution) == ("handling", "")

    def test_a_redo_keeps_its_gap_until_it_is_solved_otherwise(self, district: District):
        issue = unsolved(district)
        gap = gap_of(issue)
        issue = actions.reject(issue=issue, by=district.speaker, reason="请再想办法。")
        assert gap_of(issue) == gap
        issue = factories.resolve(district, issue, resolution="needs_policy", level="city", basis="", text=TEXT)
        assert gap_of(issue) == gap and PolicyGap.objects.count() == 1
        issue = actions.reject(issue=issue, by=district.speaker, reason="还是不行。")
        factories.resolve(district, issue)
        assert not gap.cases.exists()
        assert PolicyGap.objects.filter(pk=gap.pk).exists()

    def test_the_gap_outlives_the_case(self, district: District):
        issue = unsolved(district)
        actions.confirm(issue=issue, by=district.speaker, rating=4)
        assert gap_of(issue) in PolicyGap.objects.visible_to(district.office).ongoing()

    def test_a_case_can_be_moved_by_its_department_and_the_office_only(self, district: District):
        issue, other = unsolved(district), gap_of(unsolved(district))
        assert actions.attach_case(issue=issue, by=district.head, gap=other) == other
        assert gap_of(issue) == other
        for stranger in (district.other_handler, district.cadre, district.supervisor, district.speaker):
            with pytest.raises(Refused) as refused:
                actions.attach_case(issue=issue, by=stranger, gap=other)
            assert refused.value.code == "not_allowed"
        with pytest.raises(Refused) as refused:
            actions.attach_case(issue=factories.resolved(district), by=district.office, gap=other)
        assert refused.value.code == "wrong_resolution"

    def test_the_likest_gaps_are_offered_first(self, district: District):
        other = Category.objects.exclude(pk=district.category.pk)[0]
        facts = {"level": "city", "missing": "缺。", "by": district.office}
        far = actions.open_gap(title="货车夜间通行证到期", category=other, **facts)  # type: ignore[arg-type]
        near = actions.open_gap(title="通行证续办没有规定", category=district.category, **facts)  # type: ignore[arg-type]
        same = actions.open_gap(title="油价补贴", category=district.category, **facts)  # type: ignore[arg-type]
        assert gaps.offered(factories.handling(district), district.handler) == [near, same, far]


class TestFollowing:
    def test_what_went_upward_and_what_came_back_stay(self, district: District):
        gap = sent(district, gap_of(unsolved(district)))
        assert gap.state == "sent"
        gap = actions.record_answer(
            gap=gap, by=district.office, body="省交通厅", on=date(2026, 11, 9), available=False, text="正在研究。",
            files=[SimpleUploadedFile("复函.png", PNG)],
        )  # fmt: skip
        assert gap.state == "answered"
        gap = available(district, sent(district, gap))
        kinds = [step.kind for step in gap.steps.order_by("pk")]
        assert (gap.state, kinds) == ("available", ["opened", "sent", "answered", "sent", "available"])
        step = gap.steps.get(kind="answered")
        assert Attachment.objects.visible_to(district.handler).of(step).count() == 1
        assert not Attachment.objects.visible_to(district.speaker).exists()

    def test_a_gap_is_closed_with_a_reason_and_followed_again(self, district: District):
        gap = gap_of(unsolved(district))
        with pytest.raises(Refused):
            actions.close_gap(gap=gap, by=district.office, reason=" ")
        gap = actions.close_gap(gap=gap, by=district.office, reason="上位规定不允许。")
        with pytest.raises(Refused) as refused:
            sent(district, gap)
        assert refused.value.code == "wrong_status"
        assert actions.reopen_gap(gap=gap, by=district.office, reason="规定修订了。").state == "open"

    @pytest.mark.parametrize(
        "facts, code",
        [
            ({"body": ""}, "missing_text"),
            ({"body": "x" * 81}, "invalid_too_long"),
            ({"on": date(2026, 11, 10)}, "invalid_date"),
            ({"available": True}, "missing_document"),
            ({"text": ""}, "missing_text"),
            ({"text": "a\x00b"}, "invalid_text"),
        ],
    )
    def test_bad_answers_are_refused_whole(self, district: District, facts: dict[str, Any], code: str):
        gap = gap_of(unsolved(district))
        given = {"body": "省厅", "on": date(2026, 11, 9), "available": False, "text": "研究中。"} | facts
        with pytest.raises(Refused) as refused:
            actions.record_answer(gap=gap, by=district.office, **given)  # type: ignore[arg-type]
        assert refused.value.code == code
        gap.refresh_from_db()
        assert (gap.state, gap.version, gap.steps.count()) == ("open", 1, 1)

    def test_only_the_office_keeps_the_register(self, district: District):
        gap = gap_of(unsolved(district))
        for person in (district.handler, district.head, district.lead, district.supervisor, district.speaker):
            with pytest.raises(Refused) as refused:
                actions.close_gap(gap=gap, by=person, reason="不办了。")
            assert refused.value.code == "not_allowed"

    def test_a_stale_save_is_refused(self, district: District):
        gap = gap_of(unsolved(district))
        sent(district, gap)
        with pytest.raises(Stale):
            actions.close_gap(gap=gap, by=district.office, reason="迟了。", version=gap.version)

    def test_what_is_missing_can_be_said_better(self, district: District):
        gap = gap_of(unsolved(district))
        facts = {"title": "夜间通行", "category": gap.category, "level": "city", "missing": "缺市级细则。"}
        edited = actions.edit_gap(gap=gap, by=district.office, **facts)
        again = actions.edit_gap(gap=edited, by=district.office, **facts)
        assert (again.title, again.level, again.version) == ("夜间通行", "city", 2)

    def test_two_names_for_one_gap_become_one(self, district: District):
        one, two = unsolved(district), unsolved(district)
        merged, stays = gap_of(one), gap_of(two)
        actions.merge_gaps(gap=merged, into=stays, by=district.office)
        merged.refresh_from_db()
        assert (merged.state, merged.merged_into) == ("merged", stays)
        assert gap_of(one) == gap_of(two) == stays
        assert stays.steps.filter(kind="merged", text__contains=merged.title).exists()
        with pytest.raises(Refused):
            actions.merge_gaps(gap=stays, into=stays, by=district.office)
        with pytest.raises(Refused) as refused:
            actions.merge_gaps(gap=stays, into=merged, by=district.office)
        assert refused.value.code == "gap_ended"


class TestTelling:
    def test_every_enterprise_that_asked_is_told_once(self, district: District):
        first = unsolved(district)
        gap = gap_of(first)
        second = unsolved(district, gap=gap)  # the same enterprise again
        enterprise = make_enterprise()
        speaker = make_speaker(enterprise)
        third = unsolved_of(district, enterprise, gap=gap)
        gap = available(district, gap)
        assert actions.tell_enterprises(gap=gap, by=district.office, text="所需政策已出台。") == 2
        told = Notice.objects.filter(kind="issue.policy_news")
        assert {(row.recipient, row.url) for row in told} == {
            (district.speaker, f"/appeals/{second.pk}/"),
            (speaker, f"/appeals/{third.pk}/"),
        }
        for issue in (first, second, third):
            assert issue.events.filter(verb="policy_news", internal=False).count() == 1
        with pytest.raises(Refused) as refused:
            actions.tell_enterprises(gap=gap, by=district.office, text="再说一遍。")
        assert refused.value.code == "all_told"
        assert told.count() == 2

    def test_nobody_is_told_before_the_policy_exists(self, district: District):
        gap = sent(district, gap_of(unsolved(district)))
        with pytest.raises(Refused) as refused:
            actions.tell_enterprises(gap=gap, by=district.office, text="快了。")
        assert refused.value.code == "wrong_status"
        assert not PolicyGapCase.objects.filter(told_at__isnull=False).exists()

    def test_the_enterprise_reads_the_news_and_nothing_internal(self, client, district: District):
        issue = unsolved(district, gap_title="内部缺口名")
        gap = available(district, sent(district, gap_of(issue)))
        actions.edit_gap(
            gap=actions.reopen_gap(gap=gap, by=district.office, reason="内部理由"), by=district.office,
            title="内部缺口名二", category=gap.category, level="city", missing="内部所缺",
        )  # fmt: skip
        gap = available(district, gap)
        actions.tell_enterprises(gap=gap, by=district.office, text="好消息:政策已出台。")
        client.force_login(district.speaker)
        seen = [client.get(f"/appeals/{issue.pk}/"), client.get(f"/api/v1/issues/{issue.pk}/"), client.get("/notices/")]
        words = "".join(response.content.decode() for response in seen)
        words += "".join(f"{row.subject}{row.body}" for row in Notice.objects.filter(recipient=district.speaker))
        assert "好消息:政策已出台。" in words and "政策进展" in words
        for inner in ("内部", "省交通厅", "请示〔2026〕7 号", "policy-gap"):
            assert inner not in words, inner
        for path in ("/policy-gaps/", f"/policy-gaps/{gap.pk}/", "/policy-gaps/export/", "/api/v1/policy-gaps/"):
            assert client.get(path).status_code == 403
        for model in (PolicyGap, PolicyGapCase, PolicyGapStep):
            assert not model.objects.visible_to(district.speaker).exists()


class TestPages:
    def test_the_list_counts_filters_and_sorts(self, client, district: District):
        one = gap_of(unsolved(district, gap_title="夜间通行"))
        unsolved(district, gap=one)
        unsolved_of(district, make_enterprise(), gap=one)
        two = sent(district, gap_of(unsolved(district, gap_title="油价补贴", level="state")))
        client.force_login(district.lead)
        page = client.get("/policy-gaps/?sort=-enterprises").context["page"]
        assert [(g.pk, g.asked_enterprises, g.asked_cases) for g in page] == [(one.pk, 2, 3), (two.pk, 1, 1)]
        for query, found in (
            ("q=夜间", [one]),
            ("q=请示〔2026〕7", [two]),
            ("level=state", [two]),
            ("state=open", [one]),
            ("state=sent&q=油价", [two]),
            ("state=closed", []),
            (f"category={district.category.pk}&sort=title", [two, one]),
        ):
            assert {g.pk for g in client.get(f"/policy-gaps/?{query}").context["page"]} == {g.pk for g in found}, query

    def test_the_list_costs_the_same_with_one_row_and_with_several(self, client, district: District):
        client.force_login(district.office)
        sent(district, gap_of(unsolved(district)))
        client.get("/policy-gaps/")
        with CaptureQueriesContext(connection) as one:
            client.get("/policy-gaps/")
        for _ in range(2):
            sent(district, gap_of(unsolved(district)))
        client.get("/policy-gaps/")  # what is remembered until the next act
        with CaptureQueriesContext(connection) as several:
            client.get("/policy-gaps/")
        assert len(several) == len(one)

    def test_the_page_of_a_gap_costs_the_same_with_one_case_and_with_several(self, client, district: District):
        client.force_login(district.office)
        gap = gap_of(unsolved(district))
        client.get(f"/policy-gaps/{gap.pk}/")
        with CaptureQueriesContext(connection) as one:
            client.get(f"/policy-gaps/{gap.pk}/")
        unsolved(district, gap=gap)
        unsolved_of(district, make_enterprise(), gap=gap)
        client.get(f"/policy-gaps/{gap.pk}/")  # what is remembered until the next act
        with CaptureQueriesContext(connection) as several:
            client.get(f"/policy-gaps/{gap.pk}/")
        assert len(several) == len(one)

    def test_a_department_sees_the_numbers_but_only_its_own_cases(self, client, district: District):
        issue = unsolved(district)
        client.force_login(district.other_handler)
        response = client.get(f"/policy-gaps/{gap_of(issue).pk}/")
        assert response.context["gap"].asked_cases == 1
        assert issue.number not in response.content.decode()
        assert response.context["choices"] == []

    def test_the_export_holds_what_is_filtered_and_no_formula(self, client, district: District):
        unsolved(district, gap_title="=1+1")
        unsolved(district, gap_title="油价补贴")
        client.force_login(district.supervisor)
        content = client.get("/policy-gaps/export/?q=1").content
        sheet = load_workbook(BytesIO(content)).active
        assert [row[0].value for row in sheet.iter_rows(min_row=2)] == ["=1+1"]
        assert sheet["A2"].data_type == "s" and sheet["A2"].quotePrefix

    def test_the_office_goes_through_it_on_the_page(self, client, district: District):
        gap = gap_of(unsolved(district))
        client.force_login(district.office)
        letter = {"body": "省交通厅", "on": "2026-11-09", "document": "请示 7 号"}
        for verb, data in (
            ("send", letter),
            ("answer", letter | {"available": "yes", "document": "办法 3 号"}),
            ("tell", {"text": "政策已出台。"}),
        ):
            gap.refresh_from_db()
            response = client.post(f"/policy-gaps/{gap.pk}/{verb}/", data | {"version": gap.version})
            assert response.status_code == 302, response.content.decode()
        page = client.get(f"/policy-gaps/{gap.pk}/").content.decode()
        assert "办法 3 号" in page and "政策已出台" in page

    def test_a_refused_verb_keeps_what_was_typed(self, client, district: District):
        gap = gap_of(unsolved(district))
        client.force_login(district.office)
        data = {"body": "省厅", "on": "2026-11-10", "text": "写了很久的建议", "version": gap.version}
        for wrong in (data, data | {"on": "2026-11-09", "version": 0}, data | {"on": "2026-02-30"}):
            response = client.post(f"/policy-gaps/{gap.pk}/send/", wrong)
            assert response.status_code == 422
            assert "写了很久的建议" in response.content.decode()
        assert client.post(f"/policy-gaps/{gap.pk}/nonsense/").status_code == 404

    def test_the_office_opens_a_gap_by_hand(self, client, district: District):
        client.force_login(district.office)
        data = {"title": "数据出境", "level": "state", "category": district.category.pk, "missing": "缺实施细则。"}
        assert client.post("/policy-gaps/new/", data | {"title": ""}).status_code == 422
        response = client.post("/policy-gaps/new/", data)
        assert response.url == f"/policy-gaps/{PolicyGap.objects.get(title='数据出境').pk}/"

    def test_the_resolve_form_offers_the_gaps_and_the_case_leads_to_its_own(self, client, district: District):
        gap = gap_of(unsolved(district, gap_title="夜间通行缺规定"))
        issue = factories.handling(district)
        client.force_login(district.handler)
        assert "夜间通行缺规定" in client.get(f"/issues/{issue.pk}/").content.decode()
        data = {"resolution": "needs_policy", "level": "province", "text": TEXT, "gap": gap.pk}
        assert client.post(f"/issues/{issue.pk}/resolve/", data).status_code == 302
        assert gap_of(issue) == gap
        assert f'href="/policy-gaps/{gap.pk}/"' in client.get(f"/issues/{issue.pk}/").content.decode()

    def test_a_case_is_moved_from_its_page(self, client, district: District):
        issue, other = unsolved(district), gap_of(unsolved(district))
        client.force_login(district.handler)
        client.post(f"/issues/{issue.pk}/policy-gap/", {"gap": other.pk})
        assert gap_of(issue) == other
        client.post(f"/issues/{issue.pk}/policy-gap/", {"title": "另一回事"})
        assert gap_of(issue).title == "另一回事"
        client.post(f"/issues/{issue.pk}/policy-gap/", {"gap": 999999})
        assert gap_of(issue).title == "另一回事"


class TestApi:
    def test_the_register_is_read(self, client, district: District):
        gap = sent(district, gap_of(unsolved(district)))
        client.force_login(district.supervisor)
        row = client.get("/api/v1/policy-gaps/?state=sent&ordering=-enterprises").json()["results"][0]
        assert (row["id"], row["enterprises"], row["cases"], row["level"]) == (gap.pk, 1, 1, "province")
        whole = client.get(f"/api/v1/policy-gaps/{gap.pk}/").json()
        assert [step["kind"] for step in whole["steps"]] == ["sent", "opened"]
        assert client.get("/api/v1/policy-gaps/?secret=1").status_code == 400

    def test_a_case_is_resolved_into_a_gap(self, client, district: District):
        gap = gap_of(unsolved(district))
        issue = factories.handling(district)
        client.force_login(district.handler)
        data = {"resolution": "needs_policy", "level": "province", "text": TEXT, "gap": gap.pk}
        answer = client.post(f"/api/v1/issues/{issue.pk}/resolve/", data, content_type="application/json")
        assert answer.status_code == 200, answer.content
        assert gap_of(issue) == gap
