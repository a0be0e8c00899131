"""Messages to people: what they read in the portal, and the outbox of what leaves it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.accounts.querysets import ScopedQuerySet


class NoticeQuerySet(ScopedQuerySet):
    sees_all = ()

    def scope(self, user: object) -> Q:
        return Q(recipient=user)

    def unread(self) -> NoticeQuerySet:
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """One message to one person; `key` keeps the same thing from being said twice."""

    # Its own index is in Meta: every list of notices is one person's.
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="notices",
        verbose_name="收件人",
        db_index=False,
    )
    kind = models.CharField("类别", max_length=40)
    subject = models.CharField("标题", max_length=200)
    body = models.TextField("正文", blank=True)
    url = models.CharField("链接", max_length=200, blank=True)
    key = models.CharField(max_length=120)
    about = models.JSONField("所含事项", default=list, blank=True)  # a digest: the numbers of all it tells of
    created_at = models.DateTimeField("时间")
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = verbose_name_plural = "消息"
        constraints = [models.UniqueConstraint(fields=["recipient", "key"], name="notice_said_once")]
        indexes = [
            models.Index(fields=["recipient", "-created_at"], name="notice_inbox"),
            models.Index(fields=["recipient"], condition=Q(read_at__isnull=True), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return self.subject


class Delivery(models.Model):
    """One notice on its way out by e-mail; written in the same transaction as what it tells."""

    class State(models.TextChoices):
        QUEUED = "queued", "待发"
        IN_FLIGHT = "in_flight", "发送中"
        SENT = "sent", "已发"
        FAILED = "failed", "失败"
        DROPPED = "dropped", "不再发送"

    notice = models.OneToOneField(Notice, on_delete=models.CASCADE, related_name="delivery")
    state = models.CharField("状态", max_length=10, choices=State, default=State.QUEUED)
    message_id = models.UUIDField(default=uuid.uuid4, editable=False)  # the same on every retry
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    next_attempt_at = models.DateTimeField("下次发送", null=True)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField("发出时间", null=True)
    error = models.CharField("失败原因", max_length=300, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "外发消息"
        indexes = [models.Index(fields=["next_attempt_at"], condition=Q(state="queued"), name="delivery_due")]
        constraints = [
            models.CheckConstraint(
                name="delivery_sent_has_time",
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent") & Q(sent_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.state}"
