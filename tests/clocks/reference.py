"""A deadline kept by a patient clerk with a wall calendar, walked day by day; shares no code with the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

ONE = timedelta(days=1)


class Stand(NamedTuple):
    """Days between which the clock stood still, and whether the first of them was the day it was due."""

    first: date
    last: date
    on_the_last_day: bool


@dataclass
class Clerk:
    """The diary of one deadline: what was done on which day; every answer is counted anew from the first day."""

    start: date
    limit: int
    yellow: int  # turns yellow with so many working days left
    after_red: tuple[int, ...] = ()  # escalates so many working days after it was due
    special: Mapping[date, bool] = field(default_factory=dict)  # days that the notice of the year speaks of
    stands: list[Stand] = field(default_factory=list)
    asked_on: date | None = None
    asked_when_due: bool = False
    stopped_on: date | None = None
    was_due: date | None = None  # what a stopped clock says for good

    def worked(self, day: date) -> bool:
        """Whether people work."""
        return self.special.get(day, day.isoweekday() <= 5)

    def stood(self, day: date) -> bool:
        """Whether the clock stood on a working day that therefore does not count."""
        for stand in self.stands:
            if stand.first < day < stand.last:
                return True
            if stand.on_the_last_day and stand.first == day < stand.last:
                return True
        return False

    def due(self) -> date:
        """The day it is due."""
        if self.was_due is not None:
            return self.was_due
        return self.counted()

    def counted(self) -> date:
        """The day it would be due as the calendar stands now."""
        return self._counted(self.start, self.limit)

    def yellow_on(self) -> date:
        """The first day with no more than so many working days left, the due day among them."""
        day, left = self.due(), 0
        while True:
            left += self.worked(day)
            if left > self.yellow:
                return day + ONE
            day -= ONE

    def escalated_after(self) -> list[date]:
        """The days at whose end each step after red is taken."""
        return [self._counted(self.due(), days) for days in self.after_red]

    def ask(self, day: date) -> None:
        """The enterprise is asked: the clock stands."""
        self.asked_on, self.asked_when_due = day, day == self.due()

    def answer(self, day: date) -> None:
        """The enterprise answers: the clock goes on."""
        assert self.asked_on is not None
        on_the_last_day = self.asked_when_due or self.asked_on == self.due()
        self.stands.append(Stand(self.asked_on, day, on_the_last_day))
        self.asked_on = None

    def extend(self, days: int) -> None:
        """More days are granted."""
        self.limit += days

    def stop(self, day: date) -> None:
        """It is done; an answer that was waited for is not waited for any longer."""
        if self.asked_on is not None:
            self.answer(day)
        self.stopped_on, self.was_due = day, self.due()

    def reopen(self, day: date) -> None:
        """It was not done after all; the days between do not count."""
        assert self.stopped_on is not None
        self.stands.append(Stand(self.stopped_on, day, self.stopped_on in (self.was_due, self.counted())))
        self.stopped_on = self.was_due = None

    def _counted(self, day: date, days: int) -> date:
        """So many working days after a day, without those on which the clock stood."""
        while days:
            day += ONE
            if self.worked(day) and not self.stood(day):
                days -= 1
        return day
