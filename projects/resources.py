"""The roster of projects: their facts, and how far each has come."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises.naming import EnterpriseOnRegister
from enterprises.resources import parks
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.audit.actions import Act, record_many
from foundation.clocks.localtime import today
from foundation.imports import registry
from foundation.imports.resources import Entry, RosterField, RosterResource, Stored
from foundation.imports.rosters.departments import active_departments
from foundation.imports.values import RENMINBI, CellError, Reading
from foundation.imports.widgets import Choice, Day, Identifier, Known, Money, Name, Text
from projects.actions import DATED, next_codes, stand_in_line
from projects.models import Project, StageChange

Stage = Project.Stage
ORDER = [str(stage) for stage in Stage]


class Renminbi(Money):
    """An amount in 万元: decimal text."""

    PLACES = Decimal("0.01")

    def read(self, cell: Any) -> Reading:
        value, note = super().read(cell)
        if value is None:
            return None, note
        amount, currency = value
        if currency != RENMINBI:
            raise CellError("foreign_currency", _("金额是%(currency)s，请折算成人民币万元") % {"currency": currency})
        return amount, note

    def stored(self, value: Any) -> Any:
        return None if value is None else str(Decimal(value).quantize(self.PLACES))

    def shown(self, value: Any) -> str:
        return "" if value is None else f"{Decimal(value):,f}"


class ProjectResource(RosterResource):
    """Projects by their number, or where a row has none by name and department; new ones without get the next."""

    key = "code"
    alternative = "name"
    title = gettext_lazy("项目名册")
    unit = gettext_lazy("个")
    list_url = "projects:list"
    detail_url = "projects:detail"
    permission = Permission.PROJECT_EDIT
    examples = {
        "name": "年产 5 万套精密零部件项目", "investment": "12000", "invested": "3000", "planned_start": "2026-03-01",
        "planned_completion": "2027-06-30", "summary": "新建厂房 2 万平方米",
    }  # fmt: skip

    code = RosterField(
        "项目编号",
        "项目代码 项目编码",
        widget=Identifier(30, r"\S+", gettext_lazy("中间不能有空格")),
        hint=gettext_lazy("新项目可以留空，由系统编号"),
    )
    name = RosterField("项目名称", "名称", widget=Name(limit=120), required=True)
    kind = RosterField("项目类别", "类别 项目类型", widget=Choice(Project.Kind))
    enterprise = RosterField(
        "统一社会信用代码",
        "信用代码 企业信用代码 社会信用代码 建设单位信用代码 企业代码",
        widget=EnterpriseOnRegister(),
        sources=["enterprise_id"],
        hint=gettext_lazy("企业须已在名册里；尚未确定可以留空"),
    )
    enterprise_name = RosterField(
        "企业名称",
        "企业 建设单位 项目单位 业主单位 投资单位 投资方",
        widget=Name(limit=120),
        related=True,
        hint=gettext_lazy("没有信用代码时填企业全称"),
    )
    park = RosterField("园区", "所属园区 所在园区", widget=Known(parks, "园区"), sources=["park_id"])
    responsible_department = RosterField(
        "责任单位",
        "责任部门 牵头单位 牵头部门 负责单位",
        widget=Known(active_departments, "单位"),
        sources=["responsible_department_id"],
        required=True,
    )
    stage = RosterField(
        "阶段",
        "项目阶段 进展阶段 所处阶段 当前阶段",
        widget=Choice(
            Stage,
            {
                "在谈": Stage.NEGOTIATION,
                "已签约": Stage.SIGNED,
                "已开工": Stage.CONSTRUCTION,
                "在建": Stage.CONSTRUCTION,
                "建设": Stage.CONSTRUCTION,
                "已投产": Stage.PRODUCTION,
                "已达产": Stage.FULL_CAPACITY,
            },
        ),
    )
    investment = RosterField("总投资", "总投资额 投资总额 计划总投资 投资额", widget=Renminbi(), required=True)
    invested = RosterField("已完成投资", "完成投资 累计完成投资 已投资", widget=Renminbi())
    planned_start = RosterField("计划开工", "计划开工日期 计划开工时间 拟开工时间", widget=Day())
    planned_completion = RosterField(
        "计划投产", "计划投产日期 计划投产时间 计划竣工 计划竣工时间 计划完工时间", widget=Day()
    )
    actual_start = RosterField("实际开工", "实际开工日期 实际开工时间 开工日期 开工时间", widget=Day())
    actual_completion = RosterField("实际投产", "实际投产日期 实际投产时间 投产日期 投产时间", widget=Day())
    summary = RosterField("建设内容", "项目内容 项目简介 主要建设内容 建设规模及内容", widget=Text(limit=20_000))

    class Meta:
        model = Project
        fields = (
            "code", "name", "kind", "enterprise", "enterprise_name", "park", "responsible_department", "stage",
            "investment", "invested", "planned_start", "planned_completion", "actual_start", "actual_completion",
            "summary",
        )  # fmt: skip

    # -- Judging ------------------------------------------------------------------------------------------------------

    def identity(self, values: dict[str, Any]) -> Hashable:
        return values.get("code") or (values.get("name"), values.get("responsible_department"))

    def settle(self, rows: Sequence[Entry]) -> None:
        """Enterprises by name, twins, steps back, and days that do not fit the stage or each other."""
        names = {row.values.get("name") for row in rows if row.found is None} - {None}
        twins = self._twins(names)
        for row in rows:
            self._name_enterprise(row)
            if row.found is None:
                self._refuse_twin(row, twins)
            elif not row.values.get("code"):
                self._refuse_other_department(row, row.found)
            if not row.errors:
                self._refuse_course(row)

    def _name_enterprise(self, row: Entry) -> None:
        """The name counts where no code is given."""
        name = row.values.pop("enterprise_name", None)
        if name is None or row.values.get("enterprise") is not None:
            return
        try:
            row.values["enterprise"] = self.fields["enterprise"].widget.read(name)[0]
        except CellError as error:
            row.refuse(self.fields["enterprise_name"].heading, error.code, error.message)

    def _twins(self, names: set[Any]) -> dict[tuple[Any, Any], str]:
        """{(name, department): number} of the active projects with one of these names, as `create_project` asks."""
        found = Project.objects.filter(is_active=True, name__any_of=sorted(names))
        return {(name, department): code for name, department, code in found.values_list(*_TWIN, "code")}

    def _refuse_twin(self, row: Entry, twins: dict[tuple[Any, Any], str]) -> None:
        name, department = row.values.get("name"), row.values.get("responsible_department")
        code = row.values.get("code") or ""
        if name is None or department is None:
            return
        if (other := twins.setdefault((name, department), code)) != code:
            said = _("该单位已有同名项目（%(code)s），请填写那个编号，或换一个名称")
            row.refuse(self.fields["name"].heading, "project_exists", said % {"code": other or _("本文件另一行")})

    def _refuse_other_department(self, row: Entry, found: Stored) -> None:
        """A name alone does not say which of two projects is meant."""
        department = row.values.get("responsible_department")
        if department is not None and department != found.values["responsible_department"]:
            said = _("已有同名项目（%(code)s），责任单位不同；是同一项目请填写编号，不是请换一个名称")
            row.refuse(self.fields["code"].heading, "which_project", said % {"code": found.values["code"]})

    def _refuse_course(self, row: Entry) -> None:
        held = row.found.values if row.found else {}
        facts = {**held, **{name: value for name, value in row.values.items() if value is not None}}
        stage = facts.get("stage") or str(Stage.NEGOTIATION)
        if held and ORDER.index(stage) < ORDER.index(held["stage"]):
            said = _("项目已到“%(now)s”，退回上一阶段须在项目页办理并写明原因")
            row.refuse(self.fields["stage"].heading, "stage_back", said % {"now": Stage(held["stage"]).label})
            return
        for before, after in _IN_ORDER:
            if facts.get(before) and facts.get(after) and facts[after] < facts[before]:
                said = _("%(after)s不能早于%(before)s")
                words = {"before": self.fields[before].heading, "after": self.fields[after].heading}
                row.refuse(words["after"], "invalid_day", said % words)
        for reached, name in DATED.items():
            if facts.get(name):
                self._refuse_day(row, name, stage, str(reached), facts[name])

    def _refuse_day(self, row: Entry, name: str, stage: str, reached: str, day: str) -> None:
        """The day a stage was reached belongs to projects that have reached it."""
        heading = self.fields[name].heading
        if date.fromisoformat(day) > today():
            row.refuse(heading, "invalid_day", _("%(day)s 还没有到") % {"day": day})
        elif ORDER.index(stage) < ORDER.index(reached):
            said = _("阶段是“%(stage)s”，不该有%(day)s日期") % {"stage": Stage(stage).label, "day": heading}
            row.refuse(heading, "invalid_day", said)

    # -- Writing ------------------------------------------------------------------------------------------------------

    def insert(self, columns: dict[str, list[Any]], count: int, suspects: set[Any]) -> list[Any]:
        """As `create_project` does: in line with other new projects, with a number each."""
        stand_in_line()
        pairs = set(zip(*(columns[name] for name in ("name", "responsible_department")), strict=True))
        if pairs & set(self._twins({name for name, _department in pairs})):
            raise Refused(_("预览之后有同名项目建成，整批没有导入。请重新读取、核对。"), code="stale_preview")
        codes = list(columns.get("code") or [None] * count)
        fresh = iter(next_codes(codes.count(None)) if None in codes else [])
        columns["code"] = [code or next(fresh) for code in codes]
        return super().insert(columns, count, suspects)

    def insert_related(self, keys: Sequence[Any], columns: dict[str, list[Any]]) -> None:
        """The first stage of each, and its row of the trail."""
        stages = [stage or str(Stage.NEGOTIATION) for stage in columns.get("stage") or [None] * len(keys)]
        now = timezone.now()
        StageChange.objects.bulk_create(
            [
                StageChange(project_id=key, from_stage="", to_stage=stage, at=now, by=self.by)
                for key, stage in zip(keys, stages, strict=True)
            ],
            batch_size=500,
        )
        rows = zip(keys, columns["name"], columns["code"], stages, strict=True)
        record_many(
            [
                Act("projects.create", Project(pk=key, name=name), {"code": code, "stage": stage})
                for key, name, code, stage in rows
            ],
            by=self.by,
        )

    def change_related(self, changes: Sequence[tuple[Any, dict[str, Any], dict[str, Any]]]) -> None:
        """A step in the history of each project whose stage is another."""
        now = timezone.now()
        steps = [
            StageChange(project_id=key, from_stage=known["stage"], to_stage=new["stage"], at=now, by=self.by, note=note)
            for key, new, known in changes
            if "stage" in new
            for note in [_("名册导入") if _is_forward(known["stage"], new["stage"]) else _("撤销名册导入")]
        ]
        StageChange.objects.bulk_create(steps, batch_size=500)

    # -- Undo ---------------------------------------------------------------------------------------------------------

    def is_as_created(self, stored: Stored, values: dict[str, Any]) -> bool:
        return super().is_as_created(stored, {"code": stored.values["code"], **values})

    def owned_relations(self) -> Sequence[str]:
        return ("stage_changes",)


_TWIN = ("name", "responsible_department")
_IN_ORDER = (("planned_start", "planned_completion"), ("actual_start", "actual_completion"))


def _is_forward(before: str, after: str) -> bool:
    return ORDER.index(after) > ORDER.index(before)


registry.register("projects", ProjectResource)
