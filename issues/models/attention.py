"""What a person keeps an eye on: the cases they watch, how far they have read which, and where they are now."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.accounts.permissions import Role
from foundation.accounts.querysets import ScopedQuerySet
from issues.models.cases import Issue


class OwnQuerySet(ScopedQuerySet):
    """Rows that are nobody's business but their user's."""

    sees_all = ()

    def scope(self, user: Any) -> Q:
        return Q(user=user)


class IssueWatch(models.Model):
    """An official keeps an eye on a case (关注) and is told what happens to it, as long as they may see it."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="watches", verbose_name="诉求")
    # Its index is the constraint's: a person's own watches are what is asked for.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name="关注人", db_index=False
    )
    since = models.DateTimeField("关注时间")

    objects = OwnQuerySet.as_manager()

    class Meta:
        ordering = ["-since"]
        verbose_name = verbose_name_plural = "关注"
        constraints = [models.UniqueConstraint(fields=["user", "issue"], name="issue_watched_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.issue_id}"


class IssueSeen(models.Model):
    """Until which instant a person has read a case; without a case, everything until then counts as read."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name="读者", db_index=False
    )
    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, null=True, related_name="+", verbose_name="诉求")
    until = models.DateTimeField("已读至")

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "已读标记"
        constraints = [
            models.UniqueConstraint(fields=["user", "issue"], name="issue_seen_once"),
            models.UniqueConstraint(fields=["user"], condition=Q(issue__isnull=True), name="all_seen_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.issue_id} {self.until}"


class PresenceQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        """Whoever sees the case as an official sees who else is in it."""
        return Q(pk__in=[]) if user.has_role(Role.ENTERPRISE) else Q(issue__in=Issue.objects.visible_to(user))


class IssuePresence(models.Model):
    """An official has a case open right now, or had until a moment ago; told to the others who have."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="+", verbose_name="诉求", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name="谁")
    doing = models.CharField("正在填写", max_length=24, blank=True)  # the verb whose form is being filled in
    at = models.DateTimeField("最近在场")

    objects = PresenceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "在场"
        constraints = [models.UniqueConstraint(fields=["issue", "user"], name="present_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.issue_id} {self.doing}"
