"""What an enterprise has begun to write and not sent yet."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from foundation.accounts.querysets import ScopedQuerySet
from foundation.attachments.models import Attachment
from issues.models.cases import Issue
from issues.models.categories import Category
from issues.titles import made_from


class AppealDraftQuerySet(ScopedQuerySet):
    sees_all = ()

    def scope(self, user: Any) -> Q:
        return Q(owner=user)

    def unsent(self) -> AppealDraftQuerySet:
        """Those that became no case: one that was kept at the very moment of sending is over as well."""
        return self.exclude(Exists(Issue.objects.filter(submission_key=OuterRef("key"))))

    def counted(self) -> AppealDraftQuerySet:
        """With `file_count`, how many files each keeps."""
        kept = Attachment.objects.filter(held_for=OuterRef("key")).order_by().values("held_for")
        return self.annotate(file_count=Coalesce(Subquery(kept.annotate(n=Count("pk")).values("n")), 0))


class AppealDraft(models.Model):
    """An appeal as far as it is written: nobody's but its writer's, on whatever device; nothing in it is checked.

    `key` is the submission key of the form, so that sending the form ends the draft; files are kept under it, too.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="appeal_drafts", verbose_name="填写人"
    )
    key = models.UUIDField(unique=True, editable=False)
    category = models.ForeignKey(Category, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name="类别")
    title = models.CharField("标题", max_length=80, blank=True)
    text = models.TextField("内容", blank=True)
    contact_name = models.CharField("联系人", max_length=40, blank=True)
    contact_phone = models.CharField("联系电话", max_length=30, blank=True)
    saved_at = models.DateTimeField("保存时间")
    version = models.PositiveIntegerField(default=1)

    objects = AppealDraftQuerySet.as_manager()

    class Meta:
        ordering = ["-saved_at", "-pk"]
        verbose_name = verbose_name_plural = "诉求草稿"

    def __str__(self) -> str:
        return f"{self.owner_id} {self.key}"

    @property
    def files(self) -> QuerySet[Attachment]:
        """What was uploaded for it."""
        return Attachment.objects.held_by(self.owner).kept_for(self.key)

    @property
    def said(self) -> str:
        """What it is about, as far as that is written."""
        return self.title or made_from(self.text)
