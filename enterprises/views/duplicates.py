"""Suspected duplicates: the list, two records side by side, what was merged, and the way back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views import View

from enterprises import history, merges, merging, suspects
from enterprises.duplicates import REASONS
from enterprises.filters import search_words
from enterprises.forms import MergeForm
from enterprises.models import Enterprise, Merge, NotDuplicate
from foundation.accounts.access import PermissionView
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Permission
from foundation.ui.paging import paginate

MATCHES = 12


class Edits(PermissionView, View):
    """Everything here is for those who edit enterprises."""

    permission = Permission.ENTERPRISE_EDIT


def words_of(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:80]


def with_reasons(pairs: Any) -> Any:
    """The pairs, each with its reasons in words."""
    for pair in pairs:
        pair.words = [REASONS[key][0] for key in pair.reasons if key in REASONS]
    return pairs


# -- Lists ------------------------------------------------------------------------------------------------------------


class Duplicates(Edits):
    """Three views: what is suspected, what was said not to be one, what was merged."""

    def get(self, request: HttpRequest) -> HttpResponse:
        views = {"": suspects.listed, "different": self.different, "merges": merges.listed}
        view = request.GET.get("view", "")
        view = view if view in views else ""
        found = {key: rows(request.user) for key, rows in views.items()}
        words = words_of(request)
        page = paginate(request, self.narrowed(view, found[view], words))
        context = {
            "view": view,
            "page": with_reasons(page) if view == "" else page,
            "q": words,
            "tabs": self.tabs({key: rows.count() for key, rows in found.items()}, view),
        }
        return render(request, "enterprises/duplicates.html", context)

    def different(self, user: Any) -> QuerySet[NotDuplicate]:
        return NotDuplicate.objects.visible_to(user).filter(
            first__merged_into__isnull=True, second__merged_into__isnull=True
        )

    def narrowed(self, view: str, rows: QuerySet, words: str) -> QuerySet:
        if view == "merges":
            return merges.with_words(rows, words)
        for word in words.split()[:6]:
            rows = rows.filter(
                Q(first__name__icontains=word)
                | Q(first__credit_code__icontains=word)
                | Q(second__name__icontains=word)
                | Q(second__credit_code__icontains=word)
            )
        places = ("first__town", "first__park", "second__town", "second__park")
        return rows.select_related(*places, *(["by"] if view else []))

    def tabs(self, counts: dict[str, int], view: str) -> list[dict[str, Any]]:
        labels = {"": _("疑似重复"), "different": _("不是同一家"), "merges": _("合并记录")}
        return [
            {"label": label, "url": f"?view={key}" if key else "?", "count": counts[key], "active": key == view}
            for key, label in labels.items()
        ]


class FindDuplicates(Edits):
    """Search the stock now instead of at night."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        pairs = suspects.refresh(by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("已在全部企业中查找一遍，共 %(n)d 对疑似重复。") % {"n": pairs})
        return redirect("enterprises:duplicates")


class PickDuplicate(Edits):
    """One enterprise, and which other record it may be one with."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        seen = Enterprise.objects.visible_to(request.user)
        enterprise = get_object_or_404(seen, pk=pk)
        pairs = suspects.of(enterprise, request.user).select_related("first", "second")
        words = words_of(request)
        matches = search_words(seen.exclude(pk=pk).select_related("park", "town"), words) if words else seen.none()
        context = {
            "enterprise": enterprise,
            "others": [
                (pair.second if pair.first_id == pk else pair.first, pair.words) for pair in with_reasons(pairs)
            ],
            "q": words,
            "matches": list(matches.order_by("name")[:MATCHES]),
            "most": MATCHES,
        }
        return render(request, "enterprises/duplicate_pick.html", context)


# -- Two records ------------------------------------------------------------------------------------------------------


class Compare(Edits):
    """The record to keep on the left, the one that goes into it on the right; every difference is a choice."""

    def get(self, request: HttpRequest, survivor: int, loser: int) -> HttpResponse:
        kept, lost = merges.two(request.user, survivor, loser)
        return self.show(kept, lost, MergeForm(kept, lost))

    def post(self, request: HttpRequest, survivor: int, loser: int) -> HttpResponse:
        kept, lost = merges.two(request.user, survivor, loser)
        form = MergeForm(kept, lost, request.POST)
        if not form.is_valid():
            return self.show(kept, lost, form, status=400)
        try:
            done = merging.merge(
                survivor=kept, loser=lost, by=request.user, take=form.taken, versions=form.versions  # type: ignore[arg-type]
            )  # fmt: skip
        except Stale:
            kept, lost = merges.two(request.user, survivor, loser)
            form.renew(kept, lost)
            return self.show(kept, lost, form, status=409, stale=True)
        except Refused as error:
            form.add_error(None, error.message)
            return self.show(kept, lost, form, status=400)
        said = _("两条记录已合并为%(name)s，%(days)d 天内可以撤销。")
        messages.success(request, said % {"name": done.survivor.name, "days": merging.MERGE_UNDO_DAYS})
        return redirect("enterprises:merge", done.pk)

    def show(
        self, kept: Enterprise, lost: Enterprise, form: MergeForm, *, status: int = 200, stale: bool = False
    ) -> HttpResponse:
        found = suspects.between(kept, lost)
        hanging = merges.hanging(kept, lost)
        context = {
            "kept": kept,
            "lost": lost,
            "form": form,
            "rows": merges.compare(kept, lost, form.picked()),
            "hanging": hanging,
            "heavier": sum(one.theirs for one in hanging) > sum(one.mine for one in hanging),
            "reasons": [REASONS[key][0] for key in found.reasons] if found else [],
            "score": found.score if found else None,
            "stale": stale,
            "days": merging.MERGE_UNDO_DAYS,
        }
        return render(self.request, "enterprises/compare.html", context, status=status)


class DeclareDifferent(Edits):
    """These two are not one."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, survivor: int, loser: int) -> HttpResponse:
        one, other = merges.two(request.user, survivor, loser)
        try:
            merging.declare_different(one=one, other=other, by=request.user)  # type: ignore[arg-type]
        except Refused as error:
            messages.error(request, error.message)
        else:
            names = {"one": one.name, "other": other.name}
            messages.success(request, _("已记下：%(one)s与%(other)s不是同一家，以后不再提示。") % names)
        return redirect("enterprises:duplicates")


class SuspectAgain(Edits):
    """A pair that was said not to be one is looked at again."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        pairs = NotDuplicate.objects.visible_to(request.user).select_related("first", "second")
        pair = get_object_or_404(pairs, pk=pk)
        merging.suspect_again(pair=pair, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("已撤回判定，下面可以对比这两条记录。"))
        return redirect("enterprises:compare", pair.first_id, pair.second_id)


# -- What was merged --------------------------------------------------------------------------------------------------


class ShowsMerge(Edits):
    """Whatever ends in the page of one merge."""

    def merge(self, pk: int) -> Merge:
        rows = Merge.objects.visible_to(self.request.user)
        return get_object_or_404(rows.select_related("survivor", "loser", "by", "undone_by"), pk=pk)

    def show(self, merge: Merge, *, refused: str = "", status: int = 200) -> HttpResponse:
        context = {
            "merge": merge,
            "outcomes": merges.outcomes(merge),
            "changes": merges.changes(merge),
            "facts": merges.facts_before(merge),
            "deeds": history.of(merge.loser, self.request.user),
            "may_undo": merges.may_undo(merge),
            "until": merging.undoable_until(merge),
            "refused": refused,
        }
        return render(self.request, "enterprises/merge.html", context, status=status)


class MergeDetail(ShowsMerge):
    """What was merged, what became of the rows, and the past of the record that was lost."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(self.merge(pk))


class Unmerge(ShowsMerge):
    """Take a merge back."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        merge = self.merge(pk)
        try:
            merging.unmerge(merge=merge, by=request.user)  # type: ignore[arg-type]
        except Refused as error:
            return self.show(merge, refused=error.message, status=400)
        messages.success(request, _("已撤销合并，%(name)s恢复为单独的记录。") % {"name": merge.lost["name"]})
        return redirect("enterprises:merge", merge.pk)
