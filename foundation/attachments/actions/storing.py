"""Taking files in: with their owner, or ahead of the form that will name one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.attachments import clamd, pictures
from foundation.attachments.checks import check_together, check_upload
from foundation.attachments.held import Held
from foundation.attachments.models import Attachment
from foundation.audit.actions import record

MOST_HELD = 60  # files of one person that no form has taken yet
State = Attachment.State


@transaction.atomic
def attach(*, file: UploadedFile, owner: models.Model, by: User | None, internal: bool = False) -> Attachment:
    """Store one file with its owner; refuses what may not be uploaded."""
    facts = {"owner_type": owner._meta.label_lower, "owner_id": owner.pk, "internal": internal}
    attachment = _claim(file, by, facts) if isinstance(file, Held) else _store(file, by, facts)
    record(
        action="attachments.attach",
        target=attachment,
        by=by,
        owner=f"{attachment.owner_type}:{owner.pk}",
        sha256=attachment.sha256,
        **({"sent_sha256": attachment.sent_sha256} if attachment.sent_sha256 else {}),
    )
    return attachment


@transaction.atomic
def attach_all(
    *, files: Sequence[UploadedFile], owner: models.Model, by: User | None, internal: bool = False
) -> list[Attachment]:
    """Store several files, all or none."""
    check_together(files)
    for file in files:  # what the database takes back would stay on the disk
        if not isinstance(file, Held):
            check_upload(file)
    return [attach(file=file, owner=owner, by=by, internal=internal) for file in files]


@transaction.atomic
def hold(*, file: UploadedFile, by: User) -> Attachment:
    """Store one file for a form that has not been accepted yet."""
    if Attachment.objects.held_by(by).count() >= MOST_HELD:
        raise Refused(_("您有太多尚未提交的附件，请先提交或移除一些。"), code="too_many_held")
    return _store(file, by, {})


@transaction.atomic
def drop(*, attachment: Attachment, by: User) -> None:
    """Take back a file that no form has taken."""
    for row in Attachment.objects.held_by(by).filter(pk=attachment.pk).select_for_update():
        discard(row)


def discard(row: Attachment) -> None:
    """Delete a row and, once that is certain, its files."""
    storage, names = row.file.storage, [str(name) for name in (row.file.name, row.likeness.name) if name]
    row.delete()
    for name in names:
        transaction.on_commit(partial(storage.delete, name), robust=True)


def _claim(file: Held, by: User | None, facts: dict[str, Any]) -> Attachment:
    row = file.row
    if row.state == State.INFECTED:
        raise Refused(_("附件“%(name)s”查出病毒，已拦截，请移除后再提交。") % {"name": row.name}, code="infected")
    if by is None or not Attachment.objects.held_by(by).filter(pk=row.pk).update(held_for=None, **facts):
        raise Refused(_("有附件已经提交过或已失效，请重新添加。"), code="held_gone")
    row.refresh_from_db()
    return row


def _store(file: UploadedFile, by: User | None, facts: dict[str, Any]) -> Attachment:
    name, content_type = check_upload(file)
    sent = _digest(file)
    likeness = None
    if content_type in pictures.KINDS:
        picture = _cleaned(file, name, content_type)
        file, likeness = ContentFile(picture.content), picture.likeness  # type: ignore[assignment]
    kept = _digest(file)
    row = Attachment(
        **facts,
        name=name,
        content_type=content_type,
        size=file.size or 0,
        sha256=kept,
        sent_sha256="" if kept == sent else sent,
        state=State.WAITING if clamd.is_configured() else State.CLEAN,
        uploaded_by=by,
    )
    row.file.save("", file, save=False)
    if likeness:
        row.likeness.save("", ContentFile(likeness), save=False)
    row.save()
    if row.state == State.WAITING:
        transaction.on_commit(lambda: _enqueue(row.pk), robust=True)
    return row


def _cleaned(file: UploadedFile, name: str, content_type: str) -> pictures.Picture:
    file.seek(0)
    try:
        return pictures.cleaned(file.read(), content_type)
    except pictures.TooManyPixels as large:
        message = _("图片“%(name)s”太大(%(pixels)s 像素)，请缩小到 %(limit)s 万像素以内再上传。")
        limit = settings.ATTACHMENT_MAX_PIXELS // 10_000
        raise Refused(message % {"name": name, "pixels": large, "limit": limit}, code="too_many_pixels") from large
    except pictures.Broken as broken:
        message = _("图片“%(name)s”不完整或已损坏，打不开，请重新拍摄或另存后再上传。")
        raise Refused(message % {"name": name}, code="picture_broken") from broken


def _digest(file: Any) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _enqueue(pk: int) -> None:
    """Tell the workers; a lost message is made up for by the sweep."""
    from foundation.attachments import tasks

    tasks.scan.delay(pk)
