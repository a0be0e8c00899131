"""The issue ledger: cases, the turns departments have with them, their timelines, and the rules by category."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from enterprises.models import Enterprise, EnterpriseStaff, EveryoneSees
from foundation.accounts.models import Department
from foundation.accounts.permissions import Role
from foundation.accounts.querysets import ScopedQuerySet
from foundation.clocks.models import Ladder
from liaison.models import Assignment, Visit
from projects.models import Project


class Category(models.Model):
    """What an issue is about; its limits stand in versioned rules."""

    code = models.SlugField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=30, unique=True)
    hint = models.CharField("说明", max_length=120, blank=True)  # helps an enterprise choose
    default_department = models.ForeignKey(
        Department, verbose_name="默认主办部门", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sort_order = models.PositiveSmallIntegerField("排序", default=100)
    is_active = models.BooleanField("在用", default=True)
    version = models.PositiveIntegerField(default=1)

    objects = EveryoneSees.as_manager()

    class Meta:
        ordering = ["sort_order", "code"]
        verbose_name = verbose_name_plural = "诉求类别"

    def __str__(self) -> str:
        return self.name


class CategoryRule(models.Model):
    """The limits of a category, in working days, as of one version; cases keep the version they started with."""

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="rules", verbose_name="类别")
    version = models.PositiveSmallIntegerField("版本")
    accept_days = models.PositiveSmallIntegerField("签收时限", default=1)
    reply_days = models.PositiveSmallIntegerField("首次答复时限", default=3)
    resolve_days = models.PositiveSmallIntegerField("办结时限", default=10)
    confirm_days = models.PositiveSmallIntegerField("确认时限", default=5)
    extension_limit = models.PositiveSmallIntegerField("延期上限", default=10)
    ladder = models.ForeignKey(Ladder, on_delete=models.PROTECT, related_name="+", verbose_name="预警规则")
    created_at = models.DateTimeField("生效时间", default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = EveryoneSees.as_manager()

    class Meta:
        ordering = ["category", "-version"]
        verbose_name = verbose_name_plural = "类别时限规则"
        constraints = [
            models.UniqueConstraint(fields=["category", "version"], name="rule_version_once"),
            models.CheckConstraint(
                name="rule_days_positive",
                condition=Q(accept_days__gte=1, reply_days__gte=1, resolve_days__gte=1, confirm_days__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} 第 {self.version} 版"


class IssueQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        """An enterprise sees its own; officials see what their department has or had, and their enterprises' cases."""
        if user.has_role(Role.ENTERPRISE):
            return Q(enterprise__in=EnterpriseStaff.objects.filter(user=user).values("enterprise_id"))
        departments = user.department_scope().values("pk")
        serving = Assignment.objects.serving(user)
        return (
            Q(registered_by=user)
            | Q(pk__in=Handling.objects.filter(department__in=departments).values("issue_id"))
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
        RESOLVED = "resolved", "待企业确认"
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

    class Resolution(models.TextChoices):
        SOLVED = "solved", "依现有政策解决"
        NEEDS_POLICY = "needs_policy", "暂无政策依据"
        CANNOT = "cannot", "不能解决并已说明"

    class PolicyLevel(models.TextChoices):
        STATE = "state", "国家"
        PROVINCE = "province", "省"
        CITY = "city", "市"
        DISTRICT = "district", "区"

    class Closing(models.TextChoices):
        CONFIRMED = "confirmed", "企业确认"
        OFFICE = "office", "专班代为确认"
        UNCONFIRMED = "unconfirmed", "逾期未确认"
        DECLINED = "declined", "不予受理"

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
    contact_name = models.CharField("联系人", max_length=40, blank=True)
    contact_phone = models.CharField("联系电话", max_length=30, blank=True)
    registered_at = models.DateTimeField("登记时间", db_index=True)
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
    waiting_since = models.DateTimeField("待补充起", null=True, blank=True)
    resolution = models.CharField("办结类型", max_length=12, choices=Resolution, blank=True)
    resolution_text = models.TextField("办结说明", blank=True)
    resolution_basis = models.CharField("政策依据", max_length=200, blank=True)
    resolution_level = models.CharField("所需政策层级", max_length=10, choices=PolicyLevel, blank=True)
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
                condition=Q(status="waiting", waiting_since__isnull=False)
                | ~Q(status="waiting") & Q(waiting_since__isnull=True),
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
            models.Index(fields=["department", "status"], name="issue_of_department"),
            models.Index(fields=["enterprise", "-registered_at"], name="issue_of_enterprise"),
            models.Index(fields=["project"], condition=Q(project__isnull=False), name="issue_of_project"),
            models.Index(fields=["visit"], condition=Q(visit__isnull=False), name="issue_of_visit"),
            models.Index(fields=["closed_at"], condition=Q(closed_at__isnull=False), name="issue_closed"),
            models.Index(fields=["rated_at"], condition=Q(rated_at__isnull=False), name="issue_rated"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """The officials' page; the enterprise's side has its own under /appeals/."""
        return f"/issues/{self.pk}/"


class HandlingQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        return Q(pk__in=[]) if user.has_role(Role.ENTERPRISE) else Q(issue__in=Issue.objects.visible_to(user))


class Handling(models.Model):
    """One department's turn with a case, from dispatch until it is resolved or returned.

    The clocks `issue.accept`, `issue.first_reply`, `issue.resolve` and `issue.confirm` belong to it, so that every
    limit kept or missed counts for the department that had it. The due instants are mirrored from the clocks.
    """

    class Ended(models.TextChoices):
        RESOLVED = "resolved", "办结"
        RETURNED = "returned", "退回"

    issue = models.ForeignKey(
        Issue, on_delete=models.CASCADE, related_name="handlings", verbose_name="诉求", db_index=False
    )
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="handlings", verbose_name="部门")
    round = models.PositiveSmallIntegerField("轮次", default=1)
    is_redo = models.BooleanField("重办", default=False)  # the enterprise rejected, or the office reopened
    dispatched_at = models.DateTimeField("交办时间")
    accept_due_at = models.DateTimeField("签收期限", null=True)  # null in a redo: accepted and replied to before
    accepted_at = models.DateTimeField("签收时间", null=True, blank=True)
    accept_deemed = models.BooleanField("视为签收", default=False)
    reply_due_at = models.DateTimeField("首次答复期限", null=True)
    replied_at = models.DateTimeField("首次答复时间", null=True, blank=True)
    resolve_due_at = models.DateTimeField("办结期限", null=True)  # filled by the clock's first refresh
    resolved_at = models.DateTimeField("办结时间", null=True, blank=True)
    rejected_at = models.DateTimeField("被退重办时间", null=True, blank=True)  # its resolution did not hold
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    ended = models.CharField("结束方式", max_length=10, choices=Ended, blank=True)

    objects = HandlingQuerySet.as_manager()

    class Meta:
        ordering = ["issue", "round"]
        verbose_name = verbose_name_plural = "承办"
        constraints = [
            models.UniqueConstraint(fields=["issue", "round"], name="handling_round_once"),
            models.UniqueConstraint(
                fields=["issue"], condition=Q(ended_at__isnull=True), name="one_handling_at_a_time"
            ),
            models.CheckConstraint(
                name="handling_end_facts_together",
                condition=Q(ended_at__isnull=True, ended="") | Q(ended_at__isnull=False) & ~Q(ended=""),
            ),
            models.CheckConstraint(
                name="handling_resolved_means_ended",
                condition=Q(resolved_at__isnull=True) & ~Q(ended="resolved")
                | Q(resolved_at__isnull=False, ended="resolved"),
            ),
        ]
        indexes = [
            models.Index(fields=["accept_due_at"], name="handling_accept_due"),
            models.Index(fields=["resolve_due_at"], name="handling_resolve_due"),
            models.Index(fields=["resolved_at"], name="handling_resolved"),
        ]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.department} 第 {self.round} 轮"


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


class ExtensionQuerySet(ScopedQuerySet):
    def scope(self, user: Any) -> Q:
        return Q(pk__in=[]) if user.has_role(Role.ENTERPRISE) else Q(handling__in=Handling.objects.visible_to(user))


class Extension(models.Model):
    """A request for more working days on the resolve clock."""

    class State(models.TextChoices):
        REQUESTED = "requested", "待审批"
        APPROVED = "approved", "已批准"
        REFUSED = "refused", "未批准"
        DROPPED = "dropped", "已办结,不再需要"

    handling = models.ForeignKey(Handling, on_delete=models.CASCADE, related_name="extensions", verbose_name="承办")
    days = models.PositiveSmallIntegerField("延期工作日")
    reason = models.CharField("理由", max_length=300)
    requested_at = models.DateTimeField("申请时间")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="申请人"
    )
    state = models.CharField("状态", max_length=10, choices=State, default=State.REQUESTED)
    decided_at = models.DateTimeField("审批时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="审批人"
    )
    decision_note = models.CharField("审批意见", max_length=300, blank=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at"]
        verbose_name = verbose_name_plural = "延期申请"
        constraints = [
            models.UniqueConstraint(fields=["handling"], condition=Q(state="requested"), name="one_open_extension"),
            models.CheckConstraint(
                name="extension_decided_facts_together",
                condition=Q(state="requested", decided_at__isnull=True, decided_by__isnull=True)
                | ~Q(state="requested") & Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handling_id} +{self.days}"


class SavedViewQuerySet(ScopedQuerySet):
    sees_all = ()

    def scope(self, user: Any) -> Q:
        return Q(owner=user)


class SavedView(models.Model):
    """A person's own tab on the ledger: a name and the query string it stands for."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField("名称", max_length=20)
    query = models.CharField(max_length=500)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = verbose_name_plural = "保存的视图"
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="saved_view_name_once")]

    def __str__(self) -> str:
        return self.name


class NumberSeries(models.Model):
    """The last issue number given out in a year; its row is locked while the next is taken."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year} {self.last}"
