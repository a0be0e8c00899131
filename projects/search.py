"""Projects in the full-text index, and how the results show them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from foundation.accounts.permissions import Permission
from foundation.search.kinds import Hit, Kind, Text
from projects.models import Project

SAID = ("pk", "name", "code", "summary", "enterprise__name")


def texts(ids: Sequence[int]) -> dict[int, Text]:
    rows = Project.objects.filter(pk__in=ids).values_list(*SAID)
    return {pk: Text("\n".join(filter(None, said))) for pk, *said in rows}


def hits(user: Any, ids: Sequence[int]) -> Iterator[Hit]:
    for row in Project.objects.visible_to(user).filter(pk__in=ids):
        page = reverse("projects:detail", args=[row.pk])
        yield Hit(row.pk, row.name, f"{row.code} · {row.get_stage_display()}", page)


PROJECTS = Kind(
    key="project",
    slot=3,
    label=_("项目"),
    model=Project,
    permissions=(Permission.PROJECT_VIEW,),
    texts=texts,
    hits=hits,
    number="code",
    follows={"enterprises.enterprise": "enterprise"},
)
