"""Follow-up calls: the queue, a call's sheet, what the samples found, the draws, and the shares."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Permission
from foundation.ui.paging import paginate
from issues import actions
from issues.calling import calls
from issues.forms.calls import CallFilter, CallRuleForm, MissForm, PeriodForm, RecordForm
from issues.models import CallDraw, CallRule, DrawnCase, FollowUpCall
from issues.views.case import version_of

VERBS: dict[str, Any] = {"record": (RecordForm, actions.record_call), "missed": (MissForm, actions.miss_call)}
PERIOD = 90  # days, unless the page is asked for others


@requires(Permission.CALL_VIEW)
@require_safe
def call_list(request: HttpRequest) -> HttpResponse:
    """Who is to be called, what is due first on top; and what was found."""
    view = calls.asked_view(request.GET.get("view", ""))
    narrowed = CallFilter(request.GET, queryset=calls.listed(request.user, view), request=request)
    page = paginate(request, narrowed.qs)
    for call in page:
        call.shape, call.words = calls.state(call)
    context = {
        "filter": narrowed,
        "page": page,
        "tabs": calls.tabs(request.user, view),
        "view": view,
        "may_set": request.user.may(Permission.CALL_RULE),
    }
    return render(request, "issues/calls.html", context)


@requires(Permission.CALL_VIEW)
@require_safe
def call_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _sheet(request, _found(request, pk))


@requires(Permission.CALL_RECORD)
@require_POST
def call_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Write down what the call brought; what is refused comes back with everything that was typed."""
    call = _found(request, pk)
    if verb not in VERBS:
        raise Http404
    form_class, act = VERBS[verb]
    form = form_class(request.POST, auto_id=f"{verb}_%s")
    if form.is_valid():
        try:
            act(call=call, by=request.user, version=version_of(request), **form.cleaned_data)
        except Stale:
            call = _found(request, pk)
            form.add_error(None, _("您填写期间,这件回访有了新记录。核对后再提交一次即可。"))
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("已记录。"))
            return redirect("issues:call", call.pk)
    return _sheet(request, call, (verb, form))


def _found(request: HttpRequest, pk: int) -> FollowUpCall:
    related = ("issue__category", "issue__enterprise", "handling__department", "draw", "done_by")
    return get_object_or_404(FollowUpCall.objects.visible_to(request.user).select_related(*related), pk=pk)


def _sheet(request: HttpRequest, call: FollowUpCall, failed: tuple[str, Any] | None = None) -> HttpResponse:
    """The page of one call; `failed` is the form that came back with errors."""
    call.shape, call.words = calls.state(call)  # type: ignore[attr-defined]
    may = call.done_at is None and request.user.may(Permission.CALL_RECORD)
    if failed and not may:
        for error in failed[1].non_field_errors():
            messages.error(request, str(error))
    verbs = {"record": _("接通了,记录结论"), "missed": _("没有接通")}
    choices = [
        {
            "label": label,
            "form": failed[1] if failed and failed[0] == verb else VERBS[verb][0](auto_id=f"{verb}_%s"),
            "url": reverse("issues:call_verb", args=[call.pk, verb]),
            "primary": verb == "record",
        }
        for verb, label in verbs.items()
    ]
    context = {
        "call": call,
        "issue": call.issue,
        "contact": calls.contact_of(call.issue),
        "phone_full": request.user.may(Permission.PHONE_FULL),
        "choices": choices if may else [],
        "tries": call.missed.select_related("by"),
        "tries_left": FollowUpCall.MOST_TRIES - call.tries,
        "following": calls.follow_up_of(call),
        "due_on": calls.last_instant(call.due_at),
    }
    return render(request, "issues/call.html", context, status=422 if failed else 200)


@requires(Permission.CALL_VIEW)
@require_safe
def sampling(request: HttpRequest) -> HttpResponse:
    """Drawn, called, and found false, for each department; and the draws they came from."""
    form = PeriodForm(request.GET)
    earliest, latest = calls.moment_range(PERIOD)
    asked = form.cleaned_data if form.is_valid() else {}
    first, last = asked.get("first") or earliest, asked.get("last") or latest
    rows, total = calls.sampled(request.user, min(first, last), last)
    context = {
        "rows": rows,
        "total": total,
        "first": first,
        "last": last,
        "errors": form.non_field_errors() or [error for errors in form.errors.values() for error in errors],
        "rule": CallRule.objects.visible_to(request.user).first(),
        "draws": paginate(request, CallDraw.objects.visible_to(request.user).select_related("rule"), per_page=8),
        "may_set": request.user.may(Permission.CALL_RULE),
    }
    return render(request, "issues/call_sampling.html", context)


@requires(Permission.CALL_VIEW)
@require_safe
def draw_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One draw: its seed, and the lot of every case that took part, so that anybody can do it again."""
    draw = get_object_or_404(CallDraw.objects.visible_to(request.user).select_related("rule"), pk=pk)
    rows = DrawnCase.objects.visible_to(request.user).filter(draw=draw)
    page = paginate(request, rows.select_related("issue__enterprise", "issue__department"), per_page=100)
    kinds = calls.kinds_of(DrawnCase.objects.filter(draw=draw))
    for kind in kinds:
        kind["share"] = draw.rule.shares[kind["key"]]
    return render(request, "issues/call_draw.html", {"draw": draw, "page": page, "kinds": kinds})


@requires(Permission.CALL_RULE)
@require_http_methods(["GET", "POST"])
def call_rule(request: HttpRequest) -> HttpResponse:
    """How many of each kind are called, and within how many days."""
    rule = CallRule.objects.visible_to(request.user).first()
    assert rule is not None
    form = CallRuleForm(request.POST) if request.method == "POST" else CallRuleForm.of(rule)
    if form.is_bound and form.is_valid():
        try:
            actions.change_call_rule(by=request.user, version=version_of(request), **form.cleaned_data)
        except Stale:
            rule = CallRule.objects.visible_to(request.user).first()
            form.add_error(None, _("您填写期间,规则已被别人修改。核对后再提交一次即可。"))
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("已保存,从下一次抽取起生效。"))
            return redirect("issues:call_rule")
    context = {
        "form": form,
        "rule": rule,
        "history": CallRule.objects.visible_to(request.user).select_related("created_by")[:20],
        "may_view": request.user.may(Permission.CALL_VIEW),
    }
    return render(request, "issues/call_rule.html", context, status=422 if form.is_bound else 200)
