"""Follow-up calls: drawing them, trying to reach the enterprise, and what its answer means for the case."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from enterprises.successors import standing
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.audit.actions import record
from foundation.clocks import actions as clock_actions
from foundation.clocks.actions import Start
from foundation.clocks.localtime import now
from foundation.clocks.models import Ladder
from issues import lifecycle, ratings
from issues.actions.base import Turn, cleaned, locked
from issues.actions.call_ends import CLOCK, Finding, finish_call
from issues.actions.follow_ups import open_follow_up
from issues.actions.outcome import redo, take_back_closing
from issues.calling.sampling import Closure, draw
from issues.models import CallDraw, CallKind, CallRule, CallTry, DrawnCase, FollowUpCall, Handling, Issue

REACH = timedelta(days=30)  # what closed longer ago is not asked about any more
CALLED = (Issue.Closing.CONFIRMED, Issue.Closing.PARTLY, Issue.Closing.OFFICE, Issue.Closing.UNCONFIRMED)
SHARES = tuple(f"{kind.value}_share" for kind in CallKind)
NOTE_LIMIT, TRY_LIMIT, MOST_DAYS = 1000, 200, 60


@transaction.atomic
def draw_calls(*, by: User | None = None, at: datetime | None = None, seed: str = "") -> CallDraw | None:
    """Draw from what was closed since the last draw; None where there is nothing to draw from.

    A closing takes part once, and no case is called about twice.
    """
    at = at or now()
    rule = CallRule.objects.select_for_update().first()  # one draw at a time
    assert rule is not None
    closed = {issue.pk: issue for issue in _undrawn(at)}
    if not closed:
        return None
    last = CallDraw.objects.first()
    seed = seed or secrets.token_hex(8)
    closures = [Closure(issue.pk, issue.number, _kind(issue)) for issue in closed.values()]
    found = draw(seed, closures, rule.shares, last.owed if last else {})
    made = CallDraw.objects.create(at=at, seed=seed, rule=rule, owed=found.owed)
    DrawnCase.objects.bulk_create(
        DrawnCase(
            draw=made,
            issue_id=row.closure.issue_id,
            closed_at=closed[row.closure.issue_id].closed_at or at,
            kind=row.closure.kind,
            lot=row.lot,
            place=row.place,
            chosen=row.chosen,
        )
        for row in found.rows
    )
    picked = [row.closure for row in found.rows if row.chosen]
    _open_calls(made, picked, by)
    record(action="issues.draw_calls", target=made, by=by, seed=seed, cases=len(closures), calls=len(picked))
    return made


def _undrawn(at: datetime) -> list[Issue]:
    """Closed cases whose closing took part in no draw yet and about which nobody was called."""
    known = DrawnCase.objects.filter(issue=OuterRef("pk"), closed_at=OuterRef("closed_at"))
    rows = Issue.objects.filter(
        status=Issue.Status.CLOSED, closing__in=CALLED, closed_at__gt=at - REACH, closed_at__lte=at
    )
    called = FollowUpCall.objects.filter(issue=OuterRef("pk"))
    return list(rows.exclude(Exists(known)).exclude(Exists(called)).order_by("pk").select_for_update(of=("self",)))


def _kind(issue: Issue) -> str:
    if issue.closing == Issue.Closing.UNCONFIRMED:
        return CallKind.UNCONFIRMED
    return CallKind.BAD_RATING if issue.rating and issue.rating <= ratings.BAD else CallKind.CONFIRMED


def _open_calls(made: CallDraw, picked: list[Closure], by: User | None) -> None:
    """The calls of those chosen, each with its clock."""
    ids = [closure.issue_id for closure in picked]
    resolved = Handling.objects.filter(issue__in=ids, ended=Handling.Ended.RESOLVED).order_by("round")
    turns = dict(resolved.values_list("issue_id", "pk"))  # the last one stays
    FollowUpCall.objects.bulk_create(
        FollowUpCall(issue_id=one.issue_id, handling_id=turns[one.issue_id], draw=made, kind=one.kind, drawn_at=made.at)
        for one in picked
    )
    calls = FollowUpCall.objects.filter(draw=made).order_by("pk").values_list("pk", flat=True)
    starts = [Start(owner_id=pk, at=made.at, days=made.rule.call_days) for pk in calls]
    clock_actions.start_many(kind=CLOCK, starts=starts, ladder=Ladder.current(CLOCK), by=by)


@transaction.atomic
def miss_call(*, call: FollowUpCall, by: User, note: str = "", version: int | None = None) -> FollowUpCall:
    """Nobody answered; after the third time the call ends as unreached."""
    current, case = _take_up(call, by, version)
    note = cleaned(note, label=_("情况"), limit=TRY_LIMIT, needed=False)
    at = now()
    CallTry.objects.create(call=current, at=at, by=by, note=note)
    current.tries += 1
    if current.tries == FollowUpCall.MOST_TRIES:
        finish_call(current, Finding.UNREACHED, note, by, at)
        _say(case, current, by, at)
        return current
    current.version += 1
    current.save(update_fields=["tries", "version"])
    record(action="issues.miss_call", target=current, by=by, tries=current.tries)
    return current


@transaction.atomic
def record_call(
    *, call: FollowUpCall, by: User, finding: str, note: str, left: str = "", version: int | None = None
) -> FollowUpCall:
    """What the enterprise answered.

    What is left of a partly solved case becomes a case of its own; one that is not really solved is taken up again
    by its department, and its closing counts as false.
    """
    current, case = _take_up(call, by, version)
    if finding not in FollowUpCall.ANSWERED:
        raise Refused(_("请选择回访结论。"), code="invalid_choice")
    note = cleaned(note, label=_("回访情况"), limit=NOTE_LIMIT)
    left = cleaned(left, label=_("还没有解决的"), limit=NOTE_LIMIT, needed=finding == Finding.PARTLY)
    at = now()
    finish_call(current, Finding(finding), note, by, at)
    if finding == Finding.UNSOLVED:
        _refute(case, current, by, at)
    else:
        _say(case, current, by, at, left=left if finding == Finding.PARTLY else "")
    return current


def _take_up(call: FollowUpCall, by: User, version: int | None) -> tuple[FollowUpCall, Issue]:
    """Enterprise, case and call locked in this order; refuses what is stale, done, or about a case taken up again."""
    _check_may(by, Permission.CALL_RECORD)
    standing(call.issue.enterprise, no_key=True)
    case = locked(call.issue_id)
    current = FollowUpCall.objects.select_for_update().select_related("handling__department").get(pk=call.pk)
    if version is not None and version != current.version:
        raise Stale(current)
    if current.done_at is not None:
        raise Refused(_("这件回访已有结论,请刷新页面查看。"), code="call_done")
    if case.status != Issue.Status.CLOSED:
        raise Refused(_("这件诉求已重新办理,不再回访。"), code="wrong_status")
    return current, case


def _say(case: Issue, call: FollowUpCall, by: User, at: datetime, left: str = "") -> None:
    """Put the finding on the case's timeline, for officials only, and open what is left of it."""
    turn = Turn(case, by, lifecycle.find("called"), at)
    facts: dict[str, Any] = {"finding": str(call.finding)}
    if left:
        following = open_follow_up(turn, left)
        facts["follow_up"] = {"id": following.pk, "number": following.number}
    text = f"{call.get_finding_display()}:{call.note}" if call.note else call.get_finding_display()
    turn.conclude(text=text, also_tells=("handler", "department_head") if left else (), **facts)


def _refute(case: Issue, call: FollowUpCall, by: User, at: datetime) -> None:
    """Take the case up again: the closing was false, which stays marked on the turn that resolved it."""
    turn = Turn(case, by, lifecycle.find("refute"), at)
    obstacle = turn.obstacle(turn.transition)
    if obstacle is not None:
        raise obstacle
    before = take_back_closing(case)
    refuted = redo(turn)
    refuted.false_closure = True
    refuted.save(update_fields=["false_closure"])
    text = _("回访时企业表示问题没有真正解决,退回原部门重办。")
    done = turn.conclude(text=text, round=turn.current.round, before=before)
    Turn(done, by, lifecycle.find("note"), at).conclude(text=_("回访情况:%(note)s") % {"note": call.note})


@transaction.atomic
def change_call_rule(*, by: User, version: int | None = None, **facts: int) -> CallRule:
    """The next version of shares and limit; what is not given stays."""
    _check_may(by, Permission.CALL_RULE)
    last = CallRule.objects.select_for_update().first()
    assert last is not None
    if version is not None and version != last.version:
        raise Stale(last)
    limits = dict.fromkeys(SHARES, (0, 100)) | {"call_days": (1, MOST_DAYS)}
    if unknown := set(facts) - set(limits):
        raise Refused(
            _("抽取规则没有这些字段:%(names)s。") % {"names": "、".join(sorted(unknown))}, code="invalid_field"
        )
    for name, number in facts.items():
        least, most = limits[name]
        if not isinstance(number, int) or not least <= number <= most:
            label = CallRule._meta.get_field(name).verbose_name
            raise Refused(
                _("“%(name)s”须为 %(least)d 至 %(most)d。") % {"name": label, "least": least, "most": most},
                code="invalid_number",
            )
    before = {name: getattr(last, name) for name in limits}
    if before == before | facts:
        return last
    rule = CallRule.objects.create(version=last.version + 1, created_by=by, **before | facts)
    record(action="issues.change_call_rule", target=rule, by=by, **before | facts)
    return rule


def _check_may(by: User, permission: Permission) -> None:
    if not by.may(permission):
        raise Refused(_("您不能做这一步,请联系企业服务办公室。"), code="not_allowed")
