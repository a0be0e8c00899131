"""Writing who serves whom: one holder of each part at a time, the ones before kept as history."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from enterprises.models import Enterprise
from enterprises.successors import refuse_merged
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import Department, User
from foundation.audit.actions import Act, record, record_many
from foundation.clocks import localtime
from liaison.actions import duties, telling
from liaison.holders import refuse_unfit
from liaison.models import Assignment
from liaison.plans import Plan, Wish, holding, plan_each, seat, target_field
from projects.models import Project

Kind = Assignment.Kind
BATCH = 1_000


@transaction.atomic
def assign(
    *,
    kind: str,
    target: Enterprise | Project,
    holder: User | Department,
    by: User,
    started_on: date | None = None,
) -> Assignment:
    """Give a part to a holder from a day on (today); whoever held it ends the same day. The same holder stays as is."""
    assign_many(kind=kind, targets=[target], holder=holder, by=by, started_on=started_on)
    return Assignment.objects.active().get(kind=kind, **{target_field(target): target})


@transaction.atomic
def assign_many(
    *,
    kind: str,
    targets: Iterable[Enterprise | Project],
    holder: User | Department,
    by: User,
    started_on: date | None = None,
    expected: tuple[int, int, int] | None = None,
) -> Plan:
    """Give one part at many enterprises (or many projects) to one holder, all or nothing; returns what was done.

    `expected` are the counts (new, replaced, unchanged) that were shown before: where they no longer hold, it is
    refused.
    """
    begins = started_on or localtime.today()
    wishes = [Wish(kind, target, holder, begins) for target in targets]
    plans = assign_each(wishes=wishes, by=by, expected=expected)
    return plans[0]


@transaction.atomic
def assign_each(*, wishes: Iterable[Wish], by: User, expected: tuple[int, int, int] | None = None) -> list[Plan]:
    """Give many places each to its own holder, all or nothing; returns what was done, by holder, part and day.

    `expected` are the counts (new, replaced, unchanged) over all of them that were shown before.
    """
    wanted = list(dict.fromkeys(wishes))
    fresh = _lock([wish.target for wish in wanted])
    if not fresh:
        raise Refused(_("没有选中任何企业或项目。"), code="missing_targets")
    if max(wish.started_on for wish in wanted) > localtime.today():
        raise Refused(_("开始日期不能晚于今天。"), code="invalid_start")
    for kind, holder in dict.fromkeys((wish.kind, wish.holder) for wish in wanted):
        refuse_unfit(kind, holder)
    plans = plan_each(dataclasses.replace(wish, target=fresh[wish.target]) for wish in wanted if wish.target in fresh)
    counts = tuple(map(sum, zip(*(one.counts for one in plans), strict=True)))
    if expected is not None and expected != counts:
        raise Refused(_("联系安排刚刚有变动,请核对新的预览后再确认。"), code="plan_changed")
    for one in plans:
        _refuse_backdated(one)
    _end(plans)
    made = _create(plans, by)
    _move_duties(made)
    telling.tell_assigned(plans, made, by)
    _record(plans, made, by)
    return plans


@transaction.atomic
def end_assignment(*, assignment: Assignment, by: User, reason: str, version: int | None = None) -> Assignment:
    """End an assignment today, without a successor: access ends, history stays, its open visit duties are cancelled."""
    current = Assignment.objects.select_for_update().get(pk=assignment.pk)
    if version is not None and current.version != version:
        raise Stale(current)
    if current.ended_on is not None:
        raise Refused(_("这项联系安排已经结束,无需重复操作。"), code="assignment_ended")
    if not reason.strip():
        raise Refused(_("请填写结束原因。"), code="missing_reason")
    current.ended_on = max(localtime.today(), current.started_on)
    current.end_reason = reason.strip()[:200]
    current.version += 1
    current.save(update_fields=["ended_on", "end_reason", "version"])
    if current.kind == Kind.SERVICE_OFFICER and current.enterprise_id:
        duties.cancel_open(enterprise_ids=[current.enterprise_id], by=by, at=localtime.now())
    telling.tell_ended([current], by)
    record(action="liaison.end_assignment", target=current, by=by, reason=current.end_reason, **_facts(current))
    return current


@transaction.atomic
def withdraw(*, assignments: Iterable[Assignment], by: User) -> int:
    """Strike out assignments that were made by mistake and led to nothing: access ends, the trail keeps them."""
    current = _held(assignments)
    served = [one.enterprise_id for one in current if one.kind == Kind.SERVICE_OFFICER and one.enterprise_id]
    duties.cancel_open(enterprise_ids=served, by=by, at=localtime.now())
    telling.tell_ended(current, by)
    record_many([Act("liaison.withdraw", one, _facts(one)) for one in current], by=by)
    Assignment.objects.filter(pk__in=[one.pk for one in current]).delete()
    return len(current)


@transaction.atomic
def reinstate(*, assignments: Iterable[Assignment], by: User, reason: str) -> int:
    """Give ended assignments their places back; whoever has held them since ends today, for the reason given."""
    back = _held(assignments)
    held = {seat(one): one for one in _held(holding(seat(one) for one in back))}
    ended = [held[seat(one)] for one in back if seat(one) in held]
    for one in ended:
        one.ended_on, one.end_reason = max(localtime.today(), one.started_on), reason[:200]
    for one in back:
        one.ended_on, one.end_reason = None, ""
    for one in (*ended, *back):
        one.version += 1
    for rows in (ended, back):  # a place is free before it is given back
        Assignment.objects.bulk_update(rows, ["ended_on", "end_reason", "version"], batch_size=duties.UPDATED)
    _move_duties(back)
    telling.tell_ended(ended, by)
    acts = [Act("liaison.end_assignment", one, {"reason": one.end_reason, **_facts(one)}) for one in ended]
    record_many([*acts, *(Act("liaison.reinstate", one, {"reason": reason, **_facts(one)}) for one in back)], by=by)
    return len(back)


def _move_duties(made: Iterable[Assignment]) -> None:
    """The open duties go to the service officers of now."""
    serving = (one for one in made if one.kind == Kind.SERVICE_OFFICER and one.user)
    officers = {one.enterprise_id: one.user for one in serving if one.enterprise_id}
    duties.move_open(officers=officers, at=localtime.now())  # type: ignore[arg-type]  # a service officer is a user


def _held(assignments: Iterable[Assignment]) -> list[Assignment]:
    """The assignments afresh, locked."""
    rows = Assignment.objects.select_for_update(of=("self",)).filter(pk__in={one.pk for one in assignments})
    return list(rows.select_related("enterprise", "project", "user", "department").order_by("pk"))


def _lock(targets: Iterable[Enterprise | Project]) -> dict[Enterprise | Project, Any]:
    """Each target afresh; locked in one order, so that two who assign at once wait instead of locking up."""
    fresh: dict[Enterprise | Project, Any] = {}
    for model in (Enterprise, Project):
        keys = {target.pk for target in targets if isinstance(target, model)}
        if keys:
            fresh |= {row: row for row in model._default_manager.select_for_update().filter(pk__in=keys).order_by("pk")}
    for row in fresh:
        if isinstance(row, Enterprise):
            refuse_merged(row)
    return fresh


def _refuse_backdated(wanted: Plan) -> None:
    """A successor cannot begin before the one whose place is taken."""
    for old in wanted.replaced:
        if old.started_on > wanted.started_on:
            raise Refused(
                _("%(target)s现任%(kind)s自 %(day)s 起任职,开始日期不能早于这一天。")
                % {"target": old.target, "kind": old.get_kind_display(), "day": old.started_on},
                code="invalid_start",
            )


def _end(plans: Iterable[Plan]) -> None:
    ended = []
    for one in plans:
        reason = _("更换为%(holder)s") % {"holder": one.holder}
        for old in one.replaced:
            old.ended_on, old.end_reason = one.started_on, reason
            old.version += 1
            ended.append(old)
    Assignment.objects.bulk_update(ended, ["ended_on", "end_reason", "version"], batch_size=duties.UPDATED)


def _create(plans: Iterable[Plan], by: User) -> list[Assignment]:
    rows = []
    for one in plans:
        holder: Any = {"department" if isinstance(one.holder, Department) else "user": one.holder}
        for target in one.changed:
            given = {one.field: target, **holder}
            rows.append(Assignment(kind=one.kind, started_on=one.started_on, created_by=by, **given))
    return Assignment.objects.bulk_create(rows, batch_size=BATCH)


def _record(plans: Iterable[Plan], made: list[Assignment], by: User) -> None:
    replaced = [old for one in plans for old in one.replaced]
    ended = [Act("liaison.end_assignment", old, {"reason": old.end_reason, **_facts(old)}) for old in replaced]
    begun = [Act("liaison.assign", new, _facts(new)) for new in made]
    if acts := ended + begun:
        record_many(acts, by=by)


def _facts(assignment: Assignment) -> dict[str, Any]:
    return {
        "kind": assignment.kind,
        "enterprise": assignment.enterprise_id,
        "project": assignment.project_id,
        "user": assignment.user_id,
        "department": assignment.department_id,
        "started_on": assignment.started_on,
        "ended_on": assignment.ended_on,
    }
