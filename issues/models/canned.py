"""Replies that a department keeps ready (常用语)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.accounts.models import Department
from foundation.accounts.querysets import ScopedQuerySet


class CannedReplyQuerySet(ScopedQuerySet):
    sees_all = ()

    def scope(self, user: Any) -> Q:
        """Those of one's own department, of those above it and of those below it."""
        if user.department is None:
            return Q(pk__in=[])
        parts = user.department.path.rstrip("/").split("/")
        above = ["/".join(parts[:count]) + "/" for count in range(1, len(parts) + 1)]
        return Q(department__path__in=above) | Q(department__path__startswith=user.department.path)


class CannedReply(models.Model):
    """A text that a department's officials put into what they write; words in braces are filled from the case."""

    department = models.ForeignKey(
        Department, on_delete=models.CASCADE, related_name="canned_replies", verbose_name="部门", db_index=False
    )
    title = models.CharField("名称", max_length=40)
    text = models.TextField("内容")
    used = models.PositiveIntegerField("使用次数", default=0)
    changed_at = models.DateTimeField("修改时间")
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="修改人", db_index=False
    )
    version = models.PositiveIntegerField(default=1)

    objects = CannedReplyQuerySet.as_manager()

    class Meta:
        ordering = ["-used", "title"]
        verbose_name = verbose_name_plural = "常用语"
        constraints = [models.UniqueConstraint(fields=["department", "title"], name="canned_title_once")]

    def __str__(self) -> str:
        return self.title
