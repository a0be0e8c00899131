"""Any order of verbs and days: what the table offers works, what it does not offer is refused, and the facts agree."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.db.models import Max
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from foundation.accounts.errors import Refused
from foundation.accounts.models import Department, User
from foundation.accounts.permissions import Role
from foundation.clocks import localtime
from foundation.clocks.actions import sweep
from foundation.clocks.models import Clock
from issues import actions, lifecycle
from issues.limits import timing
from issues.models import Extension, Handling, Issue, Tag
from tests.accounts.factories import UserFactory
from tests.effort import thoroughly
from tests.issues import factories
from tests.issues.factories import MONDAY, District, make_district, sh

S = Issue.Status
PEOPLE = ["speaker", "office", "handler", "head", "other_handler", "cadre", "supervisor"]
RUNNING = {
    S.REGISTERED: set(),
    S.DISPATCHED: {timing.ACCEPT, timing.FIRST_REPLY, timing.RESOLVE},
    S.RETURNED: set(),
    S.ARBITRATION: set(),
    S.HANDLING: {timing.FIRST_REPLY, timing.RESOLVE},
    S.WAITING: {timing.FIRST_REPLY, timing.RESOLVE},
    S.REFERRED: {timing.FIRST_REPLY, timing.RESOLVE},
    S.RESOLVED: {timing.CONFIRM},
    S.MERGED: set(),
    S.CLOSED: set(),
    S.DECLINED: set(),
}
NAMING = {"link", "unlink", "recur", "unrecur"}  # whether they work depends on the other case


class IssueMachine(RuleBasedStateMachine):
    """One case in the hands of everybody."""

    district: District

    @initialize()
    def begin(self) -> None:
        self.now = sh(MONDAY)
        self.time = time_machine.travel(self.now, tick=False)
        self.time.start()
        self.hold = transaction.atomic()
        self.hold.__enter__()
        self.district = make_district()
        UserFactory(roles=[Role.HANDLER], department=self.district.bureau, name="本局同事")
        UserFactory(roles=[Role.HANDLER], department=self.district.other_bureau, name="别局同事")
        self.issue = factories.register(self.district)
        self.turns_back = 0
        self.lead = factories.register(self.district, **factories.elsewhere())
        self.before_merge = S.REGISTERED

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.hold.__exit__(None, None, None)
        self.time.stop()

    @rule(hours=st.sampled_from([1, 20, 72, 24 * 12]))
    def time_goes_on(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.time.stop()
        self.time = time_machine.travel(self.now, tick=False)
        self.time.start()
        sweep(at=self.now)

    @rule(data=st.data())
    def somebody_does_what_is_offered(self, data: Any) -> None:
        before = self.reread()
        able: dict[str, list[str]] = {}
        for name in PEOPLE:
            for transition in lifecycle.available(before, self.person(name)):
                able.setdefault(transition.verb, []).append(name)
        # Notes, tags and supplements go on for ever, declining or withdrawing ends it too soon, one question is enough.
        dull = NAMING | {"note", "tag", "supplement", "split", "decline", "withdraw"}
        dull |= {"ask"} if before.events.filter(verb="ask").exists() else set()
        dull |= {"invite"} if self.issue.co_handlings.open().exists() else set()  # one department at a time
        if moves := sorted(set(able) - dull):
            verb = data.draw(st.sampled_from(moves))
            self.attempt(data.draw(st.sampled_from(able[verb])), verb, data)

    @rule(name=st.sampled_from(PEOPLE), verb=st.sampled_from(sorted(set(actions.VERBS) - NAMING)), data=st.data())
    def somebody_tries_anything(self, name: str, verb: str, data: Any) -> None:
        again = verb == "invite" and self.issue.co_handlings.open().exists()
        if verb not in ("decline", "withdraw") and not again:
            self.attempt(name, verb, data)

    def attempt(self, name: str, verb: str, data: Any) -> None:
        """Let somebody use a verb: it works where it is offered, and nothing happens where it is not."""
        before, user = self.reread(), self.person(name)
        offered = {t.verb for t in lifecycle.available(before, user)}
        events, doings, overtaken = before.events.count(), self.doings(), self.something_is_due()
        try:
            after = actions.VERBS[verb](issue=before, by=user, version=before.version, **self.given(verb, data))
        except Refused:
            assert verb not in offered
            left = self.reread()
            assert self.doings() == doings
            assert overtaken or (left.version, left.events.count()) == (before.version, events)
            return
        assert verb in offered
        target = lifecycle.find(verb).to
        if verb == "return":
            self.turns_back += 1
            target = S.RETURNED if self.turns_back == 1 else S.ARBITRATION
        if verb == "merge":
            self.before_merge = S(before.status)
        elif verb == "unmerge":
            target = self.before_merge
        assert after.status == (target or before.status)
        assert after.version > before.version
        assert after.events.count() > events

    def doings(self) -> int:
        """How many of the case's events are people's."""
        return self.issue.events.filter(by__isnull=False).count()

    def something_is_due(self) -> bool:
        """Whether time is about to do its part, which is written whoever tries what."""
        turns = self.issue.handlings.values("pk")
        return Clock.objects.filter(kind__in=timing.KEYS, owner_id__in=turns, next_change_at__lte=self.now).exists()

    def person(self, name: str) -> User:
        return User.objects.get(pk=getattr(self.district, name).pk)

    def given(self, verb: str, data: Any) -> dict[str, Any]:
        values = {
            "to": data.draw(st.sampled_from([self.district.bureau, self.district.other_bureau])),
            "kind": "other_lead",
            "until": localtime.today() + timedelta(days=30),
            "level": "province",
            "body": "省交通厅",
            "reason": "理由",
            "note": "意见",
            "text": "内容",
            "days": 1,
            "rating": 4,
            "left": "还剩一半",
            "resolution": "needs_policy",
            "labels": [Tag.objects.create(name=f"第{Tag.objects.count()}次")] if verb == "tag" else [],
            "into": self.lead,
            "title": "另一件事",
            "other": self.lead,
            "relation": "relates",
        }
        needed = {name: values[name] for name in lifecycle.find(verb).needs}
        open_help = self.issue.co_handlings.open().first()
        if verb in ("invite", "reassign"):
            needed["to"] = self.another_bureau()
        if verb == "withdraw_invitation" and open_help:
            needed["to"] = open_help.department
        more = {"resolve": {"level": "city"}, "transfer": {"handler": self.another_handler()}}
        return needed | more.get(verb, {})

    def another_handler(self) -> User:
        """Somebody of the department that has the case, but not the one who has it."""
        issue = self.reread()
        staff = User.objects.filter(name__in=["承办人", "本局同事", "别局承办人", "别局同事"])
        return staff.filter(department=issue.department).exclude(pk=issue.handler_id).first() or staff[0]

    def another_bureau(self) -> Department:
        own, other = self.district.bureau, self.district.other_bureau
        return other if self.reread().department == own else own

    def reread(self) -> Issue:
        return Issue.objects.select_related("department", "rule").get(pk=self.issue.pk)

    @invariant()
    def the_facts_agree(self) -> None:
        issue = self.reread()
        turns = list(issue.handlings.all())
        running = Clock.objects.running().filter(kind__in=timing.KEYS, owner_id__in=[turn.pk for turn in turns])
        kinds = set(running.values_list("kind", flat=True))
        expected = RUNNING[S(issue.status)]
        assert kinds <= expected
        if expected:
            assert (expected & {timing.ACCEPT, timing.RESOLVE, timing.CONFIRM}) <= kinds
        assert (running.filter(paused_at__isnull=False).count() == running.count()) or issue.status not in (
            S.WAITING,
            S.REFERRED,
        )
        open_turns = [turn for turn in turns if turn.ended_at is None]
        assert len(open_turns) == (issue.status in (S.DISPATCHED, S.HANDLING, S.WAITING, S.REFERRED))
        self.the_mirrors_agree(issue, running)
        assert issue.return_count <= 2
        granted = Extension.objects.filter(handling__issue=issue, state=Extension.State.REQUESTED)
        assert granted.count() <= (issue.status in (S.HANDLING, S.WAITING, S.REFERRED))

    def the_mirrors_agree(self, issue: Issue, running: Any) -> None:
        first = running.order_by("due_at", "pk").first()
        assert issue.level == (running.aggregate(worst=Max("level"))["worst"] or 0)
        assert issue.due_at == (first.due_at if first else None)
        assert issue.clock_kind == (first.kind if first else "")
        for turn in Handling.objects.filter(issue=issue):
            resolve = Clock.objects.of(timing.RESOLVE, [turn.pk]).get()
            assert turn.resolve_due_at == resolve.due_at


@pytest.mark.django_db
def test_any_order_of_verbs_and_days():
    run_state_machine_as_test(
        IssueMachine,
        settings=thoroughly(fast=6),
    )
