"""A file comes in, and what it would do is looked at."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.imports import actions, queries
from foundation.imports.forms import SheetForm, UploadForm
from foundation.imports.lines import BESIDE, Outcome
from foundation.imports.models import NAMES, Batch
from foundation.imports.registry import resource_for
from foundation.imports.views.base import act, batch_of, is_masked, reversed_or_blank
from foundation.imports.views.batches import story
from foundation.ui.paging import paginate
from foundation.ui.sheets import MEDIA_TYPE, workbook

DOUBTFUL = "doubtful"


@requires(Permission.IMPORT)
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a roster and give a file."""
    form = UploadForm(request.POST or None, request.FILES or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            batch = actions.open_batch(
                file=given["file"],
                resource=given["resource"],
                sheet=given["sheet"],
                name=given["file"].name,
                by=request.user,
            )
        except Refused as refusal:
            form.add_error("file", refusal.message)
        else:
            return redirect("imports:detail", batch.pk)
    return render(request, "imports/upload.html", {"form": form}, status=422 if form.errors else 200)


@requires(Permission.IMPORT)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A batch as it stands: at work, to be confirmed, done or failed."""
    batch = batch_of(request, pk)
    context: dict[str, Any] = {"batch": batch, "counts": batch.counts, **story(request, batch)}
    if batch.counts and not batch.is_at_work and batch.state != Batch.State.CANCELLED:
        context |= _lines(request, batch)
    if len(batch.sheets) > 1 and batch.state in (Batch.State.PREVIEWED, Batch.State.FAILED):
        context["sheet_form"] = SheetForm(sheets=batch.sheets, initial={"sheet": batch.sheet})
    return render(request, "imports/detail.html", context)


def _lines(request: HttpRequest, batch: Batch) -> dict[str, Any]:
    """The tab asked for, or the first that needs a look, and one page of its lines."""
    counts = batch.counts
    tab = request.GET.get("tab", "")
    if tab not in [*map(str, Outcome), DOUBTFUL]:
        order = (Outcome.REFUSED, Outcome.CREATE, Outcome.UPDATE, Outcome.UNCHANGED)
        tab = next((str(outcome) for outcome in order if counts.get(outcome)), str(Outcome.CREATE))
    lines = queries.doubtful_lines(batch) if tab == DOUBTFUL else queries.Lines(batch, tab)
    page = paginate(request, lines, per_page=50)
    resource = resource_for(batch.resource)
    return {
        "tab": tab,
        "tabs": _tabs(batch, tab),
        "page": page,
        "rows": queries.shown(list(page), resource, masked=is_masked(request)),
        "unit": resource.unit,
        "list_url": reversed_or_blank(resource.list_url),
        "known": [column for column in batch.mapping if column["field"]],
        "unknown": [column["heading"] for column in batch.mapping if not column["field"]],
        "good": counts.get("create", 0) + counts.get("update", 0),
    }


def _tabs(batch: Batch, tab: str) -> list[dict[str, Any]]:
    """Always the five outcomes; what was left out and what is doubtful only where there is some."""
    names = {str(outcome): name for outcome, name in NAMES.items()} | {DOUBTFUL: _("存疑")}
    optional = (*map(str, (Outcome.SKIPPED, Outcome.LEFT_OUT, *BESIDE)), DOUBTFUL)
    return [
        {"url": f"?tab={key}", "label": name, "count": batch.counts.get(key, 0), "active": key == tab}
        for key, name in names.items()
        if key not in optional or batch.counts.get(key) or key == tab
    ]


@requires(Permission.IMPORT)
@require_POST
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the file again, perhaps another sheet."""
    batch = batch_of(request, pk)
    sheet = request.POST.get("sheet", "")[:100]
    return act(request, batch, lambda: actions.request_preview(batch=batch, sheet=sheet, by=request.user))


@requires(Permission.IMPORT)
@require_safe
def refused(request: HttpRequest, pk: int) -> HttpResponse:
    """The refused rows with a column of reasons, to be corrected and brought in again."""
    batch = batch_of(request, pk)
    headings = [_("原行号"), _("拒绝原因"), *batch.headings]
    content = workbook(_("拒绝的行"), headings, queries.refused_rows(batch, masked=is_masked(request)))
    response = HttpResponse(content, content_type=MEDIA_TYPE)
    name = quote(f"{batch.original_name.rsplit('.', 1)[0]}_{_('拒绝的行')}.xlsx")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response
