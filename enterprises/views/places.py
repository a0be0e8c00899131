"""Parks and cultivation pools: short lists that the office keeps."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views import View

from enterprises import actions
from enterprises.forms import ParkForm, PoolForm
from enterprises.models import Park, Pool
from foundation.accounts.access import PermissionView
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Permission

IN_ROSTER = Count("enterprises", filter=Q(enterprises__is_active=True))


class ShowsPlaces(PermissionView, View):
    """Whatever ends in the page of parks and pools."""

    permission = Permission.ENTERPRISE_EDIT

    def show(
        self,
        *,
        park: ParkForm | None = None,
        pool: PoolForm | None = None,
        stale: list[dict[str, str]] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """The page; `park` and `pool` are forms that were refused."""
        parks = Park.objects.select_related("department").annotate(enterprise_count=IN_ROSTER)
        departments = list(ParkForm().fields["department"].choices)  # type: ignore[attr-defined]
        context = {
            "parks": [(one, self._form(one, park, departments)) for one in parks],
            "pools": Pool.objects.annotate(enterprise_count=IN_ROSTER),
            "new_park": park if park and not park.instance.pk else ParkForm(auto_id="park_%s"),
            "new_pool": pool or PoolForm(auto_id="pool_%s"),
            "stale": stale,
        }
        return render(self.request, "enterprises/places.html", context, status=status)

    def _form(self, park: Park, refused: ParkForm | None, departments: list[Any]) -> ParkForm:
        if refused and refused.instance.pk == park.pk:
            return refused
        form = ParkForm(instance=park, auto_id=f"park{park.pk}_%s")
        form.fields["department"].widget.choices = departments  # type: ignore[attr-defined]
        return form


class Places(ShowsPlaces):
    """Parks and pools with how many enterprises each holds."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show()


class ParkSave(ShowsPlaces):
    """A park, new or changed."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        park = get_object_or_404(Park.objects.visible_to(request.user), pk=pk) if pk else None
        form = ParkForm(request.POST, instance=copy(park) if park else None, auto_id=f"park{pk or ''}_%s")
        if not form.is_valid():
            return self.show(park=form, status=400)
        try:
            saved = actions.save_park(
                by=request.user,  # type: ignore[arg-type]
                park=park,
                version=form.cleaned_data["version"],
                **form.facts(),
            )
        except Stale as error:
            return self.show(park=form, stale=form.compare(error.current), status=409)  # type: ignore[arg-type]
        except Refused as error:
            form.add_error(None, error.message)
            return self.show(park=form, status=400)
        messages.success(request, _("已保存园区%(name)s。") % {"name": saved.name})
        return redirect("enterprises:places")


class PoolCreate(ShowsPlaces):
    """A new pool."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        form = PoolForm(request.POST, auto_id="pool_%s")
        if not form.is_valid():
            return self.show(pool=form, status=400)
        try:
            pool = actions.create_pool(by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except Refused as error:
            form.add_error(None, error.message)
            return self.show(pool=form, status=400)
        messages.success(request, _("已新增培育库%(name)s。") % {"name": pool.name})
        return redirect("enterprises:places")
