"""The second key: what becomes of a case after the department resolved it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from enterprises.successors import standing
from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from issues import ratings
from issues.actions.base import Turn, act, cleaned, take_up
from issues.actions.call_ends import void_call
from issues.actions.follow_ups import open_follow_up
from issues.limits import timing
from issues.models import Handling, Issue

LEFT_LIMIT = 1000


@act
def confirm(
    *,
    issue: Issue,
    by: User,
    rating: int,
    tags: Sequence[str] = (),
    comment: str = "",
    version: int | None = None,
) -> Issue:
    """The enterprise is content: it rates the outcome, and the case is closed."""
    turn = take_up(issue, "confirm", by=by, version=version)
    rated = _rate(turn, rating, tags, comment)
    _close(turn, Issue.Closing.CONFIRMED, "confirmed")
    return turn.conclude(text=turn.issue.rating_comment, also_tells=_hearing_of(rating), **rated)


@act
def confirm_partly(
    *,
    issue: Issue,
    by: User,
    left: str,
    rating: int,
    tags: Sequence[str] = (),
    comment: str = "",
    version: int | None = None,
) -> Issue:
    """The enterprise is content with a part: the case is closed, and what is left becomes a case of its own."""
    standing(issue.enterprise, no_key=True)  # locked before the case, as whoever merges enterprises does it
    turn = take_up(issue, "confirm_partly", by=by, version=version)
    left = cleaned(left, label=_("还没有解决的"), limit=LEFT_LIMIT)
    rated = _rate(turn, rating, tags, comment)
    _close(turn, Issue.Closing.PARTLY, "partly confirmed")
    following = open_follow_up(turn, left)
    rated |= {"follow_up": {"id": following.pk, "number": following.number}}
    if turn.issue.rating_comment:
        rated["comment"] = turn.issue.rating_comment
    return turn.conclude(text=left, **rated)


@act
def reject(*, issue: Issue, by: User, reason: str, version: int | None = None) -> Issue:
    """The enterprise is not content: the department takes the case up again under a new resolve limit."""
    turn = take_up(issue, "reject", by=by, version=version)
    reason = cleaned(reason, label=_("理由"), limit=1000)
    redo(turn)
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
    before = take_back_closing(turn.issue)
    void_call(turn.issue, by=by, at=turn.at)
    redo(turn)
    return turn.conclude(text=reason, round=turn.current.round, before=before)


def take_back_closing(case: Issue) -> dict[str, Any]:
    """The case is no longer closed, and its rating void; returns what stood."""
    before = {"closing": case.closing, "rating": case.rating}
    if case.rating_tags:
        before["tags"] = case.rating_tags
    case.closing, case.closed_at = "", None
    case.rating, case.rated_at, case.rating_comment, case.rating_tags = None, None, "", []
    return before


def redo(turn: Turn) -> Handling:
    """Mark the resolution as not held, and open another turn of the same department, accepted already.

    Returns the turn whose resolution did not hold.
    """
    case, before = turn.issue, _resolved(turn)
    timing.stop(before, timing.CONFIRM, reason="rejected", by=turn.user, at=turn.at)
    before.rejected_at = turn.at
    before.save(update_fields=["rejected_at"])
    case.resolution = case.resolution_text = case.resolution_basis = case.resolution_level = ""
    case.resolution_told_way, case.resolution_told_on = "", None
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
    return before


def _rate(turn: Turn, rating: int, tags: Sequence[str], comment: str) -> dict[str, Any]:
    """Keep grade, tags and words on the case; a bad grade says why. Returns what the event keeps."""
    if not isinstance(rating, int) or not 1 <= rating <= 5:
        raise Refused(_("请评 1 至 5 分。"), code="invalid_rating")
    chosen = [key for key in ratings.offered(rating) if key in tags]
    if len(chosen) != len(set(tags)):
        raise Refused(
            _("所选标签不适用于“%(grade)s”,请重新选择。") % {"grade": ratings.grade(rating)}, code="invalid_tags"
        )
    comment = cleaned(comment, label=_("评价"), limit=300, needed=False)
    if rating <= ratings.BAD and not (chosen or comment):
        raise Refused(_("请选一个不满意的原因,或写一句话,以便部门改进。"), code="missing_reason")
    case = turn.issue
    case.rating, case.rating_tags, case.rating_comment, case.rated_at = rating, chosen, comment, turn.at
    return {"rating": rating, "tags": chosen} if chosen else {"rating": rating}


def _hearing_of(rating: int) -> tuple[str, ...]:
    """Who hears of a rating besides the handler."""
    return ("department_head",) if rating <= ratings.BAD else ()


def _close(turn: Turn, closing: Issue.Closing, reason: str) -> None:
    turn.issue.closing, turn.issue.closed_at = closing, turn.at
    timing.stop(_resolved(turn), timing.CONFIRM, reason=reason, by=turn.user, at=turn.at)


def _resolved(turn: Turn) -> Handling:
    """The turn whose resolution the case stands on."""
    return turn.issue.handlings.filter(ended=Handling.Ended.RESOLVED).latest("round")
