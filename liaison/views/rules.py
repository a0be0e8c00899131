"""The reminder rule of visits: how many days before the month's end, and who is told."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from foundation.accounts.access import PermissionView
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Permission
from foundation.clocks.models import Ladder
from liaison import actions
from liaison.defaults import install_ladder
from liaison.forms import RuleForm


class Rule(PermissionView):
    """Everyone who may read rules reads it; the office changes it."""

    permissions = {"get": Permission.RULE_VIEW, "post": Permission.RULE_EDIT}

    def get(self, request: HttpRequest) -> HttpResponse:
        rule = install_ladder()
        initial = {name: getattr(rule, name) for name in ("yellow_days", "tell_yellow", "tell_red", "version")}
        return self.page(request, rule, RuleForm(initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = RuleForm(request.POST)
        if form.is_valid():
            try:
                actions.change_rule(by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
            except Stale as stale:
                form.data = form.data.copy()  # type: ignore[attr-defined]
                form.data["version"] = str(stale.current.version)  # type: ignore[attr-defined, index]
                form.add_error(None, _("规则刚被别人修改过,现行规则见右侧;核对后再提交一次。"))
            except Refused as refused:
                form.add_error(None, refused.message)
            else:
                messages.success(request, _("提醒规则已更新,自下次开启的走访任务起执行。"))
                return redirect("liaison:rule")
        return self.page(request, install_ladder(), form)

    def page(self, request: HttpRequest, rule: Ladder, form: RuleForm) -> HttpResponse:
        context = {
            "rule": rule,
            "form": form,
            "told": [(label, RuleForm.names(keys)) for label, keys in self.steps(rule)],
            "may_edit": request.user.may(Permission.RULE_EDIT),  # type: ignore[union-attr]
        }
        return render(request, "liaison/rule.html", context)

    def steps(self, rule: Ladder) -> list[tuple[str, list[str]]]:
        return [(_("月底将到(黄)"), rule.tell_yellow), (_("超期未访(红)"), rule.tell_red)]
