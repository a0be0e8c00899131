"""What each verb does to a case: facts, turns, clocks, timeline, audit and notices."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Role
from foundation.attachments.models import Attachment
from foundation.audit.models import AuditRow
from foundation.audit.queries import verify_chain
from foundation.clocks import queries as clock_queries
from foundation.clocks.models import Clock
from foundation.notices.models import Notice
from issues import actions
from issues.limits import timing
from issues.models import Category, CategoryRule, Event, Extension, Handling, Issue, NumberSeries, SavedView
from tests.accounts.factories import UserFactory, root
from tests.issues import factories
from tests.issues.factories import District, make_enterprise, make_speaker, sh
from tests.liaison.factories import serve
from tests.pictures import PNG

S = Issue.Status


def told(kind: str) -> set[str]:
    """The names of those who have a notice of this kind."""
    return set(Notice.objects.filter(kind=f"issue.{kind}").values_list("recipient__name", flat=True))


def running(issue: Issue) -> dict[str, Clock]:
    turns = issue.handlings.values_list("pk", flat=True)
    clocks = Clock.objects.running().filter(kind__in=timing.KEYS, owner_id__in=turns)
    return {clock.kind: clock for clock in clocks}


def last(issue: Issue) -> Event:
    return issue.events.first()


# -- Intake -----------------------------------------------------------------------------------------------------------


def test_registering_numbers_the_case_and_tells_the_office(district: District):
    first, second = factories.register(district), factories.register(district)
    assert [first.number, second.number] == ["QL-2026-00001", "QL-2026-00002"]
    assert first.status == S.REGISTERED
    assert told("register") == {"专班"}
    assert running(first) == {}


def test_numbers_begin_anew_with_the_shanghai_year(district: District, clock: Any):
    factories.register(district)
    clock.move_to(sh("2027-01-01 00:30"))  # still 2026 in UTC
    assert factories.register(district).number == "QL-2027-00001"


def test_a_refused_registration_leaves_no_gap(district: District):
    factories.register(district)
    with pytest.raises(Refused):
        factories.register(district, title="  ")
    with pytest.raises(Refused):
        factories.register(district, files=[SimpleUploadedFile("a.exe", b"MZ")])
    assert factories.register(district).number == "QL-2026-00002"


def test_the_same_submission_gives_the_same_case(district: District):
    key = uuid.uuid4()
    cases = {factories.register(district, submission_key=key).pk for _ in range(3)}
    assert len(cases) == 1
    assert NumberSeries.objects.get().last == 1
    assert Notice.objects.filter(kind="issue.register").count() == 1


def test_the_submission_of_somebody_else_is_not_handed_out(district: District):
    key = uuid.uuid4()
    factories.register(district, submission_key=key)
    other = make_speaker(make_enterprise())
    with pytest.raises(Refused) as refusal:
        factories.register(district, by=other, enterprise=other.enterprise_staff.enterprise, submission_key=key)
    assert refusal.value.code == "submission_taken"


@pytest.mark.parametrize(
    ("who", "channel", "code"),
    [
        ("speaker", Issue.Channel.PHONE, "invalid_channel"),
        ("office", Issue.Channel.PORTAL, "invalid_channel"),
        ("office", "carrier pigeon", "invalid_channel"),
        ("handler", Issue.Channel.PHONE, "not_allowed"),
        ("supervisor", Issue.Channel.PHONE, "not_allowed"),
    ],
)
def test_who_registers_through_which_channel(district: District, who: str, channel: str, code: str):
    with pytest.raises(Refused) as refusal:
        factories.register(district, by=getattr(district, who), channel=channel)
    assert refusal.value.code == code


def test_nobody_registers_for_an_enterprise_out_of_sight(district: District):
    stranger = make_enterprise()
    for user, channel in ((district.speaker, "portal"), (district.cadre, "phone")):
        with pytest.raises(Refused) as refusal:
            factories.register(district, by=user, channel=channel, enterprise=stranger)
        assert refusal.value.code == "not_allowed"


def test_a_category_out_of_use_takes_no_new_case(district: District):
    Category.objects.update(is_active=False)
    district.category.refresh_from_db()
    with pytest.raises(Refused, match="已停用"):
        factories.register(district)


@pytest.mark.parametrize("text", ["", " \n", "x" * 5001, "有\x00字符", "孤\ud800码"])
def test_unstorable_text_is_refused_and_nothing_is_written(district: District, text: str):
    with pytest.raises(Refused):
        factories.register(district, text=text)
    assert not Issue.objects.exists()


def test_text_makes_an_exact_round_trip(district: District):
    text = "<script>alert(1)</script> 𠮷野家 =1+1"
    assert Issue.objects.get(pk=factories.register(district, text=text).pk).text == text


def test_files_belong_to_the_case_and_are_named_by_the_event(district: District):
    file = SimpleUploadedFile("照片.png", PNG)
    issue = factories.register(district, files=[file])
    stored = Attachment.objects.of(issue).get()
    assert last(issue).data["files"] == [str(stored.key)]


# -- Dispatch, return, arbitration ------------------------------------------------------------------------------------


def test_dispatch_opens_a_turn_with_three_limits(district: District):
    issue = factories.dispatched(district)
    turn = issue.handlings.get()
    assert (turn.department, turn.round, turn.dispatched_at) == (district.bureau, 1, sh(factories.MONDAY))
    clocks = running(issue)
    assert set(clocks) == {timing.ACCEPT, timing.FIRST_REPLY, timing.RESOLVE}
    assert {kind: clock.due_on.isoformat() for kind, clock in clocks.items()} == {
        timing.ACCEPT: "2026-11-10",
        timing.FIRST_REPLY: "2026-11-12",
        timing.RESOLVE: "2026-11-23",
    }
    assert turn.accept_due_at == clocks[timing.ACCEPT].due_at
    assert turn.reply_due_at == clocks[timing.FIRST_REPLY].due_at
    assert turn.resolve_due_at == clocks[timing.RESOLVE].due_at
    assert (issue.due_at, issue.clock_kind, issue.level) == (turn.accept_due_at, timing.ACCEPT, 0)
    assert told("dispatch") == {"承办人"}


def test_what_the_office_says_to_the_department_stays_inside(district: District):
    issue = factories.register(district)
    actions.dispatch(issue=issue, to=district.bureau, by=district.office, note="请三日内先联系企业。")
    public = issue.events.public()
    assert list(public.values_list("verb", flat=True)) == ["dispatch", "register"]
    assert not public.filter(text__contains="先联系企业").exists()
    assert issue.events.filter(internal=True, text__contains="先联系企业").exists()


def test_a_case_is_not_given_to_the_district_or_a_closed_department(district: District):
    issue = factories.register(district)
    district.other_bureau.is_active = False
    for wrong in (root(), district.other_bureau):
        with pytest.raises(Refused) as refusal:
            actions.dispatch(issue=issue, to=wrong, by=district.office)
        assert refusal.value.code == "invalid_department"


def test_return_ends_the_turn_and_its_clocks(district: District):
    issue = factories.returned(district)
    turn = issue.handlings.get()
    assert (turn.ended, turn.ended_at) == (Handling.Ended.RETURNED, sh(factories.MONDAY))
    assert running(issue) == {}
    assert (issue.due_at, issue.level, issue.clock_kind) == (None, 0, "")
    assert last(issue).internal
    assert told("return") == {"专班"}


def test_the_next_department_gets_its_own_turn(district: District):
    issue = actions.dispatch(issue=factories.returned(district), to=district.other_bureau, by=district.office)
    assert list(issue.handlings.values_list("department", "round")) == [
        (district.bureau.pk, 1),
        (district.other_bureau.pk, 2),
    ]
    assert len(running(issue)) == 3


def test_declining_tells_the_enterprise_why(district: District):
    issue = factories.declined(district)
    assert (issue.status, issue.closing) == (S.DECLINED, Issue.Closing.DECLINED)
    assert Notice.objects.get(kind="issue.decline").body == "属于法院受理范围。"


# -- Handling ---------------------------------------------------------------------------------------------------------


def test_the_handler_who_accepts_has_the_case(district: District):
    issue = factories.handling(district)
    turn = issue.handlings.get()
    assert issue.handler == district.handler
    assert (turn.accepted_at, turn.accept_deemed) == (sh(factories.MONDAY), False)
    assert set(running(issue)) == {timing.FIRST_REPLY, timing.RESOLVE}
    assert issue.clock_kind == timing.FIRST_REPLY


def test_the_head_names_a_handler_or_leaves_it_open(district: District):
    issue = actions.accept(issue=factories.dispatched(district), by=district.head)
    assert issue.handler is None
    issue = actions.accept(issue=factories.dispatched(district), by=district.head, handler=district.handler)
    assert issue.handler == district.handler
    with pytest.raises(Refused) as refusal:
        actions.accept(issue=factories.dispatched(district), by=district.head, handler=district.other_handler)
    assert refusal.value.code == "invalid_handler"


def test_the_first_reply_stops_its_clock_and_the_second_changes_nothing(district: District, clock: Any):
    issue = factories.handling(district)
    clock.move_to(sh("2026-11-11 09:00"))
    issue = actions.reply(issue=issue, by=district.handler, text="已联系交警部门。")
    turn = issue.handlings.get()
    assert turn.replied_at == sh("2026-11-11 09:00")
    assert set(running(issue)) == {timing.RESOLVE}
    assert last(issue).data == {"first": True}
    clock.move_to(sh("2026-11-12 09:00"))
    issue = actions.reply(issue=issue, by=district.handler, text="预计周五办好。")
    assert issue.handlings.get().replied_at == sh("2026-11-11 09:00")
    assert last(issue).data == {}


def test_asking_holds_the_clocks_until_the_answer(district: District, clock: Any):
    issue = factories.handling(district)
    clock.move_to(sh("2026-11-10 09:00"))
    issue = actions.ask(issue=issue, by=district.handler, text="请补充清单。")
    assert issue.waiting_since == sh("2026-11-10 09:00")
    assert all(held.paused_at for held in running(issue).values())
    clock.move_to(sh("2026-11-13 09:00"))
    issue = actions.answer(issue=issue, by=district.speaker, text="清单见附件。")
    assert (issue.status, issue.waiting_since) == (S.HANDLING, None)
    turn = issue.handlings.get()
    assert running(issue)[timing.RESOLVE].due_on.isoformat() == "2026-11-25"  # the 11th and 12th not counted
    assert turn.resolve_due_at == running(issue)[timing.RESOLVE].due_at


def test_an_approved_extension_moves_the_limit_and_the_mirror(district: District):
    issue = factories.handling(district)
    issue = actions.reply(issue=issue, by=district.handler, text="在办。")
    issue = actions.request_extension(issue=issue, by=district.handler, days=3, reason="需会商")
    assert told("request_extension") == {"负责人"}
    issue = actions.approve_extension(issue=issue, by=district.head)
    assert running(issue)[timing.RESOLVE].due_on.isoformat() == "2026-11-26"
    assert issue.due_at == sh("2026-11-27 00:00") == issue.handlings.get().resolve_due_at
    assert "延长 3 个工作日,至 2026-11-26" in last(issue).text


def test_a_refused_extension_leaves_the_limit(district: District):
    issue = actions.request_extension(issue=factories.handling(district), by=district.handler, days=3, reason="慢")
    before = running(issue)[timing.RESOLVE].due_at
    issue = actions.refuse_extension(issue=issue, by=district.head, note="理由不充分。")
    assert running(issue)[timing.RESOLVE].due_at == before
    assert Extension.objects.get().state == Extension.State.REFUSED
    assert told("refuse_extension") == {"承办人"}


@pytest.mark.parametrize(
    ("evidence", "code"),
    [
        ({"resolution": "solved", "basis": ""}, "missing_text"),
        ({"resolution": "needs_policy", "level": ""}, "invalid_choice"),
        ({"resolution": "needs_policy", "level": "galaxy"}, "invalid_choice"),
        ({"resolution": "cannot", "text": ""}, "missing_text"),
        ({"resolution": "cannot", "told_way": ""}, "invalid_choice"),
        ({"resolution": "cannot", "told_way": "pigeon"}, "invalid_choice"),
        ({"resolution": "cannot", "told_on": None}, "invalid_date"),
        ({"resolution": "cannot", "told_on": date(2026, 11, 10)}, "invalid_date"),
        ({"resolution": "cannot", "told_on": date(2026, 11, 8)}, "invalid_date"),
        ({"resolution": "magic"}, "invalid_choice"),
    ],
)
def test_each_kind_of_resolution_needs_its_evidence(district: District, evidence: dict[str, Any], code: str):
    issue = factories.handling(district)
    with pytest.raises(Refused) as refusal:
        factories.resolve(district, issue, **evidence)
    assert refusal.value.code == code
    assert Issue.objects.get().status == S.HANDLING


@pytest.mark.parametrize(
    "evidence",
    [
        {"resolution": "solved", "basis": "条例第六条"},
        {"resolution": "needs_policy", "level": "province", "basis": ""},
        {"resolution": "cannot", "text": "现行规定不允许,已当面说明。", "basis": ""},
    ],
)
def test_resolving_ends_the_turn_and_starts_the_confirm_clock(district: District, evidence: dict[str, str]):
    issue = factories.resolve(district, factories.handling(district), **evidence)
    turn = issue.handlings.get()
    assert (turn.ended, turn.resolved_at) == (Handling.Ended.RESOLVED, issue.resolved_at)
    assert turn.replied_at == issue.resolved_at  # the text sent to the enterprise is an answer
    assert set(running(issue)) == {timing.CONFIRM}
    assert issue.clock_kind == timing.CONFIRM
    assert told("resolve") == {"企业经办人"}


def test_resolving_drops_an_open_request(district: District):
    issue = actions.request_extension(issue=factories.handling(district), by=district.handler, days=2, reason="慢")
    factories.resolve(district, issue)
    assert Extension.objects.get().state == Extension.State.DROPPED


# -- The second key ---------------------------------------------------------------------------------------------------


def test_confirming_rates_and_closes(district: District):
    issue = actions.confirm(issue=factories.resolved(district), by=district.speaker, rating=4, comment="满意")
    assert (issue.status, issue.closing, issue.rating) == (S.CLOSED, Issue.Closing.CONFIRMED, 4)
    assert running(issue) == {}
    assert told("confirm") == {"承办人"}


@pytest.mark.parametrize("rating", [0, 6, None, "5"])
def test_a_rating_is_one_to_five(district: District, rating: Any):
    with pytest.raises(Refused) as refusal:
        actions.confirm(issue=factories.resolved(district), by=district.speaker, rating=rating)
    assert refusal.value.code == "invalid_rating"


def test_rejecting_starts_another_turn_of_the_same_department(district: District, clock: Any):
    issue = factories.resolved(district)
    clock.move_to(sh("2026-11-16 10:00"))
    issue = actions.reject(issue=issue, by=district.speaker, reason="通行证只办了一半。")
    first, second = issue.handlings.all()
    assert first.rejected_at == sh("2026-11-16 10:00")
    assert (second.round, second.is_redo, second.department) == (2, True, district.bureau)
    assert (second.accept_due_at, second.reply_due_at) == (None, None)
    assert (issue.status, issue.resolution, issue.resolved_at, issue.reopened_count) == (S.HANDLING, "", None, 1)
    assert {kind: held.due_on.isoformat() for kind, held in running(issue).items()} == {timing.RESOLVE: "2026-11-30"}
    assert told("reject") == {"承办人", "负责人"}
    again = factories.resolve(district, issue)
    assert again.handlings.count() == 2


def test_the_office_closes_for_the_enterprise(district: District):
    issue = actions.close(issue=factories.resolved(district), by=district.office, note="电话回访,企业认可。")
    assert (issue.status, issue.closing, issue.rating) == (S.CLOSED, Issue.Closing.OFFICE, None)


def test_reopening_takes_closing_and_rating_back_but_keeps_them_in_history(district: District):
    issue = actions.reopen(issue=factories.closed(district), by=district.office, reason="企业来电,问题又出现。")
    assert (issue.status, issue.closing, issue.closed_at, issue.rating) == (S.HANDLING, "", None, None)
    assert last(issue).data["before"] == {"closing": "confirmed", "rating": 5}
    assert issue.handlings.last().is_redo


# -- What every verb does ---------------------------------------------------------------------------------------------


def test_a_stale_version_is_refused_with_the_current_case(district: District):
    issue = factories.dispatched(district)
    seen = issue.version
    actions.note(issue=issue, by=district.cadre, text="已提醒。")
    with pytest.raises(Stale) as refusal:
        actions.accept(issue=issue, by=district.handler, version=seen)
    assert refusal.value.current.version == seen + 1
    actions.accept(issue=issue, by=district.handler, version=seen + 1)


def test_every_verb_writes_one_event_and_one_audit_row(district: District):
    issue = factories.closed(district)
    verbs = ["register", "dispatch", "accept", "resolve", "confirm"]
    assert list(issue.events.order_by("pk").values_list("verb", flat=True)) == verbs
    acts = AuditRow.objects.filter(target_type="issues.issue", target_id=str(issue.pk)).order_by("seq")
    assert list(acts.values_list("action", flat=True)) == [f"issues.{verb}" for verb in verbs]
    assert verify_chain().broken is None


@pytest.mark.parametrize("part", ["record", "tell", "write_event"])
def test_a_verb_happens_as_a_whole_or_not_at_all(district: District, monkeypatch: pytest.MonkeyPatch, part: str):
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("no space left")

    issue = factories.dispatched(district)
    rows = [Event, Notice, AuditRow, Handling, Clock]
    before = [list(model.objects.values()) for model in rows]
    monkeypatch.setattr(f"issues.actions.base.{part}", fail)
    with pytest.raises(RuntimeError):
        actions.accept(issue=issue, by=district.handler)
    assert Issue.objects.get().status == S.DISPATCHED
    assert [list(model.objects.values()) for model in rows] == before


def test_nobody_is_told_of_their_own_doing(district: District):
    district.office.role_grants.create(role=Role.HANDLER)
    district.office.department = district.bureau
    district.office.save()
    factories.dispatched(district)
    assert told("dispatch") == {"承办人"}


def test_notices_lead_each_side_to_its_own_page(district: District):
    issue = factories.resolved(district)
    urls = dict(Notice.objects.values_list("kind", "url"))
    assert urls["issue.resolve"] == f"/appeals/{issue.pk}/"
    assert urls["issue.dispatch"] == f"/issues/{issue.pk}/"


def test_whoever_registered_it_for_the_enterprise_hears_of_the_outcome(district: District):
    issue = factories.register(district, by=district.cadre, channel=Issue.Channel.PHONE)
    issue = actions.dispatch(issue=issue, to=district.bureau, by=district.office)
    factories.resolve(district, actions.accept(issue=issue, by=district.handler))
    assert told("resolve") == {"企业经办人", "服务专员"}


def test_internal_events_and_files_are_never_the_enterprises(district: District):
    issue = factories.arbitration(district)
    issue = actions.rule(issue=issue, to=district.bureau, by=district.office, note="内部裁定意见")
    file = SimpleUploadedFile("研判.txt", "内部".encode())
    actions.note(issue=issue, by=district.handler, text="内部备注", files=[file])
    seen = Event.objects.visible_to(district.speaker).filter(issue=issue)
    assert set(seen.values_list("verb", flat=True)) == {"register", "dispatch"}
    assert not Attachment.objects.visible_to(district.speaker).exists()
    assert Attachment.objects.visible_to(district.handler).count() == 1
    assert not Notice.objects.filter(recipient=district.speaker, body__contains="内部").exists()
    assert not Handling.objects.visible_to(district.speaker).exists()
    assert not Extension.objects.visible_to(district.speaker).exists()


def test_who_sees_a_case(district: District):
    issue = factories.returned(district)
    sighted = {user.name for user in district.everybody if Issue.objects.visible_to(user).filter(pk=issue.pk)}
    assert sighted == {"企业经办人", "专班", "承办人", "负责人", "服务专员", "责任领导", "督导"}
    assert not Issue.objects.visible_to(make_speaker(make_enterprise())).exists()


def test_a_department_with_a_case_may_open_its_enterprise(district: District):
    enterprises = type(district.enterprise).objects
    assert not enterprises.visible_to(district.handler).exists()
    factories.dispatched(district)
    handler = type(district.handler).objects.get(pk=district.handler.pk)
    assert enterprises.visible_to(handler).get() == district.enterprise
    assert not enterprises.visible_to(district.other_handler).exists()


def test_verbs_cost_a_bounded_number_of_queries(district: District, django_assert_max_num_queries: Any):
    issue = factories.register(district)
    with django_assert_max_num_queries(75):
        issue = actions.dispatch(issue=issue, to=district.bureau, by=district.office)
    with django_assert_max_num_queries(45):
        issue = actions.accept(issue=issue, by=district.handler)
    with django_assert_max_num_queries(45):
        actions.reply(issue=issue, by=district.handler, text="在办。")


# -- Rules and views --------------------------------------------------------------------------------------------------


def test_a_changed_rule_leaves_running_cases_alone(district: District):
    issue = factories.dispatched(district)
    rule = actions.change_rule(category=district.category, by=district.office, version=1, resolve_days=5)
    assert (rule.version, rule.resolve_days, rule.accept_days) == (2, 5, 1)
    assert Issue.objects.get(pk=issue.pk).rule.version == 1
    fresh = factories.dispatched(district)
    assert fresh.rule == rule
    assert clock_queries.running(timing.RESOLVE, fresh.handlings.get().pk).days == 5
    assert clock_queries.running(timing.RESOLVE, issue.handlings.get().pk).days == 10


def test_rules_refuse_nonsense_strangers_and_stale_versions(district: District):
    for limits in ({"resolve_days": 0}, {"resolve_days": 251}, {"pauses": 3}, {"accept_days": "x"}):
        with pytest.raises(Refused):
            actions.change_rule(category=district.category, by=district.office, **limits)
    with pytest.raises(Refused):
        actions.change_rule(category=district.category, by=district.handler, resolve_days=5)
    actions.change_rule(category=district.category, by=district.office, resolve_days=5)
    with pytest.raises(Stale):
        actions.change_rule(category=district.category, by=district.office, version=1, resolve_days=6)


def test_the_same_limits_make_no_new_version(district: District):
    actions.change_rule(category=district.category, by=district.office, resolve_days=10)
    assert CategoryRule.objects.filter(category=district.category).count() == 1


def test_a_changed_ladder_reaches_every_category_by_a_new_rule(district: District):
    ladder = actions.change_ladder(by=district.office, tell_yellow=["handler", "officer"], yellow_days=3)
    current = [CategoryRule.objects.filter(category=category).first() for category in Category.objects.all()]
    assert {(rule.ladder, rule.version) for rule in current} == {(ladder, 2)}
    with pytest.raises(Refused) as refusal:
        actions.change_ladder(by=district.office, tell_red=["everybody"])
    assert refusal.value.code == "invalid_audience"


def test_a_category_may_have_a_ladder_of_its_own_until_it_shares_again(district: District):
    category = district.category
    own = actions.set_own_ladder(category=category, by=district.office, version=1, yellow_days=4)
    assert (own.version, own.ladder.yellow_days, own.ladder.tell_yellow) == (2, 4, ["handler"])
    actions.change_ladder(by=district.office, yellow_days=3)
    rules = {rule.category.code: rule.ladder.yellow_days for rule in CategoryRule.objects.order_by("version")}
    assert (rules["supply"], rules["finance"]) == (4, 3)
    with pytest.raises(Stale):
        actions.set_own_ladder(category=category, by=district.office, version=1, yellow_days=5)
    with pytest.raises(Refused):
        actions.set_own_ladder(category=category, by=district.handler, yellow_days=5)
    assert actions.share_ladder(category=category, by=district.office).ladder.yellow_days == 3


def test_saved_views_are_ones_own(district: District):
    actions.save_view(by=district.office, name="本周到期", query="due=week")
    view = actions.save_view(by=district.office, name="本周到期", query="due=week&level=1")
    assert SavedView.objects.get().query == "due=week&level=1"
    assert not SavedView.objects.visible_to(district.supervisor).exists()
    with pytest.raises(Refused):
        actions.delete_view(view=view, by=district.supervisor)
    actions.delete_view(view=view, by=district.office)
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("roles, name", [([Role.OFFICE], "企业服务办公室"), ([Role.CADRE], "区工作人员")])
def test_an_account_without_department_acts_in_an_offices_name_not_its_own(district: District, roles, name):
    official = UserFactory(roles=roles, department=None, name="借调干部")
    enterprise = serve(official, make_enterprise())
    issue = factories.register(district, by=official, enterprise=enterprise, channel=Issue.Channel.PHONE)
    assert last(issue).actor == name
