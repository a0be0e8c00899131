"""The cases linked with one, as its page and the API show them: only what the reader may see of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.accounts.permissions import Permission
from issues.desk.ledger import public_stage
from issues.lifecycle import Case
from issues.models import Issue, IssueLink

Kind = IssueLink.Kind
# What an enterprise is told of its own cases; what officials think of them is theirs.
PUBLIC = {Kind.DUPLICATE: _("合并办理"), Kind.SPLIT: _("拆分"), Kind.RECURS: _("同一事项")}
SHOWN = ("pk", "number", "title", "status", "enterprise__name")


@dataclass(frozen=True)
class Linked:
    """Another case and what it is to this one."""

    kind: str
    label: str | Promise
    pk: int
    number: str
    title: str
    enterprise: str
    stage: str
    url: str
    note: str
    by_portal: bool  # found by the portal, not by a person


@dataclass(frozen=True)
class Links:
    """All of a case's links before one reader."""

    rows: list[Linked]
    hidden: int  # cases the reader may not see: their number is all that is said
    merged_away: bool  # it follows a case of another enterprise
    followers: int  # enterprises' cases that follow it

    def __bool__(self) -> bool:
        return bool(self.rows or self.hidden or self.merged_away)


def of(case: Case) -> Links:
    """One query for the links, one more for the other cases where there are any."""
    issue, outside = case.issue, not case.user.may(Permission.ISSUE_VIEW)
    links = [link for link in case.links if not outside or link.kind in PUBLIC]
    others = {_other(link, issue) for link in links}
    seen = {}
    if others:
        rows = Issue.objects.visible_to(case.user).filter(pk__in=others)
        seen = {row["pk"]: row for row in rows.values(*SHOWN)}
    lead = next((x for x in links if x.kind == Kind.DUPLICATE and x.source_id == issue.pk), None)
    return Links(
        rows=[_linked(link, issue, seen[pk], outside) for link in links if (pk := _other(link, issue)) in seen],
        hidden=0 if outside else len(others - set(seen)),
        merged_away=lead is not None and lead.target_id not in seen,
        followers=0 if outside else len(case.followers),
    )


def _other(link: IssueLink, issue: Issue) -> int:
    return link.target_id if link.source_id == issue.pk else link.source_id


def _linked(link: IssueLink, issue: Issue, row: dict[str, Any], outside: bool) -> Linked:
    kind = Kind(link.kind)
    forwards = kind.label if link.source_id == issue.pk else IssueLink.BACKWARDS[kind]
    status = row["status"]
    return Linked(
        kind=link.kind,
        label=PUBLIC[kind] if outside else forwards,
        pk=row["pk"],
        number=row["number"],
        title=row["title"],
        enterprise="" if outside or row["enterprise__name"] == issue.enterprise.name else row["enterprise__name"],
        stage=public_stage(status) if outside else str(Issue.Status(status).label),
        url=reverse("issues:appeal" if outside else "issues:detail", args=[row["pk"]]),
        note="" if outside else link.note,
        by_portal=not outside and link.added_by_id is None,
    )
