"""The scoring formula as data, and the months frozen under it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.accounts.models import Department
from foundation.accounts.permissions import Permission
from foundation.accounts.querysets import ScopedQuerySet


class EveryScorer(ScopedQuerySet):
    sees_all = (Permission.SCORE_VIEW,)


class Formula(models.Model):
    """One version of how a department's month is scored."""

    version = models.PositiveSmallIntegerField("版本", unique=True)
    name = models.CharField("名称", max_length=60)
    starts_on = models.DateField("适用起始月")  # the first day of the first month it scores
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = EveryScorer.as_manager()

    class Meta:
        ordering = ["-starts_on", "-version"]
        verbose_name = verbose_name_plural = "评分公式"

    def __str__(self) -> str:
        return f"第 {self.version} 版"


class Component(models.Model):
    """One part of a formula: what is counted (a key of `supervision.catalogue`) and how many points it can give."""

    formula = models.ForeignKey(Formula, on_delete=models.CASCADE, related_name="components")
    key = models.CharField("指标", max_length=20)
    points = models.DecimalField("满分", max_digits=5, decimal_places=2)
    minimum_sample = models.PositiveSmallIntegerField("最少样本", default=0)
    penalty = models.DecimalField("每件扣分", max_digits=5, decimal_places=2, default=0)  # for counted penalties
    sort_order = models.PositiveSmallIntegerField(default=0)

    objects = EveryScorer.as_manager()

    class Meta:
        ordering = ["sort_order"]
        verbose_name = verbose_name_plural = "评分指标"
        constraints = [models.UniqueConstraint(fields=["formula", "key"], name="component_once")]

    def __str__(self) -> str:
        return self.key


class Snapshot(models.Model):
    """A period as it was frozen; later edits of the rows don't change it."""

    period = models.CharField("周期", max_length=10, unique=True)  # 2026-10, 2026-Q4, 2026-W47
    formula = models.ForeignKey(Formula, on_delete=models.PROTECT, related_name="snapshots", verbose_name="公式")
    frozen_at = models.DateTimeField("固化时间")
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="固化人"
    )
    inputs_hash = models.CharField("数据指纹", max_length=64)

    objects = EveryScorer.as_manager()

    class Meta:
        ordering = ["-period"]
        verbose_name = verbose_name_plural = "得分快照"

    def __str__(self) -> str:
        return self.period


class SnapshotScoreQuerySet(ScopedQuerySet):
    sees_all = (Permission.SCORE_VIEW,)

    def scope(self, user: Any) -> Q:
        return Q(department__in=user.department_scope())


class SnapshotScore(models.Model):
    """One department's score in a frozen period, with every component's figures."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="scores")
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="snapshot_scores", verbose_name="部门"
    )
    score = models.DecimalField("得分", max_digits=6, decimal_places=2)
    rank = models.PositiveSmallIntegerField("名次")
    components = models.JSONField("构成")  # [{key, numerator, denominator, full, points}]
    rows = models.JSONField(
        "计入的记录", default=dict
    )  # key → [[row id, hit], …]: long, so read only for the drill-down

    objects = SnapshotScoreQuerySet.as_manager()

    class Meta:
        ordering = ["rank"]
        verbose_name = verbose_name_plural = "部门得分"
        constraints = [models.UniqueConstraint(fields=["snapshot", "department"], name="scored_once")]

    def __str__(self) -> str:
        return f"{self.snapshot} {self.department}"
