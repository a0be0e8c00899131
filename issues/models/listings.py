"""Cases listed for rectification (挂牌): until which day, why, and how it ended."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.accounts.permissions import Role
from foundation.accounts.querysets import NOTHING, ScopedQuerySet
from issues.models.cases import Issue


class ListingQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        """Officials who see the case; the enterprise's side does not read of it."""
        return NOTHING if user.has_role(Role.ENTERPRISE) else Q(issue__in=Issue.objects.visible_to(user))


class Listing(models.Model):
    """One time a case was listed; the clock `issue.listing` is its own, `Issue.listed_until` says that one is open."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="listings", verbose_name="诉求")
    until = models.DateField("整改期限")
    reason = models.CharField("挂牌理由", max_length=300)
    listed_at = models.DateTimeField("挂牌时间")
    listed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="挂牌人"
    )
    ended_at = models.DateTimeField("摘牌时间", null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="摘牌人"
    )  # null: the case was closed
    end_reason = models.CharField("摘牌理由", max_length=300, blank=True)

    objects = ListingQuerySet.as_manager()

    class Meta:
        ordering = ["issue", "pk"]
        verbose_name = verbose_name_plural = "挂牌"
        constraints = [
            models.UniqueConstraint(fields=["issue"], condition=Q(ended_at__isnull=True), name="one_open_listing"),
            models.CheckConstraint(
                name="listing_end_facts_together",
                condition=Q(ended_at__isnull=True, end_reason="", ended_by__isnull=True)
                | Q(ended_at__isnull=False) & ~Q(end_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.until}"
