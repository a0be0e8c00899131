"""Many cases at once: which are chosen, and what a verb would do to each, said before anything is done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Permission
from issues import lifecycle
from issues.desk.export import asked_rows
from issues.models import Issue


@dataclass(frozen=True)
class Doing:
    """What may be done to many cases at once."""

    key: str
    label: str | Promise
    permission: Permission
    most: int  # cases in one go: one transaction must end while the person waits
    verb: str = ""  # of issues.lifecycle; none changes nothing


DOINGS: dict[str, Doing] = {
    doing.key: doing
    for doing in (
        Doing("dispatch", gettext_lazy("交办"), Permission.ISSUE_DISPATCH, 200, "dispatch"),
        Doing("remind", gettext_lazy("催办"), Permission.ISSUE_REMIND, 500, "remind"),
        Doing("tag", gettext_lazy("加标签"), Permission.ISSUE_NOTE, 1000, "tag"),
        Doing("untag", gettext_lazy("去标签"), Permission.ISSUE_NOTE, 1000, "tag"),
        Doing("export", gettext_lazy("导出"), Permission.ISSUE_EXPORT, 1000),
    )
}


@dataclass(frozen=True)
class Chosen:
    """One chosen case, the version it was read in, and what stands in the way."""

    issue: Issue
    obstacle: Refused | None

    @property
    def key(self) -> str:
        return f"{self.issue.pk}:{self.issue.version}"


def may(user: Any) -> list[Doing]:
    """What this person may do to many cases."""
    return [doing for doing in DOINGS.values() if user.may(doing.permission)]


def read_keys(values: Iterable[str]) -> dict[int, int | None]:
    """Case → the version that was read, of `12:3,14:1`; `12` alone names no version, nonsense is left out."""
    found: dict[int, int | None] = {}
    for value in ",".join(values).split(","):
        pk, _colon, version = value.partition(":")
        if _is_number(pk):
            found[int(pk)] = int(version) if _is_number(version) else None
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def asked(user: Any, data: QueryDict, most: int) -> list[Issue]:
    """The cases that a post names, or all that its filter finds; Refused for none and for too many."""
    if data.get("all"):
        rows: QuerySet[Issue] = asked_rows(user, QueryDict(data.get("query", "")[:2000]))
    else:
        rows = Issue.objects.visible_to(user).filter(pk__in=list(read_keys(data.getlist("case")))[: most + 1])
    pks = list(rows.order_by().values_list("pk", flat=True)[: most + 1])
    if not pks:
        raise Refused(_("没有选中诉求。请先在台账里勾选。"), code="nothing_chosen")
    if len(pks) > most:
        raise Refused(
            _("一次最多办理 %(most)d 件,现在选中的更多。请再筛选,分几次办理。") % {"most": most}, code="too_many"
        )
    related = ("category", "department", "enterprise", "handler", "rule")
    return list(Issue.objects.filter(pk__in=pks).select_related(*related).order_by("pk"))


def forecast(doing: Doing, issues: Iterable[Issue], user: Any) -> list[Chosen]:
    """Each case with what stands in the way of the verb, if anything; the table of transitions decides."""
    if not doing.verb:
        return [Chosen(issue, None) for issue in issues]
    transition = lifecycle.find(doing.verb)
    return [Chosen(issue, lifecycle.Case(issue, user).obstacle(transition)) for issue in issues]


def changed_since(issues: Iterable[Issue], read: dict[int, int | None]) -> list[Chosen]:
    """Those that moved on after the person was told what would happen to them."""
    words = Refused(_("您核对期间这件诉求有了新进展。"), code="stale")
    return [Chosen(issue, words) for issue in issues if read.get(issue.pk) not in (None, issue.version)]
