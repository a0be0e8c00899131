"""What the page of one case shows: path, timeline, people, and the verbs at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db.models import Avg, Count, Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from enterprises.models import Contact
from foundation.accounts.permissions import Permission
from foundation.attachments.models import Attachment
from foundation.attachments.shown import shown
from foundation.clocks import calendar
from foundation.clocks.localtime import local_date, start_of_day, today
from foundation.clocks.models import Clock
from foundation.clocks.queries import latest
from foundation.ui import text as words
from issues import lifecycle, timing
from issues.canned import OFFERED_IN
from issues.forms import VERB_FORMS
from issues.gap_forms import AttachForm
from issues.ledger import state
from issues.lifecycle import Transition
from issues.mentions import marked
from issues.models import CoHandling, Event, Extension, Handling, Issue, IssueWatch, PolicyGap, PolicyGapCase
from issues.passing_forms import PASSING_FORMS
from issues.unread import seen_until
from issues.verb_form import VerbForm
from issues.warnings import LABELS as LIMITS
from liaison.models import Assignment

TONES = {
    "warn_yellow": "y",
    "warn_red": "r",
    "escalate": "r",
    "ask": "p",
    "refer": "p",
    "resolve": "g",
    "confirm": "g",
    "confirm_partly": "g",
    "close": "g",
}
FORMS = VERB_FORMS | PASSING_FORMS
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
        "follows",
    )
    watched = Exists(IssueWatch.objects.visible_to(user).filter(issue=OuterRef("pk")))
    rows = Issue.objects.visible_to(user).select_related(*related)
    issue = rows.annotate(watched=watched, seen_until=seen_until(user)).get(pk=pk)
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
    text: str  # safe where mentions are marked in it
    internal: bool
    system: bool  # by nobody: said in one line
    tone: str
    files: list[dict[str, Any]]
    own: bool = False  # by one of the reader's own enterprise


def timeline(
    events: Iterable[Event], files: dict[str, dict[str, Any]], colleagues: Mapping[int, str] = MappingProxyType({})
) -> list[Entry]:
    """The events, newest first, each with the files that came with it; `colleagues` are called by their names."""
    return [_entry(event, files, colleagues.get(event.by_id or 0)) for event in events]


def _entry(event: Event, files: dict[str, dict[str, Any]], colleague: str | None = None) -> Entry:
    label = str(LABELS.get(event.verb, event.verb))
    if event.verb == "reply" and event.data.get("first"):
        label = _("首次答复")
    if event.verb == "return" and event.data.get("kind"):
        label = f"{label}({Handling.ReturnKind(event.data['kind']).label})"
    attached = [files[key] for key in event.data.get("files", []) if key in files]
    return Entry(
        event.at,
        event.verb,
        colleague or event.actor,
        label,
        marked(event.text, event.data.get("mentions", ())),
        event.internal,
        event.by_id is None,
        TONES.get(event.verb, ""),
        attached,
        colleague is not None,
    )


def files_of(issue: Issue, user: Any) -> dict[str, dict[str, Any]]:
    """Key → what lists of files show of those this person may have."""
    rows = Attachment.objects.visible_to(user).filter(owner_type=issue._meta.label_lower, owner_id=issue.pk)
    return {str(row.key): shown(row) for row in rows}


def asked(issue: Issue, entries: list[Entry]) -> Entry | None:
    """What the department wants to know, while the case waits for it."""
    if issue.status != Issue.Status.WAITING:
        return None
    return next((entry for entry in entries if entry.verb == "ask"), None)


@dataclass(frozen=True)
class Left:
    """What a partly solved case left over, and the case that it became."""

    text: str
    number: str
    pk: int


def left_over(issue: Issue, events: Iterable[Event]) -> Left | None:
    """The same from the newest event that says so, while the case stands closed by it."""
    if issue.closed_at is None:
        return None
    event = next((one for one in events if "follow_up" in one.data), None)
    return Left(event.text, event.data["follow_up"]["number"], event.data["follow_up"]["id"]) if event else None


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


def gap_of(issue: Issue, user: Any, *, referred: bool = False) -> GapCard | None:
    """For a case without a policy, or referred upward, before somebody who may open the register."""
    lacks = issue.resolution == Issue.Resolution.NEEDS_POLICY
    if not (lacks or referred or issue.reopened_count) or not user.may(Permission.POLICY_GAP_VIEW):
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
    """A verb the person may use now, with its short form; a folded one has none until it is asked for."""

    transition: Transition
    form: VerbForm | None
    url: str
    primary: bool
    open: bool = False  # the page was opened to do just this

    @property
    def phrases(self) -> str:
        """Where the replies kept ready for it are; empty where none are offered."""
        form = self.form if self.transition.verb in OFFERED_IN else None
        offered = form and form.user.may(Permission.CANNED_REPLY_KEEP)
        return reverse("issues:phrases", args=[form.issue.pk]) if form and offered else ""

    @property
    def multipart(self) -> bool:
        return bool(self.form and self.form.is_multipart())


def helpings_of(issue: Issue) -> list[CoHandling]:
    """The departments that help or helped, with what they said."""
    return list(issue.co_handlings.select_related("department", "invited_by__department"))


def known(
    issue: Issue,
    user: Any,
    turn: Handling | None,
    extensions: list[Extension],
    helpings: list[CoHandling] | None = None,
) -> lifecycle.Case:
    """The case before this person, with what the page has read of it already."""
    case = lifecycle.Case(issue, user)
    case.handling = turn if turn and turn.ended_at is None else None
    case.extensions = extensions if case.handling else []
    if helpings is not None:
        case.helpings = [one for one in helpings if one.ended_at is None]
    return case


def choices(
    case: lifecycle.Case,
    failed: tuple[str, VerbForm] | None = None,
    *,
    opened: str = "",
    back: str = "",
    used: CoHandling | None = None,
) -> list[Choice]:
    """The verbs at hand, the primary one first, those seldom used last.

    `failed` is the form that came back with errors, `opened` the verb chosen on the page before, `back` the list to
    which the person returns. With `used`, a reply to the enterprise stands open with what a helping department said.
    """
    issue, user = case.issue, case.user
    at_hand = lifecycle.at_hand(case)
    first = _first(at_hand)
    ordered = sorted(at_hand, key=lambda t: (t is not first, t.folded))
    found = []
    for transition in ordered:
        form = failed[1] if failed and failed[0] == transition.verb else None
        using = used is not None and transition.verb == "reply"
        if form is None and not transition.folded:
            form = form_for(transition.verb, issue, user, **({"initial": {"text": used.reply}} if using else {}))
        url = reverse("issues:verb", args=[issue.pk, transition.verb]) + (f"?back={back}" if back else "")
        found.append(Choice(transition, form, url, transition is first, using or transition.verb == opened))
    return found


def primary(case: lifecycle.Case, *, back: str) -> Choice | None:
    """The verb to press next with its form, if there is one; afterwards the person returns to the tab `back`."""
    transition = _first(lifecycle.at_hand(case))
    if transition is None:
        return None
    url = reverse("issues:verb", args=[case.issue.pk, transition.verb])
    return Choice(transition, form_for(transition.verb, case.issue, case.user), f"{url}?back={back}", True)


def _first(at_hand: list[Transition]) -> Transition | None:
    """Of the verbs at hand, the one to press next."""
    asked = next((t for t in at_hand if t.verb == "approve_extension"), None)
    return asked or next((t for t in at_hand if t.primary), None)


def choice_of(verb: str, issue: Issue, user: Any) -> Choice | None:
    """One verb with its form, if it is at hand."""
    transition = lifecycle.find(verb)
    if transition not in lifecycle.available(issue, user):
        return None
    return Choice(transition, form_for(verb, issue, user), reverse("issues:verb", args=[issue.pk, verb]), False)


def form_for(verb: str, issue: Issue, user: Any, *args: Any, **more: Any) -> VerbForm:
    """The verb's form; ids are prefixed so that several stand on one page."""
    return FORMS[verb](*args, issue=issue, user=user, auto_id=f"{verb}_%s", **more)
