"""Who serves whom, the month's visit duties, and the visits themselves."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from enterprises.models import Enterprise
from foundation.accounts.models import Department
from foundation.accounts.permissions import Role
from foundation.accounts.querysets import ScopedQuerySet
from projects.models import Project


class AssignmentQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        return (
            Q(user=user)
            | Q(enterprise__in=Enterprise.objects.visible_to(user))
            | Q(project__in=Project.objects.visible_to(user))
        )

    def active(self) -> AssignmentQuerySet:
        return self.filter(ended_on__isnull=True)

    def serving(self, user: Any) -> AssignmentQuerySet:
        """Active ones that this person, or the person's department, holds."""
        mine = Q(user=user)
        if user.department_id and user.has_role(Role.HANDLER, Role.DEPARTMENT_HEAD, Role.CADRE):
            mine |= Q(department_id=user.department_id)
        return self.active().filter(mine)

    def giving_sight(self, user: Any) -> AssignmentQuerySet:
        """Active ones that open their target to this person: their own, and those of people under them."""
        mine = Q(user=user)
        if user.has_role(Role.HANDLER, Role.DEPARTMENT_HEAD, Role.CADRE, Role.LEADER):
            mine |= Q(department__in=user.department_scope().values("pk"))
        if user.has_role(Role.DEPARTMENT_HEAD, Role.LEADER):
            mine |= Q(user__department__in=user.department_scope().values("pk"))
        return self.active().filter(mine)


class Assignment(models.Model):
    """A person or department that serves one enterprise or one project, from a day on, until it ends."""

    class Kind(models.TextChoices):
        LEAD_OFFICIAL = "lead_official", "责任领导"
        RESPONSIBLE_DEPARTMENT = "responsible_department", "责任单位"
        SERVICE_OFFICER = "service_officer", "服务专员"
        LIAISON_CONTACT = "liaison_contact", "联络员"

    kind = models.CharField("角色", max_length=24, choices=Kind)
    enterprise = models.ForeignKey(
        Enterprise, verbose_name="企业", null=True, blank=True, on_delete=models.PROTECT, related_name="assignments"
    )
    project = models.ForeignKey(
        Project, verbose_name="项目", null=True, blank=True, on_delete=models.PROTECT, related_name="assignments"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="人员",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assignments",
    )
    department = models.ForeignKey(
        Department, verbose_name="单位", null=True, blank=True, on_delete=models.PROTECT, related_name="assignments"
    )
    started_on = models.DateField("开始")
    ended_on = models.DateField("结束", null=True, blank=True)
    end_reason = models.CharField("结束原因", max_length=200, blank=True)
    created_at = models.DateTimeField("安排时间", default=timezone.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["-started_on", "-pk"]
        verbose_name = verbose_name_plural = "联系安排"
        constraints = [
            models.CheckConstraint(
                name="assignment_exactly_one_target",
                condition=Q(enterprise__isnull=False, project__isnull=True)
                | Q(enterprise__isnull=True, project__isnull=False),
            ),
            models.CheckConstraint(
                name="assignment_department_or_person",
                condition=Q(kind="responsible_department", department__isnull=False, user__isnull=True)
                | ~Q(kind="responsible_department") & Q(user__isnull=False, department__isnull=True),
            ),
            models.CheckConstraint(
                name="assignment_ends_after_start",
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
            ),
            models.CheckConstraint(
                name="assignment_reason_only_when_ended", condition=Q(ended_on__isnull=False) | Q(end_reason="")
            ),
            models.UniqueConstraint(
                fields=["enterprise", "kind"],
                condition=Q(ended_on__isnull=True, enterprise__isnull=False),
                name="one_active_per_enterprise",
            ),
            models.UniqueConstraint(
                fields=["project", "kind"],
                condition=Q(ended_on__isnull=True, project__isnull=False),
                name="one_active_per_project",
            ),
        ]
        indexes = [
            models.Index(fields=["user"], condition=Q(ended_on__isnull=True), name="assignment_serving_user"),
            models.Index(fields=["department"], condition=Q(ended_on__isnull=True), name="assignment_serving_dept"),
        ]

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.target, self.get_kind_display(), self.holder) if part)

    @property
    def target(self) -> Enterprise | Project:
        return self.enterprise or self.project  # type: ignore[return-value]

    @property
    def holder(self) -> Any:
        return self.user or self.department


class VisitQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        return (
            Q(by=user)
            | Q(department__in=user.department_scope())
            | Q(enterprise__in=Enterprise.objects.visible_to(user))
            | Q(project__in=Project.objects.visible_to(user))
        ) & (Q(pk__in=[]) if user.has_role(Role.ENTERPRISE) else Q())


class Visit(models.Model):
    """One visit as logged: who went where, whom they met, what was said and found."""

    class Form(models.TextChoices):
        ON_SITE = "on_site", "实地走访"
        REMOTE = "remote", "线上联系"

    enterprise = models.ForeignKey(
        Enterprise, verbose_name="企业", null=True, blank=True, on_delete=models.PROTECT, related_name="visits"
    )
    project = models.ForeignKey(
        Project, verbose_name="项目", null=True, blank=True, on_delete=models.PROTECT, related_name="visits"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="visits", verbose_name="走访人"
    )
    department = models.ForeignKey(
        Department, verbose_name="走访人单位", null=True, on_delete=models.PROTECT, related_name="visits"
    )
    visited_at = models.DateTimeField("走访时间", db_index=True)
    form = models.CharField("方式", max_length=8, choices=Form, default=Form.ON_SITE)
    companions = models.CharField("同行人员", max_length=200, blank=True)
    met = models.CharField("会见人员", max_length=200)
    explained = models.TextField("政策宣讲", blank=True)
    operating_condition = models.CharField("经营状况", max_length=10, choices=Enterprise.Condition, blank=True)
    operating_facts = models.TextField("生产经营情况", blank=True)
    employees = models.PositiveIntegerField("用工人数", null=True, blank=True)
    output_value = models.DecimalField("当月产值(万元)", max_digits=14, decimal_places=2, null=True, blank=True)
    summary = models.TextField("走访小结", blank=True)
    submission_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # one form, one record
    logged_at = models.DateTimeField("登记时间", default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1)

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["-visited_at", "-pk"]
        verbose_name = verbose_name_plural = "走访记录"
        constraints = [
            models.CheckConstraint(
                name="visit_exactly_one_target",
                condition=Q(enterprise__isnull=False, project__isnull=True)
                | Q(enterprise__isnull=True, project__isnull=False),
            )
        ]
        indexes = [models.Index(fields=["enterprise", "-visited_at"], name="visit_of_enterprise")]

    def __str__(self) -> str:
        return f"{self.target} {timezone.localtime(self.visited_at):%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return f"/visits/{self.pk}/"

    @property
    def target(self) -> Enterprise | Project:
        return self.enterprise or self.project  # type: ignore[return-value]


class VisitDutyQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        own = Q(officer=user) | Q(department__in=user.department_scope())
        return (
            own | Q(enterprise__in=Enterprise.objects.visible_to(user))
            if not user.has_role(Role.ENTERPRISE)
            else Q(pk__in=[])
        )

    def owed(self) -> VisitDutyQuerySet:
        """Those that count: not cancelled."""
        return self.filter(cancelled_at__isnull=True)

    def open(self) -> VisitDutyQuerySet:
        """Those still to be done."""
        return self.owed().filter(done_at__isnull=True)


class VisitDuty(models.Model):
    """One visit owed: this enterprise, this calendar month (Shanghai), by the officer of that time."""

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="visit_duties", verbose_name="企业"
    )
    month = models.DateField("月份")  # the first day of the month
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="visit_duties", verbose_name="服务专员"
    )
    department = models.ForeignKey(
        Department, null=True, on_delete=models.PROTECT, related_name="visit_duties", verbose_name="专员单位"
    )
    opened_at = models.DateTimeField("开启时间", default=timezone.now, editable=False)
    visit = models.ForeignKey(
        Visit, null=True, blank=True, on_delete=models.PROTECT, related_name="duties", verbose_name="走访"
    )
    done_at = models.DateTimeField("完成时间", null=True, blank=True)
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)  # the assignment ended before it was done
    # mirrored from the duty's clock by the engine, for lists
    level = models.PositiveSmallIntegerField("预警", default=0)
    due_at = models.DateTimeField("期限", null=True)  # exclusive: 00:00 of the next month

    objects = VisitDutyQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "enterprise"]
        verbose_name = verbose_name_plural = "走访任务"
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "month"], name="one_duty_a_month"),
            models.CheckConstraint(
                name="duty_done_with_visit",
                condition=Q(visit__isnull=True, done_at__isnull=True) | Q(visit__isnull=False, done_at__isnull=False),
            ),
            models.CheckConstraint(
                name="duty_done_or_cancelled", condition=Q(done_at__isnull=True) | Q(cancelled_at__isnull=True)
            ),
        ]
        indexes = [
            models.Index(fields=["officer", "month"], name="duty_of_officer"),
            models.Index(fields=["month", "department"], name="duty_of_department"),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.month:%Y-%m}"
