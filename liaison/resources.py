"""The roster of assignments: one row says who holds which part at one enterprise or project.

A row is about a place, such as the service officer of one enterprise, and the object behind it is the assignment that
holds the place now. Another holder is a change of that object; carrying it out ends it and begins the next one, by the
same verbs as on the pages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises.models import Enterprise
from foundation.accounts.errors import Refused
from foundation.accounts.models import Department, User
from foundation.accounts.permissions import Permission
from foundation.accounts.queries import with_roles
from foundation.clocks.localtime import today
from foundation.imports import bulk, registry
from foundation.imports.resources import CHUNK, Entry, RosterField, RosterResource, Stored
from foundation.imports.rosters.departments import active_departments
from foundation.imports.widgets import Choice, CreditCode, Day, Identifier, Known, Name
from liaison import actions
from liaison.holders import refuse_unfit
from liaison.models import Assignment, Visit
from liaison.plans import Wish, holding, seat
from projects.models import Project

Kind = Assignment.Kind
Target = Enterprise | Project


def people() -> Iterator[tuple[Any, str, Sequence[str] | None]]:
    """By staff number, account, or a name that is one person's alone."""
    rows = User.objects.order_by("name", "pk").values_list("pk", "name", "staff_number", "username", "is_active")
    for key, name, number, username, is_active in rows:
        yield key, f"{name}（{number or username}）", [number or "", username, name] if is_active else None


class AssignmentResource(RosterResource):
    """Assignments by the enterprise's credit code or the project's number, and the part."""

    key = "credit_code"
    alternative = "project_code"
    label_field = "target_name"
    title = gettext_lazy("挂点联系名册")
    unit = gettext_lazy("项")
    list_url = "liaison:assignments"
    permission = Permission.ASSIGNMENT_EDIT
    examples = {"credit_code": "913601110000000000", "target_name": "青岭精密机械有限公司", "person": "GX0123"}

    credit_code = RosterField(
        "统一社会信用代码",
        "信用代码 社会信用代码 企业信用代码 企业代码",
        widget=CreditCode(),
        related=True,
        hint=gettext_lazy("联系企业时填写"),
    )
    project_code = RosterField(
        "项目编号",
        "项目代码",
        widget=Identifier(30, r"\S+", gettext_lazy("中间不能有空格")),
        related=True,
        hint=gettext_lazy("联系项目时填写，与信用代码二选一"),
    )
    target_name = RosterField(
        "企业名称",
        "企业 名称 单位名称 企业（项目）名称 企业全称 联系企业 挂点企业",
        widget=Name(limit=120),
        related=True,
        hint=gettext_lazy("没有信用代码时填企业全称"),
    )
    kind = RosterField(
        "角色",
        "联系角色 挂点角色 担任角色 联系类型",
        widget=Choice(
            Kind,
            {
                "挂点领导": Kind.LEAD_OFFICIAL,
                "包保领导": Kind.LEAD_OFFICIAL,
                "联系领导": Kind.LEAD_OFFICIAL,
                "责任部门": Kind.RESPONSIBLE_DEPARTMENT,
                "挂点单位": Kind.RESPONSIBLE_DEPARTMENT,
                "联系单位": Kind.RESPONSIBLE_DEPARTMENT,
                "专员": Kind.SERVICE_OFFICER,
                "联系干部": Kind.SERVICE_OFFICER,
                "联系人": Kind.LIAISON_CONTACT,
            },
        ),
        required=True,
    )
    person = RosterField(
        "工号",
        "人员工号 干部工号 人员编号 账号",
        widget=Known(people, "人员"),
        related=True,
        hint=gettext_lazy("责任单位以外的角色填写工号或账号"),
    )
    person_name = RosterField(
        "姓名", "干部姓名 人员姓名 联系干部姓名", widget=Name(limit=40), related=True, hint=gettext_lazy("用来核对工号")
    )
    department = RosterField(
        "责任单位",
        "部门 单位 责任部门 牵头单位 部门代码",
        widget=Known(active_departments, "单位"),
        related=True,
        hint=gettext_lazy("角色是责任单位时填写"),
    )
    started_on = RosterField(
        "开始日期", "开始时间 起始日期 任职日期", widget=Day(), hint=gettext_lazy("留空则从导入当天起")
    )

    class Meta:
        model = Assignment
        fields = (
            "credit_code", "project_code", "target_name", "kind", "person", "person_name", "department", "started_on",
        )  # fmt: skip

    # -- Reading the stock --------------------------------------------------------------------------------------------

    def stored_by(self, name: str, keys: Iterable[Any], *, lock: bool = False) -> Iterator[Stored]:
        """No one column names an assignment: `settle` matches the rows."""
        return iter(())

    def stored_by_pk(self, keys: Sequence[Any], *, lock: bool = False) -> Iterator[Stored]:
        """Each as its place stands now: under an assignment that has ended, with the holder of today."""
        for start in range(0, len(keys), CHUNK):
            rows = Assignment.objects.filter(pk__in=keys[start : start + CHUNK]).order_by("pk")
            rows = rows.select_related("enterprise", "project", "user", "department")
            found = list(rows.select_for_update(of=("self",)) if lock else rows)
            now = {seat(one): one for one in holding(map(seat, found))}
            for one in found:
                yield self._place(one, now.get(seat(one)))

    def _place(self, one: Assignment, now: Assignment | None) -> Stored:
        held = {
            "credit_code": one.enterprise.credit_code if one.enterprise else "",
            "project_code": one.project.code if one.project else "",
            "kind": one.kind,
            "person": now.user_id if now else None,
            "department": now.department_id if now else None,
            "started_on": now.started_on.isoformat() if now else None,
        }
        return Stored(one.pk, one.version, f"{one.target} {one.get_kind_display()}", held)

    def named(self, pk: Any, label: str) -> Assignment:
        return Assignment(pk=pk, enterprise=Enterprise(name=label))

    def identity(self, values: dict[str, Any]) -> Hashable:
        return values.get("credit_code") or values.get("project_code"), values.get("kind")

    # -- Judging ------------------------------------------------------------------------------------------------------

    def settle(self, rows: Sequence[Entry]) -> None:
        """Find target and holder of each row, refuse what the pages would, and match it with who holds the place."""
        targets = _Targets(rows)
        holders = _Holders(rows)
        judged: list[tuple[Entry, Assignment]] = []
        for row in rows:
            if row.errors:
                continue
            try:
                target = targets.of(row.values)
                wanted = self._wanted(row, target, holders)
            except _Problem as problem:
                row.refuse(self.fields[problem.field].heading, problem.code, problem.message)
            else:
                judged.append((row, wanted))
        held = {seat(one): one for one in holding(seat(one) for _row, one in judged)}
        for row, wanted in judged:
            self._settle(row, wanted, held.get(seat(wanted)))

    def _wanted(self, row: Entry, target: Target, holders: _Holders) -> Assignment:
        """The assignment that the row asks for, not saved."""
        values = row.values
        holder = holders.of(values)
        day = _day(values.get("started_on"))
        if day and day > today():
            raise _Problem("started_on", "invalid_start", _("开始日期不能晚于今天"))
        of = {"enterprise" if isinstance(target, Enterprise) else "project": target}
        by = {"department" if isinstance(holder, Department) else "user": holder}
        return Assignment(kind=values["kind"], **of, **by)

    def _settle(self, row: Entry, wanted: Assignment, now: Assignment | None) -> None:
        """The values of the line: all that a new assignment needs, or what another holder changes."""
        held = {"person": wanted.user_id, "department": wanted.department_id}
        holder = {name: key for name, key in held.items() if key is not None}
        day = {"started_on": row.values.get("started_on")}
        if now is None:
            row.values = {
                "credit_code": wanted.enterprise.credit_code if wanted.enterprise else None,
                "project_code": wanted.project.code if wanted.project else None,
                "target_name": str(wanted.target),
                "kind": wanted.kind,
                **holder,
                **day,
            }
            return
        row.found = self._place(now, now)
        same = (now.user_id, now.department_id) == (wanted.user_id, wanted.department_id)
        row.values = holder if same else {**holder, **day}
        if not same and (_day(day["started_on"]) or today()) < now.started_on:
            said = _("现任%(kind)s自 %(day)s 起任职，开始日期不能早于这一天")
            detail = {"kind": now.get_kind_display(), "day": now.started_on}
            row.refuse(self.fields["started_on"].heading, "invalid_start", said % detail)

    # -- Writing ------------------------------------------------------------------------------------------------------

    def insert(self, columns: dict[str, list[Any]], count: int, suspects: set[Any]) -> list[Any]:
        """Assign; Refused where somebody has been assigned to one of the places meanwhile."""
        rows = [{name: values[at] for name, values in columns.items() if values[at] is not None} for at in range(count)]
        targets = _Targets([Entry(0, row, [], []) for row in rows])
        try:
            wanted = [(targets.of(row), row["kind"], row) for row in rows]
        except _Problem as problem:
            raise Refused(f"{problem.message}。", code="stale_preview") from problem
        wishes = self._wishes(wanted)
        actions.assign_each(wishes=wishes, by=self._actor(), expected=(count, 0, 0))
        made = {seat(one): one.pk for one in holding(wish.seat for wish in wishes)}
        return [made[wish.seat] for wish in wishes]

    def change(self, changes: Sequence[tuple[Any, dict[str, Any], dict[str, Any]]]) -> None:
        """Let others hold the places; an assignment that has ended, as an undo finds it, gets its place back."""
        rows = Assignment.objects.select_related("enterprise", "project").in_bulk([key for key, *_rest in changes])
        wanted = [(rows[key].target, rows[key].kind, new) for key, new, _known in changes if not rows[key].ended_on]
        back = [rows[key] for key, *_rest in changes if rows[key].ended_on]
        if wanted:
            wishes = self._wishes(wanted)
            actions.assign_each(wishes=wishes, by=self._actor(), expected=(0, len(wanted), 0))
        if back:
            actions.reinstate(assignments=back, by=self._actor(), reason=_("撤销名册导入"))

    def _wishes(self, wanted: Sequence[tuple[Target, str, dict[str, Any]]]) -> list[Wish]:
        """From (target, part, values)."""
        holders = _holders(_holder_key(values) for _target, _kind, values in wanted)
        return [
            Wish(kind, target, holders[_holder_key(values)], _day(values.get("started_on")) or today())
            for target, kind, values in wanted
        ]

    def _actor(self) -> User:
        if self.by is None:
            raise Refused(_("联系安排须由有权限的人导入，请指明操作人。"), code="nobody_acts")
        return self.by

    # -- Undo ---------------------------------------------------------------------------------------------------------

    def is_as_created(self, stored: Stored, values: dict[str, Any]) -> bool:
        return stored.version == 1

    def dependents(self, keys: Sequence[Any]) -> bulk.Dependents:
        """The visits that the holders have logged at their targets since they were assigned."""
        found = bulk.dependents(Assignment, keys)
        rows = defaultdict(list)
        for one in self._made(keys):
            if one.user_id:
                rows[(one.user_id, one.enterprise_id, one.project_id)].append(one)
        people = {user for user, _enterprise, _project in rows}
        first = min((one.created_at for several in rows.values() for one in several), default=None)
        visits = Visit.objects.filter(by__in=people, logged_at__gte=first) if first else Visit.objects.none()
        for pk, by, enterprise, project, at in visits.values_list("pk", "by", "enterprise", "project", "logged_at"):
            for one in rows.get((by, enterprise, project), ()):
                if at >= one.created_at:
                    found[one.pk][Visit].append(pk)
        return found

    def remove(self, keys: Sequence[Any]) -> None:
        actions.withdraw(assignments=self._made(keys), by=self._actor())

    def _made(self, keys: Sequence[Any]) -> list[Assignment]:
        return [
            one
            for start in range(0, len(keys), CHUNK)
            for one in Assignment.objects.filter(pk__in=keys[start : start + CHUNK])
        ]


class _Problem(Exception):
    """Why a row is refused, and under which column."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field, self.code, self.message = field, code, message


Holder = tuple[str, int]  # ("user" or "department", primary key)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _holder_key(values: dict[str, Any]) -> Holder:
    return ("department", values["department"]) if values.get("department") else ("user", values["person"])


def _holders(keys: Iterable[Holder]) -> dict[Holder, User | Department]:
    """The people, with their roles, and the departments; four queries."""
    wanted = set(keys)
    people = User.objects.filter(pk__in=[pk for kind, pk in wanted if kind == "user"]).prefetch_related("role_grants")
    found: dict[Holder, User | Department] = {("user", one.pk): one for one in with_roles(list(people))}
    departments = Department.objects.filter(pk__in=[pk for kind, pk in wanted if kind == "department"])
    return found | {("department", one.pk): one for one in departments}


class _Targets:
    """The enterprises and projects that rows name; what was merged away leads to the enterprise that stands for it."""

    def __init__(self, rows: Sequence[Entry]) -> None:
        codes, numbers, names = (
            sorted({row.values[field] for row in rows if row.values.get(field)})
            for field in ("credit_code", "project_code", "target_name")
        )
        listed = Enterprise.objects.filter(credit_code__any_of=codes).select_related("merged_into")
        self.by_code = {one.credit_code: one.merged_into or one for one in listed}
        self.by_number = {one.code: one for one in Project.objects.filter(code__any_of=numbers)}
        self.by_name: dict[str, list[Enterprise]] = defaultdict(list)
        for one in Enterprise.objects.filter(Q(merged_into=None) & Q(name__any_of=names)):
            self.by_name[one.name].append(one)

    def of(self, values: dict[str, Any]) -> Target:
        """The one target of a row; _Problem where there is none or not one."""
        code, number, name = (values.get(field) for field in ("credit_code", "project_code", "target_name"))
        if code and number:
            raise _Problem("project_code", "two_targets", _("信用代码和项目编号只填一个"))
        if number:
            return self._standing("project_code", self.by_number.get(number), number)
        if code:
            return self._standing("credit_code", self.by_code.get(code), code)
        if not name:
            raise _Problem("credit_code", "required", _("没有填写信用代码或项目编号"))
        same = self.by_name.get(name, [])
        if len(same) > 1:
            raise _Problem("target_name", "ambiguous_name", _("有几家企业同名，请填写信用代码"))
        return self._standing("target_name", same[0] if same else None, name)

    def _standing(self, field: str, found: Any, said: str) -> Target:
        if found is None:
            message = _("没有找到“%(said)s”，请核对，或先导入企业、项目名册") % {"said": said[:60]}
            raise _Problem(field, "unknown_target", message)
        if not found.is_active:
            raise _Problem(field, "target_closed", _("%(name)s已不在册") % {"name": found})
        return found


class _Holders:
    """Who may hold which part, each pair asked once."""

    def __init__(self, rows: Sequence[Entry]) -> None:
        names = [("person", "user"), ("department", "department")]
        self.found = _holders((kind, row.values[name]) for row in rows for name, kind in names if row.values.get(name))
        self.unfit: dict[tuple[str, Holder], str] = {}

    def of(self, values: dict[str, Any]) -> User | Department:
        """The holder whom a row names; _Problem where there is none, or none who may hold the part."""
        kind = values["kind"]
        field = "department" if kind == Kind.RESPONSIBLE_DEPARTMENT else "person"
        if not values.get(field):
            message = _("%(kind)s要填写%(what)s") % {
                "kind": Kind(kind).label,
                "what": _("责任单位") if field == "department" else _("工号"),
            }
            raise _Problem(field, "required", message)
        key = ("department" if field == "department" else "user", values[field])
        holder = self.found[key]
        name = values.get("person_name")
        if isinstance(holder, User) and name and name != holder.name:
            said = _("这个工号是%(is)s，不是%(said)s") % {"is": holder.name, "said": name}
            raise _Problem("person_name", "other_person", said)
        if (kind, key) not in self.unfit:
            self.unfit[(kind, key)] = _unfit(kind, holder)
        if self.unfit[(kind, key)]:
            raise _Problem(field, "invalid_holder", self.unfit[(kind, key)])
        return holder


def _unfit(kind: str, holder: User | Department) -> str:
    """Why somebody cannot hold a part; blank where they can."""
    try:
        refuse_unfit(kind, holder)
    except Refused as refusal:
        return refusal.message
    return ""


registry.register("assignments", AssignmentResource)
