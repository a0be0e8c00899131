"""Files that belong to something: stored under random names, seen by whoever may see the owner."""

from __future__ import annotations

import uuid
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from foundation.accounts.permissions import Permission
from foundation.accounts.querysets import ScopedQuerySet
from foundation.attachments.owners import visible_owners

PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
SHOWN = PICTURES | {"application/pdf"}  # what a browser may show; everything else is a download only


def private_storage() -> Storage:
    """A folder outside the web root, or a bucket: see config.storages."""
    return storages["private"]


def random_name(instance: Attachment, filename: str) -> str:
    """`attachments/3f/3f2a…`: nothing of what the user typed reaches the disk."""
    name = uuid.uuid4().hex
    return f"attachments/{name[:2]}/{name}"


class AttachmentQuerySet(ScopedQuerySet):
    def of(self, owner: models.Model) -> AttachmentQuerySet:
        return self.filter(owner_type=owner._meta.label_lower, owner_id=owner.pk)

    def held(self) -> AttachmentQuerySet:
        """Uploaded for a form that has not been accepted yet."""
        return self.filter(owner_type="")

    def kept_for(self, form: uuid.UUID) -> AttachmentQuerySet:
        """Of those, what the draft of this form keeps: no sweep takes it."""
        return self.held().filter(held_for=form)

    def held_by(self, user: Any) -> AttachmentQuerySet:
        """Of those, the person's own."""
        return self.held().filter(uploaded_by=user) if user.is_authenticated else self.none()

    def waiting(self) -> AttachmentQuerySet:
        """Not looked at by the virus scanner yet."""
        return self.filter(state=Attachment.State.WAITING)

    def blocked_for(self, user: Any) -> AttachmentQuerySet:
        """What the scanner blocked, for whoever may release it; seeing that it exists opens no file."""
        return self.filter(state=Attachment.State.INFECTED) if user.may(Permission.ATTACHMENT_RELEASE) else self.none()

    def visible_to(self, user: Any) -> AttachmentQuerySet:
        """Those whose owner the user may see, by the owner's own rule."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        return self.filter(visible_owners(user))


class Attachment(models.Model):
    """One file of one owner (`owner_type` is a model label such as `issues.issue`; blank while a form holds it)."""

    class State(models.TextChoices):
        CLEAN = "clean", "可下载"
        WAITING = "waiting", "正在查毒"
        INFECTED = "infected", "查出病毒，已拦截"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner_type = models.CharField(max_length=60, blank=True)
    owner_id = models.PositiveBigIntegerField(null=True, blank=True)
    held_for = models.UUIDField(null=True, blank=True, editable=False)  # the form whose draft keeps it
    internal = models.BooleanField("仅内部可见", default=False)
    file = models.FileField(storage=private_storage, upload_to=random_name, max_length=120)
    likeness = models.FileField("缩略图", storage=private_storage, upload_to=random_name, max_length=120, blank=True)
    name = models.CharField("文件名", max_length=200)
    content_type = models.CharField("类型", max_length=100)
    size = models.PositiveBigIntegerField("大小")  # bytes
    sha256 = models.CharField(max_length=64)  # of what is stored
    sent_sha256 = models.CharField(max_length=64, blank=True)  # of what was sent, where something was cut out of it
    state = models.CharField("状态", max_length=10, choices=State, default=State.CLEAN)
    scanned_at = models.DateTimeField("查毒时间", null=True, blank=True)
    finding = models.CharField("查毒结果", max_length=120, blank=True)
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,  # somebody who has no account yet
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="上传人",
    )

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = verbose_name_plural = "附件"
        constraints = [
            models.CheckConstraint(
                condition=Q(owner_type="", owner_id__isnull=True) | ~Q(owner_type="") & Q(owner_id__isnull=False),
                name="attachment_owner_whole",
            ),
            models.CheckConstraint(
                condition=Q(held_for__isnull=True) | Q(owner_type=""), name="attachment_kept_has_no_owner"
            ),
            models.CheckConstraint(
                condition=~Q(state="infected") | Q(scanned_at__isnull=False), name="infected_attachment_was_scanned"
            ),
        ]
        indexes = [
            models.Index(fields=["owner_type", "owner_id"], name="attachment_owner"),
            models.Index(fields=["uploaded_by"], condition=Q(owner_type=""), name="attachment_held"),
            models.Index(fields=["held_for"], condition=Q(held_for__isnull=False), name="attachment_kept_for"),
            models.Index(fields=["uploaded_at"], condition=Q(state="waiting"), name="attachment_unscanned"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def owner_name(self) -> str:
        """What kind of thing it belongs to."""
        return str(apps.get_model(self.owner_type)._meta.verbose_name) if self.owner_type else _("尚未提交的表单")

    @property
    def is_clean(self) -> bool:
        return self.state == self.State.CLEAN

    @property
    def is_picture(self) -> bool:
        return self.content_type in PICTURES

    @property
    def can_be_shown(self) -> bool:
        """Whether a browser may show it, sandboxed."""
        return self.is_clean and self.content_type in SHOWN
