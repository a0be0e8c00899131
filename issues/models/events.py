"""The timeline of a case."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.accounts.permissions import Role
from foundation.accounts.querysets import ScopedQuerySet
from issues.models.cases import Issue


class EventQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        """Whoever sees the case sees its events; the enterprise's side only the public ones."""
        visible = Q(issue__in=Issue.objects.visible_to(user))
        return visible & Q(internal=False) if user.has_role(Role.ENTERPRISE) else visible

    def public(self) -> EventQuerySet:
        return self.filter(internal=False)


class Event(models.Model):
    """One thing that happened to a case, in the order of the timeline."""

    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, related_name="events", verbose_name="诉求", db_index=False
    )
    at = models.DateTimeField("时间")
    verb = models.CharField("动作", max_length=24)  # a key of issues.lifecycle, or a system event
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="操作人",
        db_index=False,
    )
    actor = models.CharField("名义", max_length=80)  # as the timeline shows it: the department, the enterprise, 系统
    text = models.TextField("内容", blank=True)
    internal = models.BooleanField("仅内部可见", default=False)
    data = models.JSONField(default=dict, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = verbose_name_plural = "办理过程"
        indexes = [models.Index(fields=["issue", "-at"], name="event_timeline")]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.verb}"
