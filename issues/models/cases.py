"""The cases of the issue ledger."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from enterprises.models import Enterprise, EnterpriseStaff
from foundation.accounts.models import Department
from foundation.accounts.permissions import Role
from foundation.accounts.querysets import ScopedQuerySet
from issues.models.categories import Category, CategoryRule
from liaison.models import Assignment, Visit
from projects.models import Project

NARROWED_BY = ("status", "category", "channel", "department", "enterprise", "closed_at")


class IssueQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        """An enterprise sees its own; officials what their department has, had or helps with, and what they serve.

        What is merged into a case of the department is the department's too.
        """
        from issues.models.co_handlings import CoHandling
        from issues.models.handlings import Handling
        from issues.models.links import IssueLink

        if user.has_role(Role.ENTERPRISE):
            return Q(enterprise__in=EnterpriseStaff.objects.filter(user=user).values("enterprise_id"))
        departments = user.department_scope().values("pk")
        serving = Assignment.objects.serving(user)
        helping = CoHandling.objects.filter(department__in=departments).exclude(ended=CoHandling.Ended.WITHDRAWN)
        turns = Handling.objects.filter(department__in=departments).values("issue_id")
        merged = IssueLink.objects.filter(kind=IssueLink.Kind.DUPLICATE, target__in=turns)
        return (
            Q(registered_by=user)
            | Q(pk__in=turns)
            | Q(pk__in=merged.values("source_id"))
            | Q(pk__in=helping.values("issue_id"))
            | Q(enterprise__in=serving.filter(enterprise__isnull=False).values("enterprise_id"))
            | Q(project__in=serving.filter(project__isnull=False).values("project_id"))
        )

    def open(self) -> IssueQuerySet:
        return self.filter(closed_at__isnull=True)


class Issue(models.Model):
    """One appeal or problem of an enterprise, from register to close (销号)."""

    class Status(models.TextChoices):
        REGISTERED = "registered", "待交办"
        DISPATCHED = "dispatched", "待签收"
        RETURNED = "returned", "已退回"
        ARBITRATION = "arbitration", "待裁定"
        HANDLING = "handling", "在办"
        WAITING = "waiting", "待企业补充"
        REFERRED = "referred", "已向上级反映"
        RESOLVED = "resolved", "待企业确认"
        MERGED = "merged", "合并办理"  # it follows another enterprise's case
        CLOSED = "closed", "已销号"
        DECLINED = "declined", "不予受理"

    class Channel(models.TextChoices):
        PORTAL = "portal", "企业端"
        VISIT = "visit", "走访"
        HOTLINE = "hotline", "12345 热线"
        PHONE = "phone", "电话"
        FAX = "fax", "传真"
        MAIL = "mail", "邮箱信件"
        MONITORING = "monitoring", "监测点"
        CAUSE = "cause", "共性问题"  # opened by the office for what several cases have in common
        FOLLOW_UP = "follow_up", "后续办理"  # what another case left unsolved

    class Resolution(models.TextChoices):
        SOLVED = "solved", "依现有政策解决"
        NEEDS_POLICY = "needs_policy", "暂无政策依据"
        CANNOT = "cannot", "不能解决并已说明"

    class PolicyLevel(models.TextChoices):
        STATE = "state", "国家"
        PROVINCE = "province", "省"
        CITY = "city", "市"
        DISTRICT = "district", "区"

    class Telling(models.TextChoices):
        VISIT = "visit", "上门说明"
        PHONE = "phone", "电话"
        LETTER = "letter", "书面送达"
        PORTAL = "portal", "企业端"

    class Closing(models.TextChoices):
        CONFIRMED = "confirmed", "企业确认"
        PARTLY = "partly", "部分解决"
        OFFICE = "office", "专班代为确认"
        UNCONFIRMED = "unconfirmed", "逾期未确认"
        MERGED = "merged", "并入同类诉求"
        DECLINED = "declined", "不予受理"
        WITHDRAWN = "withdrawn", "企业撤回"

    number = models.CharField("编号", max_length=20)
    title = models.CharField("标题", max_length=80)
    text = models.TextField("内容")
    category = models.ForeignKey(
        Category, verbose_name="类别", on_delete=models.PROTECT, related_name="issues", db_index=False
    )
    # Foreign keys without an index of their own are covered by one in Meta, or never searched by.
    rule = models.ForeignKey(
        CategoryRule,
        verbose_name="时限规则",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    enterprise = models.ForeignKey(
        Enterprise, verbose_name="企业", on_delete=models.PROTECT, related_name="issues", db_index=False
    )
    project = models.ForeignKey(
        Project,
        verbose_name="项目",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="issues",
        db_index=False,
    )
    channel = models.CharField("来源渠道", max_length=10, choices=Channel)
    visit = models.ForeignKey(
        Visit,
        verbose_name="走访",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="issues",
        db_index=False,
    )
    follows = models.ForeignKey(
        "self",
        verbose_name="接续",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="follow_ups",
        db_index=False,
    )
    contact_name = models.CharField("联系人", max_length=40, blank=True)
    contact_phone = models.CharField("联系电话", max_length=30, blank=True)
    registered_at = models.DateTimeField("登记时间")
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="登记人"
    )
    status = models.CharField("环节", max_length=12, choices=Status, default=Status.REGISTERED)
    department = models.ForeignKey(
        Department,
        verbose_name="主办部门",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="issues",
        db_index=False,
    )
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="承办人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    return_count = models.PositiveSmallIntegerField("退回次数", default=0)
    binding = models.BooleanField("裁定后不得退回", default=False)
    waiting_since = models.DateTimeField("暂停起", null=True, blank=True)  # for the enterprise, or for a level above
    listed_until = models.DateField("挂牌整改期限", null=True, blank=True)  # while it is listed
    resolution = models.CharField("办结类型", max_length=12, choices=Resolution, blank=True)
    resolution_text = models.TextField("办结说明", blank=True)
    resolution_basis = models.CharField("政策依据", max_length=200, blank=True)
    resolution_level = models.CharField("所需政策层级", max_length=10, choices=PolicyLevel, blank=True)
    resolution_told_way = models.CharField("说明方式", max_length=10, choices=Telling, blank=True)
    resolution_told_on = models.DateField("说明日期", null=True, blank=True)
    resolved_at = models.DateTimeField("办结时间", null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="办结人",
        db_index=False,
    )
    rating = models.PositiveSmallIntegerField(
        "评分", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    rating_comment = models.CharField("评价", max_length=300, blank=True)
    rating_tags = models.JSONField("评价标签", default=list, blank=True)  # keys of issues.ratings
    rated_at = models.DateTimeField("评价时间", null=True, blank=True)
    closing = models.CharField("销号方式", max_length=12, choices=Closing, blank=True)
    closed_at = models.DateTimeField("销号时间", null=True, blank=True)
    reopened_count = models.PositiveSmallIntegerField("重办次数", default=0)
    # mirrored from the running clocks of the current handling, for lists
    level = models.PositiveSmallIntegerField("预警", default=0)
    due_at = models.DateTimeField("最近期限", null=True, blank=True)  # exclusive: 24:00 of the due day
    clock_kind = models.CharField("计时环节", max_length=20, blank=True)  # the running clock that is due first
    clock_started_at = models.DateTimeField(null=True, blank=True)
    due_provisional = models.BooleanField("期限暂定", default=False)
    last_event_at = models.DateTimeField("最近动态")
    last_public_event_at = models.DateTimeField("最近公开动态", default=timezone.now)  # as the enterprise knows it
    reminded_at = models.DateTimeField("最近催办", null=True, blank=True)  # once a day and case
    submission_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # one form, one case
    version = models.PositiveIntegerField(default=1)

    objects = IssueQuerySet.as_manager()

    class Meta:
        ordering = ["-registered_at", "-pk"]
        verbose_name = verbose_name_plural = "诉求"
        constraints = [
            models.UniqueConstraint(fields=["number"], name="issue_number_once"),
            models.CheckConstraint(
                name="issue_resolved_facts_together",
                condition=Q(resolved_at__isnull=True, resolved_by__isnull=True, resolution="")
                | Q(resolved_at__isnull=False, resolved_by__isnull=False) & ~Q(resolution=""),
            ),
            models.CheckConstraint(
                name="issue_cannot_says_how_it_was_told",
                condition=Q(resolution="cannot", resolution_told_on__isnull=False) & ~Q(resolution_told_way="")
                | ~Q(resolution="cannot") & Q(resolution_told_on__isnull=True, resolution_told_way=""),
            ),
            models.CheckConstraint(
                name="issue_closed_facts_together",
                condition=Q(closed_at__isnull=True, closing="") & ~Q(status__in=["closed", "declined"])
                | Q(closed_at__isnull=False, status__in=["closed", "declined"]) & ~Q(closing=""),
            ),
            models.CheckConstraint(
                name="issue_rating_with_time",
                condition=Q(rating__isnull=True, rated_at__isnull=True)
                | Q(rating__isnull=False, rated_at__isnull=False, rating__gte=1, rating__lte=5),
            ),
            models.CheckConstraint(
                name="issue_waiting_has_start",
                condition=Q(status__in=["waiting", "referred"], waiting_since__isnull=False)
                | ~Q(status__in=["waiting", "referred"]) & Q(waiting_since__isnull=True),
            ),
        ]
        # No index holds `level`: a sweep that changes nothing else can leave the indexes alone. Open cases are few;
        # whatever narrows them further (status, level, handler) is read off the rows that issue_open_by_due finds.
        indexes = [
            models.Index(fields=["due_at"], condition=Q(closed_at__isnull=True), name="issue_open_by_due"),
            # what waits for the office: counted on every page it opens
            models.Index(
                fields=["status"],
                condition=Q(status__in=["registered", "returned", "arbitration"]),
                name="issue_at_office",
            ),
            models.Index(fields=["listed_until"], condition=Q(listed_until__isnull=False), name="issue_listed"),
            models.Index(fields=["department", "status"], name="issue_of_department"),
            # The whole ledger in the orders that people read it: what they narrow it by stands in the index, so that
            # of a million wide rows only the fifty that are shown are read.
            models.Index(fields=["-registered_at", "-id"], include=NARROWED_BY, name="issue_by_registration"),
            models.Index(
                fields=["-last_event_at", "-id"], include=(*NARROWED_BY, "registered_at"), name="issue_by_last_event"
            ),
            models.Index(fields=["enterprise", "-registered_at"], name="issue_of_enterprise"),
            models.Index(fields=["project"], condition=Q(project__isnull=False), name="issue_of_project"),
            models.Index(fields=["visit"], condition=Q(visit__isnull=False), name="issue_of_visit"),
            models.Index(fields=["follows"], condition=Q(follows__isnull=False), name="issue_following"),
            models.Index(fields=["closed_at"], condition=Q(closed_at__isnull=False), name="issue_closed"),
            models.Index(fields=["rated_at"], condition=Q(rated_at__isnull=False), name="issue_rated"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """The officials' page; the enterprise's side has its own under /appeals/."""
        return f"/issues/{self.pk}/"


class NumberSeries(models.Model):
    """The last issue number given out in a year; its row is locked while the next is taken."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year} {self.last}"
