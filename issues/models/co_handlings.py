"""Departments that help the one in the lead, each with what is wanted of it, a limit and a reply of its own."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.accounts.models import Department
from foundation.accounts.permissions import Role
from foundation.accounts.querysets import NOTHING, ScopedQuerySet
from foundation.clocks.localtime import local_date
from issues.models.cases import Issue


class CoHandlingQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        """Whoever sees the case sees who helps; the enterprise's side does not."""
        return NOTHING if user.has_role(Role.ENTERPRISE) else Q(issue__in=Issue.objects.visible_to(user))

    def open(self) -> CoHandlingQuerySet:
        return self.filter(ended_at__isnull=True)


class CoHandling(models.Model):
    """One department asked to help with a case (协办); the clock `issue.co_handling` belongs to it."""

    class Ended(models.TextChoices):
        REPLIED = "replied", "已回复"
        WITHDRAWN = "withdrawn", "已撤回"
        OVER = "over", "随主件结束"  # resolved, closed or led by itself before it replied

    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, related_name="co_handlings", verbose_name="诉求", db_index=False
    )
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="co_handlings", verbose_name="协办部门", db_index=False
    )
    wanted = models.TextField("协办事项")
    days = models.PositiveSmallIntegerField("回复时限")
    invited_at = models.DateTimeField("邀请时间")
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="邀请人"
    )
    # mirrored from its clock
    due_at = models.DateTimeField("回复期限", null=True)
    level = models.PositiveSmallIntegerField("预警", default=0)
    reply = models.TextField("协办回复", blank=True)
    ended = models.CharField("结束方式", max_length=10, choices=Ended, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="结束人"
    )
    end_reason = models.CharField("理由", max_length=300, blank=True)

    objects = CoHandlingQuerySet.as_manager()

    class Meta:
        ordering = ["issue", "pk"]
        verbose_name = verbose_name_plural = "协办"
        constraints = [
            models.UniqueConstraint(
                fields=["issue", "department"], condition=Q(ended_at__isnull=True), name="one_open_co_handling"
            ),
            models.CheckConstraint(
                name="co_handling_end_facts_together",
                condition=Q(ended_at__isnull=True, ended="") | Q(ended_at__isnull=False) & ~Q(ended=""),
            ),
            models.CheckConstraint(
                name="co_handling_replied_says_what",
                condition=Q(ended="replied", ended_by__isnull=False) & ~Q(reply="") | ~Q(ended="replied") & Q(reply=""),
            ),
        ]
        indexes = [
            models.Index(fields=["issue"], name="co_handling_of_issue"),
            models.Index(fields=["department", "due_at"], name="co_handling_of_department"),
        ]

    @property
    def due_on(self) -> date | None:
        """The last day that is still in time."""
        return local_date(self.due_at - timedelta(microseconds=1)) if self.due_at else None

    def __str__(self) -> str:
        return f"{self.issue_id} {self.department}"
