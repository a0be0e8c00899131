"""Writing visits: one form makes one record, and the record does the duty of its month."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from enterprises.actions import edit_enterprise
from enterprises.models import Enterprise
from enterprises.successors import standing
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.attachments.actions import attach_all
from foundation.audit.actions import record
from foundation.clocks import localtime
from liaison import problems as sink
from liaison.actions import duties
from liaison.models import Visit, VisitDuty
from liaison.problems import Problem
from projects.models import Project

EDITABLE = (
    "visited_at",
    "form",
    "met",
    "companions",
    "explained",
    "operating_condition",
    "operating_facts",
    "employees",
    "output_value",
    "summary",
)
CLOCK_SKEW = timedelta(minutes=10)  # a phone's clock may be a little fast
OLDEST = timedelta(days=400)


def log_visit(
    *,
    by: User,
    visited_at: datetime,
    met: str,
    enterprise: Enterprise | None = None,
    project: Project | None = None,
    form: str = Visit.Form.ON_SITE,
    companions: str = "",
    explained: str = "",
    operating_condition: str = "",
    operating_facts: str = "",
    employees: int | None = None,
    output_value: Decimal | None = None,
    summary: str = "",
    problems: Sequence[Problem] = (),
    files: Sequence[UploadedFile] = (),
    submission_key: uuid.UUID | None = None,
) -> Visit:
    """Log a visit to one enterprise or project; its problems become cases and its month's duty is done.

    The same `submission_key` again, even at the same moment, gives the record that is there.
    """
    visit = Visit(
        enterprise=enterprise,
        project=project,
        by=by,
        department_id=by.department_id,
        visited_at=visited_at,
        form=form,
        companions=companions,
        met=met,
        explained=explained,
        operating_condition=operating_condition,
        operating_facts=operating_facts,
        employees=employees,
        output_value=output_value,
        summary=summary,
        submission_key=submission_key or uuid.uuid4(),
    )
    if logged := _logged_before(visit):
        return logged
    _refuse_unfit(visit)
    try:
        return _write(visit, list(problems), list(files))
    except IntegrityError:
        if logged := _logged_before(visit):
            return logged
        raise


@transaction.atomic
def edit_visit(*, visit: Visit, version: int, by: User, files: Sequence[UploadedFile] = (), **fields: Any) -> Visit:
    """Correct a visit; its author and the office may. A visit moved to another month moves what it does for duties."""
    unknown = set(fields) - set(EDITABLE)
    if unknown:
        raise ValueError(f"not editable: {sorted(unknown)}")
    current = Visit.objects.select_for_update().get(pk=visit.pk)
    if not may_edit(current, by):
        raise Refused(_("只有走访人本人或企业服务办公室可以更正走访记录。"), code="not_author")
    if current.version != version:
        raise Stale(current)
    months = {localtime.month_of(current.visited_at)}
    changes = _apply(current, fields)
    if not changes and not files:
        return current
    _refuse_unfit(current)
    current.version += 1
    owed = _hold(current, {*months, localtime.month_of(current.visited_at)})
    current.save()
    duties.settle(duties=owed, by=by)
    _report_condition(current, by)
    attach_all(files=files, owner=current, by=by)
    record(action="liaison.edit_visit", target=current, by=by, changes=changes, files=len(files))
    return current


def may_edit(visit: Visit, user: User) -> bool:
    """Whether this person may correct this visit."""
    own = visit.by_id == user.pk and user.may(Permission.VISIT_LOG)
    return own or user.may(Permission.ASSIGNMENT_EDIT)


def _logged_before(visit: Visit) -> Visit | None:
    """The record that this form made already; refused when the key is somebody else's."""
    found = Visit.objects.filter(submission_key=visit.submission_key).first()
    if found is not None and found.by_id != visit.by_id:
        raise Refused(_("这张表单已经由别人提交,请重新打开登记页。"), code="key_taken")
    return found


@transaction.atomic
def _write(visit: Visit, problems: list[Problem], files: list[UploadedFile]) -> Visit:
    owed = _hold(visit, {localtime.month_of(visit.visited_at)})
    visit.save(force_insert=True)
    taken = sink.take(visit=visit, problems=problems, by=visit.by)
    duties.settle(duties=owed, by=visit.by)
    _report_condition(visit, visit.by)
    attach_all(files=files, owner=visit, by=visit.by)
    record(
        action="liaison.log_visit",
        target=visit,
        by=visit.by,
        enterprise=visit.enterprise_id,
        project=visit.project_id,
        visited_at=visit.visited_at,
        form=visit.form,
        problems=[label for label, _url in taken],
        files=len(files),
    )
    return visit


def _hold(visit: Visit, months: set[date]) -> list[VisitDuty]:
    """Lock what the visit touches, in the one order that keeps writers from waiting on each other in a circle.

    The enterprise comes before the insert, whose foreign key would lock it too, but weakly; the audit trail, which
    the ledger and the clocks write to, comes after everything else.
    """
    if visit.enterprise is None:
        return []
    enterprise = visit.enterprise = standing(visit.enterprise)
    return duties.hold(enterprise_id=enterprise.pk, months=months)


def _report_condition(visit: Visit, by: User) -> None:
    """The newest visit's word on how the enterprise is doing becomes the enterprise's own."""
    found, enterprise = visit.operating_condition, visit.enterprise
    if not found or enterprise is None or enterprise.operating_condition == found:
        return
    if not Visit.objects.filter(enterprise=enterprise, visited_at__gt=visit.visited_at).exists():
        edit_enterprise(enterprise=enterprise, version=None, by=by, operating_condition=found)


def _refuse_unfit(visit: Visit) -> None:
    """Refuse what cannot be a visit."""
    if (visit.enterprise is None) == (visit.project is None):
        raise Refused(_("请选择走访的企业或项目(二选一)。"), code="invalid_target")
    if not visit.met.strip():
        raise Refused(_("请填写会见人员。"), code="missing_met")
    now = localtime.now()
    if visit.visited_at > now + CLOCK_SKEW:
        raise Refused(_("走访时间不能晚于现在,请核对日期。"), code="invalid_visited_at")
    if visit.visited_at < now - OLDEST:
        raise Refused(_("走访时间早于一年以前,请核对年份。"), code="invalid_visited_at")


def _apply(visit: Visit, fields: dict[str, Any]) -> dict[str, list[Any]]:
    """Set the fields; returns {name: [before, after]} of those that differ."""
    changes = {}
    for name, value in fields.items():
        before = getattr(visit, name)
        if before != value:
            changes[name] = [before, value]
            setattr(visit, name, value)
    return changes
