"""The office's page over what leaves the portal: how the channels fare, what failed and why, again or no more."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.access import requires
from foundation.accounts.permissions import Permission
from foundation.notices import actions, queries
from foundation.notices.channels.groups import groups
from foundation.notices.models import Delivery
from foundation.notices.views.manage import tabs
from foundation.ui.paging import paginate

PER_PAGE = 50


@requires(Permission.NOTICE_MANAGE)
@require_safe
def sending(request: HttpRequest) -> HttpResponse:
    """Counts of the last days, and the newest failures in words."""
    troubled = Delivery.objects.visible_to(request.user).troubled().select_related("notice__recipient__department")
    page = paginate(request, troubled.order_by("-pk"), per_page=PER_PAGE)
    context = {
        "page": page,
        "channels": queries.by_channel(request.user),
        "states": [state.label for state in Delivery.State],
        "groups": groups(),
        "tabs": tabs("sending"),
        "days": queries.LATELY.days,
    }
    return render(request, "notices/sending.html", context)


@requires(Permission.NOTICE_MANAGE)
@require_POST
def settle(request: HttpRequest) -> HttpResponse:
    """Try the marked ones again now, or send them no more."""
    ids = [int(pk) for pk in request.POST.getlist("delivery") if pk.isascii() and pk.isdigit() and len(pk) < 19]
    if request.POST.get("do") == "drop":
        count, words = actions.drop(ids=ids, by=request.user), _("%(n)d 条不再发送。")
    else:
        count, words = actions.retry(ids=ids, by=request.user), _("%(n)d 条已重新排队。")
    if count:
        messages.success(request, words % {"n": count})
    else:
        messages.info(request, _("没有可处理的消息:可能没有勾选,或刚刚已经发出。"))
    return redirect("notices:sending")
