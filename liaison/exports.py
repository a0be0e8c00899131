"""Lists of liaison as workbooks."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from foundation.ui.sheets import MEDIA_TYPE, workbook
from liaison.models import Visit

ROWS = 50_000


def visits_workbook(rows: QuerySet[Visit]) -> HttpResponse:
    """The download of a list of visits."""
    headings = [
        *(_("走访时间"), _("企业/项目"), _("园区/镇街"), _("方式"), _("走访人"), _("走访单位")),
        *(_("会见人员"), _("同行人员"), _("经营状况"), _("用工人数"), _("当月产值(万元)")),
        *(_("政策宣讲"), _("生产经营情况"), _("走访小结"), _("登记时间")),
    ]
    data = workbook(_("走访记录"), headings, (_row(visit) for visit in rows[:ROWS].iterator(chunk_size=2000)))
    response = HttpResponse(data, content_type=MEDIA_TYPE)
    name = f"{_('走访记录')}_{timezone.localdate():%Y%m%d}.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _row(visit: Visit) -> list[Any]:
    return [
        visit.visited_at,
        str(visit.target),
        visit.enterprise.place if visit.enterprise else "",
        visit.get_form_display(),
        visit.by.name,
        str(visit.department or ""),
        visit.met,
        visit.companions,
        visit.get_operating_condition_display(),
        visit.employees,
        visit.output_value,
        visit.explained,
        visit.operating_facts,
        visit.summary,
        visit.logged_at,
    ]
