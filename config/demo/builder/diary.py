"""When things happen: working days and office hours, drawn from one seeded source."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random

from config.demo.builder.world import at
from foundation.clocks.localtime import ONE_DAY, end_of_day
from foundation.clocks.workdays import WorkingCalendar

CLOSES = 17.7  # hours after midnight


class Diary:
    """Working days between two dates, counted once, and office hours drawn on them."""

    def __init__(self, calendar: WorkingCalendar, first: date, last: date, rng: Random) -> None:
        every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        working = [calendar.is_working(day) for day in every]
        self.days = [day for day, worked in zip(every, working, strict=True) if worked]
        self._until = dict(zip(every, accumulate(working), strict=True))  # working days up to and with a day
        self.rng = rng

    def nth_after(self, day: date, count: int) -> date:
        """The count-th working day after a day."""
        return self.days[self._until[day] + count - 1]

    def nth_before(self, day: date, count: int) -> date:
        """The count-th working day before a day."""
        return self.days[self._until[day - ONE_DAY] - count]

    def between(self, first: date, last: date) -> int:
        """Working days strictly between two days."""
        return max(0, self._until[last - ONE_DAY] - self._until[first])

    def is_working(self, day: date) -> bool:
        return self._until[day] != self._until[day - ONE_DAY]

    def end_of(self, moment: datetime, count: int) -> datetime:
        """24:00 of the count-th working day after an instant's day."""
        return end_of_day(self.nth_after(moment.date(), count))

    def hour(self) -> float:
        """An hour of office work, mornings more often."""
        return self.rng.triangular(8.6, CLOSES, 10.2)

    def on(self, moment: datetime, count: int) -> datetime:
        """Some hour of the count-th working day after an instant's day (0: soon)."""
        return at(self.nth_after(moment.date(), count), self.hour()) if count > 0 else self.soon(moment)

    def soon(self, moment: datetime) -> datetime:
        """The same day where the office is open long enough, else early on the next working day."""
        hour = moment.hour + moment.minute / 60
        wait = self.rng.uniform(0.2, 2.2)
        if self.is_working(moment.date()) and hour + wait < CLOSES:
            return moment + timedelta(hours=wait) if hour >= 8.5 else at(moment.date(), 8.5 + wait)
        return at(self.nth_after(moment.date(), 1), 8.5 + wait)
