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
from foundation.imports import actions, picking, queries
from foundation.imports.forms import FindForm, SheetForm, UploadForm
from foundation.imports.lines import Outcome
from foundation.imports.mapping import IGNORE, KEEP
from foundation.imports.models import NAMES, Batch
from foundation.imports.registry import resource_for
from foundation.imports.views.base import act, batch_of, is_masked, reversed_or_blank
from foundation.imports.views.batches import story
from foundation.ui.paging import paginate
from foundation.ui.sheets import MEDIA_TYPE, workbook


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
    if batch.counts and not batch.is_at_work and batch.state not in (Batch.State.FAILED, Batch.State.CANCELLED):
        context |= _lines(request, batch)
    if len(batch.sheets) > 1 and batch.state in (Batch.State.PREVIEWED, Batch.State.FAILED):
        context["sheet_form"] = SheetForm(sheets=batch.sheets, initial={"sheet": batch.sheet})
    return render(request, "imports/detail.html", context)


def _lines(request: HttpRequest, batch: Batch) -> dict[str, Any]:
    """The tab asked for, or the first that needs a look, and one page of its lines."""
    tab = _tab(request, batch)
    resource, masked = resource_for(batch.resource), is_masked(request)
    find = FindForm(request.GET or None, reasons=_reasons(batch, tab))
    lines = _found(batch, tab, find, queries.Searched(resource, masked=masked))
    page = paginate(request, lines, per_page=50)
    return {
        "tab": tab,
        "tabs": _tabs(batch, tab),
        "find": find,
        "page": page,
        "rows": queries.shown(list(page), resource, batch, masked=masked),
        "unit": resource.unit,
        "key_heading": resource.fields[resource.key].heading,
        "list_url": reversed_or_blank(resource.list_url),
        "columns": _columns(batch),
        "good": batch.counts.get("create", 0) + batch.counts.get("update", 0),
        "can_correct": batch.state == Batch.State.PREVIEWED,
    }


FIRST = (Outcome.REFUSED, Outcome.CANDIDATE, Outcome.TO_CONFIRM, Outcome.CREATE, Outcome.UPDATE, Outcome.UNCHANGED)


def _tab(request: HttpRequest, batch: Batch) -> str:
    tab = request.GET.get("tab", "")
    if tab not in [*map(str, Outcome), picking.DOUBTFUL]:
        tab = next((str(outcome) for outcome in FIRST if batch.counts.get(outcome)), str(Outcome.CREATE))
    return picking.DOUBTFUL if tab == Outcome.TO_CONFIRM else tab


def _found(batch: Batch, tab: str, find: FindForm, searched: queries.Searched) -> Any:
    """The lines of the tab, narrowed where something is asked for."""
    asked = find.cleaned_data if find.is_valid() else {}
    text, reason = asked.get("q", ""), asked.get("reason", "")
    if not text and not reason:
        return picking.of_tab(batch, tab)
    return picking.search(batch, tab, searched, text=text, reason=reason)


def _reasons(batch: Batch, tab: str) -> list[list[Any]]:
    """What is wrong or doubtful in this tab, to choose from."""
    if tab == picking.DOUBTFUL:
        taken = (Outcome.TO_CONFIRM, Outcome.CREATE, Outcome.UPDATE)
        return [reason for outcome in taken for reason in batch.reasons.get(outcome, [])]
    return batch.reasons.get(tab, []) if tab == Outcome.REFUSED else []


def _columns(batch: Batch) -> dict[str, int]:
    """How many columns the file has, and how many of them are a field."""
    fields = [one["field"] for one in batch.mapping]
    return {"all": len(fields), "known": sum(name not in (KEEP, IGNORE) for name in fields)}


ALWAYS = (Outcome.CREATE, Outcome.UPDATE, Outcome.UNCHANGED, Outcome.DUPLICATE, Outcome.REFUSED)


def _tabs(batch: Batch, tab: str) -> list[dict[str, Any]]:
    """Always the five outcomes; the others, and what is doubtful, only where there is some."""
    names: dict[str, Any] = {str(outcome): name for outcome, name in NAMES.items() if outcome != Outcome.TO_CONFIRM}
    names |= {picking.DOUBTFUL: _("存疑")}
    return [
        {"url": f"?tab={key}", "label": name, "count": batch.counts.get(key, 0), "active": key == tab}
        for key, name in names.items()
        if key in ALWAYS or batch.counts.get(key) or key == tab
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
    headings = queries.refused_headings(batch, resource_for(batch.resource))
    content = workbook(_("拒绝的行"), headings, queries.refused_rows(batch, masked=is_masked(request)))
    response = HttpResponse(content, content_type=MEDIA_TYPE)
    name = quote(f"{batch.original_name.rsplit('.', 1)[0]}_{_('拒绝的行')}.xlsx")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response
