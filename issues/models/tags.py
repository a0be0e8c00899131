"""Words of the office's choosing that officials put on cases; the enterprise never reads them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from foundation.accounts.permissions import Permission
from foundation.accounts.querysets import NOTHING, ScopedQuerySet
from issues.models.cases import Issue

ALL = Q()


class TagQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        """Every official reads them."""
        return ALL if user.may(Permission.ISSUE_VIEW) else NOTHING

    def in_use(self) -> TagQuerySet:
        return self.filter(is_active=True)

    def offered_for(self, issue: Issue) -> TagQuerySet:
        """Those in use and those the case carries (`carried`)."""
        carried = Exists(IssueTag.objects.filter(issue=issue, tag=OuterRef("pk")))
        return self.annotate(carried=carried).filter(Q(is_active=True) | Q(carried=True))


class Tag(models.Model):
    """A word for cases (标签); a retired one stays where it is and is no longer offered."""

    name = models.CharField("名称", max_length=12, unique=True)
    is_active = models.BooleanField("在用", default=True)
    version = models.PositiveIntegerField(default=1)

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = verbose_name_plural = "标签"

    def __str__(self) -> str:
        return self.name


class IssueTagQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        return Q(issue__in=Issue.objects.visible_to(user)) if user.may(Permission.ISSUE_VIEW) else NOTHING


class IssueTag(models.Model):
    """A case carries a tag."""

    # Its index is the constraint's.
    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, related_name="tag_links", verbose_name="诉求", db_index=False
    )
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="links", verbose_name="标签")
    at = models.DateTimeField("时间")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="操作人", db_index=False
    )

    objects = IssueTagQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "诉求标签"
        constraints = [models.UniqueConstraint(fields=["issue", "tag"], name="issue_tag_once")]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.tag_id}"
