"""A file that the scanner blocked without cause is handed out after all, by a person who answers for it."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.attachments.models import Attachment
from foundation.audit.actions import record
from foundation.notices.actions import notify

REASON_LIMIT = 300
State = Attachment.State


@transaction.atomic
def release(*, attachment: Attachment, by: User, reason: str) -> None:
    """Let a blocked file be opened; why, and what the scanner had said, stay on the trail."""
    reason = reason.strip()
    if not reason:
        raise Refused(_("请写明核查情况和放行理由。"), code="missing_text")
    if len(reason) > REASON_LIMIT:
        raise Refused(_("放行理由最多 %(limit)d 字。") % {"limit": REASON_LIMIT}, code="invalid_too_long")
    blocked = Attachment.objects.blocked_for(by).filter(pk=attachment.pk).select_for_update().first()
    if blocked is None:
        raise Refused(_("这个文件已经放行或不再存在。"), code="not_blocked")
    Attachment.objects.filter(pk=blocked.pk).update(state=State.CLEAN)
    record(
        action="attachments.release",
        target=blocked,
        by=by,
        reason=reason,
        finding=blocked.finding,
        sha256=blocked.sha256,
    )
    _tell(blocked, by)


def _tell(attachment: Attachment, by: User) -> None:
    """Who was told that it is blocked hears that it is not any more."""
    office = User.objects.with_role(Role.OFFICE)
    people = {user.pk: user for user in (*office, attachment.uploaded_by) if user and user.is_active and user != by}
    notify(
        to=people.values(),
        kind="virus",
        subject=_("附件“%(name)s”经核查已放行") % {"name": attachment.name},
        body=_("查毒程序误报,安全管理员核查后放行,现在可以查看和下载。"),
        key=f"virus-released:{attachment.pk}",
        url=reverse("attachments:preview", args=[attachment.key]) if attachment.owner_type else "",
    )
