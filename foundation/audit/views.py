"""The auditor's console: the trail, newest first, and whether its chain holds."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.access import requires
from foundation.accounts.permissions import Permission
from foundation.audit.filters import AuditFilter
from foundation.audit.models import AuditHead, AuditRow
from foundation.audit.queries import verify_chain
from foundation.ui.paging import paginate


@requires(Permission.AUDIT_VIEW)
@require_safe
def trail(request: HttpRequest) -> HttpResponse:
    """The list of acts."""
    found = AuditFilter(request.GET, queryset=AuditRow.objects.visible_to(request.user))
    context = {"filter": found, "page": paginate(request, found.qs), "head": AuditHead.objects.first()}
    return render(request, "audit/list.html", context)


@requires(Permission.AUDIT_VIEW)
@require_safe
def act(request: HttpRequest, seq: int) -> HttpResponse:
    """One act with everything that was recorded of it."""
    row = get_object_or_404(AuditRow.objects.visible_to(request.user), seq=seq)
    return render(request, "audit/detail.html", {"row": row, "facts": sorted(row.data.items())})


@requires(Permission.AUDIT_VIEW)
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Recompute the whole chain and say how far it holds."""
    verdict = verify_chain()
    if verdict.broken is None:
        messages.success(request, _("已逐条校验 %(rows)s 条记录,哈希链完整。") % {"rows": verdict.rows})
    else:
        messages.error(
            request, _("哈希链在第 %(seq)s 条断开:该条或其后的记录被改动过,请立即报告。") % {"seq": verdict.broken}
        )
    return redirect("audit:list")
