"""Cases written in bulk are the twins of cases brought to the same point by the ledger's own actions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.db.models import Q

from config.demo.builder import build
from config.demo.builder.world import Size
from foundation.accounts.models import Department, User
from foundation.clocks import actions as clock_actions
from foundation.clocks.localtime import SHANGHAI
from foundation.clocks.models import Clock
from issues import actions
from issues.actions import recurrence
from issues.limits import timing
from issues.models import Event, Extension, Issue

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 16, 5, tzinfo=SHANGHAI)
# The verbs that ought to be met, so that the comparison proves something.
WANTED = (
    "decline", "return", "rule", "deem_accepted", "ask", "approve_extension", "refuse_extension", "reject", "reopen",
    "transfer", "reassign", "close", "close_unconfirmed", "confirm", "escalate", "answer", "request_extension",
)  # fmt: skip
TIED = (
    "recur",
    "link",
    "unlink",
    "split",
    "merge",
    "unmerge",
    "confirm_partly",
    "refute",
    "refer",
    "invite",
    "put_on_list",
)  # to another case, a call
SYSTEM = {"deem_accepted", "close_unconfirmed", "warn_yellow", "warn_red", "escalate"}


@pytest.fixture(scope="module", autouse=True)
def district(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        build(Size(enterprises=60, issues=500, months=3, seed=3), password="x", now=NOW, say=lambda _text: None)
        yield
        transaction.set_rollback(True)


def with_verb(verb: str) -> list[Issue]:
    """Two cases in whose life this verb occurs, an open one first."""
    ids = Event.objects.filter(verb=verb).values("issue")
    tied = Event.objects.filter(verb__in=TIED).values("issue")
    alone = Issue.objects.filter(pk__in=ids, visit__isnull=True).exclude(pk__in=tied)
    return list(alone.order_by("-closed_at", "pk")[:2])


def replay(issue: Issue) -> Issue:
    """Live the life again through the actions, at the same instants by the same people."""
    twin = None
    events = sorted(issue.events.all(), key=lambda event: (event.at, event.pk))
    for event in events:
        if event.verb in SYSTEM:
            continue
        with time_machine.travel(event.at, tick=False):
            clock_actions.sweep()
            if twin is None:
                twin = register(issue, event)
                twin.refresh_from_db()
            elif not _is_dispatch_note(event, events):
                act(twin, event, issue, events)
    assert twin is not None
    with time_machine.travel(NOW, tick=False):
        clock_actions.sweep()
    twin.refresh_from_db()
    return twin


def _is_dispatch_note(event: Event, events: list[Event]) -> bool:
    """Whether a note was said with the dispatch, so that the dispatch writes it."""
    return event.verb == "note" and any(other.verb == "dispatch" and other.at == event.at for other in events)


def register(issue: Issue, event: Event) -> Issue:
    return actions.register(
        by=event.by,
        enterprise=issue.enterprise,
        category=issue.category,
        title=issue.title,
        text=issue.text,
        channel=issue.channel,
        project=issue.project,
        contact_name=issue.contact_name,
        contact_phone=issue.contact_phone,
    )


def act(twin: Issue, event: Event, issue: Issue, events: list[Event]) -> None:
    """One verb again, with what was given then."""
    data, given = event.data, {"issue": twin, "by": event.by}
    if event.verb == "transfer":
        staff = User.objects.filter(department=event.by.department, name=data["handler"])
        given |= {"handler": staff.get(), "note": event.text.split("。", 1)[1]}
    elif event.verb == "reassign":
        named = Q(short_name=data["department"]) | Q(name=data["department"])
        given |= {"to": Department.objects.get(named), "reason": event.text}
    elif event.verb in ("dispatch", "rule"):
        named = Q(short_name=data["department"]) | Q(name=data["department"])
        given["to"] = Department.objects.get(named)
        notes = [other.text for other in events if other.verb == "note" and other.at == event.at]
        given["note"] = event.text if event.verb == "rule" else next(iter(notes), "")
    elif event.verb in ("decline", "return", "reject", "reopen"):
        given["reason"] = event.text
        given |= {"kind": data["kind"]} if event.verb == "return" else {}
    elif event.verb in ("reply", "ask", "answer", "note"):
        given["text"] = event.text
    elif event.verb == "request_extension":
        given |= {"days": data["days"], "reason": event.text}
    elif event.verb in ("approve_extension", "refuse_extension"):
        decided = Extension.objects.get(handling__issue=issue, decided_at=event.at)
        given["note"] = decided.decision_note
    elif event.verb == "resolve":
        given |= {"text": event.text, **{name: data[name] for name in ("resolution", "basis", "level")}}
        if "told_way" in data:
            given |= {"told_way": data["told_way"], "told_on": date.fromisoformat(data["told_on"])}
    elif event.verb == "confirm":
        given |= {"rating": data["rating"], "comment": event.text, "tags": data.get("tags", [])}
    elif event.verb == "close":
        given["note"] = event.text
    actions.VERBS[event.verb](**given)


# What was suggested depends on what the district had learned by then: the demo learns at its end.
SUGGESTED = {"suggested", "suggested_by", "followed"}
LEFT_OUT = SUGGESTED | {"files"}  # files are not sent again
OWN = ("id", "issue_id", "issue", "number", "submission_key", "pk")


def plain(row: Any, *without: str) -> dict[str, Any]:
    """A row's facts, keys left out."""
    left_out = {*OWN, *without}
    return {f.name: f.value_from_object(row) for f in row._meta.concrete_fields if f.name not in left_out}


def happened(event: Event) -> dict[str, Any]:
    found = plain(event)
    return found | {"data": {name: value for name, value in event.data.items() if name not in LEFT_OUT}}


def facts(issue: Issue) -> dict[str, Any]:
    """Everything that was written about a case."""
    turns = list(issue.handlings.order_by("round"))
    clocks = Clock.objects.filter(kind__in=timing.KEYS, owner_id__in=[turn.pk for turn in turns])
    rounds = {turn.pk: turn.round for turn in turns}
    return {
        "issue": plain(issue),
        "turns": [plain(turn, "suggested") for turn in turns],
        "extensions": [plain(e, "handling") for e in Extension.objects.filter(handling__in=turns).order_by("pk")],
        "events": sorted(
            (happened(event) for event in issue.events.all()), key=lambda e: (e["at"], e["verb"], e["text"])
        ),
        "clocks": sorted(
            (
                {
                    "round": rounds[clock.owner_id],
                    **plain(clock, "owner_id"),
                    "pauses": [plain(pause, "clock") for pause in clock.pauses.all()],
                    "changes": [plain(change, "clock") for change in clock.changes.all()],
                    "warnings": sorted(
                        (plain(warning, "clock") for warning in clock.warnings.all()),
                        key=lambda w: (w["raised_at"], w["level"], w["due_at"]),
                    ),
                }
                for clock in clocks
            ),
            key=lambda clock: (clock["round"], clock["kind"]),
        ),
    }


@pytest.mark.parametrize("verb", WANTED)
def test_a_case_lived_through_the_actions_is_the_same(verb: str, monkeypatch: pytest.MonkeyPatch):
    # A twin is like the case it repeats: the demo says itself which cases came back.
    monkeypatch.setattr(recurrence, "look_back", lambda issue, at: None)
    found = with_verb(verb)
    assert found, f"no case with {verb} in this district"
    for issue in found:
        with transaction.atomic():
            twin = replay(issue)
            assert facts(twin) == facts(Issue.objects.get(pk=issue.pk))
            transaction.set_rollback(True)
