"""Many cases at once: told before, done as a whole or not at all."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from foundation.accounts.errors import Refused
from foundation.notices.models import Notice
from issues import actions
from issues.desk import selection
from issues.models import Issue, IssueTag
from tests.issues import factories
from tests.issues.factories import make_enterprise, make_speaker
from tests.pageforms import forms_of

pytestmark = pytest.mark.django_db


def text_of(response):
    return response.content.decode()


def sure(response):
    """What the page that tells would send."""
    [form] = [one for one in forms_of(text_of(response)) if "sure" in one.values]
    return form.values


def choose(client, doing, *issues, **more):
    return client.post("/issues/many/", {"do": doing, "case": [issue.pk for issue in issues], **more})


class TestDispatch:
    def test_it_tells_first_and_then_does_all(self, client, district):
        issues = [factories.register(district) for _ in range(3)]
        client.force_login(district.office)
        page = choose(client, "dispatch", *issues, query="view=intake")
        assert "3 件交给下面选定的部门" in text_of(page)
        assert set(Issue.objects.values_list("status", flat=True)) == {"registered"}
        sent = sure(page) | {"to": [district.bureau.pk], "note": ["请尽快"]}
        done = client.post("/issues/many/", sent)
        assert done.url == "/issues/?view=intake"
        assert set(Issue.objects.values_list("status", "department")) == {("dispatched", district.bureau.pk)}
        assert "已交办 3 件" in text_of(client.get(done.url))

    def test_one_that_may_not_be_dispatched_stops_all_and_can_be_taken_out(self, client, district):
        good, bad = factories.register(district), factories.handling(district)
        client.force_login(district.office)
        page = choose(client, "dispatch", good, bad)
        assert "不能交办的 1 件" in text_of(page) and bad.number in text_of(page)
        forced = {"do": "dispatch", "sure": "1", "case": f"{good.pk},{bad.pk}", "to": district.bureau.pk}
        assert client.post("/issues/many/", forced).status_code == 422
        assert Issue.objects.get(pk=good.pk).status == "registered"
        [without] = [form for form in forms_of(text_of(page)) if form.values.get("do") == ["dispatch"]]
        again = client.post("/issues/many/", without.values)
        assert client.post("/issues/many/", sure(again) | {"to": [district.bureau.pk]}).status_code == 302
        assert Issue.objects.get(pk=good.pk).status == "dispatched"

    def test_what_moved_on_meanwhile_is_named_and_nothing_is_done(self, client, district):
        first, second = factories.register(district), factories.register(district)
        client.force_login(district.office)
        sent = sure(choose(client, "dispatch", first, second)) | {"to": [district.bureau.pk], "note": ["写好的意见"]}
        actions.note(issue=second, by=district.supervisor, text="刚发生的事")
        answer = client.post("/issues/many/", sent)
        assert answer.status_code == 422
        assert "您核对期间这件诉求有了新进展" in text_of(answer)
        assert set(Issue.objects.values_list("status", flat=True)) == {"registered"}

    def test_a_missing_department_keeps_what_was_typed(self, client, district):
        client.force_login(district.office)
        sent = sure(choose(client, "dispatch", factories.register(district))) | {"to": [""], "note": ["写好的意见"]}
        answer = client.post("/issues/many/", sent)
        assert answer.status_code == 422 and "写好的意见" in text_of(answer)

    def test_a_refusal_in_the_middle_undoes_what_went_before(self, district):
        first, second = factories.register(district), factories.handling(district)
        with pytest.raises(Refused, match="全部没有办理"):
            actions.dispatch_many(issues=[first, second], to=district.bureau, by=district.office)
        assert Issue.objects.get(pk=first.pk).status == "registered"


class TestWhich:
    def test_all_of_the_filter_are_taken_and_no_more_than_the_limit(self, client, district, monkeypatch):
        for title in ("用电增容", "用电报装", "别的事"):
            factories.register(district, title=title)
        client.force_login(district.office)
        page = client.post("/issues/many/", {"do": "dispatch", "all": "1", "query": "view=intake&q=用电"})
        assert len(page.context["able"]) == 2
        few = selection.Doing("dispatch", "交办", selection.DOINGS["dispatch"].permission, 1, "dispatch")
        monkeypatch.setitem(selection.DOINGS, "dispatch", few)
        answer = client.post("/issues/many/", {"do": "dispatch", "all": "1", "query": "view=intake"}, follow=True)
        assert "一次最多办理 1 件" in text_of(answer)

    def test_nobody_acts_on_what_they_do_not_see(self, client, district):
        other = make_enterprise()
        hidden = factories.register(district, enterprise=other, by=make_speaker(other))
        own = factories.dispatched(district)
        tag = actions.create_tag(by=district.office, name="重点")
        client.force_login(district.handler)
        page = choose(client, "tag", own, hidden)
        assert [one.issue.pk for one in page.context["chosen"]] == [own.pk]
        client.post("/issues/many/", sure(page) | {"label": [tag.pk]})
        assert list(IssueTag.objects.values_list("issue", flat=True)) == [own.pk]

    @pytest.mark.parametrize("person, doing", [("handler", "dispatch"), ("handler", "remind"), ("cadre", "export")])
    def test_what_a_role_may_not_do_is_403(self, client, district, person, doing):
        issue = factories.dispatched(district)
        client.force_login(getattr(district, person))
        assert choose(client, doing, issue).status_code == 403

    @pytest.mark.parametrize("case", ["", "\x00", "x", "9" * 30, "-1", "1:2:3", "²"])
    def test_nonsense_chooses_nothing_and_says_so(self, client, district, case):
        factories.register(district)
        client.force_login(district.office)
        answer = client.post("/issues/many/", {"do": "tag", "case": case}, follow=True)
        assert answer.status_code == 200
        assert client.post("/issues/many/", {"do": "nonsense", "case": case}).status_code == 404


def test_reminding_tells_how_many_people_and_tells_them(client, district):
    issues = [factories.handling(district) for _ in range(2)]
    client.force_login(district.supervisor)
    page = choose(client, "remind", *issues)
    assert "共 2 人" in text_of(page)
    client.post("/issues/many/", sure(page))
    assert Notice.objects.filter(kind="issue.remind").count() == 4
    assert "今天已催办过" in text_of(choose(client, "remind", *issues))


def test_tags_are_put_on_and_taken_off(client, district):
    issues = [factories.dispatched(district) for _ in range(2)]
    first, second = (actions.create_tag(by=district.office, name=name) for name in ("重点", "试点"))
    actions.tag(issue=issues[0], by=district.office, labels=[first])
    client.force_login(district.cadre)
    client.post("/issues/many/", sure(choose(client, "tag", *issues)) | {"label": [second.pk]})
    assert sorted(IssueTag.objects.values_list("issue", "tag__name")) == [
        (issues[0].pk, "试点"),
        (issues[0].pk, "重点"),
        (issues[1].pk, "试点"),
    ]
    client.post("/issues/many/", sure(choose(client, "untag", *issues)) | {"label": [second.pk]})
    assert list(IssueTag.objects.values_list("tag__name", flat=True)) == ["重点"]


def test_the_export_holds_exactly_the_chosen(client, district):
    chosen, _other = factories.dispatched(district), factories.dispatched(district)
    client.force_login(district.office)
    answer = client.post("/issues/many/", sure(choose(client, "export", chosen)) | {"which": ["shown"]})
    sheet = load_workbook(BytesIO(answer.content)).active
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [chosen.number]


def test_telling_costs_the_same_for_one_case_and_for_many(client, district):
    client.force_login(district.office)
    counts = []
    for wanted in (1, 4):
        while Issue.objects.count() < wanted:
            factories.register(district)
        choose(client, "dispatch", *Issue.objects.all())
        with CaptureQueriesContext(connection) as seen:
            choose(client, "dispatch", *Issue.objects.all())
        counts.append(len(seen))
    assert counts[0] == counts[1]
