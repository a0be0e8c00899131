"""What was done to an enterprise's record, for those who edit it: the trail in words, without who looked at what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise
from foundation.accounts.permissions import Permission
from foundation.accounts.querysets import NOTHING
from foundation.audit.models import AuditRow

LABEL = Enterprise._meta.label_lower
DEEDS = {
    "enterprises.create": _("登记"),
    "enterprises.edit": _("修改资料"),
    "enterprises.add_contact": _("添加联系人"),
    "enterprises.edit_contact": _("修改联系人"),
    "enterprises.remove_contact": _("删除联系人"),
    "enterprises.import_update": _("名册导入更新"),
    "enterprises.import_undo": _("撤销名册导入"),
    "enterprises.merge": _("并入另一条记录"),
    "enterprises.merged_into": _("并入本企业"),
    "enterprises.unmerge": _("撤销合并"),
}
SHOWN = 50


@dataclass(frozen=True)
class Deed:
    """One act: when, who, what, and which fields it touched."""

    at: datetime
    actor: str
    words: Any
    fields: list[str]


def sight(user: Any) -> Q:
    """Whoever edits enterprises may read what was done to their records; the rest of the trail is the auditor's."""
    return Q(target_type=LABEL, action__in=list(DEEDS)) if user.may(Permission.ENTERPRISE_EDIT) else NOTHING


def of(enterprise: Enterprise, user: Any) -> list[Deed]:
    """The newest acts on one record."""
    rows = AuditRow.objects.visible_to(user).filter(
        target_type=LABEL, target_id=str(enterprise.pk), action__in=list(DEEDS)
    )
    return [Deed(row.at, row.actor_label, DEEDS[row.action], _fields(row.data)) for row in rows[:SHOWN]]


def _fields(data: dict[str, Any]) -> list[str]:
    changes = data.get("changes") or {}
    return [label_of(name) for name in changes]


def label_of(name: str) -> str:
    """What people call a column; a name nobody knows stands as it is."""
    known = {one.attname: one for one in Enterprise._meta.concrete_fields} | {
        one.name: one for one in (*Enterprise._meta.concrete_fields, *Enterprise._meta.many_to_many)
    }
    return str(known[name].verbose_name) if name in known else name
