"""The list of enterprises and its export."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import View

from enterprises import actions, queries, suspects
from enterprises.export import workbook
from enterprises.filters import EnterpriseFilter
from enterprises.models import Enterprise
from foundation.accounts.access import PermissionView
from foundation.accounts.permissions import Permission
from foundation.clocks.localtime import today
from foundation.ui.paging import ordering, paginate

TIER_ORDER = Case(*[When(tier=tier, then=Value(place)) for place, tier in enumerate(Enterprise.Tier.values)])


def filtered(request: HttpRequest) -> tuple[EnterpriseFilter, QuerySet[Enterprise]]:
    """The filter as asked for, and its rows in the order asked for."""
    rows = Enterprise.objects.visible_to(request.user).select_related("industry", "park", "town")
    found = EnterpriseFilter(request.GET, queryset=rows, request=request)
    return found, found.qs.annotate(tier_order=TIER_ORDER).order_by(*ordering(request, queries.SORTS, "name"))


def tabs(request: HttpRequest, counts: queries.Counts) -> list[dict[str, Any]]:
    """The saved views; one is lit when it is exactly what the address asks for."""
    views = [
        (_("全部在册"), "", counts.active),
        (_("规上"), "above_scale=1", counts.above_scale),
        (_("经营困难"), "condition=difficult", counts.difficult),
        (_("监测点"), "monitoring=1", counts.monitoring),
        (_("信用代码存疑"), "doubtful=1", counts.doubtful),
        (_("不在最新名册"), "roster=1", counts.missing),
        (_("已注销或迁出"), "active=no", counts.inactive),
    ]
    asked = {key: value for key, value in request.GET.items() if value and key not in ("page", "sort")}
    return [
        {
            "label": label,
            "url": f"?{query}",
            "count": count,
            "active": asked == dict(pair.split("=") for pair in query.split("&") if pair),
        }
        for label, query, count in views
        if count or not query or query == "above_scale=1"
    ]


class EnterpriseList(PermissionView, View):
    """What enterprises there are, within the person's sight."""

    permission = Permission.ENTERPRISE_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        found, rows = filtered(request)
        page = paginate(request, rows)
        page.object_list = queries.with_officers(page.object_list)  # type: ignore[assignment]
        counts = queries.counts(Enterprise.objects.visible_to(request.user))
        context = {
            "filter": found,
            "page": page,
            "tabs": tabs(request, counts),
            "counts": counts,
            "officers": "officer" in found.filters,
            "query": request.GET.urlencode(),
            "suspected": request.user.may(Permission.ENTERPRISE_EDIT) and suspects.listed(request.user).count(),
        }
        return render(request, "enterprises/list.html", context)


class EnterpriseExport(PermissionView, View):
    """The filtered list as a workbook."""

    permission = Permission.ENTERPRISE_EXPORT

    def get(self, request: HttpRequest) -> HttpResponse:
        _found, rows = filtered(request)
        content, count = workbook(rows, user=request.user)
        asked = {key: value for key, value in request.GET.items() if value}
        actions.record_export(by=request.user, rows=count, filters=asked)  # type: ignore[arg-type]
        response = HttpResponse(
            content, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        )
        response["Content-Disposition"] = f'attachment; filename="enterprises-{today():%Y%m%d}.xlsx"'
        return response
