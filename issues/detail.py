"""What the page of one case shows: path, timeline, people, and the verbs at hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Avg, Count
from django.urls import reverse
from django.utils.translation import gettext as _

from enterprises.models import Contact
from foundation.accounts.permissions import Permission
from foundation.attachments.models import Attachment
from foundation.clocks import calendar
from foundation.clocks.localtime import local_date, start_of_day, today
from foundation.clocks.models import Clock
from foundation.clocks.queries import latest
from foundation.ui import text as words
from issues import lifecycle, timing
from issues.forms import VERB_FORMS, VerbForm
from issues.gap_forms import AttachForm
from issues.ledger import state
from issues.lifecycle import Transition
from issues.models import Event, Extension, Handling, Issue, PolicyGap, PolicyGapCase
from issues.warnings import LABELS as LIMITS
from liaison.models import Assignment

TONES = {
    "warn_yellow": "y",
    "warn_red": "r",
    "escalate": "r",
    "ask": "p",
    "resolve": "g",
    "confirm": "g",
    "close": "g",
}
LABELS = {transition.verb: transition.label for transition in lifecycle.TRANSITIONS}


def case_of(user: Any, pk: int) -> Issue:
    """The case with what its page names, if this person may see it; Issue.DoesNotExist otherwise."""
    related = (
        "category",
        "rule",
        "enterprise__park",
        "enterprise__town",
        "department",
        "handler",
        "project",
        "visit",
        "registered_by",
    )
    issue = Issue.objects.visible_to(user).select_related(*related).get(pk=pk)
    if issue.rule and issue.rule.category_id == issue.category_id:
        issue.rule.category = issue.category
    return issue


@dataclass(frozen=True)
class Step:
    """One stop on the path of a case: done, where it stands now, or still to come."""

    label: str
    note: str
    css: str


def badge(issue: Issue) -> tuple[str, str]:
    """Shape and words of the case's state, from its mirrored columns."""
    shape, said, _limit = state(vars(issue), today(), calendar.current())
    title = {"y": _("黄牌 · "), "r": _("红牌 · ")}.get(shape, "")
    return shape, title + said


def turn_of(issue: Issue) -> Handling | None:
    """The newest turn of the case that was not sent back."""
    turn = issue.handlings.select_related("department").order_by("-round").first()
    return turn if turn and turn.ended != Handling.Ended.RETURNED else None


def proof_clock(issue: Issue, turn: Handling | None) -> Clock | None:
    """The clock whose days are proven: the one that is due first, else the resolve clock."""
    if turn is None:
        return None
    return latest(issue.clock_kind or timing.RESOLVE, turn.pk)


def clock_label(clock: Clock | None) -> str:
    """Which limit a clock measures."""
    return str(LIMITS.get(clock.kind, "")) if clock else ""


def steps(issue: Issue, turn: Handling | None) -> list[Step]:
    """Register, dispatch, accept, first reply, resolve, confirm; a redo has no acceptance and reply of its own."""
    stops = [Stop(_("登记"), issue.registered_at, issue.get_channel_display()), *_stops_of(turn)]
    if issue.status == Issue.Status.DECLINED:
        return [_step(stop, "ok") for stop in (stops[0], Stop(_("不予受理"), issue.closed_at))]
    closed = issue.get_closing_display() if issue.closing else _("销号")
    stops += [
        Stop(
            _("办结"),
            issue.resolved_at,
            issue.get_resolution_display() if issue.resolution else "",
            turn.resolve_due_at if turn else None,
        ),
        Stop(_("企业确认"), issue.closed_at, closed, issue.due_at if issue.status == Issue.Status.RESOLVED else None),
    ]
    reached = max(place for place, stop in enumerate(stops) if stop.at)
    css = ["ok"] * (reached + 1) + ["now"] + [""] * len(stops)
    return [_step(stop, css[place]) for place, stop in enumerate(stops)]


class Stop(NamedTuple):
    """A stop on the path: when it was reached, what is said of it, and the limit until which it should be."""

    label: str
    at: datetime | None
    note: str = ""
    due: datetime | None = None


def _stops_of(turn: Handling | None) -> list[Stop]:
    """From the hand-over to the first reply."""
    if turn is None:
        return [Stop(_("交办"), None), Stop(_("签收"), None), Stop(_("首次答复"), None)]
    name = turn.department.label
    if turn.is_redo:
        return [Stop(_("重办"), turn.dispatched_at, name)]
    deemed = _("视为签收") if turn.accept_deemed else ""
    return [
        Stop(_("交办"), turn.dispatched_at, name),
        Stop(_("签收"), turn.accepted_at, deemed, turn.accept_due_at),
        Stop(_("首次答复"), turn.replied_at, "", turn.reply_due_at),
    ]


def _step(stop: Stop, css: str) -> Step:
    if stop.at is not None:
        return Step(stop.label, " · ".join(filter(None, (words.daytime(stop.at), stop.note))), css)
    note = "" if css == "ok" else _limit_words(stop.due) or stop.note
    return Step(stop.label, note, css)


def _limit_words(limit: datetime | None) -> str:
    """The last day that is still in time: the limit itself is the 00:00 after it."""
    if limit is None:
        return ""
    last = local_date(limit).fromordinal(local_date(limit).toordinal() - 1)
    return _("限 %(day)s 24:00") % {"day": words.day(last)}


# -- timeline ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One event as the timeline prints it."""

    at: datetime
    verb: str
    actor: str
    what: str
    text: str
    internal: bool
    system: bool  # by nobody: said in one line
    tone: str
    files: list[dict[str, Any]]


def timeline(events: Iterable[Event], files: dict[str, dict[str, Any]]) -> list[Entry]:
    """The events, newest first, each with the files that came with it."""
    return [_entry(event, files) for event in events]


def _entry(event: Event, files: dict[str, dict[str, Any]]) -> Entry:
    label = str(LABELS.get(event.verb, event.verb))
    if event.verb == "reply" and event.data.get("first"):
        label = _("首次答复")
    attached = [files[key] for key in event.data.get("files", []) if key in files]
    return Entry(
        event.at,
        event.verb,
        event.actor,
        label,
        event.text,
        event.internal,
        event.by_id is None,
        TONES.get(event.verb, ""),
        attached,
    )


def files_of(issue: Issue, user: Any) -> dict[str, dict[str, Any]]:
    """Key → name, address and size of the files this person may have."""
    rows = Attachment.objects.visible_to(user).filter(owner_type=issue._meta.label_lower, owner_id=issue.pk)
    return {
        str(row.key): {"name": row.name, "url": reverse("attachments:download", args=[row.key]), "size": row.size}
        for row in rows
    }


def asked(issue: Issue, entries: list[Entry]) -> Entry | None:
    """What the department wants to know, while the case waits for it."""
    if issue.status != Issue.Status.WAITING:
        return None
    return next((entry for entry in entries if entry.verb == "ask"), None)


# -- people -----------------------------------------------------------------------------------------------------------


def enterprise_card(issue: Issue, user: Any) -> dict[str, Any]:
    """Who the enterprise is, whom to call, who serves it, and how its year went."""
    team = (
        Assignment.objects.active().filter(enterprise=issue.enterprise).select_related("user__department", "department")
    )
    year = Issue.objects.filter(
        enterprise=issue.enterprise, registered_at__gte=start_of_day(today().replace(month=1, day=1))
    )
    return {
        "contact": None if issue.contact_name else Contact.objects.filter(enterprise=issue.enterprise).first(),
        "team": sorted(team, key=lambda one: list(Assignment.Kind).index(Assignment.Kind(one.kind))),
        "year": year.aggregate(count=Count("pk"), mean=Avg("rating")),
    }


def extensions_of(turn: Handling | None) -> list[Extension]:
    return list(turn.extensions.select_related("requested_by", "decided_by")) if turn else []


@dataclass(frozen=True)
class GapCard:
    """The missing policy that a case waits for, and the form with which it may be named otherwise."""

    gap: PolicyGap | None
    form: AttachForm | None


def gap_of(issue: Issue, user: Any) -> GapCard | None:
    """For a case without a policy, before somebody who may open the register."""
    lacks = issue.resolution == Issue.Resolution.NEEDS_POLICY
    if not (lacks or issue.reopened_count) or not user.may(Permission.POLICY_GAP_VIEW):
        return None
    link = PolicyGapCase.objects.visible_to(user).filter(issue=issue).select_related("gap").first()
    if link is None and not lacks:
        return None
    names = user.may(Permission.DISTRICT_SCOPE) or lifecycle.Case(issue, user).has_department
    may = lacks and names and user.may(Permission.POLICY_GAP_ATTACH)
    return GapCard(link.gap if link else None, AttachForm(issue=issue, user=user, auto_id="gap_%s") if may else None)


# -- verbs ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """A verb the person may use now, with its short form."""

    transition: Transition
    form: VerbForm
    url: str
    primary: bool

    @property
    def multipart(self) -> bool:
        return self.form.is_multipart()


def known(issue: Issue, user: Any, turn: Handling | None, extensions: list[Extension]) -> lifecycle.Case:
    """The case before this person, with what the page has read of it already."""
    case = lifecycle.Case(issue, user)
    case.handling = turn if turn and turn.ended_at is None else None
    case.extensions = extensions if case.handling else []
    return case


def choices(case: lifecycle.Case, failed: tuple[str, VerbForm] | None = None) -> list[Choice]:
    """The verbs at hand, the primary one first; `failed` is the form that came back with errors."""
    issue, user = case.issue, case.user
    at_hand = lifecycle.at_hand(case)
    first = next((t for t in at_hand if t.verb == "approve_extension"), None)
    first = first or next((t for t in at_hand if t.primary), None)
    ordered = sorted(at_hand, key=lambda t: t is not first)
    found = []
    for transition in ordered:
        form = failed[1] if failed and failed[0] == transition.verb else form_for(transition.verb, issue, user)
        url = reverse("issues:verb", args=[issue.pk, transition.verb])
        found.append(Choice(transition, form, url, transition is first))
    return found


def form_for(verb: str, issue: Issue, user: Any, *args: Any) -> VerbForm:
    """The verb's form; ids are prefixed so that several stand on one page."""
    return VERB_FORMS[verb](*args, issue=issue, user=user, auto_id=f"{verb}_%s")
