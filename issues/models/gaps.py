"""The policy-gap register: what could not be solved for want of a policy. It outlives the cases it came from."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.accounts.permissions import Permission
from foundation.accounts.querysets import NOTHING, ScopedQuerySet
from issues.models.cases import Issue
from issues.models.categories import Category


class RegisterQuerySet(ScopedQuerySet):
    """The register is one for the whole district: whoever may open it sees all of it."""

    sees_all = (Permission.POLICY_GAP_VIEW,)


class PolicyGapQuerySet(RegisterQuerySet):
    def ongoing(self) -> PolicyGapQuerySet:
        return self.filter(state__in=PolicyGap.ONGOING)


class PolicyGap(models.Model):
    """One policy that is missing: at which level, what exactly, and how far the district has come in getting it."""

    class State(models.TextChoices):
        OPEN = "open", "待上报"
        SENT = "sent", "已上报"
        ANSWERED = "answered", "已答复"
        AVAILABLE = "available", "政策已出台"
        CLOSED = "closed", "无政策结案"
        MERGED = "merged", "已并入"

    ONGOING = (State.OPEN, State.SENT, State.ANSWERED)

    title = models.CharField("名称", max_length=80)
    category = models.ForeignKey(Category, verbose_name="类别", on_delete=models.PROTECT, related_name="policy_gaps")
    level = models.CharField("所需政策层级", max_length=10, choices=Issue.PolicyLevel)
    missing = models.TextField("缺什么政策")
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN, db_index=True)
    opened_at = models.DateTimeField("列入时间")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="列入人"
    )
    last_step_at = models.DateTimeField("最近进展")
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged", verbose_name="并入"
    )
    version = models.PositiveIntegerField(default=1)

    objects = PolicyGapQuerySet.as_manager()

    class Meta:
        ordering = ["-last_step_at", "-pk"]
        verbose_name = verbose_name_plural = "政策缺口"
        constraints = [
            models.CheckConstraint(
                name="gap_merged_says_where",
                condition=Q(state="merged", merged_into__isnull=False)
                | ~Q(state="merged") & Q(merged_into__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/policy-gaps/{self.pk}/"


class PolicyGapCaseQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        """The cases that the user may see anyway."""
        if not user.may(Permission.POLICY_GAP_VIEW):
            return NOTHING
        return Q(issue__in=Issue.objects.visible_to(user))


class PolicyGapCase(models.Model):
    """A case that waits for the policy; a case waits for one at a time."""

    gap = models.ForeignKey(PolicyGap, on_delete=models.PROTECT, related_name="cases", verbose_name="政策缺口")
    issue = models.OneToOneField(Issue, on_delete=models.CASCADE, related_name="policy_gap_case", verbose_name="诉求")
    attached_at = models.DateTimeField("归入时间")
    attached_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="归入人"
    )
    told_at = models.DateTimeField("告知时间", null=True, blank=True)  # that the policy has come
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="告知人"
    )

    objects = PolicyGapCaseQuerySet.as_manager()

    class Meta:
        ordering = ["-attached_at", "-pk"]
        verbose_name = verbose_name_plural = "政策缺口涉及的诉求"
        constraints = [
            models.CheckConstraint(
                name="gap_case_told_facts_together",
                condition=Q(told_at__isnull=True, told_by__isnull=True)
                | Q(told_at__isnull=False, told_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gap_id} {self.issue_id}"


class PolicyGapStep(models.Model):
    """One thing that happened to a gap; only ever added to."""

    class Kind(models.TextChoices):
        OPENED = "opened", "列入"
        EDITED = "edited", "修改"
        SENT = "sent", "上报"
        ANSWERED = "answered", "收到答复"
        AVAILABLE = "available", "政策出台"
        TOLD = "told", "告知企业"
        CLOSED = "closed", "无政策结案"
        REOPENED = "reopened", "重新跟进"
        MERGED = "merged", "合并"

    gap = models.ForeignKey(
        PolicyGap, on_delete=models.PROTECT, related_name="steps", verbose_name="政策缺口", db_index=False
    )
    kind = models.CharField("进展", max_length=10, choices=Kind)
    body = models.CharField("对方单位", max_length=80, blank=True)  # to whom it went, or from whom it came
    on = models.DateField("日期", null=True, blank=True)  # of the letter, not of writing it down
    document = models.CharField("文号或文件名称", max_length=120, blank=True)
    text = models.TextField("内容", blank=True)
    at = models.DateTimeField("登记时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="登记人")

    objects = RegisterQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = verbose_name_plural = "政策缺口的进展"
        constraints = [
            models.CheckConstraint(
                name="gap_letter_has_body_and_day",
                condition=~Q(kind__in=["sent", "answered", "available"]) | Q(on__isnull=False) & ~Q(body=""),
            ),
        ]
        indexes = [models.Index(fields=["gap", "-at"], name="gap_timeline")]

    def __str__(self) -> str:
        return f"{self.gap_id} {self.kind}"
