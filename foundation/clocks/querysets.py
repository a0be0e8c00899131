"""Who sees which rows of the clocks app; the apps above scope their own rows themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from django.db.models import OuterRef, Subquery

from foundation.accounts.permissions import Permission
from foundation.accounts.querysets import ScopedQuerySet


class CalendarQuerySet(ScopedQuerySet):
    """Calendars and ladders: everyone who is signed in."""

    sees_all = (Permission.SIGNED_IN,)


class LadderQuerySet(CalendarQuerySet):
    """Ladders, of which the newest version of a key counts."""

    def current(self, key: str):
        """The newest version of a ladder; Ladder.DoesNotExist where there is none."""
        return self.filter(key=key).order_by("-version")[:1].get()

    def newest(self) -> Self:
        """The newest version of every ladder."""
        tops = self.model._default_manager.filter(key=OuterRef("key")).order_by("-version").values("version")
        return self.filter(version=Subquery(tops[:1]))


class ClockRowQuerySet(ScopedQuerySet):
    """Clocks and what hangs on them: those who see the whole district, and those who keep the calendar."""

    sees_all = (Permission.DISTRICT_SCOPE, Permission.CALENDAR_EDIT)


class ClockQuerySet(ClockRowQuerySet):
    """Clocks by what they are for."""

    def running(self) -> Self:
        """Those not stopped (a paused clock is running still)."""
        return self.filter(stopped_at__isnull=True)

    def of(self, kind: str, owner_ids: Iterable[int]) -> Self:
        """All clocks of a kind for these owners, stopped ones included."""
        return self.filter(kind=kind, owner_id__in=list(owner_ids))

    def due_by(self, at) -> Self:
        """Those whose level is to change by an instant."""
        return self.filter(next_change_at__lte=at)
