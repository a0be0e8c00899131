"""A person's own messages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.access import requires
from foundation.accounts.permissions import Permission
from foundation.notices import actions
from foundation.notices.models import Notice
from foundation.ui.paging import paginate


@requires(Permission.SIGNED_IN)
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Unread or all messages, newest first."""
    mine = Notice.objects.visible_to(request.user).defer("about", "concerns")
    unread = mine.unread().count()
    everything = request.GET.get("show") == "all"
    tabs = [
        {"label": _("未读"), "url": "?", "count": unread, "active": not everything},
        {"label": _("全部"), "url": "?show=all", "count": None, "active": everything},
    ]
    page = paginate(request, mine if everything else mine.unread(), per_page=30)
    return render(request, "notices/list.html", {"page": page, "tabs": tabs, "unread": unread})


@requires(Permission.SIGNED_IN)
@require_POST
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one message as read and go to what it speaks of."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    actions.mark_read(notices=Notice.objects.filter(pk=pk), by=request.user)
    safe = notice.url and url_has_allowed_host_and_scheme(notice.url, allowed_hosts=None)
    return redirect(notice.url if safe else "notices:list")


@requires(Permission.SIGNED_IN)
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read but what is to be acknowledged one by one."""
    actions.mark_read(notices=Notice.objects.all(), by=request.user)
    return redirect("notices:list")


@requires(Permission.SIGNED_IN)
@require_POST
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that one got a message whose sender wants to know."""
    actions.acknowledge(notice=get_object_or_404(Notice.objects.visible_to(request.user), pk=pk), by=request.user)
    return redirect("notices:list")
