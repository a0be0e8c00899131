"""Follow-up calls: who is drawn and why, what the office finds, and what becomes of the case."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Role
from foundation.clocks import queries as clock_queries
from foundation.clocks.actions import sweep
from foundation.notices.models import Notice
from issues import actions
from issues.calling.sampling import Closure, draw, lot
from issues.models import CallDraw, CallKind, CallRule, DrawnCase, FollowUpCall, Issue
from tests.accounts.factories import UserFactory
from tests.issues import factories
from tests.issues.factories import District, sh

pytestmark = pytest.mark.django_db
NUMBERS = st.lists(st.integers(1, 99_999), unique=True, max_size=60)


def unconfirmed(district: District, clock: Any) -> Issue:
    """A case that closed because the enterprise kept silent."""
    issue = factories.resolved(district)
    clock.shift(timedelta(days=12))
    sweep()
    issue.refresh_from_db()
    return issue


def called(district: District, issue: Issue | None = None) -> FollowUpCall:
    """A call about a closed case: everything is drawn."""
    issue = issue or factories.closed(district)
    actions.change_call_rule(by=district.office, confirmed_share=100, unconfirmed_share=100)
    actions.draw_calls()
    return FollowUpCall.objects.get(issue=issue)


def record(district: District, call: FollowUpCall, finding: str = "solved", **facts: Any) -> FollowUpCall:
    return actions.record_call(call=call, by=district.office, finding=finding, **{"note": "经理说已经办好。", **facts})


class TestTheDraw:
    """The pure draw: `sampling.draw`."""

    @given(
        nights=st.lists(NUMBERS, max_size=8), share=st.integers(0, 100), seed=st.text("0123456789abcdef", max_size=16)
    )
    def test_over_all_nights_the_share_is_kept_to_less_than_a_call(self, nights, share, seed):
        owed: dict[str, int] = {}
        total = chosen = 0
        for night in nights:
            result = draw(seed, [Closure(n, f"QL-{n}", "confirmed") for n in night], {"confirmed": share}, owed)
            owed, total = result.owed, total + len(night)
            chosen += sum(row.chosen for row in result.rows)
            assert chosen == total * share // 100

    @given(numbers=NUMBERS, share=st.integers(0, 100), shuffled=st.randoms(use_true_random=False))
    def test_the_same_seed_gives_the_same_calls_in_whatever_order_they_are_read(self, numbers, share, shuffled):
        closures = [Closure(n, f"QL-{n}", "confirmed") for n in numbers]
        other = list(closures)
        shuffled.shuffle(other)
        first, second = (draw("seed", rows, {"confirmed": share}, {}) for rows in (closures, other))
        assert first == second
        assert len({row.closure for row in first.rows}) == len(numbers)

    @given(numbers=NUMBERS)
    def test_the_smallest_lots_are_called(self, numbers):
        rows = draw("a", [Closure(n, str(n), "confirmed") for n in numbers], {"confirmed": 40}, {}).rows
        assert [row.lot for row in rows] == sorted(lot("a", row.closure.number) for row in rows)
        assert all(row.chosen == (row.place <= len(numbers) * 40 // 100) for row in rows)


class TestDrawing:
    def test_every_kind_has_its_share_and_what_is_left_over_waits(self, district: District):
        for _ in range(3):
            factories.closed(district)
        made = actions.draw_calls(seed="one")
        assert made and made.owed == {"confirmed": 15, "unconfirmed": 0, "bad_rating": 0}
        assert made.cases.count() == 3 and not FollowUpCall.objects.exists()
        bad = actions.confirm(issue=factories.resolved(district), by=district.speaker, rating=1, tags=["slow"])
        made = actions.draw_calls(seed="two")
        assert made and made.owed["confirmed"] == 15
        call = FollowUpCall.objects.get()
        assert (call.issue, call.kind, call.draw) == (bad, CallKind.BAD_RATING, made)
        assert call.handling.department == district.bureau

    def test_a_closing_takes_part_once_and_a_case_is_called_once(self, district: District):
        call = called(district)
        assert actions.draw_calls() is None
        record(district, call, "unsolved")
        issue = factories.resolve(district, Issue.objects.get(pk=call.issue_id))
        actions.confirm(issue=issue, by=district.speaker, rating=5)
        assert actions.draw_calls() is None
        assert DrawnCase.objects.count() == FollowUpCall.objects.count() == 1

    def test_silence_is_a_kind_of_its_own(self, district: District, clock: Any):
        call = called(district, unconfirmed(district, clock))
        assert (call.issue.closing, call.kind) == ("unconfirmed", CallKind.UNCONFIRMED)

    def test_what_closed_long_ago_or_was_declined_is_not_asked_about(self, district: District, clock: Any):
        factories.closed(district)
        factories.declined(district)
        factories.resolved(district)
        clock.shift(timedelta(days=31))
        assert actions.draw_calls() is None

    def test_the_stored_seed_gives_the_same_lots_again(self, district: District):
        for _ in range(4):
            factories.closed(district)
        actions.change_call_rule(by=district.office, confirmed_share=50)
        made = actions.draw_calls()
        assert made
        kept = list(made.cases.select_related("issue"))
        again = draw(made.seed, [Closure(r.issue_id, r.issue.number, r.kind) for r in kept], made.rule.shares, {})
        assert [(r.issue_id, r.lot, r.chosen) for r in kept] == [
            (r.closure.issue_id, r.lot, r.chosen) for r in again.rows
        ]
        assert made.calls.count() == 2

    def test_the_command_says_what_it_drew(self, district: District):
        factories.closed(district)
        actions.change_call_rule(by=district.office, confirmed_share=100)
        for expected in ({"cases": 1, "calls": 1}, {"cases": 0, "calls": 0}):
            out = StringIO()
            call_command("draw_calls", json=True, stdout=out)
            assert all(f'"{key}": {value}' in out.getvalue() for key, value in expected.items())

    def test_the_colour_of_a_call_leads_to_its_reasons(self, district: District, client: Client):
        call = called(district)
        client.force_login(district.office)
        address = reverse("clocks:why", args=["call", call.pk])
        assert address in client.get(reverse("issues:calls")).content.decode()
        assert address in client.get(call.get_absolute_url()).content.decode()
        page = client.get(address).content.decode()
        assert call.issue.number in page
        assert "回访时限," in page
        client.force_login(district.handler)
        assert client.get(address).status_code == 404

    def test_a_call_has_a_limit_and_the_office_is_warned(self, district: District, clock: Any):
        call = called(district)
        assert call.due_at == sh("2026-11-17 00:00")
        clock.move_to(sh("2026-11-23 09:00"))
        sweep()
        call.refresh_from_db()
        assert call.level == 3
        kinds = Notice.objects.filter(recipient=district.office, kind__startswith="call.").values_list(
            "kind", flat=True
        )
        assert set(kinds) == {"call.yellow", "call.red"}
        assert Notice.objects.filter(recipient=district.supervisor, kind="call.red").exists()


class TestFindings:
    def test_really_solved_leaves_the_case_closed_and_a_line_for_officials(self, district: District):
        call = record(district, called(district))
        assert (call.finding, call.done_by) == ("solved", district.office)
        event = call.issue.events.get(verb="called")
        assert event.internal and "经理说已经办好。" in event.text
        assert Issue.objects.get().status == "closed"
        clock = clock_queries.latest("call", call.pk)
        assert clock and clock.stopped_at is not None

    def test_not_really_solved_reopens_and_counts_as_a_false_closing(self, district: District):
        call = record(district, called(district), "unsolved", note="机器还是停着。")
        issue = Issue.objects.get(pk=call.issue_id)
        assert (issue.status, issue.closing, issue.rating, issue.reopened_count) == ("handling", "", None, 1)
        turn = call.handling
        turn.refresh_from_db()
        assert turn.false_closure and turn.rejected_at == call.done_at
        assert issue.handlings.get(ended_at__isnull=True).is_redo
        event = issue.events.get(verb="refute")
        assert not event.internal and event.data["before"] == {"closing": "confirmed", "rating": 5}
        assert "机器还是停着。" not in event.text
        assert issue.events.get(verb="note").text == "回访情况:机器还是停着。"
        for person in (district.handler, district.head, district.speaker):
            assert Notice.objects.filter(recipient=person, kind="issue.refute").exists(), person

    def test_partly_leaves_a_case_for_the_rest(self, district: District):
        call = record(district, called(district), "partly", left="夜间路段。")
        rest = call.issue.follow_ups.get()
        assert (rest.text, rest.status, rest.registered_by) == ("夜间路段。", "dispatched", district.office)
        assert Issue.objects.get(pk=call.issue_id).status == "closed"

    def test_after_three_tries_the_call_ends_unreached(self, district: District):
        call = called(district)
        for tries in (1, 2):
            call = actions.miss_call(call=call, by=district.office, note="无人接听")
            assert (call.tries, call.done_at) == (tries, None)
        call = actions.miss_call(call=call, by=district.office)
        assert (call.tries, call.finding, call.missed.count()) == (3, "unreached", 3)
        with pytest.raises(Refused) as refused:
            actions.miss_call(call=call, by=district.office)
        assert refused.value.code == "call_done"

    def test_a_reopened_case_is_not_called_about(self, district: District):
        call = called(district)
        actions.reopen(issue=call.issue, by=district.office, reason="企业来电。")
        call.refresh_from_db()
        assert call.finding == "void"
        with pytest.raises(Refused):
            record(district, call)

    @pytest.mark.parametrize(
        ("facts", "code"),
        [
            ({"finding": "magic"}, "invalid_choice"),
            ({"finding": "unreached"}, "invalid_choice"),
            ({"note": " "}, "missing_text"),
            ({"note": "a\x00b"}, "invalid_text"),
            ({"note": "\ud800"}, "invalid_text"),
            ({"note": "长" * 1001}, "invalid_too_long"),
            ({"finding": "partly"}, "missing_text"),
        ],
    )
    def test_bad_findings_are_refused_whole(self, district: District, facts: dict[str, Any], code: str):
        call = called(district)
        with pytest.raises(Refused) as refused:
            record(district, call, **{"finding": "solved", **facts})
        assert refused.value.code == code
        call.refresh_from_db()
        assert (call.finding, call.version, Issue.objects.count()) == ("", 1, 1)

    def test_only_the_office_calls_and_stale_answers_are_refused(self, district: District):
        call = called(district)
        for person in (district.handler, district.head, district.supervisor, district.lead, district.speaker):
            with pytest.raises(Refused) as refused:
                actions.record_call(call=call, by=person, finding="solved", note="好。")
            assert refused.value.code == "not_allowed"
        actions.miss_call(call=call, by=district.office)
        with pytest.raises(Stale):
            record(district, call, version=call.version)

    def test_who_sees_a_call(self, district: District):
        call = called(district)
        seeing = {p for p in district.everybody if FollowUpCall.objects.visible_to(p).filter(pk=call.pk).exists()}
        assert seeing == {district.office, district.head, district.lead, district.supervisor}


class TestShares:
    def test_a_change_is_a_new_version_and_draws_keep_theirs(self, district: District):
        factories.closed(district)
        made = actions.draw_calls()
        rule = actions.change_call_rule(by=district.office, confirmed_share=10, version=1)
        assert (rule.version, rule.unconfirmed_share) == (2, 30)
        assert actions.change_call_rule(by=district.office, confirmed_share=10) == rule
        assert made and CallDraw.objects.get(pk=made.pk).rule.version == 1
        with pytest.raises(Stale):
            actions.change_call_rule(by=district.office, confirmed_share=11, version=1)

    @pytest.mark.parametrize(
        "facts", [{"confirmed_share": 101}, {"bad_rating_share": -1}, {"call_days": 0}, {"seed": 3}, {"call_days": "5"}]
    )
    def test_bad_numbers_are_refused(self, district: District, facts: dict[str, Any]):
        with pytest.raises(Refused):
            actions.change_call_rule(by=district.office, **facts)
        assert CallRule.objects.count() == 1

    def test_only_the_office_and_the_system_administrator_set_them(self, district: District):
        with pytest.raises(Refused):
            actions.change_call_rule(by=district.supervisor, confirmed_share=1)


class TestPages:
    def test_the_office_works_through_its_queue(self, client, district: District):
        call = called(district)
        client.force_login(district.office)
        home = client.get("/").content.decode()
        assert f'href="/calls/{call.pk}/"' in home
        assert f'href="/calls/{call.pk}/"' in client.get("/calls/").content.decode()
        sheet = client.get(f"/calls/{call.pk}/").content.decode()
        assert call.issue.text in sheet and call.issue.resolution_text in sheet
        answer = client.post(f"/calls/{call.pk}/missed/", {"note": "占线", "version": call.version})
        assert answer.status_code == 302
        data = {"finding": "unsolved", "note": "机器还停着。", "version": call.version}
        stale = client.post(f"/calls/{call.pk}/record/", data)
        assert stale.status_code == 422 and "机器还停着。" in stale.content.decode()
        assert client.post(f"/calls/{call.pk}/record/", data | {"version": call.version + 1}).status_code == 302
        assert [row.pk for row in client.get("/calls/?view=false").context["page"]] == [call.pk]
        assert "没有真正解决" in client.get(f"/issues/{call.issue_id}/").content.decode()

    def test_bad_answers_come_back_with_what_was_typed(self, client, district: District):
        call = called(district)
        client.force_login(district.office)
        for data in (
            {"finding": "partly", "note": "<i>一半</i>"},
            {"finding": "nonsense", "note": "<i>一半</i>"},
            {"note": "<i>一半</i>", "finding": "solved", "left": "a\x00b"},
        ):
            answer = client.post(f"/calls/{call.pk}/record/", data)
            assert answer.status_code == 422 and "&lt;i&gt;一半&lt;/i&gt;" in answer.content.decode(), data
        assert client.post(f"/calls/{call.pk}/nonsense/").status_code == 404
        assert client.get("/calls/99999/").status_code == 404
        for query in ("view=x", "q=%00", "q=" + "长" * 90, "department=x", "kind=x", "drawn_after=x", "page=x"):
            assert client.get(f"/calls/?{query}").status_code == 200, query
        for query in ("first=x", "first=2026-12-01&last=2026-01-01", "page=9"):
            assert client.get(f"/calls/sampling/?{query}").status_code == 200, query

    def test_another_department_and_the_enterprise_see_nothing(self, client, district: District):
        call = called(district)
        record(district, call, "solved", note="内部回访词")
        other = UserFactory(roles=[Role.DEPARTMENT_HEAD], department=district.other_bureau)
        client.force_login(other)
        assert client.get(f"/calls/{call.pk}/").status_code == 404
        assert client.get(f"/api/v1/follow-up-calls/{call.pk}/").status_code == 404
        client.force_login(district.head)
        assert "内部回访词" in client.get(f"/calls/{call.pk}/").content.decode()
        client.force_login(district.speaker)
        for path in ("/calls/", f"/calls/{call.pk}/", "/calls/sampling/", "/api/v1/follow-up-calls/"):
            assert client.get(path).status_code == 403
        words = (
            client.get(f"/appeals/{call.issue_id}/").content + client.get(f"/api/v1/issues/{call.issue_id}/").content
        )
        assert "内部回访词" not in words.decode()

    def test_the_sample_of_each_department_leads_to_its_rows(self, client, district: District):
        record(district, called(district), "unsolved")
        record(district, called(district), "solved")
        called(district)
        client.force_login(district.supervisor)
        page = client.get("/calls/sampling/")
        row = page.context["rows"][0]
        assert (row.department, row.drawn, row.done, row.answered, row.false, row.share) == (
            district.bureau, 3, 2, 2, 1, 50.0,
        )  # fmt: skip
        rows = client.get(row.urls["false"]).context["page"]
        assert [call.finding for call in rows] == ["unsolved"]
        assert len(client.get(row.urls["all"]).context["page"]) == 3
        draw_page = client.get(f"/calls/draws/{CallDraw.objects.first().pk}/")
        assert "SHA-256" in draw_page.content.decode() and len(draw_page.context["page"]) == 1

    def test_lists_cost_the_same_with_one_row_and_with_three(self, client, district: District):
        client.force_login(district.office)
        paths = ("/calls/", "/calls/sampling/", "/", "/api/v1/follow-up-calls/")
        called(district)
        counts = []
        for more in (0, 2):
            for _ in range(more):
                called(district)
            for path in paths:
                client.get(path)
            counts.append([])
            for path in paths:
                with CaptureQueriesContext(connection) as queries:
                    client.get(path)
                counts[-1].append(len(queries))
        # each case has a draw of its own here, and a draw is a row of the sampling page
        assert counts[0] == counts[1]

    def test_the_shares_are_set_on_a_page(self, client, district: District):
        client.force_login(UserFactory(roles=[Role.SYSTEM_ADMIN]))
        data = {"confirmed_share": 8, "unconfirmed_share": 40, "bad_rating_share": 100, "call_days": 3, "version": 1}
        assert client.post("/calls/rule/", data | {"confirmed_share": 101}).status_code == 422
        assert client.post("/calls/rule/", data).status_code == 302
        assert client.post("/calls/rule/", data | {"call_days": 4}).status_code == 422  # the version has moved on
        assert CallRule.objects.first().confirmed_share == 8  # type: ignore[union-attr]

    def test_the_api_reads_and_records(self, client, district: District):
        call = called(district)
        client.force_login(district.office)
        url = f"/api/v1/follow-up-calls/{call.pk}/"
        assert client.get("/api/v1/follow-up-calls/?open=true").json()["results"][0]["number"] == call.issue.number
        for body in (
            {},
            {"finding": "solved"},
            {"finding": "unreached", "note": "x"},
            {"finding": "solved", "note": "\x00"},
        ):
            assert client.post(f"{url}record/", body, content_type="application/json").status_code in (400, 422), body
        assert client.post(f"{url}missed/", {"version": 1}, content_type="application/json").json()["tries"] == 1
        body = {"finding": "solved", "note": "好。", "version": 1}
        assert client.post(f"{url}record/", body, content_type="application/json").status_code == 409
        done = client.post(f"{url}record/", body | {"version": 2}, content_type="application/json").json()
        assert (done["finding"], done["done_by"]) == ("solved", district.office.pk)
        client.force_login(district.head)
        assert client.post(f"{url}record/", body, content_type="application/json").status_code == 403
