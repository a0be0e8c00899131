"""Days and months as people in the district mean them: Asia/Shanghai, whatever the server's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)
# The days whose edges are instants that every database and every zone can write down.
FIRST_DAY, LAST_DAY = date(1, 1, 2), date.max - ONE_DAY
FIRST_YEAR, LAST_YEAR = 1949, 2100  # of what is counted by months


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The present day in Shanghai."""
    return local_date(now())


def local_date(moment: datetime | date) -> date:
    """The Shanghai day of an instant; a plain date is itself, a naive instant counts as Shanghai time."""
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        return moment.date()
    return moment.astimezone(SHANGHAI).date()


def start_of_day(day: date) -> datetime:
    """00:00 Shanghai time of a day; of a day at either end of time, the nearest that can be written down."""
    return datetime.combine(min(max(day, FIRST_DAY), LAST_DAY), time.min, tzinfo=SHANGHAI)


def end_of_day(day: date) -> datetime:
    """24:00 Shanghai time of a day: 00:00 of the next, not part of the day itself."""
    return start_of_day(min(day, LAST_DAY) + ONE_DAY)


def last_day(due_at: datetime) -> date:
    """The due day of a due instant, which is the midnight after it."""
    return local_date(due_at - timedelta(seconds=1))


def month_start(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def month_end(day: date) -> date:
    """The last day of a day's month."""
    return next_month(day) - ONE_DAY


def next_month(day: date) -> date:
    """The first day of the month after a day's."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def previous_month(day: date) -> date:
    """The first day of the month before a day's."""
    return month_start(month_start(day) - ONE_DAY)


def month_of(moment: datetime | date) -> date:
    """The first day of the Shanghai month an instant or day falls in."""
    return month_start(local_date(moment))


def month_bounds(day: date) -> tuple[datetime, datetime]:
    """The half-open span of instants [first 00:00, next first 00:00) of a day's month."""
    return start_of_day(month_start(day)), start_of_day(next_month(day))


def parse_month(text: str) -> date:
    """The first day of a month written 2026-11; ValueError for anything else, and for a year nobody counts."""
    month = datetime.strptime(text.strip(), "%Y-%m").date()
    if not FIRST_YEAR <= month.year <= LAST_YEAR:
        raise ValueError(f"not a year to count months in: {month.year}")
    return month


def parse_instant(text: str) -> datetime:
    """An aware instant from ISO 8601; without an offset it is Shanghai time; ValueError otherwise."""
    moment = datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
