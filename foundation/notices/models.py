"""Messages to people: what they read in the portal, and the outbox of what leaves it."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from foundation.accounts.permissions import Permission
from foundation.accounts.querysets import ScopedQuerySet


class NoticeQuerySet(ScopedQuerySet):
    sees_all = ()

    def scope(self, user: object) -> Q:
        return Q(recipient=user)

    def unread(self) -> NoticeQuerySet:
        return self.filter(read_at__isnull=True)

    def unacknowledged(self) -> NoticeQuerySet:
        """Those whose recipient is to say that they got it, and has not."""
        return self.filter(needs_ack=True, acked_at__isnull=True)

    def followed_by(self, user: Any) -> NoticeQuerySet:
        """Other people's, for who follows up whether they were acknowledged."""
        return self.all() if user.is_active and user.may(Permission.NOTICE_MANAGE) else self.none()


class ChoiceQuerySet(ScopedQuerySet):
    sees_all = ()

    def scope(self, user: object) -> Q:
        return Q(user=user)


class RuleQuerySet(ScopedQuerySet):
    sees_all = (Permission.NOTICE_MANAGE,)


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
    # Ids of what it speaks of, as its kind knows them: who may not see them any more is not written to.
    concerns = models.JSONField("所涉对象", default=list, blank=True)
    created_at = models.DateTimeField("时间")
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)
    needs_ack = models.BooleanField("须确认收到", default=False)  # stays unread until it is acknowledged
    acked_at = models.DateTimeField("确认时间", null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = verbose_name_plural = "消息"
        constraints = [
            models.UniqueConstraint(fields=["recipient", "key"], name="notice_said_once"),
            models.CheckConstraint(
                name="notice_acknowledged_is_asked_for_and_read",
                condition=Q(acked_at__isnull=True) | Q(needs_ack=True, read_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "-created_at"], name="notice_inbox"),
            models.Index(fields=["recipient"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(
                fields=["created_at"], condition=Q(needs_ack=True, acked_at__isnull=True), name="notice_unacknowledged"
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class NoticeRule(models.Model):
    """What the office rules for a kind of notice; a kind without a row goes by its registration."""

    class Mode(models.TextChoices):
        """How a kind goes out by one of the channels to a person."""

        OFF = "off", "不发"
        OFFERED = "offered", "本人选了才发"
        DEFAULT = "default", "发,本人可不收"
        COMPULSORY = "compulsory", "必发"

    kind = models.CharField("类别", max_length=40, unique=True)
    needs_ack = models.BooleanField("须确认收到", default=False)
    channels = models.JSONField("渠道", default=dict, blank=True)  # channel → mode, where it is not the usual one
    urgent = models.BooleanField("夜间和休息日也发", default=False)
    version = models.PositiveIntegerField(default=1)

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "消息规则"

    def __str__(self) -> str:
        return self.kind


class NoticeChoice(models.Model):
    """What a person chose for a kind and a channel, within what the office leaves to them."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name="谁", db_index=False
    )
    kind = models.CharField("类别", max_length=40)
    channel = models.CharField("渠道", max_length=10)
    wanted = models.BooleanField("接收")

    objects = ChoiceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "接收方式"
        constraints = [models.UniqueConstraint(fields=["user", "kind", "channel"], name="notice_chosen_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.channel}"


class Channel(models.TextChoices):
    """The ways out of the portal."""

    EMAIL = "email", "邮件"
    SMS = "sms", "短信"
    WECOM = "wecom", "企业微信群"
    DINGTALK = "dingtalk", "钉钉群"
    FEISHU = "feishu", "飞书群"


class DeliveryQuerySet(ScopedQuerySet):
    sees_all = (Permission.NOTICE_MANAGE,)

    def failing(self) -> DeliveryQuerySet:
        """Those that failed and will be tried again by themselves."""
        return self.filter(state="queued", attempts__gt=0)

    def troubled(self) -> DeliveryQuerySet:
        """Those that failed for good, or fail now."""
        return self.filter(Q(state="failed") | Q(state="queued", attempts__gt=0))


class Delivery(models.Model):
    """One notice on its way out by one channel; written in the same transaction as what it tells.

    To its recipient; or to a group, whose key is the `target`. A group hears once of what many people are told.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "待发"
        IN_FLIGHT = "in_flight", "发送中"
        SENT = "sent", "已发"
        FAILED = "failed", "失败"
        DROPPED = "dropped", "不再发送"

    # Its index is the constraint's.
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    channel = models.CharField("渠道", max_length=10, choices=Channel, default=Channel.EMAIL)
    target = models.CharField("群", max_length=40, blank=True)
    said = models.CharField(max_length=170, null=True, unique=True, editable=False)  # noqa: DJ001 - group and key
    urgent = models.BooleanField("夜间和休息日也发", default=False)
    state = models.CharField("状态", max_length=10, choices=State, default=State.QUEUED)
    message_id = models.UUIDField(default=uuid.uuid4, editable=False)  # the same on every retry
    bundle = models.UUIDField(null=True, editable=False)  # Message-ID of the message it went out in, once tried
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    queued_at = models.DateTimeField("排队时间", default=timezone.now)
    next_attempt_at = models.DateTimeField("下次发送", null=True)
    claim = models.UUIDField(null=True, editable=False)  # whose it is while in flight
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField("发出时间", null=True)
    error = models.CharField("原因", max_length=300, blank=True)  # why it failed, or goes out no more

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "外发消息"
        indexes = [
            models.Index(fields=["channel", "next_attempt_at"], condition=Q(state="queued"), name="delivery_due"),
            models.Index(fields=["claimed_at"], condition=Q(state="in_flight"), name="delivery_in_flight"),
            models.Index(fields=["queued_at"], include=["channel", "state"], name="delivery_lately"),
            models.Index(fields=["-id"], condition=Q(state="failed"), name="delivery_failed"),
            models.Index(fields=["channel", "sent_at"], condition=Q(state="sent"), name="delivery_sent_lately"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel", "target"], name="delivery_once_by_channel"),
            models.CheckConstraint(
                name="delivery_to_a_person_or_a_group",
                condition=Q(target="", said__isnull=True) | ~Q(target="") & Q(said__isnull=False),
            ),
            models.CheckConstraint(
                name="delivery_sent_has_time",
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent") & Q(sent_at__isnull=True),
            ),
            models.CheckConstraint(
                name="delivery_in_flight_is_claimed",
                condition=Q(state="in_flight", claim__isnull=False, claimed_at__isnull=False)
                | ~Q(state="in_flight") & Q(claim__isnull=True, claimed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.channel} {self.state}"

    @property
    def reader(self) -> str | int:
        """Whom it reaches: a group by its key, a person by number."""
        return self.target or self.notice.recipient_id
