"""The second key: ratings with tags, partly solved cases and what they leave over, and how a refusal was explained."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.accounts.errors import Refused, Stale
from foundation.audit.models import AuditRow
from foundation.notices.models import Notice
from issues import actions, ratings
from issues.models import Issue
from tests.issues import factories
from tests.issues.factories import District, sh

pytestmark = pytest.mark.django_db
PARTLY = {"left": "夜间路段还没有放开。", "rating": 3}


def partly(district: District, issue: Issue | None = None, **facts: Any) -> Issue:
    """The enterprise confirms a resolved case in part."""
    return actions.confirm_partly(
        issue=issue or factories.resolved(district), by=district.speaker, **{**PARTLY, **facts}
    )


class TestRating:
    def test_a_rating_keeps_its_tags_in_the_order_they_are_offered(self, district: District):
        issue = actions.confirm(
            issue=factories.resolved(district), by=district.speaker, rating=5, tags=["warm", "solved"]
        )
        assert issue.rating_tags == ["solved", "warm"]
        assert issue.events.filter(verb="confirm", data__rating=5).get().data["tags"] == ["solved", "warm"]

    @given(rating=st.integers(1, 5), tags=st.lists(st.sampled_from(sorted(ratings.TAGS)), unique=True))
    def test_every_tag_belongs_to_its_grade(self, rating: int, tags: list[str]):
        fits = set(tags) <= set(ratings.offered(rating))
        assert all(ratings.TAGS[key].good is not False for key in ratings.offered(rating)) == (rating > ratings.BAD)
        assert len(ratings.labels(tags)) == len(tags)
        assert fits or any(key not in ratings.offered(rating) for key in tags)

    @pytest.mark.parametrize(
        ("facts", "code"),
        [
            ({"rating": 6}, "invalid_rating"),
            ({"rating": "5"}, "invalid_rating"),
            ({"rating": 5, "tags": ["slow"]}, "invalid_tags"),
            ({"rating": 5, "tags": ["<script>"]}, "invalid_tags"),
            ({"rating": 2}, "missing_reason"),
            ({"rating": 1, "comment": " "}, "missing_reason"),
            ({"rating": 4, "comment": "好" * 301}, "invalid_too_long"),
            ({"rating": 4, "comment": "a\x00b"}, "invalid_text"),
            ({"rating": 4, "comment": "\ud800"}, "invalid_text"),
        ],
    )
    def test_a_bad_answer_is_refused_and_changes_nothing(self, district: District, facts: dict[str, Any], code: str):
        issue = factories.resolved(district)
        with pytest.raises(Refused) as refused:
            actions.confirm(issue=issue, by=district.speaker, **facts)
        assert refused.value.code == code
        issue.refresh_from_db()
        assert (issue.status, issue.rating, issue.rating_tags) == ("resolved", None, [])

    def test_the_head_hears_of_a_bad_rating_only(self, district: District):
        for rating, tags in ((4, []), (2, ["slow"])):
            actions.confirm(issue=factories.resolved(district), by=district.speaker, rating=rating, tags=tags)
        told = Notice.objects.filter(recipient=district.head, kind="issue.confirm")
        assert [notice.url for notice in told] == [f"/issues/{Issue.objects.get(rating=2).pk}/"]

    def test_reopening_voids_the_rating_with_its_tags(self, district: District):
        issue = actions.confirm(issue=factories.resolved(district), by=district.speaker, rating=5, tags=["once"])
        issue = actions.reopen(issue=issue, by=district.office, reason="又出现了。")
        assert (issue.rating, issue.rating_tags) == (None, [])
        assert issue.events.get(verb="reopen").data["before"]["tags"] == ["once"]


class TestPartly:
    def test_what_is_left_becomes_a_case_with_limits_of_its_own(self, district: District, clock: Any):
        issue = factories.resolved(district)
        clock.move_to(sh("2026-11-12 09:30"))
        first = partly(district, issue)
        assert (first.status, first.closing, first.rating) == ("closed", "partly", 3)
        rest = first.follow_ups.get()
        assert (rest.status, rest.channel, rest.department) == ("dispatched", "follow_up", district.bureau)
        assert (rest.enterprise, rest.category) == (first.enterprise, first.category)
        assert rest.title == "货车夜间通行证到期(后续)"
        assert rest.text == PARTLY["left"]
        turn = rest.handlings.get()
        assert turn.dispatched_at == sh("2026-11-12 09:30") == rest.registered_at
        assert turn.accept_due_at == sh("2026-11-14 00:00") and turn.resolve_due_at > sh("2026-11-26 00:00")
        assert Notice.objects.filter(recipient=district.handler, url=f"/issues/{rest.pk}/").exists()
        assert AuditRow.objects.filter(action="issues.follow_up", target_id=str(rest.pk)).exists()

    def test_a_follow_up_lives_like_any_other_case(self, district: District):
        rest = partly(district).follow_ups.get()
        rest = factories.resolve(district, actions.accept(issue=rest, by=district.handler))
        again = partly(district, rest).follow_ups.get()
        assert (again.follows, again.title) == (rest, "货车夜间通行证到期(后续)")

    def test_a_long_title_keeps_its_mark(self, district: District):
        Issue.objects.filter(pk=(issue := factories.resolved(district)).pk).update(title="长" * 80)
        title = partly(district, issue).follow_ups.get().title
        assert len(title) == 80 and title.endswith("(后续)")

    def test_a_department_out_of_use_leaves_the_follow_up_to_the_office(self, district: District):
        issue = factories.resolved(district)
        type(district.bureau).objects.filter(pk=district.bureau.pk).update(is_active=False)
        rest = partly(district, issue).follow_ups.get()
        assert (rest.status, rest.department) == ("registered", None)
        assert Notice.objects.filter(recipient=district.office, url=f"/issues/{rest.pk}/").exists()

    @pytest.mark.parametrize(("left", "code"), [(" ", "missing_text"), ("x" * 1001, "invalid_too_long")])
    def test_what_is_left_must_be_said_and_a_refusal_makes_no_case(self, district: District, left: str, code: str):
        with pytest.raises(Refused) as refused:
            partly(district, left=left)
        assert refused.value.code == code
        assert Issue.objects.count() == 1

    def test_only_the_enterprise_says_so_and_only_once(self, district: District):
        issue = factories.resolved(district)
        for person in (district.handler, district.office, district.head):
            with pytest.raises(Refused) as refused:
                actions.confirm_partly(issue=issue, by=person, **PARTLY)  # type: ignore[arg-type]
            assert refused.value.code == "not_allowed"
        done = partly(district, issue)
        with pytest.raises(Stale):
            partly(district, issue, version=issue.version)
        with pytest.raises(Refused):
            partly(district, done)
        assert done.follow_ups.count() == 1

    def test_nobody_registers_a_follow_up_by_hand(self, district: District):
        for person in (district.speaker, district.office):
            with pytest.raises(Refused) as refused:
                factories.register(district, by=person, channel=Issue.Channel.FOLLOW_UP)
            assert refused.value.code == "invalid_channel"

    def test_pages_lead_from_one_case_to_the_other(self, client, district: District):
        first = partly(district)
        rest = first.follow_ups.get()
        for user, base in ((district.speaker, "/appeals/"), (district.handler, "/issues/")):
            client.force_login(user)
            page = client.get(f"{base}{first.pk}/").content.decode()
            assert f'href="{base}{rest.pk}/"' in page and rest.number in page
            page = client.get(f"{base}{rest.pk}/").content.decode()
            assert f'href="{base}{first.pk}/"' in page


class TestForms:
    def post(self, client, issue: Issue, verb: str, **data: Any):
        return client.post(f"/issues/{issue.pk}/{verb}/", {"version": issue.version, **data})

    def test_the_enterprise_rates_with_tags(self, client, district: District):
        issue = factories.resolved(district)
        client.force_login(district.speaker)
        page = client.get(f"/appeals/{issue.pk}/").content.decode()
        assert "非常不满意" in page and "推诿、来回跑" in page
        # a tag of another grade, ticked before the mind was changed, is left out
        answer = self.post(client, issue, "confirm", rating="4", praise=["prompt"], complaints=["slow"], comment="好")
        assert answer.status_code == 302
        issue.refresh_from_db()
        assert (issue.rating, issue.rating_tags) == (4, ["prompt"])
        assert "办理快" in client.get(f"/appeals/{issue.pk}/").content.decode()

    def test_a_bad_rating_without_a_reason_comes_back_with_what_was_typed(self, client, district: District):
        issue = factories.resolved(district)
        client.force_login(district.speaker)
        answer = self.post(client, issue, "confirm_partly", rating="1", left="<b>还差一半</b>")
        assert answer.status_code == 422
        assert "&lt;b&gt;还差一半&lt;/b&gt;" in answer.content.decode()
        assert Issue.objects.count() == 1

    def test_a_rating_that_came_too_late_is_shown_beside_the_news(self, client, district: District):
        issue = factories.resolved(district)
        actions.close(issue=issue, by=district.office, note="电话里已认可。")
        client.force_login(district.speaker)
        answer = self.post(client, issue, "confirm", rating="5", praise=["prompt", "warm"], comment="谢谢")
        assert answer.status_code in (409, 422)
        assert "办理快、态度热情" in answer.content.decode()

    def test_partly_by_the_api(self, client, district: District):
        issue = factories.resolved(district)
        client.force_login(district.speaker)
        url = f"/api/v1/issues/{issue.pk}/confirm_partly/"
        body = {"left": "还差夜间路段。", "rating": 2, "tags": ["unsolved"], "version": issue.version}
        for bad in ({"tags": ["nonsense"]}, {"rating": 9}, {"left": ""}, {"more": 1}, {"left": "a\x00"}):
            assert client.post(url, body | bad, content_type="application/json").status_code in (400, 422), bad
        done = client.post(url, body, content_type="application/json").json()
        assert (done["closing"], done["rating_tags"]) == ("partly", ["unsolved"])
        rest = client.get("/api/v1/issues/?open=true").json()["results"]
        assert [row["channel"] for row in rest] == ["follow_up"]

    def test_the_ledger_narrows_by_outcome(self, client, district: District):
        told = factories.resolve(district, factories.handling(district), resolution="cannot", basis="")
        rated = actions.confirm(issue=factories.resolved(district), by=district.speaker, rating=2, tags=["slow"])
        half = partly(district, tags=["firmer"])
        client.force_login(district.office)
        for query, found in (
            ("resolution=cannot", [told]),
            ("closing=partly", [half]),
            ("rating=2", [rated]),
            ("tag=slow", [rated]),
            ("tag=firmer", [half]),
            ("tag=rude", []),
            ("tag=%00", None),
        ):
            pages = client.get(f"/issues/?view=all&{query}")
            if found is not None:
                assert {row["pk"] for row in pages.context["page"]} == {issue.pk for issue in found}, query
                api = client.get(f"/api/v1/issues/?{query}").json()["results"]
                assert {row["id"] for row in api} == {issue.pk for issue in found}, query
            assert pages.status_code == 200


class TestEvidence:
    def test_a_refusal_shows_how_it_was_explained(self, client, district: District):
        issue = factories.resolve(district, factories.handling(district), resolution="cannot", basis="")
        assert issue.events.get(verb="resolve").data["told_way"] == "phone"
        for user, base in ((district.speaker, "/appeals/"), (district.handler, "/issues/")):
            client.force_login(user)
            page = client.get(f"{base}{issue.pk}/").content.decode()
            assert "已向企业说明" in page and "电话" in page

    def test_another_resolution_says_nothing_of_explaining(self, district: District):
        issue = factories.resolve(district, factories.handling(district), told_way="phone")
        assert (issue.resolution_told_way, issue.resolution_told_on) == ("", None)

    def test_a_redo_forgets_the_explanation(self, district: District):
        issue = factories.resolve(district, factories.handling(district), resolution="cannot", basis="")
        issue = actions.reject(issue=issue, by=district.speaker, reason="再想想。")
        assert (issue.resolution_told_way, issue.resolution_told_on) == ("", None)
