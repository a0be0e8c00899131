"""Lists being written as workbooks in the background, each for the one person who asked."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from foundation.accounts.querysets import ScopedQuerySet
from foundation.attachments.models import private_storage
from foundation.exports.kinds import ExportKind, kind_of


def random_name(instance: Export, filename: str) -> str:
    """`exports/3f/3f2a…`: nothing that can be guessed."""
    name = uuid.uuid4().hex
    return f"exports/{name[:2]}/{name}"


class ExportQuerySet(ScopedQuerySet):
    sees_all = ()

    def scope(self, user: Any) -> Q:
        """Only one's own."""
        return Q(by=user)

    def under_way(self) -> ExportQuerySet:
        return self.filter(state__in=Export.UNDER_WAY)


class Export(models.Model):
    """One list asked for: what of it, how far it is, and the file once it is written."""

    class State(models.TextChoices):
        WAITING = "waiting", _("排队中")
        RUNNING = "running", _("正在生成")
        DONE = "done", _("已完成")
        FAILED = "failed", _("未能生成")
        CANCELLED = "cancelled", _("已取消")
        EXPIRED = "expired", _("已过期删除")

    UNDER_WAY = (State.WAITING, State.RUNNING)

    kind = models.CharField(max_length=30)
    query = models.TextField(blank=True)  # of the page it was asked on
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.WAITING)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("导出人")
    )
    created_at = models.DateTimeField(_("提出时间"), auto_now_add=True)
    finished_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    total = models.PositiveIntegerField(default=0)  # rows
    done = models.PositiveIntegerField(default=0)  # rows written so far
    file = models.FileField(storage=private_storage, upload_to=random_name, max_length=120, blank=True)
    name = models.CharField(_("文件名"), max_length=120, blank=True)
    size = models.PositiveBigIntegerField(_("大小"), default=0)  # bytes
    error = models.CharField(_("原因"), max_length=300, blank=True)
    claim = models.CharField(max_length=32, blank=True)  # the process at work on it; blank while none is
    claimed_at = models.DateTimeField(null=True, blank=True)  # its last sign of life

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = verbose_name_plural = _("导出")
        constraints = [
            models.CheckConstraint(condition=~Q(state="done") | ~Q(file=""), name="finished_export_has_its_file"),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True, state__in=["waiting", "running"])
                | Q(finished_at__isnull=False, state__in=["done", "failed", "cancelled", "expired"]),
                name="ended_export_says_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state"], condition=Q(state__in=["waiting", "running", "done"]), name="export_not_over"
            )
        ]

    def __str__(self) -> str:
        return str(self.definition.title) if self.definition else self.kind

    @property
    def definition(self) -> ExportKind | None:
        return kind_of(self.kind)

    @property
    def asked(self) -> QueryDict:
        """The filter, order and columns of the page it was asked on."""
        return QueryDict(self.query)

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.DONE

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0
