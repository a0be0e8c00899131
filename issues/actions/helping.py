"""Departments asked to help: invited with a limit, replying, and no longer needed."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import Department, User
from issues.actions.base import Turn, act, cleaned, take_up
from issues.actions.endings import end_helpings
from issues.limits import timing
from issues.limits.audiences import Subject
from issues.models import CoHandling, Issue

WANTED_LIMIT, MOST_DAYS = 1000, 60
Ended = CoHandling.Ended


@act
def invite(
    *,
    issue: Issue,
    by: User,
    to: Department,
    text: str,
    days: int,
    files: Sequence[UploadedFile] = (),
    mentions: Sequence[User] = (),
    version: int | None = None,
) -> Issue:
    """Ask another department to help, by a limit of its own; the lead stays where it is."""
    turn = take_up(issue, "invite", by=by, version=version)
    wanted = cleaned(text, label=_("协办事项"), limit=WANTED_LIMIT)
    if not 1 <= days <= MOST_DAYS:
        raise Refused(_("协办期限请填 1 至 %(most)d 个工作日。") % {"most": MOST_DAYS}, code="invalid_days")
    _check_helper(turn, to)
    helping = CoHandling.objects.create(
        issue=turn.issue, department=to, wanted=wanted, days=days, invited_at=turn.at, invited_by=by
    )
    timing.start_helping(helping, by=by)
    turn.left = _side_of(turn, to)
    said = _("请%(name)s协办(%(days)d 个工作日内回复):%(wanted)s")
    return turn.conclude(
        text=said % {"name": to.label, "days": days, "wanted": wanted},
        files=files,
        mentions=mentions,
        department=to.label,
        days=days,
        co_handling=helping.pk,
    )


def _check_helper(turn: Turn, to: Department) -> None:
    if not to.is_active or to.kind == Department.Kind.DISTRICT:
        raise Refused(_("不能请“%(name)s”协办,请选择在用的部门。") % {"name": to.name}, code="invalid_department")
    if to == turn.issue.department:
        raise Refused(_("“%(name)s”就是主办部门,请选择另一个部门。") % {"name": to.name}, code="same_department")
    if any(one.department_id == to.pk for one in turn.helpings):
        raise Refused(_("“%(name)s”已在协办,请等回复或先撤回。") % {"name": to.name}, code="already_invited")


def _side_of(turn: Turn, department: Department) -> Subject:
    """The case as it lies with a department that helps: its people are told."""
    return Subject.of(turn.issue)._replace(department_id=department.pk, handler_id=None)


@act
def co_reply(
    *,
    issue: Issue,
    by: User,
    text: str,
    files: Sequence[UploadedFile] = (),
    mentions: Sequence[User] = (),
    version: int | None = None,
) -> Issue:
    """Say what was asked for; the limit of the department that helps stops. Only officials read it."""
    turn = take_up(issue, "co_reply", by=by, version=version)
    helping = turn.own_helpings[0]
    helping.reply = cleaned(text, label=_("协办回复"))
    timing.stop_helping([helping.pk], reason="replied", by=by, at=turn.at)
    helping.ended, helping.ended_at, helping.ended_by = Ended.REPLIED, turn.at, by
    helping.save(update_fields=["reply", "ended", "ended_at", "ended_by"])
    department = helping.department.label
    return turn.conclude(
        text=helping.reply, files=files, mentions=mentions, department=department, co_handling=helping.pk
    )


@act
def withdraw_invitation(
    *,
    issue: Issue,
    by: User,
    to: Department,
    reason: str,
    mentions: Sequence[User] = (),
    version: int | None = None,
) -> Issue:
    """The help of a department is not needed any more."""
    turn = take_up(issue, "withdraw_invitation", by=by, version=version)
    reason = cleaned(reason, label=_("理由"), limit=300)
    asked = [one for one in turn.helpings if one.department_id == to.pk]
    if not asked:
        raise Refused(_("“%(name)s”没有等待回复的协办。") % {"name": to.name}, code="no_invitation")
    end_helpings(asked, Ended.WITHDRAWN, by=by, at=turn.at, reason=reason)
    turn.left = _side_of(turn, to)
    text = _("不再请%(name)s协办:%(reason)s") % {"name": to.label, "reason": reason}
    return turn.conclude(text=text, mentions=mentions, department=to.label, co_handling=asked[0].pk)
