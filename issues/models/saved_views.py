"""The tabs that people keep on the ledger, for themselves or for others too."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.accounts.models import Department
from foundation.accounts.permissions import Permission
from foundation.accounts.querysets import NOTHING, ScopedQuerySet
from issues.models.attention import OwnQuerySet


class SavedViewQuerySet(ScopedQuerySet):
    sees_all = ()

    def scope(self, user: Any) -> Q:
        """One's own, and what is shared with one's department or with every official."""
        return Q(owner=user) | self.shared_with(user)

    @staticmethod
    def shared_with(user: Any) -> Q:
        if not user.may(Permission.ISSUE_VIEW):
            return NOTHING
        shared = Q(shared=SavedView.Shared.DISTRICT)
        if user.department is not None:
            shared |= Q(shared=SavedView.Shared.DEPARTMENT, department__path__in=_line(user.department.path))
        return shared

    def tabs_of(self, user: Any) -> SavedViewQuerySet:
        """What stands on this person's ledger: their own, in their order, then what they follow."""
        followed = Q(pk__in=ViewFollow.objects.visible_to(user).values("view_id"))
        place = models.Case(models.When(owner=user, then=0), default=1)
        return self.filter(Q(owner=user) | followed & self.shared_with(user)).order_by(place, "position", "pk")


def _line(path: str) -> list[str]:
    """The paths of a department and of all above it."""
    parts = path.strip("/").split("/")
    start = "/" if path.startswith("/") else ""
    return [start + "/".join(parts[: place + 1]) + "/" for place in range(len(parts))]


class SavedView(models.Model):
    """A tab on the ledger: a name, the query string it stands for, and its columns; only the owner changes it."""

    class Shared(models.TextChoices):
        NOBODY = "", "仅自己"
        DEPARTMENT = "department", "本部门"
        DISTRICT = "district", "所有人"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField("名称", max_length=20)
    query = models.CharField(max_length=500)
    columns = models.CharField(
        "列", max_length=300, blank=True
    )  # keys of issues.desk.columns, by commas; none: one's own
    position = models.PositiveSmallIntegerField("顺序", default=0)
    shared = models.CharField("共享", max_length=10, choices=Shared, blank=True, default=Shared.NOBODY)
    department = models.ForeignKey(
        Department, verbose_name="共享部门", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = verbose_name_plural = "保存的视图"
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="saved_view_name_once"),
            models.CheckConstraint(
                name="saved_view_shared_with_whom",
                condition=Q(shared="department", department__isnull=False)
                | ~Q(shared="department") & Q(department__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ViewFollow(models.Model):
    """Somebody else's shared view among one's own tabs; it goes where the owner takes it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="follows")

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "共享视图的使用"
        constraints = [models.UniqueConstraint(fields=["user", "view"], name="view_followed_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.view_id}"
