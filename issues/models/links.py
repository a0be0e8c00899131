"""How cases hang together: related, merged, split off, of one cause, come back; and the groups that are alike."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise
from foundation.accounts.permissions import Permission
from foundation.accounts.querysets import ScopedQuerySet
from issues.models.cases import Issue
from issues.models.categories import Category


class IssueLinkQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        """Whoever sees both cases sees that they are linked."""
        seen = Issue.objects.visible_to(user).values("pk")
        return Q(source__in=seen) & Q(target__in=seen)

    def of(self, issue: Issue) -> IssueLinkQuerySet:
        """The links of a case, in either direction."""
        return self.filter(Q(source=issue) | Q(target=issue))


class IssueLink(models.Model):
    """One case points at another. A merged case points at the one that stays, a part at what it was split from,
    a case at the one opened for its cause, a case that came back at the earlier one."""

    class Kind(models.TextChoices):
        RELATES = "relates", _("相关")
        DUPLICATE = "duplicate", _("并入")
        SPLIT = "split", _("拆分自")
        CAUSE = "cause", _("共性问题")
        RECURS = "recurs", _("再次发生")

    # How the kinds are called on the page of the case they point at.
    BACKWARDS = {
        Kind.RELATES: _("相关"),
        Kind.DUPLICATE: _("并入本件"),
        Kind.SPLIT: _("由本件拆出"),
        Kind.CAUSE: _("同因诉求"),
        Kind.RECURS: _("此后又发生"),
    }

    kind = models.CharField("关系", max_length=10, choices=Kind)
    source = models.ForeignKey(
        Issue, on_delete=models.CASCADE, related_name="links_out", verbose_name="诉求", db_index=False
    )
    target = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="links_in", verbose_name="关联到")
    note = models.CharField("说明", max_length=200, blank=True)
    added_at = models.DateTimeField("关联时间")
    added_by = models.ForeignKey(  # nobody: found by the portal itself
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="关联人"
    )
    before = models.JSONField(default=dict, blank=True)  # how a merged case stood, so that it can go back

    objects = IssueLinkQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "pk"]
        verbose_name = verbose_name_plural = "关联诉求"
        constraints = [
            models.UniqueConstraint(fields=["source", "target", "kind"], name="issue_link_once"),
            models.UniqueConstraint(fields=["source"], condition=Q(kind="duplicate"), name="issue_merged_into_one"),
            models.UniqueConstraint(fields=["source"], condition=Q(kind="recurs"), name="issue_recurs_once"),
            models.CheckConstraint(name="issue_link_two_cases", condition=~Q(source=models.F("target"))),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.kind} {self.target_id}"


class IssueClusterQuerySet(ScopedQuerySet):
    sees_all = (Permission.ISSUE_DISPATCH,)

    def current(self) -> IssueClusterQuerySet:
        return self.filter(state=IssueCluster.State.FOUND)


class IssueCluster(models.Model):
    """Recent cases that seem to be about one thing: of one enterprise, or of several with one cause."""

    class Kind(models.TextChoices):
        ENTERPRISE = "enterprise", _("同一企业重复反映")
        CAUSE = "cause", _("多家企业同类问题")

    class State(models.TextChoices):
        FOUND = "found", _("待处理")
        DISMISSED = "dismissed", _("已排除")
        HANDLED = "handled", _("已立共性问题")

    kind = models.CharField("类型", max_length=10, choices=Kind)
    state = models.CharField("状态", max_length=10, choices=State, default=State.FOUND)
    anchor = models.ForeignKey(  # the earliest case: a group keeps its number as long as it begins with it
        Issue, on_delete=models.CASCADE, related_name="+", verbose_name="最早一件", db_index=False
    )
    title = models.CharField("样题", max_length=80)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+", verbose_name="类别")
    enterprise = models.ForeignKey(  # of one enterprise's repeats
        Enterprise, null=True, blank=True, on_delete=models.CASCADE, related_name="+", verbose_name="企业"
    )
    size = models.PositiveIntegerField("诉求数")
    open_size = models.PositiveIntegerField("在办数")
    enterprises = models.PositiveIntegerField("企业数")
    first_at = models.DateTimeField("最早登记")
    last_at = models.DateTimeField("最近登记")
    found_at = models.DateTimeField("发现时间")
    cause = models.ForeignKey(
        Issue, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="共性问题"
    )
    decided_at = models.DateTimeField("处理时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="处理人"
    )
    reason = models.CharField("理由", max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = IssueClusterQuerySet.as_manager()

    class Meta:
        ordering = ["-last_at", "-pk"]
        verbose_name = verbose_name_plural = "重复诉求组"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "anchor"], condition=Q(state="found"), name="issue_cluster_begins_once"
            ),
            models.CheckConstraint(
                name="issue_cluster_decided_facts_together",
                condition=Q(state="found", decided_at__isnull=True, decided_by__isnull=True)
                | ~Q(state="found") & Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="issue_cluster_handled_has_cause",
                condition=Q(state="handled", cause__isnull=False) | ~Q(state="handled") & Q(cause__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["state", "-last_at"], name="issue_cluster_listed")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/issues/clusters/{self.pk}/"


class IssueClusterCaseQuerySet(ScopedQuerySet):
    sees_all = (Permission.ISSUE_DISPATCH,)


class IssueClusterCase(models.Model):
    """A case in a group, and how like the group's title it is."""

    cluster = models.ForeignKey(IssueCluster, on_delete=models.CASCADE, related_name="cases", db_index=False)
    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="+", verbose_name="诉求")
    likeness = models.PositiveSmallIntegerField("相似度")  # percent

    objects = IssueClusterCaseQuerySet.as_manager()

    class Meta:
        ordering = ["issue"]
        verbose_name = verbose_name_plural = "重复诉求"
        constraints = [models.UniqueConstraint(fields=["cluster", "issue"], name="issue_cluster_case_once")]

    def __str__(self) -> str:
        return f"{self.cluster_id} {self.issue_id}"
