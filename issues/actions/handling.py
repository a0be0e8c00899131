"""What the department does with a case, and the enterprise's answers to its questions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.clocks.localtime import local_date
from issues.actions.base import Turn, act, check_handler, chosen, cleaned, take_up
from issues.actions.gaps import drop_case, file_case
from issues.actions.merging import followers_of, pass_on, resolve_with
from issues.limits import timing
from issues.models import Extension, Handling, Issue, PolicyGap


@act
def accept(*, issue: Issue, by: User, handler: User | None = None, version: int | None = None) -> Issue:
    """Take the case on; a handler who accepts without naming anybody takes it personally."""
    turn = take_up(issue, "accept", by=by, version=version)
    if handler is None and by.has_role(Role.HANDLER):
        handler = by
    if handler is not None:
        check_handler(turn.issue.department, handler)
    turn.issue.handler = handler
    turn.current.accepted_at = turn.at
    turn.current.save(update_fields=["accepted_at"])
    timing.stop(turn.current, timing.ACCEPT, reason="accepted", by=by, at=turn.at)
    return turn.conclude(handler=handler.name if handler else "")


@act
def reply(
    *, issue: Issue, by: User, text: str, files: Sequence[UploadedFile] = (), version: int | None = None
) -> Issue:
    """Answer the enterprise; the first answer stops the first-reply clock."""
    turn = take_up(issue, "reply", by=by, version=version)
    text = cleaned(text, label=_("答复内容"))
    followers = followers_of(turn.issue)
    facts: dict[str, Any] = {"first": True} if _replied(turn) else {}
    done = turn.conclude(text=text, files=files, **facts)
    pass_on(turn, followers, text)
    return done


def _replied(turn: Turn) -> bool:
    """Note the first answer of this turn; whether it was the first."""
    handling = turn.current
    if handling.replied_at is not None:
        return False
    handling.replied_at = turn.at
    handling.save(update_fields=["replied_at"])
    timing.stop(handling, timing.FIRST_REPLY, reason="replied", by=turn.user, at=turn.at)
    return not handling.is_redo


@act
def ask(*, issue: Issue, by: User, text: str, files: Sequence[UploadedFile] = (), version: int | None = None) -> Issue:
    """Ask the enterprise for more; the limits stand still until it answers."""
    turn = take_up(issue, "ask", by=by, version=version)
    text = cleaned(text, label=_("需要补充的内容"))
    turn.issue.waiting_since = turn.at
    timing.hold(turn.current, reason=_("待企业补充"), by=by, at=turn.at)
    return turn.conclude(text=text, files=files)


@act
def answer(
    *, issue: Issue, by: User, text: str, files: Sequence[UploadedFile] = (), version: int | None = None
) -> Issue:
    """Answer the department's question; the limits go on. Officials may write down what they were told."""
    turn = take_up(issue, "answer", by=by, version=version)
    text = cleaned(text, label=_("补充内容"))
    turn.issue.waiting_since = None
    timing.go_on(turn.current, by=by, at=turn.at)
    return turn.conclude(text=text, files=files)


@act
def request_extension(*, issue: Issue, by: User, days: int, reason: str, version: int | None = None) -> Issue:
    """Ask for more working days, within what the category's rule allows in total."""
    turn = take_up(issue, "request_extension", by=by, version=version)
    reason = cleaned(reason, label=_("延期理由"), limit=300)
    if not 1 <= days <= turn.extension_left:
        raise Refused(
            _("本件最多还能延期 %(left)d 个工作日,请填 1 至 %(left)d。") % {"left": turn.extension_left},
            code="invalid_days",
        )
    Extension.objects.create(handling=turn.current, days=days, reason=reason, requested_at=turn.at, requested_by=by)
    return turn.conclude(text=reason, days=days)


@act
def approve_extension(*, issue: Issue, by: User, note: str = "", version: int | None = None) -> Issue:
    """Grant the days asked for: the resolve clock moves and its colour goes back."""
    turn = take_up(issue, "approve_extension", by=by, version=version)
    note = cleaned(note, label=_("审批意见"), limit=300, needed=False)
    request = decide(turn, Extension.State.APPROVED, note)
    clock = timing.extend(turn.current, days=request.days, by=by, at=turn.at)
    text = _("办结期限延长 %(days)d 个工作日,至 %(due)s。") % {"days": request.days, "due": clock.due_on}
    return turn.conclude(text=text, days=request.days, due_on=clock.due_on.isoformat())


@act
def refuse_extension(*, issue: Issue, by: User, note: str, version: int | None = None) -> Issue:
    """Leave the limit as it is."""
    turn = take_up(issue, "refuse_extension", by=by, version=version)
    note = cleaned(note, label=_("审批意见"), limit=300)
    request = decide(turn, Extension.State.REFUSED, note)
    return turn.conclude(text=note, days=request.days)


def decide(turn: Turn, state: Extension.State, note: str) -> Extension:
    """Close the open request."""
    request = turn.open_request
    assert request is not None
    request.state, request.decision_note = state, note
    request.decided_at, request.decided_by = turn.at, turn.user
    request.save()
    return request


@act
def resolve(
    *,
    issue: Issue,
    by: User,
    resolution: str,
    text: str,
    basis: str = "",
    level: str = "",
    gap: PolicyGap | None = None,
    gap_title: str = "",
    told_way: str = "",
    told_on: date | None = None,
    files: Sequence[UploadedFile] = (),
    version: int | None = None,
) -> Issue:
    """Say how the case was resolved, with the evidence its kind asks for, and hand it to the enterprise to confirm.

    A case for which there is no policy goes to the register: to `gap`, or to a new one named `gap_title` or like it.
    One that cannot be solved was explained to the enterprise: in which way, and on which day.
    """
    turn = take_up(issue, "resolve", by=by, version=version)
    case = turn.issue
    case.resolution = chosen(resolution, Issue.Resolution, label=_("办结类型"))
    case.resolution_text = cleaned(text, label=_("发给企业的办结说明"))
    case.resolution_basis = cleaned(basis, label=_("政策依据"), limit=200, needed=resolution == Issue.Resolution.SOLVED)
    needs_level = resolution == Issue.Resolution.NEEDS_POLICY
    case.resolution_level = chosen(level, Issue.PolicyLevel, label=_("所需政策层级")) if needs_level else ""
    _note_explained(turn, told_way, told_on)
    case.resolved_at, case.resolved_by = turn.at, by
    case.waiting_since = None
    followers = followers_of(case)
    _end_resolved(turn)
    if needs_level:
        file_case(case, by=by, at=turn.at, gap=gap, title=gap_title)
    elif not case.events.filter(verb="refer").exists():  # what was reported upward stays on the register
        drop_case(case, by=by)
    done = turn.conclude(
        text=case.resolution_text,
        files=files,
        resolution=case.resolution,
        basis=case.resolution_basis,
        level=case.resolution_level,
        **_explained(case),
    )
    resolve_with(turn, followers)
    return done


def _note_explained(turn: Turn, way: str, on: date | None) -> None:
    """How and when the enterprise was told that its case cannot be solved; nothing for other resolutions."""
    case = turn.issue
    case.resolution_told_way, case.resolution_told_on = "", None
    if case.resolution != Issue.Resolution.CANNOT:
        return
    case.resolution_told_way = chosen(way, Issue.Telling, label=_("说明方式"))
    today = local_date(turn.at)
    if on is None or not local_date(case.registered_at) <= on <= today:
        raise Refused(
            _("请填写向企业说明的日期,在登记之日(%(first)s)至今天之间。")
            % {"first": local_date(case.registered_at).isoformat()},
            code="invalid_date",
        )
    case.resolution_told_on = on


def _explained(case: Issue) -> dict[str, Any]:
    """The same for the event."""
    if case.resolution_told_on is None:
        return {}
    return {"told_way": case.resolution_told_way, "told_on": case.resolution_told_on.isoformat()}


def _end_resolved(turn: Turn) -> None:
    """End the department's turn; the telling text is a first reply too, and the confirm clock starts."""
    handling = turn.current
    if turn.open_request:
        decide(turn, Extension.State.DROPPED, "")
    _replied(turn)
    timing.stop(handling, timing.RESOLVE, reason="resolved", by=turn.user, at=turn.at)
    handling.resolved_at = handling.ended_at = turn.at
    handling.ended = Handling.Ended.RESOLVED
    handling.save(update_fields=["resolved_at", "ended_at", "ended"])
    timing.start_confirming(handling, turn.rule, by=turn.user, at=turn.at)


@act
def note(
    *,
    issue: Issue,
    by: User,
    text: str,
    files: Sequence[UploadedFile] = (),
    mentions: Sequence[User] = (),
    version: int | None = None,
) -> Issue:
    """Write something down that only officials see; `@姓名` in it, and `mentions`, tell colleagues who see the case."""
    turn = take_up(issue, "note", by=by, version=version)
    return turn.conclude(text=cleaned(text, label=_("备注")), files=files, mentions=mentions)
