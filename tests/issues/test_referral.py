"""What the district cannot decide goes upward: the case waits, the register keeps what was sent and answered."""

from __future__ import annotations

from typing import Any

import pytest

from foundation.accounts.errors import Refused
from foundation.clocks.localtime import today
from foundation.clocks.models import Clock
from foundation.notices.models import Notice
from issues import actions
from issues.limits import timing
from issues.models import Issue, PolicyGap, PolicyGapCase, PolicyGapStep
from tests.issues import factories
from tests.issues.factories import District, sh

pytestmark = pytest.mark.django_db
S, Kind = Issue.Status, PolicyGapStep.Kind
LETTER = "通行证有效期由市里规定,建议延长至一年。"


def paused(issue: Issue) -> set[str]:
    turns = issue.handlings.values("pk")
    return set(
        Clock.objects.running()
        .filter(kind__in=timing.KEYS, owner_id__in=turns, paused_at__isnull=False)
        .values_list("kind", flat=True)
    )


def test_a_referred_case_waits_and_stands_on_the_register(district: District):
    issue = factories.referred(district)
    assert (issue.status, issue.waiting_since is not None) == (S.REFERRED, True)
    assert paused(issue) == {timing.FIRST_REPLY, timing.RESOLVE}
    gap = PolicyGapCase.objects.get(issue=issue).gap
    assert (gap.level, gap.state, gap.missing, gap.title) == ("city", PolicyGap.State.SENT, LETTER, issue.title)
    sent = gap.steps.get(kind=Kind.SENT)
    assert (sent.body, sent.text, sent.by, sent.on) == ("市交通局", LETTER, district.handler, today())


def test_the_answer_brings_it_back_and_stands_on_the_register(district: District, clock: Any):
    issue = factories.referred(district)
    clock.move_to(sh("2026-11-16 10:00"))
    before = issue.due_at
    after = actions.answer_from_above(issue=issue, by=district.head, text="同意延长。", document="市交〔2026〕9号")
    assert (after.status, after.waiting_since, paused(issue)) == (S.HANDLING, None, set())
    after.refresh_from_db()
    assert after.due_at > before
    step = PolicyGapStep.objects.get(kind=Kind.ANSWERED)
    assert (step.body, step.document, step.text) == ("市交通局", "市交〔2026〕9号", "同意延长。")
    assert step.gap.state == PolicyGap.State.ANSWERED


def test_an_answer_on_the_register_brings_back_every_case_that_waits_for_it(district: District):
    first = factories.referred(district)
    gap = PolicyGap.objects.get()
    second = actions.refer(
        issue=factories.handling(district), by=district.office, level="city", body="市交通局", text="同上", gap=gap
    )
    actions.record_answer(gap=gap, by=district.office, body="市交通局", on=today(), available=False, text="正在研究。")
    for issue in (first, second):
        issue.refresh_from_db()
        assert (issue.status, issue.waiting_since, paused(issue)) == (S.HANDLING, None, set())
        assert "正在研究。" in issue.events.first().text


def test_it_may_be_resolved_while_no_answer_comes_and_stays_on_the_register(district: District):
    issue = factories.resolve(district, factories.referred(district))
    assert (issue.status, issue.waiting_since) == (S.RESOLVED, None)
    actions.confirm(issue=issue, by=district.speaker, rating=4)
    assert PolicyGapCase.objects.filter(issue=issue).exists()


def test_a_case_goes_under_the_gap_that_is_named(district: District):
    factories.referred(district)
    gap = PolicyGap.objects.get()
    issue = factories.handling(district)
    actions.refer(issue=issue, by=district.handler, level="city", body="市交通局", text="同一政策", gap=gap)
    assert PolicyGap.objects.count() == 1
    assert PolicyGapCase.objects.filter(gap=gap).count() == 2


@pytest.mark.parametrize(
    "facts",
    [
        {"level": "district"},
        {"level": "moon"},
        {"body": " "},
        {"text": ""},
        {"text": "a\x00"},
        {"body": "\ud800"},
        {"body": "x" * 81},
        {"document": "x" * 121},
    ],
)
def test_what_cannot_be_sent_is_refused_and_nothing_is_written(district: District, facts: dict[str, str]):
    issue = factories.handling(district)
    with pytest.raises(Refused):
        actions.refer(issue=issue, by=district.handler, **{"level": "city", "body": "市局", "text": "内容"} | facts)
    issue.refresh_from_db()
    assert issue.status == S.HANDLING
    assert not PolicyGap.objects.exists()


def test_the_enterprise_reads_that_it_went_upward_and_nothing_more(client: Any, district: District):
    issue = factories.referred(district)
    client.force_login(district.speaker)
    page = client.get(f"/appeals/{issue.pk}/").content.decode()
    answer = client.get(f"/api/v1/issues/{issue.pk}/").json()
    assert "已向上级反映" in page and "已向市级主管部门反映" in page and "等您补充" not in page
    assert (answer["status"], answer["status_name"]) == ("referred", "已向上级反映")
    listed = client.get("/appeals/").content.decode()
    assert "等上级答复" in listed
    told = " ".join(Notice.objects.filter(recipient=district.speaker).values_list("body", flat=True))
    for text in (page, str(answer), listed, told):
        assert LETTER not in text and "市交通局" not in text


def test_the_page_sends_it_and_shows_the_gap(client: Any, district: District):
    issue = factories.handling(district)
    client.force_login(district.handler)
    form = client.get(f"/issues/{issue.pk}/refer/").content.decode()
    assert 'value="district"' not in form
    sent = {"level": "province", "body": "省交通厅", "text": LETTER, "version": issue.version}
    assert client.post(f"/issues/{issue.pk}/refer/", sent | {"body": ""}).status_code == 422
    assert client.post(f"/issues/{issue.pk}/refer/", sent).status_code == 302
    page = client.get(f"/issues/{issue.pk}/").content.decode()
    assert f"/policy-gaps/{PolicyGap.objects.get().pk}/" in page and LETTER in page
    client.post(f"/issues/{issue.pk}/answer_from_above/", {"text": "请自行试点。"})
    issue.refresh_from_db()
    assert issue.status == S.HANDLING
