"""The second key: what becomes of a case after the department resolved it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from issues import timing
from issues.actions.base import Turn, act, cleaned, take_up
from issues.models import Handling, Issue


@act
def confirm(*, issue: Issue, by: User, rating: int, comment: str = "", version: int | None = None) -> Issue:
    """The enterprise is content: it rates the outcome, and the case is closed."""
    turn = take_up(issue, "confirm", by=by, version=version)
    if not isinstance(rating, int) or not 1 <= rating <= 5:
        raise Refused(_("请评 1 至 5 分。"), code="invalid_rating")
    case = turn.issue
    case.rating, case.rated_at = rating, turn.at
    case.rating_comment = cleaned(comment, label=_("评价"), limit=300, needed=False)
    _close(turn, Issue.Closing.CONFIRMED, "confirmed")
    return turn.conclude(text=case.rating_comment, rating=rating)


@act
def reject(*, issue: Issue, by: User, reason: str, version: int | None = None) -> Issue:
    """The enterprise is not content: the department takes the case up again under a new resolve limit."""
    turn = take_up(issue, "reject", by=by, version=version)
    reason = cleaned(reason, label=_("理由"), limit=1000)
    _redo(turn)
    return turn.conclude(text=reason, round=turn.current.round)


@act
def close(*, issue: Issue, by: User, note: str, version: int | None = None) -> Issue:
    """The office confirms for the enterprise after a call; what was said is kept."""
    turn = take_up(issue, "close", by=by, version=version)
    note = cleaned(note, label=_("回访情况"), limit=1000)
    _close(turn, Issue.Closing.OFFICE, "confirmed by the office")
    return turn.conclude(text=note)


@act
def reopen(*, issue: Issue, by: User, reason: str, version: int | None = None) -> Issue:
    """The office takes a closed case up again, with the same department and a new resolve limit."""
    turn = take_up(issue, "reopen", by=by, version=version)
    reason = cleaned(reason, label=_("理由"), limit=1000)
    case = turn.issue
    before = {"closing": case.closing, "rating": case.rating}
    case.closing, case.closed_at = "", None
    case.rating, case.rated_at, case.rating_comment = None, None, ""
    _redo(turn)
    return turn.conclude(text=reason, round=turn.current.round, before=before)


def _close(turn: Turn, closing: Issue.Closing, reason: str) -> None:
    turn.issue.closing, turn.issue.closed_at = closing, turn.at
    timing.stop(_resolved(turn), timing.CONFIRM, reason=reason, by=turn.user, at=turn.at)


def _resolved(turn: Turn) -> Handling:
    """The turn whose resolution the case stands on."""
    return turn.issue.handlings.filter(ended=Handling.Ended.RESOLVED).latest("round")


def _redo(turn: Turn) -> None:
    """Mark the resolution as not held, and open another turn of the same department, accepted already."""
    case, before = turn.issue, _resolved(turn)
    timing.stop(before, timing.CONFIRM, reason="rejected", by=turn.user, at=turn.at)
    before.rejected_at = turn.at
    before.save(update_fields=["rejected_at"])
    case.resolution = case.resolution_text = case.resolution_basis = case.resolution_level = ""
    case.resolved_at = case.resolved_by = None
    case.reopened_count += 1
    turn.handling = Handling.objects.create(
        issue=case,
        department=before.department,
        round=before.round + 1,
        is_redo=True,
        dispatched_at=turn.at,
        accepted_at=turn.at,
    )
    timing.start_turn(turn.current, turn.rule, by=turn.user)
