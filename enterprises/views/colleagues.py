"""Who may act for an enterprise: its own page, and the office's for any enterprise."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from enterprises import actions, colleagues
from enterprises.account_forms import ColleagueForm
from enterprises.models import Enterprise, EnterpriseStaff
from foundation.accounts.access import PermissionView
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission

VERBS: dict[str, tuple[Any, Any]] = {
    "suspend": (actions.suspend_colleague, gettext_lazy("%(name)s的账号已停用。")),
    "admit": (actions.admit_colleague, gettext_lazy("%(name)s的账号已恢复。")),
    "admin": (actions.name_admin, gettext_lazy("%(name)s现在是企业管理员。")),
    "no-admin": (actions.unname_admin, gettext_lazy("%(name)s不再是企业管理员。")),
}


class Staffed(PermissionView, View):
    """The accounts of one enterprise; `enterprise` says of which."""

    def enterprise(self, **address: int) -> Enterprise:
        """The enterprise whose accounts are shown; 404 where there is none to see."""
        raise NotImplementedError

    def page(self, enterprise: Enterprise) -> str:
        """Where its accounts are managed."""
        raise NotImplementedError

    def shown(self, enterprise: Enterprise, form: ColleagueForm | None = None) -> HttpResponse:
        user: Any = self.request.user
        staff = colleagues.staff_of(enterprise, user)
        office = user.may(Permission.ENTERPRISE_EDIT)
        manages = office or any(one.user_id == user.pk and one.is_admin for one in staff)
        context = {
            "enterprise": enterprise,
            "staff": staff,
            "manages": manages,
            "office": office,
            "form": (form or ColleagueForm(auto_id="new_%s")) if manages else None,
            "page": self.page(enterprise),
        }
        return render(self.request, "enterprises/colleagues.html", context, status=422 if form else 200)

    def get(self, request: HttpRequest, **address: int) -> HttpResponse:
        return self.shown(self.enterprise(**address))

    def post(self, request: HttpRequest, **address: int) -> HttpResponse:
        """Invite a colleague; the first password is said once."""
        enterprise = self.enterprise(**address)
        form = ColleagueForm(request.POST, auto_id="new_%s")
        if form.is_valid():
            try:
                staff, password = actions.invite_colleague(
                    enterprise=enterprise,
                    by=request.user,  # type: ignore[arg-type]
                    **form.cleaned_data,
                )
            except Refused as refused:
                form.add_error("username" if refused.code == "username_taken" else None, refused.message)
            else:
                said = {"name": staff.user.name, "username": staff.user.username, "password": password}
                messages.success(
                    request,
                    _("已为%(name)s开通账号 %(username)s,初始密码:%(password)s 。只显示这一次,请告知本人。") % said,
                )
                return redirect(self.page(enterprise))
        return self.shown(enterprise, form)


class Changes(Staffed):
    """One account let in, put out, or given the management."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *, staff: int, verb: str, **address: int) -> HttpResponse:  # type: ignore[override]
        enterprise = self.enterprise(**address)
        if verb not in VERBS:
            raise Http404
        rows = EnterpriseStaff.objects.visible_to(request.user).select_related("user", "enterprise")
        one = get_object_or_404(rows, pk=staff, enterprise=enterprise)
        act, said = VERBS[verb]
        try:
            act(staff=one, by=request.user)
        except Refused as refused:
            messages.error(request, refused.message)
        else:
            messages.success(request, said % {"name": one.user.name})
        return redirect(self.page(enterprise))


class Own:
    """One's own enterprise."""

    permission = Permission.APPEAL_SUBMIT
    request: HttpRequest

    def enterprise(self) -> Enterprise:
        own = EnterpriseStaff.objects.filter(user=self.request.user).select_related("enterprise").first()  # type: ignore[misc]
        if own is None:
            raise Http404
        return own.enterprise

    def page(self, enterprise: Enterprise) -> str:
        return reverse("enterprises:colleagues")


class OfOffice:
    """Any enterprise the office sees."""

    permission = Permission.ENTERPRISE_EDIT
    request: HttpRequest

    def enterprise(self, pk: int) -> Enterprise:
        return get_object_or_404(Enterprise.objects.visible_to(self.request.user), pk=pk)

    def page(self, enterprise: Enterprise) -> str:
        return reverse("enterprises:staff", args=[enterprise.pk])


class Colleagues(Own, Staffed):  # type: ignore[misc]
    """Who acts for my enterprise; an account that has none yet is told so."""

    def get(self, request: HttpRequest, **address: int) -> HttpResponse:
        if not EnterpriseStaff.objects.filter(user=request.user).exists():  # type: ignore[misc]
            return render(request, "enterprises/no_enterprise.html")
        return super().get(request, **address)


class ColleagueChange(Own, Changes):  # type: ignore[misc]
    """A change to one of them."""


class Staff(OfOffice, Staffed):  # type: ignore[misc]
    """Who acts for an enterprise, as the office manages it."""


class StaffChange(OfOffice, Changes):  # type: ignore[misc]
    """A change to one of them."""
