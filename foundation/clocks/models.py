"""Calendar days, ladders, clocks, and what happened to the clocks."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foundation.clocks import levels, querysets
from foundation.clocks.deadlines import Instants


class CalendarYear(models.Model):
    """A year whose official notice the office loaded; its days replace the library's."""

    year = models.PositiveSmallIntegerField(_("年份"), unique=True)
    source = models.CharField(_("依据"), max_length=200)
    loaded_at = models.DateTimeField(_("载入时间"))
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("载入人"),
    )
    token = models.UUIDField(default=uuid.uuid4, editable=False)  # changes with every load

    objects = querysets.CalendarQuerySet.as_manager()

    class Meta:
        ordering = ["year"]
        verbose_name = verbose_name_plural = _("年度日历")

    def __str__(self) -> str:
        return f"{self.year} {self.source}"


class CalendarDay(models.Model):
    """A day the notice speaks of: off, or worked to make up for a holiday."""

    year = models.ForeignKey(CalendarYear, on_delete=models.CASCADE, related_name="days", verbose_name=_("年份"))
    date = models.DateField(_("日期"), unique=True)
    working = models.BooleanField(_("上班"))
    name = models.CharField(_("名称"), max_length=40, blank=True)

    objects = querysets.CalendarQuerySet.as_manager()

    class Meta:
        ordering = ["date"]
        verbose_name = verbose_name_plural = _("日历日")

    def __str__(self) -> str:
        return f"{self.date} {'班' if self.working else '休'} {self.name}".strip()


class Ladder(models.Model):
    """When a clock turns yellow, red and escalates, and which audiences are told; a version never changes."""

    key = models.CharField(_("标识"), max_length=60)
    name = models.CharField(_("名称"), max_length=60)
    version = models.PositiveSmallIntegerField(_("版本"), default=1)
    yellow_days = models.PositiveSmallIntegerField(_("剩余几个工作日转黄"), default=2)
    short_limit = models.PositiveSmallIntegerField(_("短时限(少于几日)"), default=5)
    short_yellow_days = models.PositiveSmallIntegerField(_("短时限剩余几日转黄"), default=1)
    escalate_after = models.PositiveSmallIntegerField(
        _("超期几个工作日升级"), null=True, blank=True, default=3, validators=[MaxValueValidator(250)]
    )
    tell_yellow = models.JSONField(_("黄牌告知"), default=list, blank=True)
    tell_red = models.JSONField(_("红牌告知"), default=list, blank=True)
    tell_escalated = models.JSONField(_("升级告知"), default=list, blank=True)

    objects = querysets.LadderQuerySet.as_manager()

    class Meta:
        ordering = ["key", "-version"]
        verbose_name = verbose_name_plural = _("预警规则")
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="clocks_ladder_version_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @classmethod
    def current(cls, key: str) -> Ladder:
        """The newest version of a ladder; DoesNotExist where there is none."""
        return cls.objects.current(key)

    def yellow_for(self, days: int | None) -> int:
        """With how many working days left a limit of `days` turns yellow (None: a fixed date)."""
        return self.yellow_days if days is None or days >= self.short_limit else self.short_yellow_days

    def tells(self, level: int) -> list[str]:
        """The audience keys told when a level is reached."""
        return {1: self.tell_yellow, 2: self.tell_red, 3: self.tell_escalated}.get(level, [])


class Level(models.IntegerChoices):
    """How urgent a clock is."""

    NORMAL = levels.NORMAL, _("正常")
    YELLOW = levels.YELLOW, _("黄牌")
    RED = levels.RED, _("红牌")
    ESCALATED = levels.ESCALATED, _("红牌升级")


class Clock(models.Model):
    """One deadline of one owner; the owner is known only by its kind and number."""

    kind = models.CharField(_("事项"), max_length=40)
    owner_id = models.BigIntegerField(_("事项编号"))
    ladder = models.ForeignKey(Ladder, on_delete=models.PROTECT, db_index=False, verbose_name=_("预警规则"))
    started_at = models.DateTimeField(_("开始"))
    days = models.PositiveSmallIntegerField(_("工作日数"), null=True, blank=True)
    fixed_on = models.DateField(_("固定日期"), null=True, blank=True)
    extended_days = models.PositiveSmallIntegerField(_("延期工作日"), default=0)
    paused_at = models.DateTimeField(_("暂停自"), null=True, blank=True)
    due_on = models.DateField(_("到期日"))
    due_at = models.DateTimeField(_("到期时刻"))
    due_set_at = models.DateTimeField(_("到期日确定于"))
    yellow_at = models.DateTimeField(_("转黄时刻"))
    escalate_at = models.DateTimeField(_("升级时刻"), null=True, blank=True)
    level = models.PositiveSmallIntegerField(_("级别"), choices=Level.choices, default=Level.NORMAL)
    next_change_at = models.DateTimeField(_("下次变化"), null=True, blank=True)
    provisional = models.BooleanField(_("暂定"), default=False)
    stopped_at = models.DateTimeField(_("停止"), null=True, blank=True)
    stop_reason = models.CharField(_("停止原因"), max_length=60, blank=True)

    objects = querysets.ClockQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("时钟")
        indexes = [
            models.Index(fields=["kind", "owner_id"], name="clocks_clock_owner"),
            models.Index(
                fields=["kind", "next_change_at"],
                name="clocks_clock_next_change",
                condition=Q(next_change_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "owner_id"],
                condition=Q(stopped_at__isnull=True),
                name="clocks_one_running_clock",
            ),
            models.CheckConstraint(
                condition=Q(days__isnull=True, fixed_on__isnull=False) | Q(days__isnull=False, fixed_on__isnull=True),
                name="clocks_days_or_fixed_date",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=False) | Q(stop_reason=""), name="clocks_reason_only_when_stopped"
            ),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True) | Q(stopped_at__isnull=True), name="clocks_paused_or_stopped"
            ),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True, stopped_at__isnull=True) | Q(next_change_at__isnull=True),
                name="clocks_no_change_while_still",
            ),
            models.CheckConstraint(
                condition=Q(yellow_at__lte=F("due_at"))
                & (Q(escalate_at__isnull=True) | Q(escalate_at__gte=F("due_at"))),
                name="clocks_levels_in_order",
            ),
            models.CheckConstraint(condition=Q(level__lte=3), name="clocks_level_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.owner_id} {self.due_on}"

    @property
    def running(self) -> bool:
        """Whether it was not stopped; a paused clock runs still."""
        return self.stopped_at is None

    @property
    def in_time(self) -> bool:
        """Whether it was stopped before it was due."""
        return self.stopped_at is not None and self.stopped_at < self.due_at

    def level_at(self, now: datetime) -> int:
        """The level at an instant, from the stored instants alone."""
        return levels.level(self, now)

    def take(self, reckoned: Instants) -> None:
        """Take over newly reckoned instants."""
        self.due_on, self.due_at = reckoned.due_on, reckoned.due_at
        self.yellow_at, self.escalate_at = reckoned.yellow_at, reckoned.escalate_at
        self.provisional = reckoned.provisional


class ClockPause(models.Model):
    """A span in which a clock stood still."""

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="pauses", verbose_name=_("时钟"))
    began_at = models.DateTimeField(_("开始"))
    ended_at = models.DateTimeField(_("结束"), null=True, blank=True)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    skips_first_day = models.BooleanField(_("首日不计"), default=False)  # began on what was then the due day

    objects = querysets.ClockRowQuerySet.as_manager()

    class Meta:
        ordering = ["began_at", "id"]
        verbose_name = verbose_name_plural = _("时钟暂停")
        constraints = [
            models.UniqueConstraint(fields=["clock"], condition=Q(ended_at__isnull=True), name="clocks_one_open_pause"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")),
                name="clocks_pause_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.began_at}"


class ClockChange(models.Model):
    """A due instant that moved, and why."""

    class Cause(models.TextChoices):
        EXTENSION = "extension", _("延期")
        PAUSE = "pause", _("暂停后顺延")
        REOPEN = "reopen", _("重办后顺延")
        CALENDAR = "calendar", _("日历更新")
        MOVED = "moved", _("改期")

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="changes", verbose_name=_("时钟"))
    at = models.DateTimeField(_("时间"))
    cause = models.CharField(_("原因"), max_length=20, choices=Cause.choices)
    old_due_at = models.DateTimeField(_("原到期"))
    new_due_at = models.DateTimeField(_("新到期"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("操作人")
    )

    objects = querysets.ClockRowQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        verbose_name = verbose_name_plural = _("到期变更")

    def __str__(self) -> str:
        return f"{self.clock_id} {self.cause} {self.new_due_at}"


class Warning(models.Model):
    """A level a clock reached, once per (clock, level, due); cleared when the clock no longer holds it."""

    clock = models.ForeignKey(
        Clock, on_delete=models.CASCADE, related_name="warnings", db_index=False, verbose_name=_("时钟")
    )
    level = models.PositiveSmallIntegerField(_("级别"), choices=Level.choices)
    due_at = models.DateTimeField(_("到期时刻"))
    raised_at = models.DateTimeField(_("发出"))
    cleared_at = models.DateTimeField(_("解除"), null=True, blank=True)

    objects = querysets.ClockRowQuerySet.as_manager()

    class Meta:
        ordering = ["raised_at", "id"]
        verbose_name = verbose_name_plural = _("预警")
        # Yellow is most of the rows and is read only by its clock; red and escalated are counted by month.
        indexes = [models.Index(fields=["level", "raised_at"], condition=Q(level__gte=2), name="clocks_warning_raised")]
        constraints = [
            models.UniqueConstraint(fields=["clock", "level", "due_at"], name="clocks_warning_once"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=3), name="clocks_warning_level_known"),
            models.CheckConstraint(
                condition=Q(cleared_at__isnull=True) | Q(cleared_at__gte=F("raised_at")),
                name="clocks_cleared_after_raised",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.level} {self.due_at}"


class Sweep(models.Model):
    """One batch of one sweep that raised warnings: when, for which kind, and how many."""

    at = models.DateTimeField(_("时刻"))
    kind = models.CharField(_("事项"), max_length=40)
    yellow = models.PositiveIntegerField(_("黄牌"), default=0)
    red = models.PositiveIntegerField(_("红牌"), default=0)
    escalated = models.PositiveIntegerField(_("升级"), default=0)
    notices = models.PositiveIntegerField(_("消息"), default=0)

    objects = querysets.ClockRowQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = _("预警巡检")

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"
