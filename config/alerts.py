"""What the office and the system administrator must know wherever they are: said over every one of their pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from config.troubles import troubles
from foundation.accounts.permissions import Permission, Role
from foundation.attachments import clamd
from foundation.attachments.models import Attachment

PATIENCE = timedelta(minutes=10)


def alerts(user: Any) -> list[str]:
    """Sentences; nobody else pays a query for them."""
    told = troubles() if user.may(Permission.NOTICE_MANAGE) or user.has_role(Role.SYSTEM_ADMIN) else []
    return told + _of_the_scanner(user)


def _of_the_scanner(user: Any) -> list[str]:
    if not (clamd.is_configured() and user.has_role(Role.SYSTEM_ADMIN)):
        return []
    stuck = Attachment.objects.waiting().filter(uploaded_at__lt=timezone.now() - PATIENCE).count()
    words = _("查毒服务没有响应：%(n)s 个附件等待查毒超过 10 分钟，暂不能下载。请检查 clamd。")
    return [words % {"n": stuck}] if stuck else []
