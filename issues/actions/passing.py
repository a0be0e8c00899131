"""How a case changes hands: returned to the office, passed on inside a department, given to another one."""

from __future__ import annotations

from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import Department, User
from issues import lifecycle
from issues.actions.base import Turn, act, check_handler, chosen, cleaned, take_up
from issues.actions.endings import end_helpings
from issues.actions.handling import decide
from issues.actions.intake import give_to
from issues.limits import timing
from issues.limits.audiences import Subject
from issues.models import CoHandling, Extension, Handling, Issue


@act
def send_back(*, issue: Issue, by: User, kind: str, reason: str, version: int | None = None) -> Issue:
    """Return the case to the office; the second return of its life goes to arbitration."""
    turn = take_up(issue, "return", by=by, version=version)
    turn.current.return_kind = chosen(kind, Handling.ReturnKind, label=_("退回类型"))
    reason = cleaned(reason, label=_("退回理由"), limit=1000)
    _end(turn, Handling.Ended.RETURNED)
    case, returned_by = turn.issue, turn.current.department.label
    case.return_count += 1
    case.department, case.handler = None, None
    status = lifecycle.SECOND_RETURN_TO if case.return_count > 1 else turn.transition.to
    return turn.conclude(text=reason, status=status, department=returned_by, count=case.return_count, kind=kind)


@act
def transfer(
    *,
    issue: Issue,
    by: User,
    to: Department | None = None,
    handler: User | None = None,
    note: str = "",
    version: int | None = None,
) -> Issue:
    """Pass the case to somebody else of the department, or to a unit of it; the limits run on as they are."""
    turn = take_up(issue, "transfer", by=by, version=version)
    note = cleaned(note, label=_("说明"), limit=1000, needed=False)
    case = turn.issue
    to = None if to == case.department else to
    if to is None and (handler is None or handler == case.handler):
        raise Refused(_("请选择要转给的承办人或下属单位。"), code="nobody_named")
    if to is not None:
        _check_unit(by, to)
        case.department = turn.current.department = to
        turn.current.save(update_fields=["department"])
    if handler is not None:
        check_handler(case.department, handler)
    case.handler = handler
    named = " ".join(filter(None, (to.label if to else "", handler.name if handler else "")))
    text = _("转%(name)s办理。") % {"name": named} + note
    return turn.conclude(text=text, department=to.label if to else "", handler=handler.name if handler else "")


def _check_unit(by: User, to: Department) -> None:
    """A department passes its cases on inside itself only."""
    own = by.department and to.path.startswith(by.department.path)
    if not own or not to.is_active:
        raise Refused(
            _("“%(name)s”不是本部门的下属单位。要交给其他部门,请由企业服务办公室改派。") % {"name": to.name},
            code="invalid_department",
        )


@act
def reassign(*, issue: Issue, by: User, to: Department, reason: str, version: int | None = None) -> Issue:
    """Take the case from its department and give it to another, whose three limits start now; no return is counted."""
    turn = take_up(issue, "reassign", by=by, version=version)
    reason = cleaned(reason, label=_("改派理由"), limit=1000)
    case, before = turn.issue, turn.current.department
    if to == before:
        raise Refused(_("此件现在就由“%(name)s”主办,请选择另一个部门。") % {"name": to.name}, code="same_department")
    turn.left = Subject.of(case)
    if turn.open_request:
        decide(turn, Extension.State.DROPPED, "")
    _end(turn, Handling.Ended.REASSIGNED)
    case.waiting_since = None
    leads = [one for one in turn.helpings if one.department_id == to.pk]
    end_helpings(leads, CoHandling.Ended.OVER, by=by, at=turn.at, reason=_("改为主办"))
    give_to(turn, to)
    return turn.conclude(text=reason, before=before.label, department=to.label, round=turn.current.round)


def _end(turn: Turn, how: Handling.Ended) -> None:
    """The department's turn is over without a resolution."""
    handling = turn.current
    handling.ended, handling.ended_at = how, turn.at
    handling.save(update_fields=["ended", "ended_at", "return_kind"])
    timing.stop(handling, timing.ACCEPT, timing.FIRST_REPLY, timing.RESOLVE, reason=how.value, by=turn.user, at=turn.at)
