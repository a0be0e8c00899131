"""What people find in their inboxes: the notices of the last days, the older ones read, none of them mailed again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from django.utils.translation import gettext as _

from config.demo.builder.world import World
from foundation.clocks import kinds
from foundation.clocks.explaining import Explanations
from foundation.clocks.kinds import Raised
from foundation.clocks.localtime import last_day
from foundation.clocks.models import Ladder, Warning
from foundation.notices.actions import Message
from foundation.notices.kinds import of as of_kind
from foundation.notices.models import Delivery, Notice
from issues import lifecycle
from issues.limits import timing, warnings
from issues.limits.audiences import Audiences, Subject
from issues.models import Event, Handling
from issues.telling import message
from liaison.clocks import KIND as VISIT

SINCE = timedelta(days=5)
WARNED_SINCE = timedelta(days=12)
AT_MOST = 4_000  # events told of, the latest ones
UNREAD = 4


def build(world: World) -> None:
    """The notices of recent events and of warnings that still hold."""
    rng = world.rng("inbox")
    notices = sorted([*_of_events(world), *_of_warnings(world)], key=lambda notice: notice.created_at, reverse=True)
    _read_the_older(notices, world, rng)
    Notice.objects.bulk_create(notices, batch_size=1000, ignore_conflicts=True)
    _of_visits(world)


def _of_events(world: World) -> Iterator[Notice]:
    rows = Event.objects.filter(at__gte=world.now - SINCE, by__isnull=False).order_by("-at")
    events = list(rows.select_related("issue")[:AT_MOST])
    subjects = [Subject.of(event.issue) for event in events]
    audiences = Audiences(subjects)
    for event, subject in zip(events, subjects, strict=True):
        transition = lifecycle.find(event.verb)
        told = set(audiences.people(subject, transition.tells)) - {event.by_id}
        key = f"issue:{event.issue_id}:{event.pk}"
        for user_id in sorted(told):
            side = audiences.speaks_for_enterprise(subject, user_id)
            yield _notice(
                message(subject, event.verb, transition.label, event.text, key=key, user_id=user_id, enterprise=side),
                event.at,
            )


def _of_warnings(world: World) -> Iterator[Notice]:
    """The warnings that still hold, told to the audiences of their ladders."""
    rows = Warning.objects.filter(
        raised_at__gte=world.now - WARNED_SINCE, cleared_at__isnull=True, clock__kind__in=timing.KEYS
    )
    held = list(rows.select_related("clock").order_by("pk"))
    turns = Handling.objects.select_related("issue").in_bulk({warning.clock.owner_id for warning in held})
    subjects = {pk: Subject.of(turn.issue) for pk, turn in turns.items()}
    audiences = Audiences(subjects.values())
    ladders = Ladder.objects.in_bulk({warning.clock.ladder_id for warning in held})
    reasons = Explanations(warning.clock_id for warning in held)
    for warning in held:
        subject = subjects[warning.clock.owner_id]
        verb = warnings.VERBS[warning.level]
        words = {"limit": warnings.LABELS[warning.clock.kind], "day": last_day(warning.due_at).isoformat()}
        text = str(warnings.WORDS[warning.level]) % words
        asked = warning.clock.kind == timing.CONFIRM
        label = _("请确认办结结果") if asked else lifecycle.find(verb).label
        for user_id in sorted(audiences.people(subject, ladders[warning.clock.ladder_id].tells(warning.level))):
            side = audiences.speaks_for_enterprise(subject, user_id)
            key = f"warning:{warning.pk}"
            why = "" if side else reasons.text(warning.clock_id, warning.raised_at)
            told = message(subject, verb, label, text, key=key, user_id=user_id, enterprise=side, why=why)
            yield _notice(told, warning.raised_at)


def _of_visits(world: World) -> None:
    """The visit warnings that still hold, in the words of liaison, dated when they were raised."""
    rows = Warning.objects.filter(raised_at__gte=world.now - WARNED_SINCE, cleared_at__isnull=True, clock__kind=VISIT)
    raised = [
        Raised(
            warning.pk,
            warning.clock_id,
            warning.clock.owner_id,
            warning.clock.ladder_id,
            warning.level,
            warning.due_at,
            warning.raised_at,
        )
        for warning in rows.select_related("clock").order_by("raised_at", "pk")
    ]
    if raised:
        kinds.get(VISIT).announce(raised)
        for warning in raised:
            keys = [f"warning-{warning.warning_id}", f"warnings-{warning.warning_id}"]
            Notice.objects.filter(key__in=keys).update(created_at=warning.at)
    Delivery.objects.all().delete()  # a demo sends no mail for what is past


def _notice(told: Message, at: datetime) -> Notice:
    return Notice(
        recipient_id=told.recipient_id,
        kind=told.kind,
        subject=told.subject[:200],
        body=told.body,
        url=told.url,
        key=told.key,
        concerns=told.concerns,
        needs_ack=of_kind(told.kind).needs_ack,
        created_at=at,
    )


def _read_the_older(notices: list[Notice], world: World, rng: Random) -> None:
    """Everybody has read most of what came before their latest few."""
    latest: Counter[int] = Counter()
    for notice in notices:
        latest[notice.recipient_id] += 1
        drawn, wait = rng.random(), rng.uniform(0.1, 8)
        if latest[notice.recipient_id] > UNREAD and drawn < 0.85:
            notice.read_at = min(notice.created_at + timedelta(hours=wait), world.now)
            notice.acked_at = notice.read_at if notice.needs_ack else None
