"""Files that belong to something: stored under random names, seen by whoever may see the owner."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models

from foundation.accounts.querysets import ScopedQuerySet
from foundation.attachments.owners import visible_owners


def random_name(instance: Attachment, filename: str) -> str:
    """`attachments/3f/3f2a…`: nothing of what the user typed reaches the disk."""
    name = uuid.uuid4().hex
    return f"attachments/{name[:2]}/{name}"


class AttachmentQuerySet(ScopedQuerySet):
    def of(self, owner: models.Model) -> AttachmentQuerySet:
        return self.filter(owner_type=owner._meta.label_lower, owner_id=owner.pk)

    def visible_to(self, user: Any) -> AttachmentQuerySet:
        """Those whose owner the user may see, by the owner's own rule."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        return self.filter(visible_owners(user))


class Attachment(models.Model):
    """One file of one owner (`owner_type` is a model label such as `issues.issue`)."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner_type = models.CharField(max_length=60)
    owner_id = models.PositiveBigIntegerField()
    internal = models.BooleanField("仅内部可见", default=False)
    file = models.FileField(upload_to=random_name, max_length=120)
    name = models.CharField("文件名", max_length=200)
    content_type = models.CharField("类型", max_length=100)
    size = models.PositiveBigIntegerField("大小")  # bytes
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="上传人"
    )

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = verbose_name_plural = "附件"
        indexes = [models.Index(fields=["owner_type", "owner_id"], name="attachment_owner")]

    def __str__(self) -> str:
        return self.name
