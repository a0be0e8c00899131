"""Cases in the full-text index, and how the results show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from foundation.accounts.permissions import Permission
from foundation.search.kinds import Hit, Kind, Text
from issues.desk.ledger import public_stage
from issues.models import Event, Issue

SAID = ("pk", "number", "title", "text", "enterprise__name", "resolution_text", "resolution_basis", "rating_comment")
SHOWN = ("pk", "number", "title", "status", "enterprise__name")


def texts(ids: Sequence[int]) -> dict[int, Text]:
    """Number, title, what the enterprise wrote, its name, and the timeline: internal entries apart."""
    public: dict[int, list[str]] = defaultdict(list)
    internal: dict[int, list[str]] = defaultdict(list)
    events = Event.objects.filter(issue__in=ids).exclude(text="").order_by("at", "pk")
    for issue, hidden, text in events.values_list("issue_id", "internal", "text"):
        (internal if hidden else public)[issue].append(text)
    found = {}
    for pk, number, title, *said in Issue.objects.filter(pk__in=ids).values_list(*SAID):
        lines = dict.fromkeys([f"{number} {title}", *said, *public[pk]])  # a resolution is an event, too
        found[pk] = Text("\n".join(filter(None, lines)), "\n".join(internal[pk]))
    return found


def hits(user: Any, ids: Sequence[int]) -> Iterator[Hit]:
    """Officials open the case, the enterprise's side its own page of it, with the stage it is told."""
    official = user.may(Permission.ISSUE_VIEW)
    rows = Issue.objects.visible_to(user).filter(pk__in=ids).values_list(*SHOWN)
    for pk, number, title, status, enterprise in rows:
        stage = Issue.Status(status).label if official else public_stage(status)
        page = reverse("issues:detail" if official else "issues:appeal", args=[pk])
        yield Hit(pk, title, f"{number} · {enterprise} · {stage}", page)


ISSUES = Kind(
    key="issue",
    slot=1,
    label=_("诉求"),
    model=Issue,
    permissions=(Permission.ISSUE_VIEW, Permission.APPEAL_SUBMIT),
    texts=texts,
    hits=hits,
    number="number",
    follows={"enterprises.enterprise": "enterprise"},
)
