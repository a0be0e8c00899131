"""One holder for many enterprises: filter, choose, see what will happen, confirm."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from enterprises.models import Enterprise
from foundation.accounts.access import PermissionView
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.ui.paging import paginate
from liaison import actions
from liaison.filters import BulkFilter
from liaison.forms import HolderForm
from liaison.models import Assignment
from liaison.plans import Plan, plan
from liaison.queries import active_parts

Kind = Assignment.Kind
SHOWN = 100  # rows of a preview; the counts are of all
MOST = 5_000


class BulkAssign(PermissionView):
    """GET shows the filtered enterprises; POST shows what would happen, and does it when confirmed."""

    permission = Permission.ASSIGNMENT_EDIT

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(request, self.form(request.GET.get("kind", "")))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self.form(request.POST.get("kind", ""), request.POST)
        chosen = self.chosen(request)
        if not form.is_valid():
            return self.page(request, form)
        if not chosen:
            form.add_error(None, _("请勾选企业,或选择“全部筛选结果”。"))
            return self.page(request, form)
        if len(chosen) > MOST:
            form.add_error(None, _("一次最多安排 %(most)d 家,请缩小筛选范围。") % {"most": MOST})
            return self.page(request, form)
        if "confirm" in request.POST:
            return self.confirm(request, form, chosen)
        return self.preview(request, form, plan(kind=form.kind, targets=chosen, holder=form.holder))

    def form(self, kind: str, data: QueryDict | None = None) -> HolderForm:
        known = kind if kind in Kind.values else Kind.SERVICE_OFFICER
        return HolderForm(data, kind=known, suggest_url=reverse("liaison:people"))

    def filtered(self, request: HttpRequest) -> BulkFilter:
        seen = Enterprise.objects.visible_to(request.user).select_related("park", "town")
        return BulkFilter(request.GET, queryset=seen, request=request)

    def chosen(self, request: HttpRequest) -> list[Enterprise]:
        """The enterprises meant: all that the filters find, or those ticked or carried along from the preview."""
        if request.POST.get("scope") == "all":
            return list(self.filtered(request).qs.order_by("name", "pk")[: MOST + 1])
        texts = [*request.POST.getlist("enterprise"), *request.POST.get("enterprises", "").split(",")]
        ids = {int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 18}
        return list(self.seen(request).filter(pk__in=ids).order_by("name", "pk")[: MOST + 1])

    def seen(self, request: HttpRequest) -> QuerySet[Enterprise]:
        return Enterprise.objects.visible_to(request.user).active()

    def page(self, request: HttpRequest, form: HolderForm) -> HttpResponse:
        found = self.filtered(request)
        page = paginate(request, found.qs.order_by("name", "pk"))
        held = active_parts([one.pk for one in page])
        ticked = set(request.POST.getlist("enterprise"))
        rows = [
            {
                "enterprise": one,
                "parts": [held.get(one.pk, {}).get(kind) for kind in Kind.values],
                "ticked": str(one.pk) in ticked,
            }
            for one in page
        ]
        context: dict[str, Any] = {
            "filter": found,
            "page": page,
            "rows": rows,
            "form": form,
            "kinds": self.kinds(request, form.kind),
            "labels": Kind.labels,
            "scope": request.POST.get("scope", ""),
        }
        return render(request, "liaison/bulk.html", context)

    def kinds(self, request: HttpRequest, chosen: str) -> list[dict[str, Any]]:
        """The four parts as tabs that keep the filters."""
        links = []
        for key, label in Kind.choices:
            query = request.GET.copy()
            query.pop("page", None)
            query["kind"] = key
            links.append({"label": label, "url": f"?{query.urlencode()}", "active": key == chosen})
        return links

    def preview(self, request: HttpRequest, form: HolderForm, wanted: Plan) -> HttpResponse:
        new, replaced, unchanged = wanted.counts
        context = {
            "form": form,
            "plan": wanted,
            "kind": Kind(form.kind),
            "new": new,
            "replaced": replaced,
            "unchanged": unchanged,
            "total": new + replaced + unchanged,
            "shown_new": wanted.new[:SHOWN],
            "shown_replaced": wanted.replaced[:SHOWN],
            "shown_unchanged": wanted.unchanged[:SHOWN],
            "shown_most": SHOWN,
            "ids": ",".join(str(one.pk) for one in [*wanted.changed, *wanted.unchanged]),
            "person": request.POST.get("person", ""),
            "back": f"{request.path}?{request.GET.urlencode()}",
        }
        return render(request, "liaison/bulk_preview.html", context)

    def confirm(self, request: HttpRequest, form: HolderForm, chosen: list[Enterprise]) -> HttpResponse:
        try:
            done = actions.assign_many(
                kind=form.kind,
                targets=chosen,
                holder=form.holder,
                by=request.user,  # type: ignore[arg-type]
                started_on=form.cleaned_data["started_on"],
                expected=_counts(request.POST.get("expected", "")),
            )
        except Refused as refused:
            messages.error(request, refused.message)
            return self.preview(request, form, plan(kind=form.kind, targets=chosen, holder=form.holder))
        new, replaced, unchanged = done.counts
        words = {"holder": done.holder, "kind": Kind(form.kind).label, "n": new, "m": replaced, "k": unchanged}
        messages.success(request, _("%(holder)s任%(kind)s:新安排 %(n)d 家,更换 %(m)d 家,不变 %(k)d 家。") % words)
        return redirect(f"{reverse('liaison:assignments')}?kind={form.kind}&q={done.holder}")


def _counts(text: str) -> tuple[int, int, int] | None:
    """The three counts that were shown; None for anything else."""
    parts = text.split(",")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        return None
    return int(parts[0]), int(parts[1]), int(parts[2])
