"""What issues are about, and the limits that apply by category."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from enterprises.models import EveryoneSees
from foundation.accounts.models import Department
from foundation.clocks.models import Ladder


class Category(models.Model):
    """What an issue is about; its limits stand in versioned rules."""

    code = models.SlugField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=30, unique=True)
    hint = models.CharField("说明", max_length=120, blank=True)  # helps an enterprise choose
    default_department = models.ForeignKey(
        Department, verbose_name="默认主办部门", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sort_order = models.PositiveSmallIntegerField("排序", default=100)
    is_active = models.BooleanField("在用", default=True)
    version = models.PositiveIntegerField(default=1)

    objects = EveryoneSees.as_manager()

    class Meta:
        ordering = ["sort_order", "code"]
        verbose_name = verbose_name_plural = "诉求类别"

    def __str__(self) -> str:
        return self.name


class CategoryRule(models.Model):
    """The limits of a category, in working days, as of one version; cases keep the version they started with."""

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="rules", verbose_name="类别")
    version = models.PositiveSmallIntegerField("版本")
    accept_days = models.PositiveSmallIntegerField("签收时限", default=1)
    reply_days = models.PositiveSmallIntegerField("首次答复时限", default=3)
    resolve_days = models.PositiveSmallIntegerField("办结时限", default=10)
    confirm_days = models.PositiveSmallIntegerField("确认时限", default=5)
    extension_limit = models.PositiveSmallIntegerField("延期上限", default=10)
    ladder = models.ForeignKey(Ladder, on_delete=models.PROTECT, related_name="+", verbose_name="预警规则")
    created_at = models.DateTimeField("生效时间", default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = EveryoneSees.as_manager()

    class Meta:
        ordering = ["category", "-version"]
        verbose_name = verbose_name_plural = "类别时限规则"
        constraints = [
            models.UniqueConstraint(fields=["category", "version"], name="rule_version_once"),
            models.CheckConstraint(
                name="rule_days_positive",
                condition=Q(accept_days__gte=1, reply_days__gte=1, resolve_days__gte=1, confirm_days__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} 第 {self.version} 版"
