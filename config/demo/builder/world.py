"""What the steps of the builder share: the seed, the instant that counts as now, and the rows made so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from config.demo.companies import Company
from enterprises.models import Enterprise
from foundation.accounts.models import Department, User
from foundation.clocks.localtime import SHANGHAI, local_date, month_start, previous_month
from foundation.clocks.workdays import WorkingCalendar
from projects.models import Project


@dataclass(frozen=True)
class Size:
    """How large a district to build."""

    enterprises: int = 1000
    issues: int = 3000
    months: int = 12
    seed: int = 1


@dataclass
class Staff:
    """The people of one department by what they do; officials serve enterprises."""

    head: User
    handlers: list[User]
    officials: list[User]


@dataclass
class World:
    """The district as far as it is built."""

    size: Size
    now: datetime
    calendar: WorkingCalendar
    say: Callable[[str], None]
    departments: dict[str, Department] = field(default_factory=dict)
    staff: dict[int, Staff] = field(default_factory=dict)  # by department id
    accounts: dict[str, User] = field(default_factory=dict)  # the demo accounts, by role key
    leaders: list[User] = field(default_factory=list)
    office: list[User] = field(default_factory=list)
    supervisors: list[User] = field(default_factory=list)
    companies: list[Company] = field(default_factory=list)
    enterprises: list[Enterprise] = field(default_factory=list)  # in the order of companies
    speakers: dict[int, User] = field(default_factory=dict)  # the account of an enterprise, by enterprise id
    projects: list[Project] = field(default_factory=list)
    officers: dict[int, list[tuple[date, User]]] = field(default_factory=dict)  # by enterprise id: since when, who
    project_officers: dict[int, User] = field(default_factory=dict)  # by project id

    def rng(self, part: str) -> Random:
        """A source of its own for each part, so that more of one changes nothing in another."""
        return Random(f"{self.size.seed}:{part}")

    @property
    def today(self) -> date:
        return local_date(self.now)

    @property
    def month_list(self) -> list[date]:
        """The first days of the months to fill, the current one last."""
        months = [month_start(self.today)]
        while len(months) < self.size.months:
            months.append(previous_month(months[-1]))
        return months[::-1]

    @property
    def begins_on(self) -> date:
        """The day the whole activity began: a month before the first one filled."""
        return previous_month(self.month_list[0])

    def officer_at(self, enterprise_id: int, day: date) -> User:
        """The service officer of an enterprise on a day."""
        spans = self.officers[enterprise_id]
        return next((user for since, user in reversed(spans) if since <= day), spans[0][1])


def at(day: date, hour: float) -> datetime:
    """A Shanghai instant: a day and hours after midnight."""
    return datetime.combine(day, time.min, tzinfo=SHANGHAI) + timedelta(seconds=round(hour * 3600))
