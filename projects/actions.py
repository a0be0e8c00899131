"""Every write to projects."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises.successors import standing
from enterprises.versions import apply, locked, save
from foundation.accounts.errors import Refused
from foundation.accounts.models import Department, User
from foundation.audit.actions import record
from foundation.clocks.localtime import local_date, start_of_day, today
from projects.models import Project, StageChange

Stage = Project.Stage
# The stages whose reaching is a date of its own among the project's facts.
DATED = {Stage.CONSTRUCTION: "actual_start", Stage.PRODUCTION: "actual_completion"}


@transaction.atomic
def create_project(*, by: User, code: str = "", **facts: Any) -> Project:
    """A new project; without a code it gets the next one of the year."""
    stand_in_line()
    _refuse_twin(facts["name"], facts["responsible_department"])
    _follow_merged(facts)
    project = Project(code=code or next_code(), **facts)
    save(project, _taken(project.code))
    StageChange.objects.create(project=project, from_stage="", to_stage=project.stage, at=timezone.now(), by=by)
    record(action="projects.create", target=project, by=by, code=project.code, stage=project.stage)
    return project


def _follow_merged(facts: dict[str, Any]) -> None:
    """An enterprise that was merged into another while the form was open is that other one."""
    if facts.get("enterprise"):
        facts["enterprise"] = standing(facts["enterprise"], no_key=True)


def stand_in_line() -> None:
    """New projects come one after another, so that a form sent twice makes one and each gets its own code."""
    list(Department.objects.select_for_update(no_key=True).filter(parent=None))


def _taken(code: str) -> Refused:
    return Refused(_("项目编号 %(code)s 已经用过，请换一个，或留空由系统编号。") % {"code": code}, code="code_taken")


def _refuse_twin(name: str, department: Department) -> None:
    twin = Project.objects.filter(name=name, responsible_department=department, is_active=True).first()
    if twin is not None:
        raise Refused(
            _("%(department)s已有同名项目“%(name)s”(%(code)s)，请直接修改那个项目，或换一个名称。")
            % {"department": department.label, "name": name, "code": twin.code},
            code="project_exists",
        )


def next_code() -> str:
    """XM-2026-001 and so on, by the year."""
    return next_codes(1)[0]


def next_codes(count: int) -> list[str]:
    """As many free codes as are wanted."""
    prefix = f"XM-{today():%Y}-"
    codes = Project.objects.filter(code__startswith=prefix).values_list("code", flat=True)
    used = [int(code.removeprefix(prefix)) for code in codes if code.removeprefix(prefix).isdecimal()]
    first = max(used, default=0) + 1
    return [f"{prefix}{number:03d}" for number in range(first, first + count)]


@transaction.atomic
def edit_project(*, project: Project, version: int | None, by: User, **facts: Any) -> Project:
    """Change a project's facts (not its stage); refuses a stale `version`."""
    current = locked(project, version)
    _follow_merged(facts)
    changes = apply(current, facts)
    if not changes:
        return current
    current.version += 1
    save(current, _taken(current.code))
    record(action="projects.edit", target=current, by=by, changes=changes)
    return current


@transaction.atomic
def advance_stage(
    *, project: Project, to: str, by: User, note: str = "", on: date | None = None, version: int | None = None
) -> Project:
    """Take a project one stage on, or, with a reason, one back; `on` is the day it was reached, today unless told."""
    current = locked(project, version)
    forward = to == current.next_stage
    before, day = current.stage, (on if on and forward else today())
    last = current.stage_changes.first()
    _refuse_leap(current, to, forward=forward, note=note)
    _refuse_day(current, day, last)
    if forward and (field := DATED.get(Stage(to))):
        setattr(current, field, day)
    if not forward and (field := DATED.get(Stage(before))):
        setattr(current, field, None)
    current.stage = Stage(to)
    current.version += 1
    _refuse_order(current)
    current.save()
    at = timezone.now() if day == today() else start_of_day(day)
    at = max(at, last.at) if last else at  # the history stays in order
    StageChange.objects.create(project=current, from_stage=before, to_stage=to, at=at, by=by, note=note)
    record(action="projects.advance_stage", target=current, by=by, stage=[before, str(to)], on=str(day), note=note)
    return current


def _refuse_leap(project: Project, to: str, *, forward: bool, note: str) -> None:
    if forward:
        return
    if to != project.previous_stage:
        following = project.next_stage
        raise Refused(
            _("项目现在处于“%(now)s”，下一阶段是“%(next)s”，不能越过。")
            % {"now": project.get_stage_display(), "next": following.label}
            if following
            else _("项目已经达产，没有下一阶段。"),
            code="stage_leap",
        )
    if not note.strip():
        raise Refused(_("退回上一阶段须写明原因。"), code="missing_note")


def _refuse_day(project: Project, day: date, last: StageChange | None) -> None:
    if day > today():
        raise Refused(_("到达日期 %(day)s 还没有到，请在到达后登记。") % {"day": day}, code="invalid_day")
    reached = local_date(last.at) if last and last.from_stage else None
    if reached and day < reached:
        raise Refused(
            _("到达日期不能早于进入“%(stage)s”的日期 %(day)s。")
            % {"stage": project.get_stage_display(), "day": reached},
            code="invalid_day",
        )


def _refuse_order(project: Project) -> None:
    start, completion = project.actual_start, project.actual_completion
    if start and completion and completion < start:
        raise Refused(_("投产日期不能早于开工日期 %(day)s。") % {"day": start}, code="invalid_day")
