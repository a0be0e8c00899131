"""Taking files in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.attachments.checks import check_upload
from foundation.attachments.models import Attachment
from foundation.audit.actions import record


@transaction.atomic
def attach(*, file: UploadedFile, owner: models.Model, by: User, internal: bool = False) -> Attachment:
    """Store one file with its owner; refuses what may not be uploaded."""
    name, content_type = check_upload(file)
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    attachment = Attachment.objects.create(
        owner_type=owner._meta.label_lower,
        owner_id=owner.pk,
        internal=internal,
        file=file,
        name=name,
        content_type=content_type,
        size=file.size or 0,
        sha256=digest.hexdigest(),
        uploaded_by=by,
    )
    record(
        action="attachments.attach",
        target=attachment,
        by=by,
        owner=f"{attachment.owner_type}:{owner.pk}",
        sha256=attachment.sha256,
    )
    return attachment


@transaction.atomic
def attach_all(
    *, files: Sequence[UploadedFile], owner: models.Model, by: User, internal: bool = False
) -> list[Attachment]:
    """Store several files, all or none."""
    if len(files) > settings.ATTACHMENT_MAX_COUNT:
        raise Refused(f"一次最多上传 {settings.ATTACHMENT_MAX_COUNT} 个附件,请分次上传。", code="too_many_files")
    for file in files:  # what the database takes back would stay on the disk
        check_upload(file)
    return [attach(file=file, owner=owner, by=by, internal=internal) for file in files]
