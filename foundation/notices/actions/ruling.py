"""The office rules how a kind of notice is told."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.audit.actions import record
from foundation.notices import kinds
from foundation.notices.models import NoticeRule


@transaction.atomic
def change_rule(*, kind: str, version: int, by: User, **facts: object) -> NoticeRule:
    """Rule for one kind, from the next message on; `version` is 0 while nothing was ruled."""
    if not by.may(Permission.NOTICE_MANAGE):
        raise Refused(_("您不能修改消息规则,请联系企业服务办公室。"), code="not_allowed")
    if kind not in {known.key for known in kinds.everything()}:
        raise Refused(_("没有这类消息。"), code="unknown_kind")
    row, _created = NoticeRule.objects.select_for_update().get_or_create(kind=kind, defaults={"version": 0})
    if row.version != version:
        raise Stale(row)
    for name, value in facts.items():
        setattr(row, name, value)
    row.version += 1
    row.save()
    record(action="notices.change_rule", target=row, by=by, kind=kind, **facts)
    return row
