"""The office's list of tags, and putting them on cases."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.audit.actions import record
from issues.actions.base import act, cleaned, take_up
from issues.models import Issue, IssueTag, Tag

MOST_ON_A_CASE = 8


@transaction.atomic
def create_tag(*, by: User, name: str) -> Tag:
    """A new word for cases."""
    _check_may(by)
    tag = Tag.objects.create(name=_free_name(name))
    record(action="issues.create_tag", target=tag, by=by)
    return tag


@transaction.atomic
def edit_tag(
    *, tag: Tag, by: User, name: str | None = None, is_active: bool | None = None, version: int | None = None
) -> Tag:
    """Rename a tag, retire it, or offer it again; cases keep it."""
    _check_may(by)
    current = Tag.objects.select_for_update().get(pk=tag.pk)
    if version is not None and version != current.version:
        raise Stale(current)
    if name is not None:
        current.name = _free_name(name, current.pk)
    if is_active is not None:
        current.is_active = is_active
    current.version += 1
    current.save()
    record(action="issues.edit_tag", target=current, by=by, name=current.name, is_active=current.is_active)
    return current


@act
def tag(*, issue: Issue, by: User, labels: Iterable[Tag], version: int | None = None) -> Issue:
    """Let a case carry exactly these tags; the event says which came and which went."""
    turn = take_up(issue, "tag", by=by, version=version)
    wanted = {one.pk: one for one in labels}
    links = {link.tag_id: link for link in IssueTag.objects.filter(issue=turn.issue).select_related("tag")}
    added = [one for pk, one in wanted.items() if pk not in links]
    gone = [link for pk, link in links.items() if pk not in wanted]
    _check(wanted.values(), added)
    if not added and not gone:
        return turn.issue
    IssueTag.objects.filter(pk__in=[link.pk for link in gone]).delete()
    IssueTag.objects.bulk_create([IssueTag(issue=turn.issue, tag=one, at=turn.at, by=by) for one in added])
    plus, minus = sorted(one.name for one in added), sorted(link.tag.name for link in gone)
    words = [*(f"+{name}" for name in plus), *(f"-{name}" for name in minus)]
    return turn.conclude(text=" ".join(words), added=plus, removed=minus)


def _check(wanted: Iterable[Tag], added: Iterable[Tag]) -> None:
    if len(list(wanted)) > MOST_ON_A_CASE:
        raise Refused(_("一件诉求最多 %(most)d 个标签。") % {"most": MOST_ON_A_CASE}, code="too_many_tags")
    retired = next((one for one in added if not one.is_active), None)
    if retired is not None:
        raise Refused(_("标签“%(name)s”已停用,请另选。") % {"name": retired.name}, code="invalid_tag")


def _free_name(name: str, own: int | None = None) -> str:
    """The name on one line; refused when another tag has it."""
    name = cleaned(" ".join(str(name).split()), label=_("标签名称"), limit=12)
    if Tag.objects.filter(name=name).exclude(pk=own or 0).exists():
        raise Refused(_("已有标签“%(name)s”,请换一个名称。") % {"name": name}, code="invalid_name")
    return name


def _check_may(by: User) -> None:
    if not by.may(Permission.TAG_EDIT):
        raise Refused(_("标签由企业服务办公室设定,请与专班联系。"), code="not_allowed")
