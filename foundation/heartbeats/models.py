"""Signs of life of what works in the background: one row per worker and one per task that runs by itself."""

from __future__ import annotations

from django.db import models

from foundation.accounts.permissions import Permission
from foundation.accounts.querysets import ScopedQuerySet


class HeartbeatQuerySet(ScopedQuerySet):
    sees_all = (Permission.NOTICE_MANAGE, Permission.ADMIN_SITE)


class Heartbeat(models.Model):
    """When a worker last finished something, or a task last succeeded."""

    class Kind(models.TextChoices):
        WORKER = "worker", "进程"
        TASK = "task", "任务"

    kind = models.CharField("类型", max_length=6, choices=Kind)
    name = models.CharField("名称", max_length=120)
    at = models.DateTimeField("最近")

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "心跳"
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="heartbeat_one_row_each")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
