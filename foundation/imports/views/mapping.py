"""The step between file and preview: which column is which field, corrected by hand, kept for files of one shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from foundation.accounts.access import requires
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from foundation.imports import actions
from foundation.imports.forms import MappingForm
from foundation.imports.mapping import How, missing
from foundation.imports.models import Batch, SavedMapping
from foundation.imports.queries import without_phones
from foundation.imports.registry import resource_for
from foundation.imports.resources import RosterResource
from foundation.imports.views.base import act, batch_of, is_masked

WORDS = {
    How.HEADING: gettext_lazy("标题"),
    How.CONTENT: gettext_lazy("内容"),
    How.SAVED: gettext_lazy("已存方案"),
    How.HAND: gettext_lazy("人工"),
    How.OWN: gettext_lazy("退回时所加"),
}
ARRANGEABLE = (Batch.State.PREVIEWED, Batch.State.FAILED)


@requires(Permission.IMPORT)
@require_http_methods(["GET", "POST"])
def mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Every column with samples and what it is taken for; what is chosen is read in the background."""
    batch = batch_of(request, pk)
    if batch.state not in ARRANGEABLE or not batch.mapping:
        messages.error(request, _("这一批现在不能调整列对应。"))
        return redirect("imports:detail", batch.pk)
    resource = resource_for(batch.resource)
    hidden = without_phones if is_masked(request) else str
    form = MappingForm(request.POST or None, batch=batch, resource=resource, hidden=hidden)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.remap(
                batch=batch,
                columns=form.chosen(),
                row=given["row"],
                save_as=given.get("save_as", ""),
                by=request.user,
            )
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            return redirect("imports:detail", batch.pk)
    context = _context(batch, resource, form, hidden)
    return render(request, "imports/mapping.html", context, status=422 if form.errors else 200)


def _context(batch: Batch, resource: RosterResource, form: MappingForm, hidden: Callable[[str], str]) -> dict[str, Any]:
    return {
        "batch": batch,
        "form": form,
        "rows": [
            {
                "field": bound,
                "column": one,
                "how": WORDS.get(one["how"], ""),
                "hint": resource.heading_of(one["hint"]) if one["hint"] else "",
                "samples": [hidden(sample) for sample in one["samples"]],
            }
            for one, bound in form.rows()
        ],
        "keeps_others": bool(resource.extra),
        "missing": missing([one["field"] for one in batch.mapping], resource) if batch.shape else [],
        "unit": resource.model._meta.verbose_name,
        "fitting": SavedMapping.objects.filter(resource=batch.resource, shape=batch.shape) if batch.shape else [],
    }


@requires(Permission.IMPORT)
@require_POST
def use_mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the batch by a saved mapping, or by none."""
    batch = batch_of(request, pk)
    asked = request.POST.get("saved", "")
    saved = None
    if asked.isdecimal() and int(asked):
        saved = get_object_or_404(SavedMapping.objects.visible_to(request.user), pk=int(asked[:18]))
    return act(request, batch, lambda: actions.use_saved(batch=batch, saved=saved, by=request.user))


@requires(Permission.IMPORT)
@require_POST
def delete_mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """A saved mapping is proposed no more; back to the batch it was deleted from."""
    saved = get_object_or_404(SavedMapping.objects.visible_to(request.user), pk=pk)
    actions.delete_mapping(saved=saved, by=request.user)
    messages.success(request, _("已删除方案“%(name)s”，以后的文件不再套用。") % {"name": saved.name})
    batch = request.POST.get("batch", "")
    if batch.isdecimal() and Batch.objects.visible_to(request.user).filter(pk=int(batch[:18])).exists():
        return redirect("imports:mapping", int(batch))
    return redirect("imports:list")
