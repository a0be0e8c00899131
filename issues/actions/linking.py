"""Cases linked by hand, and one case split into two."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from enterprises.successors import standing
from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.audit.actions import record
from foundation.clocks.localtime import now
from issues import lifecycle, numbers
from issues.actions.base import act, chosen, cleaned, locked, take_up, write_event
from issues.actions.intake import enter
from issues.actions.merging import touch
from issues.models import Category, Issue, IssueLink

Kind = IssueLink.Kind
BY_HAND = (Kind.RELATES, Kind.CAUSE)


@act
def link(*, issue: Issue, other: Issue, relation: str, by: User, note: str = "", version: int | None = None) -> Issue:
    """Say that two cases have to do with each other, on the pages of both."""
    numbers.lock_series(now())
    second = locked(other.pk)
    turn = take_up(issue, "link", by=by, version=version)
    note = cleaned(note, label=_("说明"), limit=200, needed=False)
    if chosen(relation, Kind, label=_("关系")) not in BY_HAND:
        raise Refused(_("请选择关系。"), code="invalid_choice")
    if second.pk == turn.issue.pk:
        raise Refused(_("不能关联自己,请填另一件诉求的编号。"), code="invalid_other")
    between = Q(source=turn.issue, target=second) | Q(source=second, target=turn.issue)
    if IssueLink.objects.filter(between, kind=relation).exists():
        raise Refused(_("这两件已经关联过了。"), code="linked_already")
    IssueLink.objects.create(kind=relation, source=turn.issue, target=second, note=note, added_at=turn.at, added_by=by)
    _say(second, turn.issue, "link", by, turn.at, note)
    return turn.conclude(text=_told(second, note), other=second.number, relation=str(relation))


@act
def unlink(*, issue: Issue, link: IssueLink, by: User, version: int | None = None) -> Issue:
    """Take a link away that somebody made by hand."""
    numbers.lock_series(now())
    found = IssueLink.objects.of(issue).filter(pk=link.pk, kind__in=BY_HAND).first()
    second = locked(found.target_id if found.source_id == issue.pk else found.source_id) if found else None
    turn = take_up(issue, "unlink", by=by, version=version)
    if found is None or second is None:
        raise Refused(_("这项关联已经不在,请刷新页面。"), code="no_link")
    found.delete()
    _say(second, turn.issue, "unlink", by, turn.at, "")
    return turn.conclude(text=_told(second, ""), other=second.number)


def _told(case: Issue, note: str) -> str:
    said = f"{case.number} {case.title}"
    return f"{said}:{note}" if note else said


def _say(case: Issue, about: Issue, verb: str, by: User, at, note: str) -> None:
    write_event(case, lifecycle.find(verb), by=by, at=at, text=_told(about, note), other=about.number)
    touch(case, at)


@act
def split(
    *,
    issue: Issue,
    title: str,
    text: str,
    by: User,
    category: Category | None = None,
    version: int | None = None,
) -> Issue:
    """Make a case of its own of another matter in this one: same enterprise, same origin, limits of its own."""
    enterprise = standing(issue.enterprise, no_key=True)
    series = numbers.lock_series(now())
    turn = take_up(issue, "split", by=by, version=version)
    case, at = turn.issue, turn.at
    category = category or case.category
    if not category.is_active:
        raise Refused(_("类别“%(name)s”已停用,请另选类别。") % {"name": category.name}, code="invalid_category")
    part = Issue(
        title=cleaned(title, label=_("标题"), limit=80),
        text=cleaned(text, label=_("内容")),
        category=category,
        enterprise=enterprise,
        project=case.project,
        visit=case.visit,
        channel=case.channel,
        contact_name=case.contact_name,
        contact_phone=case.contact_phone,
    )
    said = _("由 %(number)s 拆分。") % {"number": case.number}
    enter(part, by=by, at=at, series=series, text=said, split_from=case.number)
    IssueLink.objects.create(kind=Kind.SPLIT, source=part, target=case, added_at=at, added_by=by)
    record(action="issues.split_off", target=part, by=by, split_from=case.number)
    return turn.conclude(text=_told(part, ""), part=part.number)
