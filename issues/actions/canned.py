"""The replies a department keeps ready."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import Department, User
from foundation.audit.actions import record
from foundation.clocks.localtime import now
from issues.actions.base import cleaned
from issues.canned import PLACES, kept_by, unknown_places
from issues.models import CannedReply

MOST = 60  # in one department
TEXT_LIMIT = 1000


@transaction.atomic
def add_canned(*, department: Department, title: str, text: str, by: User) -> CannedReply:
    """Keep a reply ready for a department."""
    _check_keeps(by, department)
    Department.objects.select_for_update().get(pk=department.pk)  # two at once are counted one after the other
    if CannedReply.objects.filter(department=department).count() >= MOST:
        raise Refused(_("一个部门最多 %(most)d 条常用语,请先删去不用的。") % {"most": MOST}, code="too_many_canned")
    reply = CannedReply(department=department, changed_by=by)
    return _save(reply, title, text, by, "add_canned")


@transaction.atomic
def edit_canned(*, reply: CannedReply, title: str, text: str, by: User, version: int | None = None) -> CannedReply:
    """Change a reply; refuses a stale `version`."""
    current = _taken(reply, by, version)
    current.version += 1
    return _save(current, title, text, by, "edit_canned")


@transaction.atomic
def delete_canned(*, reply: CannedReply, by: User, version: int | None = None) -> None:
    """Keep it no more; what was written with it stays."""
    current = _taken(reply, by, version)
    record(action="issues.delete_canned", target=current, by=by, text=current.text)
    current.delete()


def count_canned(*, replies: Iterable[str], by: User) -> None:
    """Count the use of these: what is used most is offered first. Nonsense and others' replies count nothing."""
    ids = {int(key) for key in list(replies)[:10] if key.isascii() and key.isdigit() and len(key) <= 18}
    if ids:
        CannedReply.objects.visible_to(by).filter(pk__in=ids).update(used=F("used") + 1)


def _taken(reply: CannedReply, by: User, version: int | None) -> CannedReply:
    current = CannedReply.objects.select_for_update(of=("self",)).select_related("department").get(pk=reply.pk)
    _check_keeps(by, current.department)
    if version is not None and version != current.version:
        raise Stale(current)
    return current


def _check_keeps(by: User, department: Department) -> None:
    if not kept_by(by).filter(pk=department.pk).exists():
        raise Refused(_("只能维护本部门的常用语。"), code="not_allowed")


def _save(reply: CannedReply, title: str, text: str, by: User, action: str) -> CannedReply:
    reply.title = cleaned(title, label=_("名称"), limit=40)
    reply.text = cleaned(text, label=_("内容"), limit=TEXT_LIMIT)
    if wrong := unknown_places(reply.text):
        known = "".join(f"{{{word}}}" for word in PLACES)
        raise Refused(
            _("不认识“{%(word)s}”。可以用的有:%(known)s。") % {"word": wrong[0], "known": known}, code="invalid_place"
        )
    same = CannedReply.objects.filter(department=reply.department, title=reply.title).exclude(pk=reply.pk)
    if same.exists():
        raise Refused(
            _("本部门已有名为“%(title)s”的常用语,请换一个名称。") % {"title": reply.title}, code="invalid_title"
        )
    reply.changed_at, reply.changed_by = now(), by
    reply.save()
    record(action=f"issues.{action}", target=reply, by=by, department=reply.department.code, text=reply.text)
    return reply
