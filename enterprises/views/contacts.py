"""Contacts, added and changed in place on the enterprise's page."""

from __future__ import annotations

from copy import copy

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from enterprises import actions
from enterprises.forms import ContactForm
from enterprises.models import Contact, Enterprise
from enterprises.views.page import ShowsEnterprise
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Permission


class ContactVerb(ShowsEnterprise):
    """A post that changes a contact."""

    permission = Permission.ENTERPRISE_EDIT
    http_method_names = ["post"]

    def contact(self, enterprise: Enterprise, pk: int) -> Contact:
        return get_object_or_404(Contact.objects.visible_to(self.request.user), pk=pk, enterprise=enterprise)

    def back(self, enterprise: Enterprise, message: str) -> HttpResponse:
        messages.success(self.request, message)
        return redirect(reverse("enterprises:detail", args=[enterprise.pk]) + "#contacts")


class ContactAdd(ContactVerb):
    """A new contact."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        enterprise = self.enterprise(pk)
        form = ContactForm(request.POST, auto_id="new_%s")
        if not form.is_valid():
            return self.show(enterprise, form=form, status=400)
        try:
            contact = actions.add_contact(enterprise=enterprise, by=request.user, **form.facts())
        except Refused as error:
            form.add_error("name", error.message)
            return self.show(enterprise, form=form, status=400)
        return self.back(enterprise, _("已添加联系人%(name)s。") % {"name": contact.name})


class ContactEdit(ContactVerb):
    """A contact's facts; a stale one is shown beside what stands now."""

    def post(self, request: HttpRequest, pk: int, contact: int) -> HttpResponse:
        enterprise = self.enterprise(pk)
        person = self.contact(enterprise, contact)
        form = ContactForm(request.POST, instance=copy(person), auto_id=f"contact{person.pk}_%s")
        if not form.is_valid():
            return self.show(enterprise, form=form, status=400)
        version = form.cleaned_data["version"]
        try:
            actions.edit_contact(contact=person, version=version, by=request.user, **form.facts())  # type: ignore[arg-type]
        except Stale as error:
            rows = form.compare(error.current)  # type: ignore[arg-type]
            return self.show(enterprise, form=form, stale=rows, status=409)
        return self.back(enterprise, _("已保存联系人%(name)s。") % {"name": form.cleaned_data["name"]})


class ContactRemove(ContactVerb):
    """A contact struck off."""

    def post(self, request: HttpRequest, pk: int, contact: int) -> HttpResponse:
        enterprise = self.enterprise(pk)
        person = self.contact(enterprise, contact)
        name = person.name
        actions.remove_contact(contact=person, by=request.user)  # type: ignore[arg-type]
        return self.back(enterprise, _("已删除联系人%(name)s。") % {"name": name})


class ContactPhone(ContactVerb):
    """The whole number of one contact, shown on purpose and noted in the trail."""

    permission = Permission.PHONE_FULL

    def post(self, request: HttpRequest, pk: int, contact: int) -> HttpResponse:
        enterprise = self.enterprise(pk)
        person = self.contact(enterprise, contact)
        actions.reveal_phone(contact=person, by=request.user)  # type: ignore[arg-type]
        return self.show(enterprise, revealed=person.pk)
