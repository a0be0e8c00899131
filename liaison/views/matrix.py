"""The month matrix: which enterprise was visited in which month."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from enterprises.models import Enterprise
from foundation.accounts.access import PermissionView
from foundation.accounts.permissions import Permission
from foundation.clocks import localtime
from foundation.ui.paging import paginate
from liaison.filters import DutyFilter
from liaison.models import VisitDuty
from liaison.queries import matrix_rows, months_back, totals
from liaison.views.visits import asked_month


class Matrix(PermissionView):
    """Enterprises by the six months up to ?month=; the filters look at that month."""

    permission = Permission.VISIT_MATRIX

    def get(self, request: HttpRequest) -> HttpResponse:
        month = asked_month(request)
        months = months_back(month)
        seen = VisitDuty.objects.visible_to(request.user).owed()
        chosen = DutyFilter(request.GET, queryset=seen.filter(month=month), request=request)
        narrowed = any(chosen.form.cleaned_data.values()) if chosen.form.is_valid() else False
        page = paginate(request, self.enterprises(request, chosen, seen.filter(month__in=months), narrowed))
        duties = seen.filter(enterprise__in=chosen.qs.values("enterprise_id")) if narrowed else seen
        context = {
            "filter": chosen,
            "page": page,
            "rows": matrix_rows(page.object_list, months),
            "months": months,
            "month": month,
            "totals": totals(duties, months),
            "earlier": localtime.previous_month(month),
            "later": self.later(month),
            "kept": self.kept(request),
        }
        return render(request, "liaison/matrix.html", context)

    def enterprises(
        self, request: HttpRequest, chosen: Any, window: QuerySet[VisitDuty], narrowed: bool
    ) -> QuerySet[Enterprise]:
        """Those with a duty in the months shown; with filters, those whose duty of the chosen month fits."""
        duties: Any = chosen.qs if narrowed else window
        rows = Enterprise.objects.visible_to(request.user).filter(pk__in=duties.order_by().values("enterprise_id"))
        return rows.select_related("park", "town").order_by("name", "pk")

    def later(self, month: Any) -> Any:
        """The next month, as far as there is one to show."""
        following = localtime.next_month(month)
        return following if following <= localtime.month_start(localtime.today()) else None

    def kept(self, request: HttpRequest) -> str:
        """The filters as a query string, for the links to other months."""
        query = request.GET.copy()
        for name in ("page", "month"):
            query.pop(name, None)
        return query.urlencode()
