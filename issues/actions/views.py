"""A person's own tabs on the ledger, the columns they read, and the views that people share."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.actions import prefer
from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.audit.actions import record
from issues.actions.base import cleaned
from issues.desk import columns
from issues.models import SavedView, ViewFollow

MOST = 12
Shared = SavedView.Shared


@transaction.atomic
def save_view(*, by: User, name: str, query: str, keys: Iterable[str] = ()) -> SavedView:
    """Keep a filter, and perhaps its columns, under a name; the same name again replaces it."""
    query = cleaned(query, label=_("筛选条件"), limit=500, needed=False)
    name = _name(name)
    others = SavedView.objects.select_for_update().filter(owner=by).exclude(name=name)
    if len(others) >= MOST:
        raise Refused(_("最多保存 %(most)d 个视图,请先删去不用的。") % {"most": MOST}, code="too_many_views")
    facts = {"query": query, "columns": _columns(keys)}
    place = max((view.position for view in others), default=0) + 1
    view, _created = SavedView.objects.update_or_create(
        owner=by, name=name, defaults=facts, create_defaults=facts | {"position": place}
    )
    record(action="issues.save_view", target=view, by=by, query=query)
    return view


@transaction.atomic
def rename_view(*, view: SavedView, by: User, name: str) -> SavedView:
    """Give one of one's own views another name."""
    view = _own(view, by)
    view.name = _name(name)
    if SavedView.objects.filter(owner=by, name=view.name).exclude(pk=view.pk).exists():
        raise Refused(_("您已有名为“%(name)s”的视图,请换一个名称。") % {"name": view.name}, code="invalid_name")
    view.save(update_fields=["name"])
    record(action="issues.rename_view", target=view, by=by)
    return view


@transaction.atomic
def move_view(*, view: SavedView, by: User, up: bool) -> SavedView:
    """Change places with the view before or after it."""
    view = _own(view, by)
    order = list(SavedView.objects.select_for_update().filter(owner=by).order_by("position", "pk"))
    here = order.index(view)
    there = here - 1 if up else here + 1
    if 0 <= there < len(order):
        order[here], order[there] = order[there], order[here]
    for place, one in enumerate(order, start=1):
        one.position = place
    SavedView.objects.bulk_update(order, ["position"])
    record(action="issues.move_view", target=view, by=by, up=up)
    return view


@transaction.atomic
def share_view(*, view: SavedView, by: User, shared: str) -> SavedView:
    """Let one's department, or (the office) every official, use a view; or nobody again."""
    view = _own(view, by)
    if shared not in Shared.values:
        raise Refused(_("请选择共享给谁。"), code="invalid_choice")
    if shared == Shared.DISTRICT and not by.may(Permission.ISSUE_DISPATCH):
        raise Refused(_("只有企业服务办公室可以共享给所有人,您可以共享给本部门。"), code="not_allowed")
    if shared == Shared.DEPARTMENT and by.department is None:
        raise Refused(_("您的账号没有所属部门,不能共享给本部门。"), code="no_department")
    view.shared = shared
    view.department = by.department if shared == Shared.DEPARTMENT else None
    view.save(update_fields=["shared", "department"])
    record(action="issues.share_view", target=view, by=by, shared=shared)
    return view


@transaction.atomic
def delete_view(*, view: SavedView, by: User) -> None:
    """Drop one of one's own tabs; whoever follows it loses it too."""
    view = _own(view, by)
    record(action="issues.delete_view", target=view, by=by)
    view.delete()


@transaction.atomic
def follow_view(*, view: SavedView, by: User) -> ViewFollow:
    """Put a shared view among one's own tabs; what its owner changes shows there."""
    if view.owner_id == by.pk or not SavedView.objects.visible_to(by).filter(pk=view.pk).exists():
        raise Refused(_("这个视图没有共享给您。"), code="not_allowed")
    follow, _created = ViewFollow.objects.get_or_create(user=by, view=view)
    record(action="issues.follow_view", target=view, by=by)
    return follow


@transaction.atomic
def unfollow_view(*, view: SavedView, by: User) -> None:
    """Take a shared view off one's tabs."""
    ViewFollow.objects.filter(user=by, view=view).delete()
    record(action="issues.unfollow_view", target=view, by=by)


@transaction.atomic
def copy_view(*, view: SavedView, by: User) -> SavedView:
    """Make a shared view one's own, to change freely; a name that is taken gets a number."""
    if not SavedView.objects.visible_to(by).filter(pk=view.pk).exists():
        raise Refused(_("这个视图没有共享给您。"), code="not_allowed")
    taken = set(SavedView.objects.filter(owner=by).values_list("name", flat=True))
    names = (view.name, *(f"{view.name[:17]} {number}" for number in range(2, MOST + 3)))
    name = next(name for name in names if name not in taken)
    copied = save_view(by=by, name=name, query=view.query, keys=view.columns.split(","))
    ViewFollow.objects.filter(user=by, view=view).delete()
    return copied


@transaction.atomic
def choose_columns(*, by: User, keys: Iterable[str], view: SavedView | None = None) -> None:
    """Which columns the ledger shows this person, or one of their views; none at all: the usual ones again."""
    text = _columns(keys)
    if view is None:
        prefer(by=by, key=columns.PREFERENCE, value=text.split(",") if text else None)
        return
    view = _own(view, by)
    view.columns = text
    view.save(update_fields=["columns"])
    record(action="issues.choose_columns", target=view, by=by, columns=text)


def _columns(keys: Iterable[str]) -> str:
    """The known ones of these keys, in the order of the catalogue."""
    wanted = {key for key in keys if key in columns.BY_KEY}
    return ",".join(column.key for column in columns.chosen(wanted)) if wanted else ""


def _name(name: str) -> str:
    return cleaned(" ".join(str(name).split()), label=_("视图名称"), limit=20)


def _own(view: SavedView, by: User) -> SavedView:
    """The view under lock; refused unless it is one's own."""
    if view.owner_id != by.pk:
        raise Refused(_("只能修改或删除自己的视图;别人共享的可以复制为自己的。"), code="not_allowed")
    return SavedView.objects.select_for_update().get(pk=view.pk)
