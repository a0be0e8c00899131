"""The enterprise's side: its own cases, in plain words, and nothing internal."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprises.models import EnterpriseStaff
from foundation.accounts.access import requires
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.attachments.forms import keep_files
from foundation.ui.paging import paginate
from issues import actions, unread
from issues.desk import ledger
from issues.forms.appeals import AppealForm, PastFilter
from issues.models import AppealDraft, Issue
from issues.views.case import found, opened
from issues.workbench import OURS, drafts, ours_first

VIEWS = {
    "open": (gettext_lazy("办理中"), Q(closed_at__isnull=True)),
    "mine": (gettext_lazy("等我处理"), Q(status__in=OURS)),
    "closed": (gettext_lazy("已办结"), Q(closed_at__isnull=False)),
}


@requires(Permission.APPEAL_SUBMIT)
@require_safe
def appeals(request: HttpRequest) -> HttpResponse:
    """My enterprise's cases, each with its stage, its limit and who has it; what we must do next on top."""
    mine = Issue.objects.visible_to(request.user)
    asked = request.GET.get("view", "open")
    view = asked if asked in VIEWS else "open"
    numbers = mine.aggregate(**{key: Count("pk", filter=rows) for key, (_label, rows) in VIEWS.items()})
    tabs = [
        {"label": label, "url": f"?view={key}", "count": numbers[key], "active": key == view}
        for key, (label, _rows) in VIEWS.items()
    ]
    rows: QuerySet[Issue] = mine.filter(VIEWS[view][1])
    past = None
    if view == "closed":
        past = PastFilter(request.GET, rows=rows)
        rows = past.rows()
    page = paginate(
        request,
        _ordered(rows, view).values(*ledger.COLUMNS),
        per_page=20,
        count=None if past and past.narrows else numbers[view],
    )
    context = {
        "tabs": tabs,
        "page": page,
        "rows": ledger.public_rows(page),
        "unread": unread.among(request.user, page),
        "view": view,
        "past": past,
        "staff": staff_of(request.user),
        "drafts": drafts(request.user) if view == "open" else [],
    }
    return render(request, "issues/appeals.html", context)


def _ordered(rows: QuerySet[Issue], view: str) -> QuerySet[Issue]:
    return rows.order_by("-closed_at", "-pk") if view == "closed" else ours_first(rows)


@requires(Permission.APPEAL_SUBMIT)
@require_http_methods(["GET", "POST"])
def submit(request: HttpRequest) -> HttpResponse:
    """One form, under a minute on a phone; what was begun before goes on where it stopped."""
    staff = staff_of(request.user)
    if staff is None:
        return render(request, "issues/no_enterprise.html")
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    draft = _draft(request)
    form = AppealForm(*data, user=request.user, draft=draft)
    if form.is_bound and "keep" in request.POST:
        if _kept(request, form):
            return redirect("issues:appeals")
    elif form.is_bound and form.is_valid():
        try:
            issue = actions.register(
                by=request.user, enterprise=staff.enterprise, channel=Issue.Channel.PORTAL, **form.cleaned_data
            )
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("已提交,编号 %(number)s。交办后会通知您。") % {"number": issue.number})
            return redirect("issues:appeal", issue.pk)
    keep_files(form, by=request.user)
    context = {
        "form": form,
        "enterprise": staff.enterprise,
        "draft": draft,
        "similar_url": reverse("issues:similar_own"),
    }
    return render(request, "issues/submit.html", context, status=422 if form.is_bound else 200)


def _draft(request: HttpRequest) -> AppealDraft | None:
    """The draft that the address names, if it is this person's and not sent yet."""
    key = AppealForm.key_in(request.GET.get("draft", ""))
    return AppealDraft.objects.visible_to(request.user).unsent().filter(key=key).first() if key else None


def _kept(request: HttpRequest, form: AppealForm) -> bool:
    """Keep what is written as a draft, on the person's word; what cannot be kept is said on the form."""
    keep_files(form, by=request.user)
    try:
        draft = actions.save_draft(by=request.user, only_files=True, **form.as_draft())  # type: ignore[arg-type]
    except Refused as refused:
        form.is_valid()
        form.add_error(None, refused.message)
        return False
    if draft is None:
        form.errors.clear()
        form.add_error(None, _("还没有填写内容,没有可存的草稿。"))
        return False
    messages.success(request, _("草稿已保存,随时可以接着写。"))
    return True


@requires(Permission.APPEAL_SUBMIT)
@require_safe
def appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """One case as the enterprise sees it."""
    return render(request, "issues/appeal.html", opened(request, found(request, pk)))


@requires(Permission.APPEAL_SUBMIT)
@require_POST
def see_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    actions.see_all(by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("已全部标为已读。"))
    return redirect("issues:appeals")


def staff_of(user: Any) -> EnterpriseStaff | None:
    return EnterpriseStaff.objects.filter(user=user).select_related("enterprise").first()
