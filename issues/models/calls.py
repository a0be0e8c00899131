"""Follow-up calls (回访): the shares, the draws with their lots, the calls, and every try to reach the enterprise."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from foundation.accounts.permissions import Permission
from foundation.accounts.querysets import NOTHING, ScopedQuerySet
from issues.models.cases import Issue
from issues.models.handlings import Handling


class CallScope(ScopedQuerySet):
    """Whoever may open the calls sees those of the cases in sight; the enterprise's side sees none."""

    through = "issue"

    def scope(self, user: Any) -> Q:
        if not user.may(Permission.CALL_VIEW):
            return NOTHING
        return Q(**{f"{self.through}__in": Issue.objects.visible_to(user)})


class TryScope(CallScope):
    through = "call__issue"


class CallRuleQuerySet(ScopedQuerySet):
    sees_all = (Permission.CALL_VIEW, Permission.CALL_RULE)


class CallKind(models.TextChoices):
    """Why a closed case may be drawn: each kind has a share of its own."""

    CONFIRMED = "confirmed", "已确认,随机抽取"
    UNCONFIRMED = "unconfirmed", "逾期未确认"
    BAD_RATING = "bad_rating", "评价不满意"


class CallRule(models.Model):
    """How many of each kind are called, in percent, as of one version; a draw keeps the version it was made by."""

    version = models.PositiveSmallIntegerField("版本", unique=True)
    confirmed_share = models.PositiveSmallIntegerField("已确认的抽取比例", default=5)
    unconfirmed_share = models.PositiveSmallIntegerField("逾期未确认的抽取比例", default=30)
    bad_rating_share = models.PositiveSmallIntegerField("评价不满意的抽取比例", default=100)
    call_days = models.PositiveSmallIntegerField("回访时限", default=5)  # working days after the draw
    created_at = models.DateTimeField("生效时间", default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="设定人"
    )

    objects = CallRuleQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        verbose_name = verbose_name_plural = "回访抽取规则"
        constraints = [
            models.CheckConstraint(
                name="call_shares_are_percent",
                condition=Q(confirmed_share__lte=100, unconfirmed_share__lte=100, bad_rating_share__lte=100),
            ),
            models.CheckConstraint(name="call_days_positive", condition=Q(call_days__gte=1)),
        ]

    def __str__(self) -> str:
        return f"第 {self.version} 版"

    @property
    def shares(self) -> dict[str, int]:
        """Kind → percent."""
        return {kind.value: getattr(self, f"{kind.value}_share") for kind in CallKind}


class CallDraw(models.Model):
    """One draw: the seed from which every lot follows, and what each kind is owed next time."""

    at = models.DateTimeField("抽取时间")
    seed = models.CharField("种子", max_length=32)
    rule = models.ForeignKey(CallRule, on_delete=models.PROTECT, related_name="+", verbose_name="规则")
    owed = models.JSONField("结转", default=dict)  # kind → hundredths of a call

    objects = CallRuleQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = verbose_name_plural = "回访抽取"

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d} {self.seed}"


class DrawnCase(models.Model):
    """One closing that took part in a draw, with its lot, whether or not it was chosen: so a draw can be done again."""

    draw = models.ForeignKey(CallDraw, on_delete=models.CASCADE, related_name="cases", verbose_name="抽取")
    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="+", verbose_name="诉求", db_index=False)
    closed_at = models.DateTimeField("销号时间")
    kind = models.CharField("类别", max_length=12, choices=CallKind)
    lot = models.CharField("签号", max_length=16)
    place = models.PositiveIntegerField("名次")
    chosen = models.BooleanField("抽中", default=False)

    objects = CallScope.as_manager()

    class Meta:
        ordering = ["draw", "kind", "place"]
        verbose_name = verbose_name_plural = "参加抽取的诉求"
        constraints = [models.UniqueConstraint(fields=["issue", "closed_at"], name="closing_drawn_once")]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.lot}"


class FollowUpCallQuerySet(CallScope):
    def open(self) -> FollowUpCallQuerySet:
        return self.filter(done_at__isnull=True)


class FollowUpCall(models.Model):
    """A call to the enterprise whose case was closed: is it really solved?"""

    class Finding(models.TextChoices):
        SOLVED = "solved", "确已解决"
        PARTLY = "partly", "部分解决"
        UNSOLVED = "unsolved", "没有真正解决"
        UNREACHED = "unreached", "未联系上"
        VOID = "void", "已重办,不再回访"

    MOST_TRIES = 3
    ANSWERED = (Finding.SOLVED, Finding.PARTLY, Finding.UNSOLVED)

    issue = models.OneToOneField(
        Issue, on_delete=models.CASCADE, related_name="follow_up_call", verbose_name="诉求"
    )  # no case is called about twice
    handling = models.ForeignKey(
        Handling, on_delete=models.CASCADE, related_name="calls", verbose_name="承办"
    )  # whose resolution is asked about
    draw = models.ForeignKey(CallDraw, on_delete=models.PROTECT, related_name="calls", verbose_name="抽取")
    kind = models.CharField("抽取原因", max_length=12, choices=CallKind)
    drawn_at = models.DateTimeField("抽取时间")
    tries = models.PositiveSmallIntegerField("未接通次数", default=0)
    finding = models.CharField("回访结论", max_length=10, choices=Finding, blank=True)
    note = models.TextField("回访情况", blank=True)
    done_at = models.DateTimeField("回访时间", null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="回访人"
    )
    level = models.PositiveSmallIntegerField("预警", default=0)  # mirrored from its clock, as the limit
    due_at = models.DateTimeField("期限", null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = FollowUpCallQuerySet.as_manager()

    class Meta:
        ordering = ["-drawn_at", "-pk"]
        verbose_name = verbose_name_plural = "回访"
        constraints = [
            models.CheckConstraint(
                name="call_done_facts_together",
                condition=Q(done_at__isnull=True, done_by__isnull=True, finding="")
                | Q(done_at__isnull=False, done_by__isnull=False) & ~Q(finding=""),
            ),
            models.CheckConstraint(name="call_tries_at_most", condition=Q(tries__lte=3)),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(done_at__isnull=True), name="call_open_by_due"),
            models.Index(fields=["-done_at"], condition=Q(done_at__isnull=False), name="call_done"),
        ]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        return f"/calls/{self.pk}/"


class CallTry(models.Model):
    """One time that nobody answered."""

    call = models.ForeignKey(FollowUpCall, on_delete=models.CASCADE, related_name="missed", verbose_name="回访")
    at = models.DateTimeField("时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="拨打人")
    note = models.CharField("情况", max_length=200, blank=True)

    objects = TryScope.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = verbose_name_plural = "未接通的回访"

    def __str__(self) -> str:
        return f"{self.call_id} {self.at}"
