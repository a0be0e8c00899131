"""The policy-gap register: list, one gap with its verbs, export, and the gap of a case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import django_filters
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Permission
from foundation.attachments.forms import keep_files
from foundation.clocks.localtime import today
from foundation.ui.paging import ordering, paginate
from foundation.ui.sheets import MEDIA_TYPE, workbook
from issues import actions, gaps
from issues.forms.gaps import GAP_FORMS, AttachForm, FactsForm, GapForm
from issues.models import Category, Issue, PolicyGap, PolicyGapCase, PolicyGapStep
from issues.views.case import found, version_of

Kind = PolicyGapStep.Kind
SHAPES = {PolicyGap.State.AVAILABLE: "g"}


class GapFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label=gettext_lazy("名称、缺什么、文号"), method="by_words", max_length=80)
    level = django_filters.ChoiceFilter(
        label=gettext_lazy("层级"), choices=Issue.PolicyLevel.choices, empty_label=gettext_lazy("层级 全部")
    )
    category = django_filters.ModelChoiceFilter(
        label=gettext_lazy("类别"), queryset=Category.objects.all(), empty_label=gettext_lazy("类别 全部")
    )

    def by_words(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        for word in value.split()[:6]:
            letters = PolicyGapStep.objects.filter(Q(document__icontains=word) | Q(body__icontains=word))
            rows = rows.filter(
                Q(title__icontains=word) | Q(missing__icontains=word) | Q(pk__in=letters.values("gap_id"))
            )
        return rows


def _asked(request: HttpRequest) -> tuple[str, GapFilter, QuerySet]:
    """The tab, the filter, and the rows that both leave, in the order asked for."""
    key, states = gaps.asked_states(request.GET.get("state", ""))
    rows = gaps.listed(request.user).filter(state__in=states)
    narrowed = GapFilter(request.GET, queryset=rows, request=request)
    return key, narrowed, narrowed.qs.order_by(*ordering(request, gaps.SORTS, "-last_step_at"))


@requires(Permission.POLICY_GAP_VIEW)
@require_safe
def gap_list(request: HttpRequest) -> HttpResponse:
    """What is missing, at which level, how many asked, what went upward and what came back."""
    key, narrowed, rows = _asked(request)
    page = paginate(request, rows)
    for gap in page:
        _say(gap)
    context = {
        "filter": narrowed,
        "page": page,
        "tabs": gaps.tabs(request.user, key),
        "query": request.GET.urlencode(),
        "may_edit": request.user.may(Permission.POLICY_GAP_EDIT),
    }
    return render(request, "issues/gaps.html", context)


def _say(gap: Any) -> None:
    """What went upward last and what came back, beside the row."""
    gap.shape = SHAPES.get(gap.state, "n")
    gap.sent = gaps.last(gap, Kind.SENT)
    gap.answer = gaps.last(gap, Kind.ANSWERED, Kind.AVAILABLE)


@requires(Permission.POLICY_GAP_VIEW)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Exactly what is filtered, as a workbook."""
    _key, _narrowed, rows = _asked(request)
    headings = [
        _("名称"), _("缺什么政策"), _("所需政策层级"), _("类别"), _("状态"), _("企业数"), _("诉求数"), _("列入时间"),
        _("报给"), _("上报日期"), _("上报文号"), _("答复单位"), _("答复日期"), _("答复文号"), _("答复内容"),
        _("最近进展"),
    ]  # fmt: skip
    content = workbook(_("政策缺口"), headings, _lines(rows))
    response = HttpResponse(content, content_type=MEDIA_TYPE)
    response["Content-Disposition"] = f'attachment; filename="policy-gaps-{today():%Y%m%d}.xlsx"'
    return response


def _lines(rows: QuerySet) -> Iterator[list[Any]]:
    for gap in rows.iterator(chunk_size=1000):
        _say(gap)
        sent, answer = gap.sent or PolicyGapStep(), gap.answer or PolicyGapStep()
        yield [
            gap.title, gap.missing, gap.get_level_display(), gap.category.name, gap.get_state_display(),
            gap.asked_enterprises, gap.asked_cases, gap.opened_at, sent.body, sent.on, sent.document, answer.body,
            answer.on, answer.document, answer.text, gap.last_step_at,
        ]  # fmt: skip


@requires(Permission.POLICY_GAP_EDIT)
@require_http_methods(["GET", "POST"])
def gap_new(request: HttpRequest) -> HttpResponse:
    """A gap that the office knows of before any case asks."""
    form = FactsForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            gap = actions.open_gap(by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("已列入政策缺口台账。"))
            return redirect("issues:gap", gap.pk)
    return render(request, "issues/gap_new.html", {"form": form}, status=422 if form.is_bound else 200)


@requires(Permission.POLICY_GAP_VIEW)
@require_safe
def gap_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _found(request, pk))


@requires(Permission.POLICY_GAP_EDIT)
@require_POST
def gap_verb(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Do one verb; what is refused comes back with everything that was typed."""
    gap = _found(request, pk)
    if verb not in GAP_FORMS:
        raise Http404
    form = _form(verb, gap, request, request.POST, request.FILES)
    if form.is_valid():
        try:
            done = actions.GAP_VERBS[verb](gap=gap, by=request.user, version=version_of(request), **form.cleaned_data)
        except Stale:
            gap = _found(request, pk)
            form.add_error(None, _("您填写期间,这条政策缺口有了新进展(见跟进过程)。核对后再提交一次即可。"))
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _done(verb, done))
            return redirect("issues:gap", done.pk if isinstance(done, PolicyGap) else gap.pk)
    return _page(request, gap, (verb, form))


def _done(verb: str, done: object) -> str:
    if verb == "tell":
        return _("已告知企业 %(count)d 家。标有“无账号”的请电话告知。") % {"count": done}
    return _("已%(verb)s。") % {"verb": gaps.VERBS[verb].label}


@requires(Permission.POLICY_GAP_ATTACH)
@require_POST
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Say from the case's page which missing policy it waits for."""
    issue = found(request, pk)
    form = AttachForm(request.POST, issue=issue, user=request.user)
    if form.is_valid():
        try:
            gap = actions.attach_case(issue=issue, by=request.user, **form.cleaned_data)
        except Refused as refused:
            messages.error(request, refused.message)
        else:
            messages.success(request, _("已归入政策缺口“%(title)s”。") % {"title": gap.title})
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("issues:detail", issue.pk)


def _found(request: HttpRequest, pk: int) -> PolicyGap:
    rows = PolicyGap.objects.visible_to(request.user).select_related("category", "opened_by", "merged_into")
    return get_object_or_404(gaps.counted(rows), pk=pk)


def _form(verb: str, gap: PolicyGap, request: HttpRequest, *args: Any) -> GapForm:
    return GAP_FORMS[verb](*args, gap=gap, user=request.user, auto_id=f"{verb}_%s")  # type: ignore[arg-type]


def _page(request: HttpRequest, gap: PolicyGap, failed: tuple[str, GapForm] | None = None) -> HttpResponse:
    """The page of one gap; `failed` is the form that came back with errors."""
    user = request.user
    if failed:
        keep_files(failed[1], by=user)
    untold = PolicyGapCase.objects.filter(gap=gap, told_at__isnull=True).count()
    choices: list[dict[str, Any]] = []
    for verb, primary in gaps.at_hand(gap, user, untold):
        again = failed is not None and failed[0] == verb.key
        form = failed[1] if failed and again else _form(verb.key, gap, request)
        url = reverse("issues:gap_verb", args=[gap.pk, verb.key])
        choices.append({"verb": verb, "form": form, "url": url, "primary": primary})
    if failed and failed[0] not in {choice["verb"].key for choice in choices}:
        for error in failed[1].non_field_errors() or [_("现在不能这样办理,请看最新进展。")]:
            messages.error(request, str(error))
    rows = gaps.cases(gap, user)
    context = {
        "gap": gap,
        "shape": SHAPES.get(PolicyGap.State(gap.state), "n"),
        "steps": gaps.timeline(gap, user),
        "page": paginate(request, rows),
        "untold": untold,
        "choices": choices,
    }
    return render(request, "issues/gap.html", context, status=422 if failed else 200)
