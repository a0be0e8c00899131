"""A matter that came back within half a year after it was closed: both cases are marked, and the first one does not
count as solved."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.audit.actions import record
from foundation.clocks.localtime import now
from issues import lifecycle, numbers
from issues.actions.base import act, cleaned, locked, take_up, write_event
from issues.actions.merging import touch
from issues.lifecycle.table import RECURS_WITHIN
from issues.models import Handling, Issue, IssueLink
from issues.repeats import similar
from issues.repeats.similar import Like
from issues.telling import tell

RECURS = IssueLink.Kind.RECURS


def look_back(issue: Issue, at: datetime) -> Like | None:
    """The closed case of which a new one is a return, locked before anything is written."""
    found = similar.come_back(issue, at)
    return Like(locked(found.issue.pk), found.percent) if found else None


def mark(issue: Issue, before: Like | None, at: datetime) -> None:
    """Mark both without being told by anybody; the note says why, so that the office can judge it."""
    if before is None:
        return
    note = _("系统比对:同一企业、同一类别,标题和内容相似 %(percent)d%%,前一件销号后 %(days)d 天。") % {
        "percent": before.percent,
        "days": _days(before.issue, at),
    }
    text = f"{before.issue.number} {before.issue.title}:{note}"
    write_event(issue, lifecycle.find("recur"), by=None, at=at, text=text, earlier=before.issue.number)
    _mark_both(issue, before.issue, by=None, at=at, note=note)
    record(action="issues.recur", target=issue, by=None, earlier=before.issue.number, percent=before.percent)


@act
def recur(*, issue: Issue, earlier: Issue, by: User, note: str = "", version: int | None = None) -> Issue:
    """The office finds that a case is an earlier one come back."""
    numbers.lock_series(now())
    first = locked(earlier.pk)
    turn = take_up(issue, "recur", by=by, version=version)
    note = cleaned(note, label=_("说明"), limit=200, needed=False)
    _check_earlier(turn.issue, first)
    _mark_both(turn.issue, first, by=by, at=turn.at, note=note)
    said = f"{first.number} {first.title}"
    return turn.conclude(text=f"{said}:{note}" if note else said, earlier=first.number)


def _check_earlier(issue: Issue, earlier: Issue) -> None:
    """Refuse what is not an earlier case of the same enterprise, closed not long before this one came."""
    if earlier.pk == issue.pk or earlier.enterprise_id != issue.enterprise_id:
        raise Refused(_("前一件应是同一企业的另一件诉求,请核对编号。"), code="invalid_earlier")
    over = earlier.status == Issue.Status.CLOSED and earlier.closing != Issue.Closing.MERGED
    if not over or earlier.closed_at is None or earlier.closed_at > issue.registered_at:
        raise Refused(
            _("%(number)s 不是在本件登记之前销号的,不能认定为再次发生。") % {"number": earlier.number},
            code="invalid_earlier",
        )
    if _days(earlier, issue.registered_at) > RECURS_WITHIN:
        raise Refused(
            _("%(number)s 销号已超过 %(days)d 天,不再计为再次发生。可以把两件关联起来。")
            % {"number": earlier.number, "days": RECURS_WITHIN},
            code="invalid_earlier",
        )


def _mark_both(issue: Issue, earlier: Issue, *, by: User | None, at: datetime, note: str) -> None:
    IssueLink.objects.create(kind=RECURS, source=issue, target=earlier, note=note, added_at=at, added_by=by)
    # What was closed for want of a policy, or explained, was never said to be solved.
    if earlier.resolution == Issue.Resolution.SOLVED:
        _solution_of(earlier).filter(recurred_at__isnull=True).update(recurred_at=at)
    _say(earlier, "came_back", by, at, f"{issue.number} {issue.title}", later=issue.number)


@act
def unrecur(*, issue: Issue, by: User, reason: str, version: int | None = None) -> Issue:
    """The office finds that it is another matter after all: both marks go, and what was counted is counted no more."""
    numbers.lock_series(now())
    link = IssueLink.objects.filter(kind=RECURS, source=issue).first()
    first = locked(link.target_id) if link else None
    turn = take_up(issue, "unrecur", by=by, version=version)
    reason = cleaned(reason, label=_("理由"), limit=1000)
    assert link is not None and first is not None
    link.delete()
    if not IssueLink.objects.filter(kind=RECURS, target=first).exists():
        _solution_of(first).update(recurred_at=None)
    _say(first, "came_back_not", by, turn.at, f"{turn.issue.number}:{reason}", later=turn.issue.number)
    return turn.conclude(text=reason, earlier=first.number)


def _solution_of(issue: Issue):
    """The turn whose resolution the case was closed on."""
    last = issue.handlings.filter(ended=Handling.Ended.RESOLVED).order_by("-round").values("pk")[:1]
    return Handling.objects.filter(pk__in=list(last.values_list("pk", flat=True)))


def _say(earlier: Issue, verb: str, by: User | None, at: datetime, text: str, **data: str) -> None:
    event = write_event(earlier, lifecycle.find(verb), by=by, at=at, text=text, **data)
    touch(earlier, at)
    tell(event, lifecycle.find(verb))


def _days(earlier: Issue, at: datetime) -> int:
    assert earlier.closed_at is not None
    return (at - earlier.closed_at).days
