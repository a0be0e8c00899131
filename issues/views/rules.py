"""Limits and warnings by category: each change is a new version."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import OuterRef, Prefetch, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Permission
from foundation.clocks.models import Ladder
from issues import actions
from issues.limits.audiences import AUDIENCES
from issues.limits.timing import CONFIRM_LADDER, LADDER
from issues.models import Category, CategoryRule

LIMITS = ("accept_days", "reply_days", "resolve_days", "confirm_days", "extension_limit")
LADDERS = (LADDER, CONFIRM_LADDER)
STEPS = ("yellow_days", "short_limit", "short_yellow_days", "escalate_after")


class RuleForm(forms.ModelForm):
    class Meta:
        model = CategoryRule
        fields = LIMITS


class LadderForm(forms.ModelForm):
    tell_yellow = forms.MultipleChoiceField(label=gettext_lazy("黄牌告知"), required=False)
    tell_red = forms.MultipleChoiceField(label=gettext_lazy("红牌告知"), required=False)
    tell_escalated = forms.MultipleChoiceField(label=gettext_lazy("升级告知"), required=False)

    class Meta:
        model = Ladder
        fields = (*STEPS, "tell_yellow", "tell_red", "tell_escalated")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("tell_yellow", "tell_red", "tell_escalated"):
            field = self.fields[name]
            field.choices = audience_choices()  # type: ignore[attr-defined]
            field.widget = forms.CheckboxSelectMultiple(choices=audience_choices())


def audience_choices() -> list[tuple[str, Any]]:
    return list(AUDIENCES.items())


@requires(Permission.RULE_VIEW)
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Every category with the limits in force, and the ladders they stand on."""
    newest = CategoryRule.objects.filter(category=OuterRef("category")).order_by("-version").values("pk")[:1]
    in_force = CategoryRule.objects.filter(pk=Subquery(newest)).select_related("ladder")
    categories = Category.objects.visible_to(request.user).select_related("default_department")
    labels = dict(audience_choices())
    context = {
        "categories": categories.prefetch_related(Prefetch("rules", in_force, to_attr="in_force")),
        "ladders": [(ladder, tells(ladder, labels)) for ladder in map(Ladder.current, LADDERS)],
        "may_edit": request.user.may(Permission.RULE_EDIT),
    }
    return render(request, "issues/rules.html", context)


def tells(ladder: Ladder, labels: dict[str, Any]) -> list[tuple[str, str]]:
    """Level and whom it tells, in words."""
    named = ((_("黄牌"), ladder.tell_yellow), (_("红牌"), ladder.tell_red), (_("升级"), ladder.tell_escalated))
    return [(level, "、".join(str(labels.get(key, key)) for key in keys) or _("无")) for level, keys in named]


@requires(Permission.RULE_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """A new version of one category's limits."""
    category = get_object_or_404(Category.objects.visible_to(request.user), code=code)
    last = category.rules.first()
    form = RuleForm(request.POST or None, instance=CategoryRule(**_limits(last)))
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in LIMITS}
        if _saved(
            request,
            form,
            lambda version: actions.change_rule(category=category, by=request.user, version=version, **values),
        ):
            messages.success(request, _("“%(name)s”的时限已更新;在办诉求沿用原来的版本。") % {"name": category.name})
            return redirect("issues:rules")
    context = {
        "form": form,
        "title": category.name,
        "version": last.version if last else "",
        "history": category.rules.all(),
    }
    return render(request, "issues/rule.html", context, status=422 if form.is_bound else 200)


@requires(Permission.RULE_EDIT)
@require_http_methods(["GET", "POST"])
def edit_ladder(request: HttpRequest, key: str) -> HttpResponse:
    """A new version of when warnings come and whom they tell."""
    if key not in LADDERS:
        return redirect("issues:rules")
    last = Ladder.current(key)
    form = LadderForm(request.POST or None, initial={name: getattr(last, name) for name in LadderForm.Meta.fields})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if _saved(
            request, form, lambda version: actions.change_ladder(key=key, by=request.user, version=version, **values)
        ):
            messages.success(request, _("“%(name)s”已更新;在办诉求沿用原来的版本。") % {"name": last.name})
            return redirect("issues:rules")
    context = {"form": form, "title": last.name, "version": last.version, "history": []}
    return render(request, "issues/rule.html", context, status=422 if form.is_bound else 200)


@requires(Permission.RULE_EDIT)
@require_http_methods(["GET", "POST"])
def own_ladder(request: HttpRequest, code: str) -> HttpResponse:
    """When warnings come and whom they tell, for one category only."""
    category = get_object_or_404(Category.objects.visible_to(request.user), code=code)
    last = get_object_or_404(CategoryRule.objects.filter(category=category).select_related("ladder")[:1])
    initial = {name: getattr(last.ladder, name) for name in LadderForm.Meta.fields}
    form = LadderForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if _saved(
            request,
            form,
            lambda version: actions.set_own_ladder(category=category, by=request.user, version=version, **values),
        ):
            messages.success(
                request, _("“%(name)s”已有单独的预警规则;在办诉求沿用原来的版本。") % {"name": category.name}
            )
            return redirect("issues:rules")
    title = _("%(name)s的预警") % {"name": category.name}
    context = {
        "form": form,
        "title": title,
        "version": last.version,
        "own": last.ladder.key != LADDER,
        "category": category,
    }
    return render(request, "issues/rule.html", context, status=422 if form.is_bound else 200)


@requires(Permission.RULE_EDIT)
@require_POST
def share_ladder(request: HttpRequest, code: str) -> HttpResponse:
    """Back to the ladder all categories share."""
    category = get_object_or_404(Category.objects.visible_to(request.user), code=code)
    try:
        actions.share_ladder(category=category, by=request.user)
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("“%(name)s”改用通用预警规则;在办诉求沿用原来的版本。") % {"name": category.name})
    return redirect("issues:rules")


def _saved(request: HttpRequest, form: forms.BaseForm, save: Any) -> bool:
    """Whether it was saved; what was refused stands on the form."""
    text = request.POST.get("version", "")
    try:
        save(int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None)
    except Stale:
        form.add_error(None, _("您填写期间规则已有新版本。请打开页面核对现在的内容后重新填写。"))
    except Refused as refused:
        form.add_error(None, refused.message)
    return not form.errors


def _limits(rule: CategoryRule | None) -> dict[str, int]:
    return {name: getattr(rule, name) for name in LIMITS} if rule else {}
