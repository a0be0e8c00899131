"""The table of transitions: who may do what at which stage, and that nothing else is possible."""

from __future__ import annotations

from copy import copy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Role
from issues import actions, lifecycle
from issues.limits.audiences import Audiences, Subject
from issues.models import Extension, Handling, Issue
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.issues import factories
from tests.issues.factories import STAGES, District, make_enterprise, make_speaker, sh
from tests.undoing import undone

S = Issue.Status
PEOPLE = {
    "dispatch": "office",
    "decline": "office",
    "accept": "handler",
    "return": "handler",
    "rule": "office",
    "transfer": "handler",
    "reassign": "office",
    "reply": "handler",
    "ask": "handler",
    "answer": "speaker",
    "request_extension": "handler",
    "approve_extension": "head",
    "refuse_extension": "head",
    "put_on_list": "supervisor",
    "take_off_list": "office",
    "invite": "handler",
    "co_reply": "other_handler",
    "withdraw_invitation": "handler",
    "refer": "handler",
    "answer_from_above": "handler",
    "resolve": "handler",
    "confirm": "speaker",
    "confirm_partly": "speaker",
    "reject": "speaker",
    "close": "office",
    "reopen": "office",
    "note": "cadre",
    "supplement": "speaker",
    "withdraw": "speaker",
    "remind": "office",
    "tag": "cadre",
    "merge": "office",
    "split": "office",
    "link": "cadre",
}
# Whether they work depends on what the case is linked with: test_merging.py, test_linking.py, test_recurrence.py.
OF_LINKS = {"unmerge", "unlink", "recur", "unrecur"}


def given(district: District, verb: str) -> dict[str, Any]:
    """What a verb needs, from the table."""
    values = {
        "to": district.bureau if verb in ("dispatch", "rule") else district.other_bureau,
        "kind": "not_ours",
        "until": date(2026, 12, 1),
        "level": "city",
        "body": "市经信局",
        "reason": "理由",
        "note": "意见",
        "text": "内容",
        "days": 2,
        "rating": 5,
        "left": "还剩一半",
        "labels": [],
        "resolution": Issue.Resolution.SOLVED,
        "title": "另一件事",
        "relation": "relates",
    }
    if verb in ("merge", "link"):
        values |= dict.fromkeys(("into", "other"), factories.register(district, **factories.elsewhere()))
    needed = {name: values[name] for name in lifecycle.find(verb).needs}
    if verb == "transfer":
        needed["handler"] = district.colleague
    return needed | ({"basis": "某办法"} if verb == "resolve" else {})


def do(district: District, verb: str, issue: Issue, by: Any = None) -> Issue:
    return actions.VERBS[verb](issue=issue, by=by or getattr(district, PEOPLE[verb]), **given(district, verb))


def test_every_verb_of_the_table_has_an_action():
    own = [t for t in lifecycle.TRANSITIONS if not (t.by_system or t.elsewhere)]
    verbs = {t.verb for t in own if t.verb != "register"}
    assert verbs == set(actions.VERBS) == set(PEOPLE) | OF_LINKS


def prepared(district: District, issue: Issue, verb: str) -> Issue:
    """The case with what the verb needs to be there before."""
    stage = issue.status
    if verb in ("approve_extension", "refuse_extension") and stage == S.HANDLING:
        actions.request_extension(issue=issue, by=district.handler, days=2, reason="材料多")
    if verb in ("co_reply", "withdraw_invitation") and stage in (S.HANDLING, S.WAITING, S.REFERRED):
        asked = {"to": district.other_bureau, "text": "请出具意见", "days": 3}
        issue = actions.invite(issue=issue, by=district.handler, **asked)
    if verb == "take_off_list" and stage in lifecycle.OPEN:
        issue = actions.put_on_list(issue=issue, by=district.office, until=date(2026, 12, 1), reason="久拖未决")
    return issue


@pytest.mark.parametrize("stage", list(STAGES), ids=str)
def test_a_verb_works_from_its_stages_alone(district: District, stage: S, subtests: pytest.Subtests):
    brought = STAGES[stage](district)
    for verb in PEOPLE:
        with subtests.test(verb), undone():
            attempt(copy(district), verb, brought)


def attempt(district: District, verb: str, brought: Issue) -> None:
    """Whether the verb works is what the table says of the stage."""
    stage = S(brought.status)
    issue = prepared(district, reread(brought), verb)
    transition = lifecycle.find(verb)
    person = getattr(district, PEOPLE[verb])
    unprepared = (stage in (S.WAITING, S.REFERRED) and "extension" in verb) or (
        stage == S.DISPATCHED and verb in ("co_reply", "withdraw_invitation")
    )
    if stage in transition.from_ and not unprepared:
        assert transition in lifecycle.available(reread(issue), person)
        after = do(district, verb, issue)
        assert after.status == (transition.to or stage)
        assert after.status == reread(issue).status
    else:
        before = facts(issue)
        with pytest.raises(Refused):
            do(district, verb, issue)
        assert facts(issue) == before
        assert transition not in lifecycle.available(reread(issue), person)


@pytest.mark.parametrize("stage", list(STAGES), ids=str)
def test_nobody_unrelated_may_do_anything(district: District, stage: S, subtests: pytest.Subtests):
    issue = STAGES[stage](district)
    strangers = [
        make_speaker(make_enterprise()),
        UserFactory(roles=[Role.HANDLER], department=DepartmentFactory()),
        UserFactory(roles=[Role.DEPARTMENT_HEAD], department=DepartmentFactory()),
        UserFactory(roles=[Role.AUDITOR]),
        UserFactory(roles=[Role.SYSTEM_ADMIN]),
        UserFactory(roles=[]),
    ]
    for stranger in strangers:
        able = {t.verb for t in lifecycle.available(issue, stranger)}
        assert able <= {"note", "tag", "link"}  # who cannot see the case is stopped before: it is 404
    for verb in set(PEOPLE) - {"note", "tag", "link"}:
        with subtests.test(verb), undone():
            needed = given(copy(district), verb)
            for stranger in strangers:
                with pytest.raises(Refused):
                    actions.VERBS[verb](issue=issue, by=stranger, **needed)


def test_somebody_whose_account_was_disabled_may_do_nothing(district: District):
    issue = factories.dispatched(district)
    district.handler.is_active = False
    assert lifecycle.available(issue, district.handler) == []


def test_the_department_above_may_act_for_the_one_below(district: District):
    unit = DepartmentFactory(parent=district.bureau)
    issue = factories.dispatched(district, to=unit)
    assert "accept" in {t.verb for t in lifecycle.available(issue, district.handler)}
    below = UserFactory(roles=[Role.HANDLER], department=unit)
    bureau_case = factories.dispatched(district)
    assert {t.verb for t in lifecycle.available(bureau_case, below)} == {"note", "tag", "link"}


def test_the_department_that_returned_a_case_has_it_no_more(district: District):
    issue = factories.returned(district)
    assert {t.verb for t in lifecycle.available(issue, district.handler)} == {"note", "tag", "link"}
    assert issue.department is None


def test_return_ends_with_the_first_working_day_after_dispatch(district: District, clock: Any):
    issue = factories.dispatched(district)
    clock.move_to(sh("2026-11-10 23:59"))
    assert "return" in {t.verb for t in lifecycle.available(issue, district.handler)}
    clock.move_to(sh("2026-11-11 00:00"))
    assert "return" not in {t.verb for t in lifecycle.available(issue, district.handler)}


def test_second_return_goes_to_arbitration_which_binds(district: District):
    issue = factories.returned(district)
    assert issue.status == S.RETURNED
    issue = actions.dispatch(issue=issue, to=district.other_bureau, by=district.office)
    issue = actions.send_back(issue=issue, by=district.other_handler, kind="not_ours", reason="不归我局。")
    assert (issue.status, issue.return_count) == (S.ARBITRATION, 2)
    issue = actions.rule(issue=issue, to=district.bureau, by=district.office, note="由交通局主办。")
    assert (issue.status, issue.binding, issue.department) == (S.DISPATCHED, True, district.bureau)
    with pytest.raises(Refused) as refusal:
        actions.send_back(issue=issue, by=district.handler, kind="not_ours", reason="还是不归我局。")
    assert refusal.value.code == "binding"


def test_extension_is_decided_by_somebody_else(district: District):
    issue = actions.request_extension(issue=factories.handling(district), by=district.head, days=3, reason="会商")
    with pytest.raises(Refused) as refusal:
        actions.approve_extension(issue=issue, by=district.head)
    assert refusal.value.code == "own_request"
    actions.approve_extension(issue=issue, by=district.office)
    assert Extension.objects.get().decided_by == district.office


def test_extensions_never_pass_the_limit_of_the_rule(district: District):
    issue = factories.handling(district)
    limit = issue.rule.extension_limit
    with pytest.raises(Refused, match=f"最多还能延期 {limit} 个工作日"):
        actions.request_extension(issue=issue, by=district.handler, days=limit + 1, reason="多")
    for days in (limit - 1, 1):
        actions.request_extension(issue=issue, by=district.handler, days=days, reason="材料")
        with pytest.raises(Refused) as refusal:
            actions.request_extension(issue=issue, by=district.handler, days=1, reason="再来")
        assert refusal.value.code in ("request_open", "extension_used_up")
        actions.approve_extension(issue=issue, by=district.head)
    with pytest.raises(Refused) as refusal:
        actions.request_extension(issue=issue, by=district.handler, days=1, reason="还要")
    assert refusal.value.code == "extension_used_up"


def test_reopening_ends_ninety_days_after_closing(district: District, clock: Any):
    issue = factories.closed(district)
    clock.move_to(sh("2027-02-08 09:00"))
    with pytest.raises(Refused) as refusal:
        actions.reopen(issue=issue, by=district.office, reason="又坏了")
    assert refusal.value.code == "reopen_too_late"
    clock.move_to(sh("2027-02-07 09:00"))
    assert actions.reopen(issue=issue, by=district.office, reason="又坏了").status == S.HANDLING


def test_a_refusal_says_what_stands_in_the_way(district: District):
    issue = factories.closed(district)
    with pytest.raises(Refused, match=f"诉求 {issue.number} 现在是“已销号”"):
        actions.resolve(issue=issue, by=district.handler, resolution="solved", text="x", basis="y")


def test_available_asks_few_questions(district: District, django_assert_max_num_queries: Any):
    pk = factories.handling(district).pk
    for user in district.everybody:
        issue = Issue.objects.select_related("department", "rule").get(pk=pk)
        fresh = type(user).objects.select_related("department").get(pk=user.pk)
        with django_assert_max_num_queries(5):
            lifecycle.available(issue, fresh)


def test_every_audience_of_the_table_is_known(district: District):
    subject = Subject.of(factories.dispatched(district))
    for transition in lifecycle.TRANSITIONS:
        Audiences([subject]).people(subject, transition.tells)


def test_the_documented_table_is_current(capsys: pytest.CaptureFixture[str]):
    call_command("lifecycle")
    written = (Path(settings.BASE_DIR) / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    assert written == capsys.readouterr().out


def reread(issue: Issue) -> Issue:
    return Issue.objects.select_related("department", "rule").get(pk=issue.pk)


def facts(issue: Issue) -> tuple[Any, ...]:
    """Everything a refused verb must leave alone."""
    row = Issue.objects.filter(pk=issue.pk).values().get()
    return row, issue.events.count(), list(Handling.objects.filter(issue=issue).values())
