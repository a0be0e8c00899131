"""Departments that help with open cases, and cases that are listed for rectification, with their clocks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from config.demo.builder.parts import SYSTEM
from config.demo.builder.units import HOME
from config.demo.builder.world import World
from foundation.accounts.models import Department, User
from foundation.clocks.actions import Start, start_many
from foundation.clocks.localtime import ONE_DAY, last_day
from foundation.clocks.models import Clock, Ladder, Warning
from issues import lifecycle
from issues.limits import timing, warnings
from issues.models import CoHandling, Event, Issue, Listing

HELPED, LISTED = 10, 4
DAYS = 5
WANTED = (
    ("请核实地块权属和规划用途,出具书面意见。", "经核实,该地块权属清晰,用途为工业,可以按程序办理。"),
    ("请核查企业申报材料中的社保缴纳情况。", "已核查,近十二个月连续缴纳,人数与申报一致。"),
    ("请提供该路段地下管线资料,并明确迁改要求。", "管线图已提供;迁改须提前十个工作日报备。"),
    ("请就资金安排提出意见。", "本年度预算内可以安排,建议分两次拨付。"),
)
REASONS = ("企业三次反映仍未办结,影响投产,限期整改。", "超期时间长、涉及多个部门,挂牌督促办理。")


def build(world: World) -> None:
    """Those that came in last are helped with, those longest overdue are listed."""
    rng, home = world.rng("helping"), world.departments[HOME]
    others = [unit for unit in world.departments.values() if unit.pk in world.staff and unit != home]
    quiet = Issue.objects.filter(
        status=Issue.Status.HANDLING, handler__isnull=False, last_event_at__lt=world.now - timedelta(hours=30)
    ).select_related("department", "handler")
    overdue = list(quiet.filter(level__gte=2).order_by("due_at", "pk")[:LISTED])
    cases = list(quiet.exclude(pk__in=[case.pk for case in overdue]).order_by("-last_event_at", "pk")[:HELPED])
    helping: list[CoHandling] = []
    events: list[Event] = []
    for place, case in enumerate(cases):
        to = rng.choice(others) if case.department == home else home if place % 2 else rng.choice(others)
        if to == case.department:
            continue
        helping.append(_asked(world, case, to, WANTED[place % len(WANTED)], place % 3 == 0, events))
    listings = [_listed(world, case, place, events) for place, case in enumerate(overdue)]
    CoHandling.objects.bulk_create(helping)
    Listing.objects.bulk_create(listings)
    Event.objects.bulk_create(events)
    Issue.objects.bulk_update([*cases, *overdue], ["last_event_at", "version", "listed_until"])
    _start(world, helping, listings)
    world.say(f"协办 {len(helping)} 件,挂牌 {len(listings)} 件")


def _asked(
    world: World, case: Issue, to: Department, words: tuple[str, str], replies: bool, events: list[Event]
) -> CoHandling:
    """One department asked by the handler; every third has replied already."""
    by, (wanted, reply) = case.handler, words
    at = max(case.last_event_at + timedelta(hours=1), world.now - timedelta(hours=29))
    assert by is not None
    row = CoHandling(issue=case, department=to, wanted=wanted, days=DAYS, invited_at=at, invited_by=by)
    said = f"请{to.label}协办({DAYS} 个工作日内回复):{wanted}"
    events.append(_event(case, at, "invite", by, said, department=to.label, days=DAYS))
    if replies:
        clerk = world.staff[to.pk].handlers[0]
        row.reply, row.ended, row.ended_at, row.ended_by = reply, CoHandling.Ended.REPLIED, at + ONE_DAY, clerk
        events.append(_event(case, at + ONE_DAY, "co_reply", clerk, reply, department=to.label))
    return row


def _listed(world: World, case: Issue, place: int, events: list[Event]) -> Listing:
    by, reason = world.supervisors[0], REASONS[place % len(REASONS)]
    at = max(case.last_event_at + timedelta(hours=1), world.now - timedelta(hours=20))
    until: date = world.today + timedelta(days=3 + 4 * place)
    case.listed_until = until
    text = f"挂牌整改,期限 {until.isoformat()}:{reason}"
    events.append(_event(case, at, "put_on_list", by, text, until=until.isoformat()))
    return Listing(issue=case, until=until, reason=reason, listed_at=at, listed_by=by)


def _event(case: Issue, at: datetime, verb: str, by: User, text: str, **data: Any) -> Event:
    case.last_event_at, case.version = at, case.version + 1
    actor = by.department.label if by.department else by.name
    internal = not lifecycle.find(verb).public
    return Event(issue=case, at=at, verb=verb, by=by, actor=actor, text=text, internal=internal, data=data)


def _start(world: World, helping: Iterable[CoHandling], listings: Iterable[Listing]) -> None:
    """Their clocks, and a line on the timeline for each warning that has come already."""
    ladder = Ladder.current(timing.LADDER)
    last = Clock.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    asked = [
        Start(row.pk, row.invited_at, days=row.days, stopped_at=row.ended_at, stop_reason=row.ended) for row in helping
    ]
    start_many(kind=timing.CO_HANDLING, starts=asked, ladder=ladder, by=None, settled_at=world.now)
    marked = [Start(row.pk, row.listed_at, due_on=row.until) for row in listings]
    start_many(kind=timing.LISTING, starts=marked, ladder=ladder, by=None, settled_at=world.now)
    whose = {(timing.LISTING, row.pk): (row.issue, "") for row in listings}
    whose |= {(timing.CO_HANDLING, row.pk): (row.issue, f"{row.department.label}:") for row in helping}
    Event.objects.bulk_create(
        _warned(*whose[warning.clock.kind, warning.clock.owner_id], warning)
        for warning in Warning.objects.filter(clock_id__gt=last).select_related("clock").order_by("pk")
    )


def _warned(case: Issue, side: str, warning: Warning) -> Event:
    verb, kind = warnings.VERBS[warning.level], warning.clock.kind
    text = side + warnings.limit_words(kind, warning.level, warning.due_at)
    data = {"kind": kind, "due_on": last_day(warning.due_at).isoformat()}
    return Event(issue=case, at=warning.raised_at, verb=verb, actor=SYSTEM, text=text, internal=True, data=data)
