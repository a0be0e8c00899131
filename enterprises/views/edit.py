"""Putting an enterprise on the roster and changing its facts."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views import View

from enterprises import actions
from enterprises.forms import EnterpriseForm
from enterprises.models import Enterprise, Industry
from foundation.accounts.access import PermissionView
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Permission


class EnterpriseWrite(PermissionView, View):
    """The form of an enterprise, empty or filled."""

    permission = Permission.ENTERPRISE_EDIT

    def show(
        self, form: EnterpriseForm, enterprise: Enterprise | None, *, status: int = 200, **more: Any
    ) -> HttpResponse:
        context = {
            "form": form,
            "enterprise": enterprise,
            "industries": Industry.objects.order_by("code").values_list("code", "name"),
            **more,
        }
        return render(self.request, "enterprises/form.html", context, status=status)


class EnterpriseCreate(EnterpriseWrite):
    """A new enterprise."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(EnterpriseForm(initial={"capital_currency": _("人民币")}), None)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = EnterpriseForm(request.POST)
        if form.is_valid():
            try:
                enterprise = actions.create_enterprise(
                    by=request.user,  # type: ignore[arg-type]
                    accept_doubtful=form.accepted,
                    **form.facts(),
                )
            except Refused as error:
                form.add_error("credit_code", error.message)
            else:
                messages.success(request, _("已登记%(name)s。") % {"name": enterprise.name})
                return redirect("enterprises:detail", enterprise.pk)
        return self.show(form, None, status=400)


class EnterpriseEdit(EnterpriseWrite):
    """An enterprise's facts; a stale form shows both texts and loses nothing."""

    def enterprise(self, pk: int) -> Enterprise:
        return get_object_or_404(Enterprise.objects.visible_to(self.request.user), pk=pk)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        enterprise = self.enterprise(pk)
        return self.show(EnterpriseForm(instance=copy(enterprise)), enterprise)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        enterprise = self.enterprise(pk)
        form = EnterpriseForm(request.POST, instance=copy(enterprise))
        if not form.is_valid():
            return self.show(form, enterprise, status=400)
        try:
            actions.edit_enterprise(
                enterprise=enterprise,
                version=form.cleaned_data["version"],
                by=request.user,  # type: ignore[arg-type]
                accept_doubtful=form.accepted,
                **form.facts(),
            )
        except Stale as error:
            rows = form.compare(error.current)  # type: ignore[arg-type]
            return self.show(form, enterprise, stale=rows, status=409)
        except Refused as error:
            form.add_error("credit_code", error.message)
            return self.show(form, enterprise, status=400)
        messages.success(request, _("已保存。"))
        return redirect("enterprises:detail", enterprise.pk)
