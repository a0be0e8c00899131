"""Asking for an account without having one, and the office's queue of such requests."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprises import actions
from enterprises.account_forms import ApproveForm, RefuseForm, RegisterForm
from enterprises.matching import matches
from enterprises.models import Enterprise, Registration
from foundation.accounts.access import requires
from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.attachments.models import Attachment
from foundation.attachments.shown import shown
from foundation.ui.paging import paginate

State = Registration.State
VIEWS = {
    "pending": (gettext_lazy("待审核"), Q(state=State.PENDING)),
    "approved": (gettext_lazy("已通过"), Q(state=State.APPROVED)),
    "refused": (gettext_lazy("未通过"), Q(state=State.REFUSED)),
}


@requires(Permission.ANYONE)
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """The public form; every sound request is answered alike, with the page that tells what becomes of it."""
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    form = RegisterForm(*data)
    if form.is_bound and form.is_valid():
        try:
            made = actions.register(by=None, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            return redirect("register_status", made.key)
    return render(request, "registration/register.html", {"form": form}, status=422 if form.is_bound else 200)


@requires(Permission.ANYONE)
@require_safe
def register_status(request: HttpRequest, key: UUID) -> HttpResponse:
    """What became of a request, for whoever holds its address."""
    found = get_object_or_404(Registration.objects.select_related("user"), key=key)
    response = render(request, "registration/register_status.html", {"registration": found})
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"  # the address is the key
    return response


@requires(Permission.ENTERPRISE_EDIT)
@require_safe
def registrations(request: HttpRequest) -> HttpResponse:
    """The queue, the oldest waiting first; and what was decided."""
    rows = Registration.objects.visible_to(request.user)
    view = request.GET.get("view", "pending")
    view = view if view in VIEWS else "pending"
    numbers = rows.aggregate(**{key: Count("pk", filter=one) for key, (_label, one) in VIEWS.items()})
    tabs = [
        {"label": label, "url": f"?view={key}", "count": numbers[key], "active": key == view}
        for key, (label, _rows) in VIEWS.items()
    ]
    chosen = rows.filter(VIEWS[view][1]).select_related("enterprise", "decided_by")
    ordered = chosen.order_by("submitted_at", "pk") if view == "pending" else chosen.order_by("-decided_at", "-pk")
    page = paginate(request, ordered, per_page=30, count=numbers[view])
    return render(request, "enterprises/registrations.html", {"tabs": tabs, "page": page, "view": view})


@requires(Permission.ENTERPRISE_EDIT)
@require_safe
def registration(request: HttpRequest, pk: int) -> HttpResponse:
    """One request beside what the roster says."""
    return _shown(request, _found(request, pk))


@requires(Permission.ENTERPRISE_EDIT)
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the account, tied to the enterprise chosen."""
    asked = _found(request, pk)
    form = ApproveForm(request.POST, found=matches(asked))
    if form.is_valid():
        chosen = form.cleaned_data["enterprise"]
        rows = Enterprise.objects.visible_to(request.user)
        enterprise = None if chosen == ApproveForm.NEW else get_object_or_404(rows, pk=chosen)
        try:
            done = actions.approve_registration(
                registration=asked,
                by=request.user,  # type: ignore[arg-type]
                enterprise=enterprise,
                username=form.cleaned_data["username"],
            )
        except Refused as refused:
            form.add_error("username" if refused.code == "username_taken" else None, refused.message)
        else:
            messages.success(request, _("已通过,%(name)s可以用账号 %(username)s 登录。") % _names(done))
            return redirect("enterprises:registrations")
    return _shown(request, asked, approve=form)


@requires(Permission.ENTERPRISE_EDIT)
@require_POST
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Say no, and why."""
    asked = _found(request, pk)
    form = RefuseForm(request.POST)
    if form.is_valid():
        try:
            actions.refuse_registration(registration=asked, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("已回复不通过,申请人在进度页能看到理由。"))
            return redirect("enterprises:registrations")
    return _shown(request, asked, refuse=form)


def _found(request: HttpRequest, pk: int) -> Registration:
    rows = Registration.objects.visible_to(request.user).select_related("enterprise", "user", "decided_by")
    return get_object_or_404(rows, pk=pk)


def _names(done: Registration) -> dict[str, Any]:
    return {"name": done.person_name, "username": done.username}


def _shown(request: HttpRequest, asked: Registration, **bound: Any) -> HttpResponse:
    found = matches(asked)
    pending = asked.state == State.PENDING
    forms = {
        "approve": ApproveForm(found=found, initial={"username": asked.username}),
        "refuse": RefuseForm(),
    }
    context = {
        "registration": asked,
        "matches": found,
        "pending": pending,
        "files": _files(asked, request.user),
        "again": Registration.objects.filter(credit_code=asked.credit_code).exclude(pk=asked.pk).count(),
        "username_taken": pending and User.objects.filter(username__iexact=asked.username).exists(),
        **({**forms, **bound} if pending else {}),
    }
    return render(request, "enterprises/registration.html", context, status=422 if bound else 200)


def _files(asked: Registration, user: Any) -> list[dict[str, Any]]:
    return [shown(row) for row in Attachment.objects.visible_to(user).of(asked)]
