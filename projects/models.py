"""Projects of the district by stage."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from enterprises.models import Enterprise, Park
from foundation.accounts.models import Department
from foundation.accounts.querysets import ScopedQuerySet


class ProjectQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        """The responsible department, and whoever sees the enterprise; assignments widen this from above."""
        return Q(responsible_department__in=user.department_scope()) | Q(
            enterprise__in=Enterprise.objects.visible_to(user)
        )


class Project(models.Model):
    """An investment or construction project, from negotiation to full capacity."""

    class Stage(models.TextChoices):
        NEGOTIATION = "negotiation", "洽谈"
        SIGNED = "signed", "签约"
        CONSTRUCTION = "construction", "开工"
        PRODUCTION = "production", "投产"
        FULL_CAPACITY = "full_capacity", "达产"

    class Kind(models.TextChoices):
        INDUSTRY = "industry", "工业"
        SERVICE = "service", "商贸服务业"
        INFRASTRUCTURE = "infrastructure", "基础设施"
        INVESTMENT = "investment", "招商引资"

    code = models.CharField("编号", max_length=30, unique=True)
    name = models.CharField("项目名称", max_length=120)
    kind = models.CharField("类别", max_length=16, choices=Kind, default=Kind.INDUSTRY)
    enterprise = models.ForeignKey(
        Enterprise, verbose_name="企业", null=True, blank=True, on_delete=models.PROTECT, related_name="projects"
    )
    park = models.ForeignKey(
        Park, verbose_name="园区", null=True, blank=True, on_delete=models.PROTECT, related_name="projects"
    )
    responsible_department = models.ForeignKey(
        Department, verbose_name="责任单位", on_delete=models.PROTECT, related_name="projects"
    )
    stage = models.CharField("阶段", max_length=14, choices=Stage, default=Stage.NEGOTIATION)
    investment = models.DecimalField("总投资(万元)", max_digits=14, decimal_places=2)
    invested = models.DecimalField("已完成投资(万元)", max_digits=14, decimal_places=2, default=0)
    planned_start = models.DateField("计划开工", null=True, blank=True)
    planned_completion = models.DateField("计划投产", null=True, blank=True)
    actual_start = models.DateField("实际开工", null=True, blank=True)
    actual_completion = models.DateField("实际投产", null=True, blank=True)
    summary = models.TextField("建设内容", blank=True)
    is_active = models.BooleanField("在库", default=True)
    created_at = models.DateTimeField("录入时间", auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = verbose_name_plural = "项目"
        indexes = [models.Index(fields=["stage", "code"], name="project_stage")]
        constraints = [
            models.CheckConstraint(
                name="project_investment_positive",
                condition=Q(investment__gte=0, invested__gte=0),
                violation_error_message="投资额不能小于 0。",
            ),
            models.CheckConstraint(
                name="project_planned_in_order",
                condition=Q(planned_start__isnull=True)
                | Q(planned_completion__isnull=True)
                | Q(planned_completion__gte=F("planned_start")),
                violation_error_message="计划投产不能早于计划开工。",
            ),
            models.CheckConstraint(
                name="project_actual_in_order",
                condition=Q(actual_start__isnull=True)
                | Q(actual_completion__isnull=True)
                | Q(actual_completion__gte=F("actual_start")),
                violation_error_message="实际投产不能早于实际开工。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/projects/{self.pk}/"

    @property
    def next_stage(self) -> Project.Stage | None:
        """The stage after this one, or None at full capacity."""
        return _neighbour(self.stage, 1)

    @property
    def previous_stage(self) -> Project.Stage | None:
        return _neighbour(self.stage, -1)

    @property
    def share_invested(self) -> int:
        """Investment done, in percent of the whole."""
        return round(self.invested * 100 / self.investment) if self.investment else 0


def _neighbour(stage: str, step: int) -> Project.Stage | None:
    stages = list(Project.Stage)
    place = stages.index(Project.Stage(stage)) + step
    return stages[place] if 0 <= place < len(stages) else None


class StageChangeQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        return Q(project__in=Project.objects.visible_to(user))


class StageChange(models.Model):
    """One step of a project from a stage to another."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="stage_changes", verbose_name="项目")
    from_stage = models.CharField("原阶段", max_length=14, choices=Project.Stage, blank=True)
    to_stage = models.CharField("新阶段", max_length=14, choices=Project.Stage)
    at = models.DateTimeField("时间")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="操作人"
    )
    note = models.CharField("说明", max_length=300, blank=True)

    objects = StageChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = verbose_name_plural = "阶段变动"

    def __str__(self) -> str:
        return f"{self.project} {self.get_to_stage_display()}"
