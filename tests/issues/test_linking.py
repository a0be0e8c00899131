"""Cases linked by hand and split: both ways, within what each reader may see."""

from __future__ import annotations

import pytest

from foundation.accounts.errors import Refused
from issues import actions
from issues.casefile import links
from issues.lifecycle import Case
from issues.models import Issue, IssueLink
from tests.issues import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(district):
    return factories.register(district, **factories.elsewhere(name="青山铸造有限公司"))


def shown(issue, user):
    return links.of(Case(Issue.objects.get(pk=issue.pk), user))


class TestLinks:
    def test_a_link_stands_on_both_pages_until_it_is_taken_away(self, district, other):
        case = factories.dispatched(district)
        actions.link(issue=case, other=other, relation="relates", note="同一条路", by=district.office)
        for one, another in ((case, other), (other, case)):
            assert [(row.number, row.note) for row in shown(one, district.office).rows] == [
                (another.number, "同一条路")
            ]
            assert one.events.filter(verb="link", internal=True).count() == 1
        with pytest.raises(Refused, match="已经关联"):
            actions.link(issue=other, other=case, relation="relates", by=district.office)
        actions.unlink(issue=other, link=IssueLink.objects.get(), by=district.office)
        assert not shown(case, district.office)

    def test_what_one_may_not_see_is_a_number_only_and_nothing_for_the_enterprise(self, district, other):
        case = factories.dispatched(district)
        actions.link(issue=case, other=other, relation="relates", by=district.office)
        seen = shown(case, district.handler)
        assert (seen.rows, seen.hidden) == ([], 1)
        assert not shown(case, district.speaker)

    @pytest.mark.parametrize("relation", ["duplicate", "split", "recurs", "", "nonsense"])
    def test_only_what_people_may_say_is_a_relation(self, district, other, relation):
        with pytest.raises(Refused):
            actions.link(issue=other, other=factories.register(district), relation=relation, by=district.office)
        assert not IssueLink.objects.exists()

    def test_a_case_is_not_linked_with_itself(self, district, other):
        with pytest.raises(Refused, match="自己"):
            actions.link(issue=other, other=other, relation="relates", by=district.office)

    def test_a_merge_is_not_undone_as_a_link(self, district, other):
        merged = actions.merge(issue=other, into=factories.register(district), by=district.office)
        with pytest.raises(Refused):
            actions.unlink(issue=merged, link=IssueLink.objects.get(), by=district.office)


class TestSplit:
    def test_another_matter_becomes_a_case_of_its_own(self, district):
        case = factories.handling(district)
        actions.split(issue=case, by=district.handler, title="厂门口积水", text="雨后厂门口积水半米。")
        part = Issue.objects.exclude(pk=case.pk).get()
        assert (part.enterprise, part.status, part.department, part.rule) == (case.enterprise, "registered", None, None)
        assert part.category == case.category
        assert [row.number for row in shown(part, district.speaker).rows] == [case.number]
        assert part.number in case.events.get(verb="split").text
        given = actions.dispatch(issue=part, to=district.other_bureau, by=district.office)
        assert given.due_at > Issue.objects.get(pk=case.pk).registered_at
        assert Issue.objects.get(pk=case.pk).status == "handling"

    @pytest.mark.parametrize("title, text", [("", "内容"), ("标题", " "), ("标" * 81, "内容"), ("标\x00题", "内容")])
    def test_a_part_needs_a_title_and_a_text_that_can_be_kept(self, district, title, text):
        case = factories.handling(district)
        with pytest.raises(Refused):
            actions.split(issue=case, by=district.handler, title=title, text=text)
        assert Issue.objects.count() == 1


class TestPages:
    def test_verbs_name_other_cases_by_number(self, client, district, other):
        case = factories.dispatched(district)
        client.force_login(district.office)
        client.post(f"/issues/{case.pk}/link/", {"other": other.number.lower(), "relation": "relates"})
        assert other.number in client.get(f"/issues/{case.pk}/").content.decode()
        page = client.post(f"/issues/{case.pk}/merge/", {"into": other.number, "note": ""})
        assert page.status_code == 302
        assert Issue.objects.get(pk=case.pk).status == "merged"
        client.force_login(district.speaker)
        text = client.get(f"/appeals/{case.pk}/").content.decode()
        assert "与同类诉求合并办理" in text
        for secret in (other.number, other.enterprise.name, other.title + "x"):
            assert secret not in text

    @pytest.mark.parametrize("number", ["", "<b>x</b>", "\x00", "\ud800", "9" * 21, "NOPE-2026-00001"])
    def test_a_number_that_is_none_is_said_beside_the_field(self, client, district, number):
        case = factories.dispatched(district)
        client.force_login(district.office)
        page = client.post(f"/issues/{case.pk}/merge/", **factories.typed(into=number))
        assert page.status_code == 422
        assert "<b>x</b>" not in page.content.decode()
        assert Issue.objects.get(pk=case.pk).status == "dispatched"

    def test_a_case_out_of_sight_cannot_be_named(self, client, district, other):
        case = factories.dispatched(district)
        client.force_login(district.handler)
        page = client.post(f"/issues/{case.pk}/link/", {"other": other.number, "relation": "relates"})
        assert page.status_code == 422
        assert not IssueLink.objects.exists()

    def test_a_stale_version_is_refused(self, client, district, other):
        case = factories.dispatched(district)
        client.force_login(district.office)
        actions.note(issue=case, text="新情况", by=district.office)
        page = client.post(f"/issues/{case.pk}/merge/", {"into": other.number, "version": case.version})
        assert page.status_code == 409

    def test_the_ledger_finds_them(self, client, district, other):
        case = factories.dispatched(district)
        actions.merge(issue=case, into=other, by=district.office)
        client.force_login(district.office)
        for word, expected in (("merged", case), ("lead", other)):
            rows = client.get(f"/issues/?view=all&links={word}").context["page"]
            assert [row["number"] for row in rows] == [expected.number]


class TestApi:
    def test_verbs_and_links(self, client, district, other):
        case = factories.dispatched(district)
        client.force_login(district.office)
        url = f"/api/v1/issues/{case.pk}"
        for verb, body in (("link", {"other": other.pk, "relation": "cause"}), ("merge", {"into": other.pk})):
            assert client.post(f"{url}/{verb}/", body, content_type="application/json").status_code == 200, verb
        found = client.get(f"{url}/").json()["links"]["cases"]
        assert {row["kind"] for row in found} == {"cause", "duplicate"}
        assert client.post(f"{url}/merge/", {"into": other.pk}, content_type="application/json").status_code == 409
        client.force_login(district.speaker)
        assert client.get(f"{url}/").json()["links"] == {"cases": [], "hidden": 0, "merged_away": True}

    def test_others_cases_do_not_exist(self, client, district, other):
        case = factories.dispatched(district)
        client.force_login(district.handler)
        body = {"other": other.pk, "relation": "relates"}
        answer = client.post(f"/api/v1/issues/{case.pk}/link/", body, content_type="application/json")
        assert answer.status_code == 400
