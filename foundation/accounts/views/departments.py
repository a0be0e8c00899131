"""The tree of departments, towns and parks."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.generic import FormView

from foundation.accounts import actions, forms, queries
from foundation.accounts.errors import Refused
from foundation.accounts.models import Department
from foundation.accounts.permissions import Permission
from foundation.accounts.views import SignedInView, bump


class Departments(SignedInView):
    """The whole tree on one page."""

    permission = Permission.DEPARTMENT_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = list(queries.departments(self.me))
        for row in rows:
            row.depth = min(row.path.count("/") - 1, 4)  # indentation, 0 for the district
        context = {"rows": rows, "may_edit": self.me.may(Permission.DEPARTMENT_EDIT)}
        return render(request, "accounts/departments.html", context)


class DepartmentPage(SignedInView, FormView):
    """A form that ends in one save of one department."""

    permission = Permission.DEPARTMENT_EDIT
    template_name = "accounts/department_form.html"
    form_class = forms.DepartmentForm

    def form_valid(self, form: forms.DepartmentForm) -> HttpResponse:
        try:
            department = actions.save_department(department=form.instance, by=self.me)
        except Refused as refusal:
            form.add_error(None, refusal.message)
            return self.form_invalid(form)
        messages.success(self.request, _("%(name)s已保存。") % {"name": department.name})
        return redirect("accounts:departments")


class NewDepartment(DepartmentPage):
    """A department that is new."""


class EditDepartment(DepartmentPage):
    """A department that exists; a stale form is not saved."""

    @transaction.atomic
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().post(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        rows = Department.objects.visible_to(self.me)
        if self.request.method == "POST":
            rows = rows.select_for_update()
        self.department = get_object_or_404(rows, pk=self.kwargs["pk"])
        self.stood = {name: getattr(self.department, name) for name in forms.DepartmentForm.Meta.fields}
        self.version = self.department.version
        return {**super().get_form_kwargs(), "instance": self.department, "initial": {"version": self.version}}

    def form_valid(self, form: forms.DepartmentForm) -> HttpResponse:
        if form.cleaned_data["version"] == self.version:
            return super().form_valid(form)
        rows = [
            {"label": form.fields[name].label, "theirs": value, "yours": form.cleaned_data[name]}
            for name, value in self.stood.items()
        ]
        bump(form, self.version)
        return self.render_to_response(self.get_context_data(form=form, stale=rows), status=409)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "department": self.stood["name"], "stale": kwargs.get("stale")}
