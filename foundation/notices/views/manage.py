"""The office's pages over everybody's messages: who has not acknowledged, and what is ruled for each kind."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation.accounts.access import requires
from foundation.accounts.errors import Stale
from foundation.accounts.permissions import Permission
from foundation.notices import actions
from foundation.notices import rules as ruled
from foundation.notices.forms import RulesForm
from foundation.notices.models import Notice
from foundation.ui.paging import paginate


def tabs(active: str) -> list[dict[str, object]]:
    """The office's pages of messages; `active` is the one shown."""
    pages = (("unacknowledged", _("待确认收到")), ("sending", _("消息发送")), ("rules", _("消息规则")))
    return [
        {"label": label, "url": reverse(f"notices:{name}"), "count": None, "active": name == active}
        for name, label in pages
    ]


@requires(Permission.NOTICE_MANAGE)
@require_safe
def unacknowledged(request: HttpRequest) -> HttpResponse:
    """Who was asked to say that they got a message and has not, the longest waiting first."""
    waiting = Notice.objects.followed_by(request.user).unacknowledged().order_by("created_at", "pk")
    page = paginate(request, waiting.select_related("recipient__department").defer("about", "concerns"), per_page=50)
    return render(request, "notices/unacknowledged.html", {"page": page, "tabs": tabs("unacknowledged")})


@requires(Permission.NOTICE_MANAGE)
@require_http_methods(["GET", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """What holds for each kind of message."""
    form = RulesForm(request.POST or None, rules=ruled.current())
    if form.is_bound and form.is_valid():
        try:
            with transaction.atomic():
                for kind, version, facts in form.changes():
                    actions.change_rule(kind=kind, version=version, by=request.user, **facts)
        except Stale:
            messages.error(request, _("您填写期间,规则已被别人修改。下面是现在的规则,请重新修改。"))
            return redirect("notices:rules")
        messages.success(request, _("已保存,从下一条消息起生效。"))
        return redirect("notices:rules")
    context = {"form": form, "tabs": tabs("rules")}
    return render(request, "notices/rules.html", context, status=422 if form.is_bound else 200)
