"""Several cases about one thing: one stays, the others follow it. The rule and its reasons stand in ADR 0014.

Whoever takes more than one case locks them in one order: the year's numbers, the main case, those that follow it.
All are locked before the first row of the audit trail is written.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.audit.actions import record
from foundation.clocks import actions as clock_actions
from foundation.clocks.localtime import now
from foundation.clocks.models import Clock
from issues import lifecycle, numbers
from issues.actions.base import Turn, act, cleaned, locked, take_up, write_event
from issues.actions.gaps import file_case
from issues.lifecycle.table import UNRESOLVED
from issues.limits import timing
from issues.models import Extension, Handling, Issue, IssueLink, PolicyGapCase
from issues.telling import tell

S, Kind = Issue.Status, IssueLink.Kind
STOPPED = "merged"
SHORTEST = 2  # characters of a contact's name that are taken out of a text for others
TAIL = re.compile(r"(股份有限公司|有限责任公司|有限公司|集团|公司)$")


@act
def merge(*, issue: Issue, into: Issue, by: User, note: str = "", version: int | None = None) -> Issue:
    """Let a case follow another: its limits end, and what is decided there is told to its enterprise.

    A second case of the main case's own enterprise is closed by it.
    """
    numbers.lock_series(now())
    lead = locked(into.pk)
    turn = take_up(issue, "merge", by=by, version=version)
    note = cleaned(note, label=_("说明"), limit=200, needed=False)
    _check_lead(turn, lead)
    case, at = turn.issue, turn.at
    same = case.enterprise_id == lead.enterprise_id
    IssueLink.objects.create(
        kind=Kind.DUPLICATE, source=case, target=lead, note=note, added_at=at, added_by=by, before=_standing(turn)
    )
    _say_inside(turn, lead, note)
    _end_turn(turn)
    case.waiting_since = None
    if same:
        case.closing, case.closed_at = Issue.Closing.MERGED, at
        said = _("与贵单位的诉求 %(number)s 合并办理,请在那一件上看进展和确认。") % {"number": lead.number}
    else:
        case.department = case.handler = None
        said = _("与同类诉求合并办理。答复和办结结果会同时告知贵单位,办结后由贵单位单独确认。")
    _beside(lead, "take_in", by, at, _said_of(case, note), case=case.number)
    return turn.conclude(text=said, status=S.CLOSED if same else S.MERGED, into=lead.number)


def _check_lead(turn: Turn, lead: Issue) -> None:
    """Refuse a main case that is over, or that follows another itself."""
    if lead.pk == turn.issue.pk:
        raise Refused(_("不能并入自己,请填另一件诉求的编号。"), code="invalid_into")
    if lead.status not in UNRESOLVED:
        raise Refused(
            _("主件 %(number)s 现在是“%(status)s”,只能并入未办结的诉求。请另选主件。")
            % {"number": lead.number, "status": lead.get_status_display()},
            code="invalid_into",
        )


def _standing(turn: Turn) -> dict[str, Any]:
    """How the case stands now, to be kept until it may have to go back."""
    case = turn.issue
    return {
        "status": str(case.status),
        "department": case.department_id,
        "handler": case.handler_id,
        "waiting_since": case.waiting_since.isoformat() if case.waiting_since else "",
        "turn": turn.handling.pk if turn.handling else None,
    }


def _end_turn(turn: Turn) -> None:
    handling = turn.handling
    if handling is None:
        return
    if request := turn.open_request:
        request.state, request.decided_at, request.decided_by = Extension.State.DROPPED, turn.at, turn.user
        request.save(update_fields=["state", "decided_at", "decided_by"])
    timing.stop(handling, timing.ACCEPT, timing.FIRST_REPLY, timing.RESOLVE, reason=STOPPED, by=turn.user, at=turn.at)
    handling.ended, handling.ended_at = Handling.Ended.MERGED, turn.at
    handling.save(update_fields=["ended", "ended_at"])


def _say_inside(turn: Turn, lead: Issue, note: str) -> None:
    """Officials read which case it follows; those who had it hear that it is no longer theirs."""
    transition = lifecycle.find("take_in")
    text = _("并入 %(case)s") % {"case": _said_of(lead, note)}
    tell(write_event(turn.issue, transition, by=turn.user, at=turn.at, text=text), transition)


@act
def unmerge(*, issue: Issue, by: User, reason: str, version: int | None = None) -> Issue:
    """Let a merged case stand on its own again, where it stood; the time between is not counted."""
    numbers.lock_series(now())
    link = IssueLink.objects.filter(source=issue, kind=Kind.DUPLICATE).first()
    lead = locked(link.target_id) if link else None
    turn = take_up(issue, "unmerge", by=by, version=version)
    reason = cleaned(reason, label=_("理由"), limit=1000)
    assert link is not None and lead is not None
    said = _said_of(turn.issue, reason)
    _beside(lead, "let_go", by, turn.at, said, case=turn.issue.number)
    write_event(turn.issue, lifecycle.find("let_go"), by=by, at=turn.at, text=_said_of(lead, reason))
    return _stand_alone(turn, link, _("撤销合并,本件单独办理。"))


def _stand_alone(turn: Turn, link: IssueLink, said: str) -> Issue:
    """Put a merged case back where it stood."""
    case, at, before = turn.issue, turn.at, link.before
    link.delete()
    case.closing, case.closed_at = "", None
    case.department_id, case.handler_id = before["department"], before["handler"]
    case.waiting_since = parse_datetime(before["waiting_since"]) if before["waiting_since"] else None
    status = S(before["status"])
    if before["turn"]:
        _revive(Handling.objects.get(pk=before["turn"]), waiting=status == S.WAITING, by=turn.user, at=at)
    return turn.conclude(text=said, status=status)


def _revive(handling: Handling, *, waiting: bool, by: User | None, at: datetime) -> None:
    """Let the turn and its limits go on; those that stood still go on standing."""
    handling.ended, handling.ended_at = "", None
    handling.save(update_fields=["ended", "ended_at"])
    stopped = Clock.objects.filter(kind__in=timing.KEYS, owner_id=handling.pk, stop_reason=STOPPED).order_by("pk")
    for clock in stopped:
        clock_actions.reopen(clock=clock, by=by, reason=_("合并办理"), at=at)
    if waiting:
        timing.hold(handling, reason=_("待企业补充"), by=by, at=at)


def _said_of(case: Issue, note: str) -> str:
    named = f"{case.number} {case.title}"
    return f"{named}:{note}" if note else named


def _beside(lead: Issue, verb: str, by: User, at: datetime, text: str, **data: Any) -> None:
    """Write on the main case's timeline what became of the other."""
    event = write_event(lead, lifecycle.find(verb), by=by, at=at, text=text, **data)
    touch(lead, at)
    tell(event, lifecycle.find(verb))


def touch(issue: Issue, at: datetime, *, public: bool = False) -> None:
    """Something happened to a case beside its own verbs: what was read of it before is stale."""
    seen = {"last_public_event_at": at} if public else {}
    Issue.objects.filter(pk=issue.pk).update(last_event_at=at, version=F("version") + 1, **seen)


# -- what the main case's verbs mean for those that follow it --------------------------------------------------------


def followers_of(lead: Issue) -> list[Issue]:
    """The cases of other enterprises that follow this one still, locked: to be called before anything is written."""
    links = IssueLink.objects.filter(target=lead, kind=Kind.DUPLICATE, source__status=S.MERGED)
    ids = sorted(links.values_list("source_id", flat=True))
    return [case for case in map(locked, ids) if case.status == S.MERGED]


def pass_on(turn: Turn, followers: list[Issue], text: str) -> None:
    """Tell the enterprises behind them what was answered publicly, without naming whose case it was."""
    transition = lifecycle.find("lead_news")
    for case in followers:
        event = write_event(case, transition, by=turn.user, at=turn.at, text=shielded(text, turn.issue))
        touch(case, turn.at, public=True)
        tell(event, transition)
        record(action="issues.lead_news", target=case, by=turn.user, lead=turn.issue.number)


def resolve_with(turn: Turn, followers: list[Issue]) -> None:
    """Each is resolved as the main case is, and its own enterprise confirms it or not."""
    lead, at = turn.issue, turn.at
    waits = PolicyGapCase.objects.filter(issue=lead).select_related("gap").first()
    for case in followers:
        case.rule, case.department, case.handler = case.rule or lead.rule, lead.department, lead.handler
        case.resolution, case.resolution_basis = lead.resolution, lead.resolution_basis
        case.resolution_level = lead.resolution_level
        case.resolution_text = shielded(lead.resolution_text, lead)
        case.resolved_at, case.resolved_by = at, lead.resolved_by
        if waits and lead.resolution == Issue.Resolution.NEEDS_POLICY:
            file_case(case, by=turn.user, at=at, gap=waits.gap)
        own = Turn(case, turn.user, lifecycle.find("resolve"), at)
        timing.start_confirming(_following_turn(case, at), own.rule, by=turn.user, at=at)
        own.conclude(text=case.resolution_text, resolution=case.resolution, lead=lead.number)


def _following_turn(case: Issue, at: datetime) -> Handling:
    """A turn that bears no limits but the enterprise's: the department's own are counted at the main case."""
    assert case.department is not None
    return Handling.objects.create(
        issue=case,
        department=case.department,
        round=case.handlings.count() + 1,
        is_following=True,
        dispatched_at=at,
        accepted_at=at,
        replied_at=at,
        resolved_at=at,
        ended_at=at,
        ended=Handling.Ended.RESOLVED,
    )


def decline_with(turn: Turn, followers: list[Issue], reason: str) -> None:
    """What is not ours to handle for one enterprise is not for the others."""
    for case in followers:
        case.closing, case.closed_at = Issue.Closing.DECLINED, turn.at
        own = Turn(case, turn.user, lifecycle.find("decline"), turn.at)
        own.conclude(text=shielded(reason, turn.issue), lead=turn.issue.number)


def let_go(turn: Turn, followers: list[Issue]) -> None:
    """The main case's enterprise took it back: whoever followed it stands alone again."""
    for case in followers:
        link = IssueLink.objects.get(source=case, kind=Kind.DUPLICATE)
        own = Turn(case, None, lifecycle.find("unmerge"), turn.at)
        _stand_alone(own, link, _("原先合并办理的诉求已撤回,本件单独办理。"))


def shielded(text: str, lead: Issue) -> str:
    """The text as another enterprise may read it: whoever the main case belongs to is not named."""
    enterprise = lead.enterprise
    names = [enterprise.name, TAIL.sub("", enterprise.name), enterprise.credit_code, lead.contact_phone]
    names.append(lead.contact_name if len(lead.contact_name) >= SHORTEST else "")
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = text.replace(name, _("有关企业"))
    return text
