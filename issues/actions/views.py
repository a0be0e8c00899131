"""A person's own tabs on the ledger."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.audit.actions import record
from issues.actions.base import cleaned
from issues.models import SavedView

MOST = 12


@transaction.atomic
def save_view(*, by: User, name: str, query: str) -> SavedView:
    """Keep a filter under a name; the same name again replaces it."""
    name = cleaned(name, label=_("视图名称"), limit=20)
    query = cleaned(query, label=_("筛选条件"), limit=500, needed=False)
    others = SavedView.objects.filter(owner=by).exclude(name=name)
    if others.count() >= MOST:
        raise Refused(_("最多保存 %(most)d 个视图,请先删去不用的。") % {"most": MOST}, code="too_many_views")
    view, _created = SavedView.objects.update_or_create(owner=by, name=name, defaults={"query": query})
    record(action="issues.save_view", target=view, by=by, query=query)
    return view


@transaction.atomic
def delete_view(*, view: SavedView, by: User) -> None:
    """Drop one of one's own tabs."""
    if view.owner_id != by.pk:
        raise Refused(_("只能删除自己的视图。"), code="not_allowed")
    record(action="issues.delete_view", target=view, by=by)
    view.delete()
