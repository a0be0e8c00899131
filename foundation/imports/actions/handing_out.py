"""The file of a batch as it came, to whoever may have it."""

from __future__ import annotations

from typing import IO, Any

from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.audit.actions import record
from foundation.imports.models import Batch
from foundation.imports.registry import resource_for


def hand_out(*, batch: Batch, by: Any) -> IO[bytes]:
    """The original file, open; on the trail, since it may hold whole phone numbers."""
    sensitive = any(field.sensitive for field in resource_for(batch.resource).fields.values())
    if sensitive and batch.by_id != by.pk and not by.may(Permission.PHONE_FULL):
        raise Refused(_("原始文件里有完整的联系电话，只有上传人和可以查看完整电话的人能下载。"), code="phones")
    try:
        file = batch.file.open("rb")
    except OSError as error:
        raise Refused(_("原始文件已不在服务器上，请联系管理员从备份中找回。"), code="file_gone") from error
    record(action="imports.download", target=batch, by=by, file=batch.original_name, sha256=batch.sha256)
    return file
