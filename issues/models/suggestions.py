"""What was learned from the ledger's history, and how right it was: suggestions of a department and a category."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q, TextChoices

from foundation.accounts.permissions import Permission
from foundation.accounts.querysets import ScopedQuerySet


class SuggestionQuerySet(ScopedQuerySet):
    """Figures on the whole district's history, for those who answer for them."""

    sees_all = (Permission.SUGGESTION_VIEW,)


class SuggestionRun(models.Model):
    """One time of learning, asked for by somebody or due at night."""

    class State(TextChoices):  # `models` is what points at a run, to the type checker
        QUEUED = "queued", "等待开始"
        RUNNING = "running", "正在训练"
        DONE = "done", "已完成"
        FAILED = "failed", "未能完成"

    OPEN = (State.QUEUED, State.RUNNING)

    state = models.CharField("状态", max_length=10, choices=State, default=State.QUEUED)
    requested_at = models.DateTimeField("发起时间", db_index=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="发起人",
        null=True,  # the system itself
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "-pk"]
        verbose_name = verbose_name_plural = "建议训练"
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="queued"), name="one_run_waits"),
            models.CheckConstraint(
                name="run_finished_facts_together",
                condition=Q(state__in=["queued", "running"], finished_at__isnull=True)
                | Q(state__in=["done", "failed"], finished_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.requested_at:%Y-%m-%d %H:%M} {self.get_state_display()}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class SuggestionModel(models.Model):
    """What one run learned for one question: its accuracy on held-back cases, and the numbers while they are in use."""

    class Target(models.TextChoices):
        DEPARTMENT = "department", "主办部门"
        CATEGORY = "category", "类别"

    class Verdict(models.TextChoices):
        USEFUL = "useful", "采用"
        NO_BETTER = "no_better", "不优于固定规则,不采用"
        TOO_LITTLE = "too_little", "历史办结件不足"

    run = models.ForeignKey(SuggestionRun, on_delete=models.CASCADE, related_name="models", verbose_name="训练")
    target = models.CharField("对象", max_length=10, choices=Target)
    verdict = models.CharField("结论", max_length=10, choices=Verdict)
    rows = models.PositiveIntegerField("办结件")  # handled to the end, all of them
    held_back = models.PositiveIntegerField("留出检验", default=0)  # the newest, not learned from while measuring
    first = models.PositiveIntegerField("首选正确", default=0)
    third = models.PositiveIntegerField("前三含正确", default=0)
    majority = models.PositiveIntegerField("总猜最多的一类", default=0)
    rule = models.PositiveIntegerField("按固定规则", default=0)
    sure = models.PositiveIntegerField("有把握", default=0)
    sure_right = models.PositiveIntegerField("有把握且正确", default=0)
    classes = models.PositiveIntegerField("类数", default=0)
    words = models.PositiveIntegerField("词数", default=0)
    by_class = models.JSONField(default=list, blank=True)  # [key, held back, found, guessed]
    confused = models.JSONField(default=list, blank=True)  # [key, guess, cases, [ids]]
    in_use = models.BooleanField("在用", default=False)
    packed = models.BinaryField(null=True, editable=False)  # issues.suggesting.model, only while in use
    digest = models.CharField("校验值", max_length=64, blank=True, editable=False)  # keyed, of `packed`

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["-run", "target"]
        verbose_name = verbose_name_plural = "建议模型"
        constraints = [
            models.UniqueConstraint(fields=["run", "target"], name="suggestion_model_once_a_run"),
            models.UniqueConstraint(fields=["target"], condition=Q(in_use=True), name="one_suggestion_model_in_use"),
            models.CheckConstraint(
                name="suggestion_model_in_use_is_there",
                condition=Q(in_use=False) | Q(packed__isnull=False) & ~Q(digest="") & Q(verdict="useful"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_target_display()} {self.run_id}"
