"""One enterprise's page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views import View

from enterprises import panels, queries, successors
from enterprises.forms import ContactForm
from enterprises.models import Contact, Enterprise
from foundation.accounts.access import PermissionView
from foundation.accounts.permissions import Permission


class Person:
    """A contact as the page shows it: the number masked unless asked for, a form for those who may edit."""

    def __init__(self, contact: Contact, form: ContactForm | None, revealed: bool) -> None:
        self.contact, self.form, self.revealed = contact, form, revealed


class ShowsEnterprise(PermissionView, View):
    """Whatever ends in an enterprise's page."""

    permission = Permission.ENTERPRISE_VIEW

    def enterprise(self, pk: int) -> Enterprise:
        return get_object_or_404(queries.for_page(self.request.user), pk=pk)

    def show(
        self,
        enterprise: Enterprise,
        *,
        status: int = 200,
        form: ContactForm | None = None,
        stale: list[dict[str, str]] | None = None,
        revealed: int | None = None,
    ) -> HttpResponse:
        """The page; `form` is a contact's form that was refused, `revealed` the contact whose number is shown."""
        user: Any = self.request.user
        edits = user.may(Permission.ENTERPRISE_EDIT)
        adding = form if form and not form.instance.pk else ContactForm(auto_id="new_%s")
        context = {
            "enterprise": enterprise,
            "industries": queries.industry_path(enterprise.industry),
            "people": [
                Person(contact, self._form(contact, form) if edits else None, contact.pk == revealed)
                for contact in enterprise.contacts.all()
            ],
            "new_contact": adding if edits else None,
            "stale": stale,
            "edits": edits,
            "sees_phones": user.may(Permission.PHONE_FULL),
            "panels": panels.draw(enterprise, self.request),
        }
        return render(self.request, "enterprises/detail.html", context, status=status)

    def _form(self, contact: Contact, refused: ContactForm | None) -> ContactForm:
        if refused and refused.instance.pk == contact.pk:
            return refused
        return ContactForm(instance=contact, auto_id=f"contact{contact.pk}_%s")


class EnterpriseDetail(ShowsEnterprise):
    """Facts, contacts, and what the other apps know of the enterprise."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            return self.show(self.enterprise(pk))
        except Http404:
            merged = successors.merged_away(request.user, pk)
            if merged is None:
                raise
        names = {"name": merged.name, "into": merged.merged_into}
        messages.info(request, _("%(name)s已并入%(into)s，这里是合并后的企业。") % names)
        return redirect("enterprises:detail", merged.merged_into_id)
