"""Requests for an account on the enterprise's side, from people who have none."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from enterprises.models.roster import Enterprise
from foundation.accounts.permissions import Permission
from foundation.accounts.querysets import ScopedQuerySet


class RegistrationQuerySet(ScopedQuerySet):
    sees_all = (Permission.ENTERPRISE_EDIT,)

    def pending(self) -> RegistrationQuerySet:
        return self.filter(state=Registration.State.PENDING)


class Registration(models.Model):
    """Somebody says that they speak for an enterprise; an account is made only when the office agrees.

    `key` is the address under which they learn what became of it, and the form's own key: sent twice, it is one.
    """

    class State(models.TextChoices):
        PENDING = "pending", "待审核"
        APPROVED = "approved", "已通过"
        REFUSED = "refused", "未通过"

    key = models.UUIDField(unique=True, editable=False)
    credit_code = models.CharField("统一社会信用代码", max_length=18)
    enterprise_name = models.CharField("企业名称", max_length=120)
    person_name = models.CharField("姓名", max_length=40)
    phone = models.CharField("手机", max_length=30)
    username = models.CharField("登录账号", max_length=60)
    password = models.CharField(max_length=128, blank=True)  # hashed; blank once decided
    submitted_at = models.DateTimeField("申请时间")
    address = models.CharField("来源地址", max_length=45, blank=True)  # to limit requests; blank once decided
    state = models.CharField("状态", max_length=10, choices=State, default=State.PENDING)
    decided_at = models.DateTimeField("审核时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="审核人"
    )
    reason = models.CharField("理由", max_length=300, blank=True)
    enterprise = models.ForeignKey(
        Enterprise, null=True, on_delete=models.PROTECT, related_name="registrations", verbose_name="企业"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="账号"
    )

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_at", "-pk"]
        verbose_name = verbose_name_plural = "企业账号申请"
        constraints = [
            models.CheckConstraint(
                name="registration_decided_facts_together",
                condition=Q(state="pending", decided_at__isnull=True, decided_by__isnull=True)
                | ~Q(state="pending") & Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="registration_approved_has_account",
                condition=Q(state="approved", enterprise__isnull=False, user__isnull=False)
                | ~Q(state="approved") & Q(enterprise__isnull=True, user__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["submitted_at"], condition=Q(state="pending"), name="registration_pending"),
            models.Index(fields=["address", "submitted_at"], name="registration_from"),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise_name} {self.pk}"
