"""The turns departments have with cases, and the extensions asked for in them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.accounts.models import Department
from foundation.accounts.permissions import Role
from foundation.accounts.querysets import ScopedQuerySet
from issues.models.cases import Issue


class HandlingQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        return Q(pk__in=[]) if user.has_role(Role.ENTERPRISE) else Q(issue__in=Issue.objects.visible_to(user))


class Handling(models.Model):
    """One department's turn with a case, from dispatch until it is resolved, returned or given to another.

    The clocks `issue.accept`, `issue.first_reply`, `issue.resolve` and `issue.confirm` belong to it, so that every
    limit kept or missed counts for the department that had it. The due instants are mirrored from the clocks.
    """

    class Ended(models.TextChoices):
        RESOLVED = "resolved", "办结"
        RETURNED = "returned", "退回"
        WITHDRAWN = "withdrawn", "企业撤回"
        MERGED = "merged", "并入同类诉求"
        REASSIGNED = "reassigned", "改派"  # by the office: no return of the department

    class ReturnKind(models.TextChoices):
        NOT_OURS = "not_ours", "不属本部门职责"
        OTHER_LEAD = "other_lead", "应由其他部门牵头"
        WRONG_CATEGORY = "category", "类别归错"
        DUPLICATE = "duplicate", "重复诉求"
        INCOMPLETE = "incomplete", "信息不全,无法办理"
        OTHER = "other", "其他"

    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, related_name="handlings", verbose_name="诉求", db_index=False
    )
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="handlings", verbose_name="部门")
    suggested = models.ForeignKey(  # what was learned of earlier cases suggested when the case was handed over
        Department,
        verbose_name="建议部门",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    round = models.PositiveSmallIntegerField("轮次", default=1)
    is_redo = models.BooleanField("重办", default=False)  # the enterprise rejected, or the office reopened
    is_following = models.BooleanField("随主件办结", default=False)  # no limits of its own: they count at the main case
    dispatched_at = models.DateTimeField("交办时间")
    accept_due_at = models.DateTimeField("签收期限", null=True)  # null in a redo: accepted and replied to before
    accepted_at = models.DateTimeField("签收时间", null=True, blank=True)
    accept_deemed = models.BooleanField("视为签收", default=False)
    reply_due_at = models.DateTimeField("首次答复期限", null=True)
    replied_at = models.DateTimeField("首次答复时间", null=True, blank=True)
    resolve_due_at = models.DateTimeField("办结期限", null=True)  # filled by the clock's first refresh
    resolved_at = models.DateTimeField("办结时间", null=True, blank=True)
    rejected_at = models.DateTimeField("被退重办时间", null=True, blank=True)  # its resolution did not hold
    recurred_at = models.DateTimeField("认定反复时间", null=True, blank=True)  # the matter came back after closing
    false_closure = models.BooleanField("虚假销号", default=False)  # a follow-up call found it not really solved
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    ended = models.CharField("结束方式", max_length=10, choices=Ended, blank=True)
    return_kind = models.CharField("退回类型", max_length=12, choices=ReturnKind, blank=True)

    objects = HandlingQuerySet.as_manager()

    class Meta:
        ordering = ["issue", "round"]
        verbose_name = verbose_name_plural = "承办"
        constraints = [
            models.UniqueConstraint(fields=["issue", "round"], name="handling_round_once"),
            models.UniqueConstraint(
                fields=["issue"], condition=Q(ended_at__isnull=True), name="one_handling_at_a_time"
            ),
            models.CheckConstraint(
                name="handling_false_closure_was_rejected",
                condition=Q(false_closure=False) | Q(rejected_at__isnull=False),
            ),
            models.CheckConstraint(
                name="handling_end_facts_together",
                condition=Q(ended_at__isnull=True, ended="") | Q(ended_at__isnull=False) & ~Q(ended=""),
            ),
            models.CheckConstraint(
                name="handling_resolved_means_ended",
                condition=Q(resolved_at__isnull=True) & ~Q(ended="resolved")
                | Q(resolved_at__isnull=False, ended="resolved"),
            ),
            models.CheckConstraint(
                name="handling_returned_says_why",
                condition=Q(ended="returned") & ~Q(return_kind="") | ~Q(ended="returned") & Q(return_kind=""),
            ),
        ]
        indexes = [
            models.Index(fields=["accept_due_at"], name="handling_accept_due"),
            models.Index(fields=["resolve_due_at"], name="handling_resolve_due"),
            models.Index(fields=["resolved_at"], name="handling_resolved"),
            models.Index(fields=["ended_at"], condition=Q(ended="returned"), name="handling_returned"),
            models.Index(fields=["recurred_at"], condition=Q(recurred_at__isnull=False), name="handling_recurred"),
        ]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.department} 第 {self.round} 轮"


class ExtensionQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        return Q(pk__in=[]) if user.has_role(Role.ENTERPRISE) else Q(handling__in=Handling.objects.visible_to(user))


class Extension(models.Model):
    """A request for more working days on the resolve clock."""

    class State(models.TextChoices):
        REQUESTED = "requested", "待审批"
        APPROVED = "approved", "已批准"
        REFUSED = "refused", "未批准"
        DROPPED = "dropped", "不再需要"

    handling = models.ForeignKey(Handling, on_delete=models.CASCADE, related_name="extensions", verbose_name="承办")
    days = models.PositiveSmallIntegerField("延期工作日")
    reason = models.CharField("理由", max_length=300)
    requested_at = models.DateTimeField("申请时间")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="申请人"
    )
    state = models.CharField("状态", max_length=10, choices=State, default=State.REQUESTED)
    decided_at = models.DateTimeField("审批时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="审批人"
    )
    decision_note = models.CharField("审批意见", max_length=300, blank=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at"]
        verbose_name = verbose_name_plural = "延期申请"
        constraints = [
            models.UniqueConstraint(fields=["handling"], condition=Q(state="requested"), name="one_open_extension"),
            models.CheckConstraint(
                name="extension_decided_facts_together",
                condition=Q(state="requested", decided_at__isnull=True, decided_by__isnull=True)
                | ~Q(state="requested") & Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handling_id} +{self.days}"
