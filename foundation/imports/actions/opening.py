"""A file comes in."""

from __future__ import annotations

import hashlib
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.audit.actions import record
from foundation.imports import reader
from foundation.imports.actions.base import enqueue
from foundation.imports.actions.choosing import refuse_unknown
from foundation.imports.models import Batch
from foundation.imports.registry import resource_for
from foundation.imports.values import cleaned


def open_batch(
    *,
    file: IO[bytes],
    resource: str,
    by: Any,
    name: str = "",
    sheet: str = "",
    policy: str = Batch.Policy.OVERWRITE,
    is_full: bool = False,
    queue: bool = True,
) -> Batch:
    """Keep a file for import and, with `queue`, have it previewed; Unreadable where it is no table that we take."""
    permission = resource_for(resource).permission
    if by is not None and not by.may(permission):
        raise Refused(_("您没有导入这份名册的权限。"), code="not_allowed")
    refuse_unknown(resource, policy, is_full)
    reader.check(file, limit=settings.IMPORT_MAX_BYTES)
    file.seek(0)
    digest, size = _digest(file)
    file.seek(0)
    shown = cleaned((name or getattr(file, "name", "")).replace("\\", "/").rsplit("/", 1)[-1]) or _("未命名")
    with transaction.atomic():
        batch = Batch(resource=resource, original_name=shown[:200], sheet=sheet, size=size, sha256=digest, by=by)
        batch.policy, batch.is_full = policy, is_full
        batch.file.save("upload", File(file), save=False)
        batch.save()
        record(action="imports.open", target=batch, by=by, resource=resource, sha256=digest, size=size)
        if queue:
            transaction.on_commit(lambda: enqueue("preview", batch.pk), robust=True)
    return batch


def _digest(file: IO[bytes]) -> tuple[str, int]:
    """SHA-256 and size in bytes."""
    sha256, size = hashlib.sha256(), 0
    while block := file.read(1 << 20):
        sha256.update(block)
        size += len(block)
    return sha256.hexdigest(), size
