"""Bringing a case in for an enterprise: find the enterprise, then one form."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enterprises.filters import search_words
from enterprises.models import Enterprise
from foundation.accounts.access import requires
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.attachments.forms import keep_files
from issues import actions
from issues.forms.verbs import RegisterForm

MATCHES = 12


@requires(Permission.ISSUE_REGISTER)
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """The form, once the enterprise is known; before that, the search for it."""
    enterprise = asked_enterprise(request)
    if enterprise is None:
        return _choose(request)
    initial = {"enterprise": enterprise.pk, **_contact(request, enterprise)}
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    form = RegisterForm(*data, user=request.user, enterprise=enterprise, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            issue = actions.register(by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("已登记,编号 %(number)s。") % {"number": issue.number})
            return redirect("issues:detail", issue.pk)
    keep_files(form, by=request.user)
    context = {"form": form, "enterprise": enterprise, "similar_url": reverse("issues:similar")}
    return render(request, "issues/register.html", context, status=422 if form.is_bound else 200)


def _choose(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    matches = _matches(request, words) if words else []
    template = "issues/choose.html#matches" if request.htmx else "issues/choose.html"  # type: ignore[attr-defined]
    return render(request, template, {"q": words, "matches": matches, "full": len(matches) == MATCHES})


def _matches(request: HttpRequest, words: str) -> list[Enterprise]:
    rows = Enterprise.objects.visible_to(request.user).active().select_related("park", "town")
    return list(search_words(rows, words).order_by("name")[:MATCHES])


def asked_enterprise(request: HttpRequest) -> Enterprise | None:
    """The enterprise the address or the form names, if this person may see it."""
    key = request.POST.get("enterprise") or request.GET.get("enterprise", "")
    if not (key.isascii() and key.isdigit() and len(key) <= 18):
        return None
    return Enterprise.objects.visible_to(request.user).select_related("park", "town").filter(pk=key).first()


def _contact(request: HttpRequest, enterprise: Enterprise) -> dict[str, str]:
    """The enterprise's first contact, for those who may read whole phone numbers."""
    contact = enterprise.contacts.first() if request.user.may(Permission.PHONE_FULL) else None
    return {"contact_name": contact.name, "contact_phone": contact.phone} if contact else {}
