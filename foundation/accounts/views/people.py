"""Accounts and roles, for the security administrator; the auditor may look."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.generic import FormView

from foundation.accounts import actions, forms, queries
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import User
from foundation.accounts.passwords import first_password
from foundation.accounts.permissions import Permission, Role
from foundation.accounts.views import SignedInView, bump
from foundation.ui.paging import paginate


class People(SignedInView):
    """The list of accounts."""

    permission = Permission.USER_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        form = forms.PeopleFilter(request.GET, user=self.me)
        page = paginate(request, queries.people(self.me, **form.chosen()))
        page.object_list = queries.with_roles(list(page.object_list))
        context = {"page": page, "form": form, "may_edit": self.me.may(Permission.USER_EDIT)}
        return render(request, "accounts/people.html", context)


class OnePerson(SignedInView):
    """A view of one account in sight."""

    permission = Permission.USER_EDIT

    def person(self) -> User:
        rows = User.objects.visible_to(self.me).select_related("department")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def shown(self, person: User) -> HttpResponse:
        return redirect("accounts:user", pk=person.pk)


class Person(OnePerson):
    """One account: facts, roles, and what may be done to it."""

    permission = Permission.USER_VIEW

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        person = self.person()
        grants = list(person.role_grants.select_related("granted_by").order_by("pk"))
        held = {grant.role for grant in grants}
        context = {
            "person": person,
            "grants": grants,
            "grantable": [role for role in Role if role not in held],
            "oversees": list(person.oversees.all()),
            "may_edit": self.me.may(Permission.USER_EDIT),
        }
        return render(request, "accounts/person.html", context)


class EditPerson(OnePerson, FormView):
    """Change the facts of an account."""

    template_name = "accounts/person_form.html"
    form_class = forms.EditPersonForm

    def get_form_kwargs(self) -> dict[str, Any]:
        person = self.person()
        return {**super().get_form_kwargs(), "instance": person, "initial": {"version": person.version}}

    def form_valid(self, form: forms.EditPersonForm) -> HttpResponse:
        person = self.person()
        try:
            actions.edit_user(user=person, by=self.me, **form.cleaned_data)
        except Stale as stale:
            return self.stale(form, cast(User, stale.current))
        messages.success(self.request, _("账号资料已保存。"))
        return self.shown(person)

    def stale(self, form: forms.EditPersonForm, current: User) -> HttpResponse:
        """Both versions side by side; the next submit counts against the one that stands now."""
        rows = [
            {
                "label": form.fields[name].label,
                "theirs": said(getattr(current, name)),
                "yours": said(form.cleaned_data[name]),
            }
            for name in form.fields
            if name not in ("version", "oversees")
        ]
        bump(form, current.version)
        return self.render_to_response(self.get_context_data(form=form, stale=rows), status=409)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "person": self.person(), "stale": kwargs.get("stale")}


def said(value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return "" if value is None else str(value)


class NewPerson(SignedInView, FormView):
    """A new account; its first password is shown once."""

    permission = Permission.USER_EDIT
    template_name = "accounts/person_form.html"
    form_class = forms.NewPersonForm

    def form_valid(self, form: forms.NewPersonForm) -> HttpResponse:
        fields = {name: value for name, value in form.cleaned_data.items() if name != "roles"}
        password = first_password()
        try:
            person = actions.create_user(
                **fields,
                password=password,
                roles=form.cleaned_data["roles"],
                must_change_password=True,
                by=self.me,
            )
        except Refused as refusal:
            form.add_error(None, refusal.message)
            return self.form_invalid(form)
        tell_password(self.request, person, password)
        return redirect("accounts:user", pk=person.pk)


def tell_password(request: HttpRequest, person: User, password: str) -> None:
    """Say a first password, this once."""
    messages.success(
        request,
        _("%(name)s（%(username)s）的初始密码：%(password)s　只显示这一次，请当面或用安全方式告知，首次登录须修改。")
        % {"name": person.name, "username": person.username, "password": password},
    )


class GrantRole(OnePerson):
    """Give a role."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        return change_role(self, request, actions.grant_role, _("已授予%(role)s。"))


class RevokeRole(OnePerson):
    """Take a role back."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        return change_role(self, request, actions.revoke_role, _("已收回%(role)s。"))


def change_role(view: OnePerson, request: HttpRequest, verb: Any, done: str) -> HttpResponse:
    """Run a role verb and say how it went."""
    person = view.person()
    try:
        role = Role(request.POST.get("role", ""))
        verb(user=person, role=role, by=view.me)
    except ValueError:
        messages.error(request, _("没有这个角色，请从列表中选择。"))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, done % {"role": role.label})
    return view.shown(person)


class ResetPassword(OnePerson):
    """A new first password, shown once."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        person = self.person()
        password = first_password()
        try:
            actions.set_password(user=person, password=password, by=self.me, must_change=True)
        except (Refused, ValidationError) as refusal:
            messages.error(request, str(refusal))
        else:
            tell_password(request, person, password)
        return self.shown(person)
