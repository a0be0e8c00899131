"""The ledger as a workbook: exactly the rows that are filtered, in the columns the office works with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _

from foundation.accounts.permissions import Permission
from foundation.clocks import calendar
from foundation.clocks.localtime import today
from foundation.ui.sheets import MEDIA_TYPE, workbook
from foundation.ui.text import mask_phone
from issues.ledger import COLUMNS, state
from issues.models import Issue

MORE = (
    "text", "channel", "contact_name", "contact_phone", "registered_at", "resolved_at", "closed_at", "rating",
    "enterprise__credit_code", "handler__name", "resolution", "resolution_text",
)  # fmt: skip


def ledger_workbook(rows: QuerySet[Issue], user: Any) -> HttpResponse:
    """An .xlsx download; phone numbers are whole only for those who may see them."""
    content = workbook(_("诉求台账"), headings(), lines(rows, user.may(Permission.PHONE_FULL)))
    response = HttpResponse(content, content_type=MEDIA_TYPE)
    response["Content-Disposition"] = f'attachment; filename="issues-{today():%Y%m%d}.xlsx"'
    return response


def headings() -> list[str]:
    return [
        _("编号"), _("标题"), _("内容"), _("企业"), _("统一社会信用代码"), _("园区/镇街"), _("类别"), _("来源渠道"),
        _("主办部门"), _("承办人"), _("环节"), _("预警"), _("期限"), _("联系人"), _("联系电话"), _("登记时间"),
        _("办结时间"), _("办结类型"), _("办结说明"), _("销号时间"), _("评分"),
    ]  # fmt: skip


def lines(rows: QuerySet[Issue], phone_full: bool) -> Iterator[list[Any]]:
    day, working = today(), calendar.current()
    channels, resolutions = dict(Issue.Channel.choices), dict(Issue.Resolution.choices)
    for v in rows.values(*COLUMNS, *MORE).iterator(chunk_size=2000):
        _shape, words, limit = state(v, day, working)
        yield [
            v["number"], v["title"], v["text"], v["enterprise__name"], v["enterprise__credit_code"],
            v["enterprise__park__name"] or v["enterprise__town__name"], v["category__name"],
            str(channels[v["channel"]]), v["department__name"], v["handler__name"],
            str(Issue.Status(v["status"]).label), words, limit, v["contact_name"],
            v["contact_phone"] if phone_full else mask_phone(v["contact_phone"]), v["registered_at"],
            v["resolved_at"], str(resolutions.get(v["resolution"], "")), v["resolution_text"], v["closed_at"],
            v["rating"],
        ]  # fmt: skip
