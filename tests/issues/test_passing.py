"""How a case changes hands: returned with a reason, passed on inside a department, given to another one."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Role
from foundation.clocks.models import Clock
from foundation.notices.models import Notice
from issues import actions
from issues.limits import timing
from issues.models import Event, Extension, Handling, Issue
from issues.returns import returns
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.issues import factories
from tests.issues.factories import District, sh
from tests.issues.reading import told

pytestmark = pytest.mark.django_db
S = Issue.Status


def clocks(issue: Issue) -> list[tuple[Any, ...]]:
    turns = issue.handlings.values("pk")
    rows = Clock.objects.running().filter(kind__in=timing.KEYS, owner_id__in=turns).order_by("pk")
    return list(rows.values_list("kind", "started_at", "due_at", "paused_at"))


# -- transfer ---------------------------------------------------------------------------------------------------------


def test_a_case_passes_to_a_colleague_and_its_clocks_do_not_move(district: District):
    issue = factories.handling(district)
    colleague, before = district.colleague, clocks(issue)
    after = actions.transfer(issue=issue, by=district.handler, handler=colleague, note="本周我出差。")
    assert (after.handler, after.status, after.department) == (colleague, S.HANDLING, district.bureau)
    assert clocks(issue) == before
    assert told("transfer") == {"同事"}
    event = issue.events.first()
    assert (event.verb, event.internal) == ("transfer", True)
    assert "同事" in event.text and "本周我出差" in event.text


def test_a_case_passes_to_a_unit_whose_turn_it_is_then(district: District):
    unit = DepartmentFactory(parent=district.bureau, name="区交通局运输科")
    clerk = UserFactory(roles=[Role.HANDLER], department=unit, name="科员")
    issue = factories.handling(district)
    before = clocks(issue)
    after = actions.transfer(issue=issue, by=district.head, to=unit)
    assert (after.department, after.handler) == (unit, None)
    assert issue.handlings.get().department == unit
    assert clocks(issue) == before
    assert told("transfer") == {"科员"}
    assert Issue.objects.visible_to(clerk).filter(pk=issue.pk).exists()
    assert Issue.objects.visible_to(district.handler).filter(pk=issue.pk).exists()


@pytest.mark.parametrize("case", ["nobody", "same", "other bureau", "stranger", "wrong role", "closed unit"])
def test_a_transfer_stays_inside_the_department(district: District, case: str):
    issue = factories.handling(district)
    unit = DepartmentFactory(parent=district.bureau, is_active=False)
    given: dict[str, Any] = {
        "nobody": {},
        "same": {"handler": district.handler},
        "other bureau": {"to": district.other_bureau},
        "stranger": {"handler": district.other_handler},
        "wrong role": {"handler": UserFactory(roles=[Role.CADRE], department=district.bureau)},
        "closed unit": {"to": unit},
    }[case]
    with pytest.raises(Refused):
        actions.transfer(issue=issue, by=district.handler, **given)
    issue.refresh_from_db()
    assert (issue.handler, issue.department) == (district.handler, district.bureau)


# -- reassign ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [S.DISPATCHED, S.HANDLING, S.WAITING])
def test_the_office_gives_a_case_to_another_department_with_new_limits(district: District, clock: Any, stage: S):
    issue = factories.STAGES[stage](district)
    clock.move_to(sh("2026-11-10 15:00"))
    after = actions.reassign(issue=issue, to=district.other_bureau, by=district.office, reason="道路归城管。")
    assert (after.status, after.department, after.handler) == (S.DISPATCHED, district.other_bureau, None)
    first, second = issue.handlings.order_by("round")
    assert (first.ended, first.return_kind) == (Handling.Ended.REASSIGNED, "")
    assert second.dispatched_at == sh("2026-11-10 15:00")
    assert {kind for kind, *_rest in clocks(issue)} == {timing.ACCEPT, timing.FIRST_REPLY, timing.RESOLVE}
    assert {started for _kind, started, *_rest in clocks(issue)} == {second.dispatched_at}
    assert (after.return_count, after.waiting_since) == (0, None)
    assert told("reassign") == {"别局承办人", "承办人", "负责人"}
    assert issue.events.first().internal


def test_a_request_for_days_ends_with_the_turn(district: District):
    issue = factories.handling(district)
    actions.request_extension(issue=issue, by=district.handler, days=2, reason="会商")
    actions.reassign(issue=issue, to=district.other_bureau, by=district.office, reason="道路归城管。")
    assert Extension.objects.get().state == Extension.State.DROPPED


def test_the_department_that_has_it_is_no_other_department(district: District):
    issue = factories.handling(district)
    with pytest.raises(Refused) as refusal:
        actions.reassign(issue=issue, to=district.bureau, by=district.office, reason="x")
    assert refusal.value.code == "same_department"


def test_a_stale_reassignment_changes_nothing(district: District):
    issue = factories.handling(district)
    with pytest.raises(Stale):
        actions.reassign(issue=issue, to=district.other_bureau, by=district.office, reason="x", version=1)
    assert Issue.objects.get(pk=issue.pk).department == district.bureau


# -- return -----------------------------------------------------------------------------------------------------------


def test_a_return_says_of_what_kind_it_is(client: Any, district: District):
    issue = factories.dispatched(district)
    with pytest.raises(Refused) as refusal:
        actions.send_back(issue=issue, by=district.handler, kind="whatever", reason="x")
    assert refusal.value.code == "invalid_choice"
    actions.send_back(issue=issue, by=district.handler, kind="duplicate", reason="与上周一件相同。")
    assert issue.handlings.get().return_kind == "duplicate"
    client.force_login(district.office)
    assert "退回(重复诉求)" in client.get(f"/issues/{issue.pk}/").content.decode()


class TestReturns:
    def test_figures_are_the_cases_behind_them(self, client: Any, district: District, clock: Any):
        factories.arbitration(district)
        factories.returned(district)
        factories.dispatched(district)
        factories.closed(district)
        clock.move_to(sh("2026-12-02 10:00"))
        factories.returned(district)
        client.force_login(district.supervisor)
        page = client.get("/issues/returns/").context["returns"]
        rows = {row.department: row for row in page.rows}
        mine, other = rows[district.bureau], rows[district.other_bureau]
        assert (mine.year.given.value, mine.year.returned.value) == (5, 3)
        assert (mine.month.given.value, mine.month.returned.value, mine.again.value) == (1, 1, 0)
        assert (other.year.given.value, other.year.returned.value, other.again.value) == (1, 1, 1)
        figures = [f for row in page.rows for s in (row.month, row.year) for f in (s.given, s.returned)]
        figures += [row.again for row in page.rows]
        figures += [kind.figure for kind in page.kinds]
        assert len(page.kinds) == 2
        for figure in figures:
            assert client.get(figure.url).context["page"].paginator.count == figure.value, figure.url

    def test_a_reassignment_is_no_return(self, district: District):
        issue = factories.handling(district)
        actions.reassign(issue=issue, to=district.other_bureau, by=district.office, reason="道路归城管。")
        assert {row.department: row.year.returned.value for row in returns().rows} == {
            district.bureau: 0,
            district.other_bureau: 0,
        }

    def test_queries_do_not_grow_with_departments(self, client: Any, district: District):
        client.force_login(district.office)
        counts = []
        for wanted in (1, 4):
            while Handling.objects.count() < wanted:
                factories.dispatched(district, DepartmentFactory())
            with CaptureQueriesContext(connection) as seen:
                assert client.get("/issues/returns/").status_code == 200
            counts.append(len(seen))
        assert counts[0] == counts[1]

    def test_only_the_office_and_the_supervisors_open_it(self, client: Any, district: District):
        client.force_login(district.head)
        assert client.get("/issues/returns/").status_code == 403

    @pytest.mark.parametrize(
        "query", ["turn_of=x&returned_after=2026-02-30", "return_kind=%00", "given_before=9999999"]
    )
    def test_nonsense_in_its_links_breaks_nothing(self, client: Any, district: District, query: str):
        client.force_login(district.office)
        assert client.get(f"/issues/?view=all&{query}").status_code == 200


# -- the forms --------------------------------------------------------------------------------------------------------


class TestForms:
    def test_a_seldom_verb_brings_its_form_when_asked(self, client: Any, district: District):
        issue = factories.handling(district)
        district.colleague  # noqa: B018 - made here
        client.force_login(district.handler)
        page = client.get(f"/issues/{issue.pk}/").content.decode()
        assert f'href="/issues/{issue.pk}/transfer/"' in page
        alone = client.get(f"/issues/{issue.pk}/transfer/")
        assert alone.status_code == 200 and "同事" in alone.content.decode()
        part = client.get(f"/issues/{issue.pk}/transfer/", headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in part and "<details" in part and " open" in part

    def test_what_was_typed_comes_back(self, client: Any, district: District):
        issue = factories.handling(district)
        client.force_login(district.office)
        answer = client.post(f"/issues/{issue.pk}/reassign/", {"to": "", "reason": "道路归城管<b>"})
        assert answer.status_code == 422
        assert "道路归城管&lt;b&gt;" in answer.content.decode()
        assert not Event.objects.filter(verb="reassign").exists()

    def test_a_form_that_is_not_at_hand_leads_back(self, client: Any, district: District):
        issue = factories.closed(district)
        client.force_login(district.office)
        assert client.get(f"/issues/{issue.pk}/reassign/").url == f"/issues/{issue.pk}/"
        assert client.get(f"/issues/{issue.pk}/nonsense/").status_code == 404
        client.force_login(district.other_handler)
        assert client.get(f"/issues/{issue.pk}/transfer/").status_code == 404

    def test_the_enterprise_never_reads_of_it(self, client: Any, district: District):
        issue = factories.handling(district)
        actions.transfer(issue=issue, by=district.handler, handler=district.colleague, note="内部安排")
        actions.reassign(issue=issue, to=district.other_bureau, by=district.office, reason="推诿不办")
        client.force_login(district.speaker)
        for page in (f"/appeals/{issue.pk}/", f"/api/v1/issues/{issue.pk}/"):
            text = client.get(page).content.decode()
            assert "内部安排" not in text and "推诿" not in text and "改派" not in text
        assert not Notice.objects.filter(recipient=district.speaker, kind__in=["issue.transfer", "issue.reassign"])
