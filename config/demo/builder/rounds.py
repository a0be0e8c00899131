"""The monthly visits: what each enterprise was owed, what was done, what was missed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from config.demo import visits
from config.demo.builder.serving import CADRE_ENTERPRISES
from config.demo.builder.texts import company_words, month_words
from config.demo.builder.world import World, at
from config.demo.companies import Company
from config.demo.people import name as person_name
from config.demo.pools import POOLS
from config.demo.text import Filler
from enterprises.models import Enterprise
from foundation.accounts.models import User
from foundation.clocks.actions import Start, start_many
from foundation.clocks.localtime import month_end
from foundation.clocks.models import Ladder
from liaison.clocks import KIND
from liaison.defaults import LADDER_KEY
from liaison.models import Visit, VisitDuty

DONE_THIS_MONTH = 0.66
PROJECT_VISITED = 0.35
CADRE_DONE = 5  # of the demo account cadre's eight
STOPPED = "完成走访"


class Round(NamedTuple):
    """One duty and the visit that fulfilled it, if any."""

    duty: VisitDuty
    visit: Visit | None


def build(world: World) -> None:
    """The duties and visits of all months, and the clocks of the duties."""
    writer = _Writer(world)
    ladder = Ladder.current(LADDER_KEY)
    for month in world.month_list:
        rounds = list(writer.month(month))
        Visit.objects.bulk_create([found.visit for found in rounds if found.visit], batch_size=500)
        VisitDuty.objects.bulk_create([found.duty for found in rounds], batch_size=1000)
        starts = [_start(found.duty, month) for found in rounds]
        start_many(kind=KIND, starts=starts, ladder=ladder, by=None, settled_at=world.now)
        Visit.objects.bulk_create(writer.project_visits(month), batch_size=500)
        world.say(f"走访 {month:%Y-%m}: {len(rounds)} 户,完成 {sum(1 for found in rounds if found.visit)} 户")


def _start(duty: VisitDuty, month: date) -> Start:
    return Start(
        owner_id=duty.pk,
        at=duty.opened_at,
        due_on=month_end(month),
        stopped_at=duty.done_at,
        stop_reason=STOPPED if duty.done_at else "",
    )


class _Writer:
    """Draws the visits of a month."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rng = world.rng("visits")
        self.filler = Filler(self.rng, POOLS)
        drawn = world.rng("diligence")
        self.diligence = {pk: drawn.uniform(0.91, 0.998) for pk in world.staff}

    def month(self, month: date) -> Iterator[Round]:
        """One round for every enterprise that somebody served by the end of the month."""
        current = month == self.world.month_list[-1]
        days = self._days(month)
        for number, enterprise in enumerate(self.world.enterprises):
            when = self._when(month, days, number, enterprise, current)
            officer = self.world.officer_at(enterprise.pk, when.date() if when else month_end(month))
            yield self._round(month, enterprise, self.world.companies[number], officer, when)

    def project_visits(self, month: date) -> list[Visit]:
        """Some projects are visited too; nobody owes that."""
        days = self._days(month)
        if not days:
            return []
        places = {enterprise.pk: place for place, enterprise in enumerate(self.world.enterprises)}
        made = []
        for project in self.world.projects:
            drawn, place, hour = self.rng.random(), self.rng.random(), self.rng.triangular(8.6, 17.6, 10.2)
            officer = self.world.project_officers.get(project.pk)
            if drawn < PROJECT_VISITED and officer and project.enterprise:
                when = at(days[int(place * len(days))], hour)
                company = self.world.companies[places[project.enterprise.pk]]
                visit = self._visit(project.enterprise, company, officer, when)
                visit.enterprise, visit.project = None, project
                made.append(visit)
        return made

    def _days(self, month: date) -> list[date]:
        """The working days of a month up to yesterday (all days, where there were none yet)."""
        last = min(month_end(month), self.world.today - timedelta(days=1))
        every = [month + timedelta(days=n) for n in range((last - month).days + 1)]
        return [day for day in every if self.world.calendar.is_working(day)] or every

    def _when(
        self, month: date, days: list[date], number: int, enterprise: Enterprise, current: bool
    ) -> datetime | None:
        """When the visit took place; None where there was none (yet)."""
        rng = self.rng
        drawn, place, hour = rng.random(), rng.random(), rng.triangular(8.6, 17.6, 10.2)
        if not days:
            return None
        if number < CADRE_ENTERPRISES:
            done = number < CADRE_DONE if current else drawn < 0.97
        elif current:
            done = drawn < DONE_THIS_MONTH
        else:
            officer = self.world.officer_at(enterprise.pk, month_end(month))
            done = drawn < self.diligence.get(officer.department_id or 0, 0.95)
        return at(days[int(place * len(days))], hour) if done else None

    def _round(
        self, month: date, enterprise: Enterprise, company: Company, officer: User, when: datetime | None
    ) -> Round:
        duty = VisitDuty(
            enterprise=enterprise,
            month=month,
            officer=officer,
            department=officer.department,
            opened_at=at(month, 0.1),
        )
        if when is None:
            return Round(duty, None)
        visit = self._visit(enterprise, company, officer, when)
        duty.visit, duty.done_at = visit, visit.logged_at
        return Round(duty, visit)

    def _visit(self, enterprise: Enterprise, company: Company, officer: User, when: datetime) -> Visit:
        rng = self.rng
        words = company_words(company, rng) | month_words(when.year, when.month)
        condition = company.condition if rng.random() < 0.85 else rng.choice(("good", "fair", "difficult"))
        remote = rng.random() < 0.13
        summary = rng.choice(visits.REMOTE_NOTES) if remote else rng.choice(visits.SUMMARIES)
        staff = max(3, round(company.staff * rng.uniform(0.9, 1.08)))
        return Visit(
            enterprise=enterprise,
            by=officer,
            department=officer.department,
            visited_at=when,
            logged_at=min(when + timedelta(hours=rng.uniform(0.5, 6)), self.world.now),
            form=Visit.Form.REMOTE if remote else Visit.Form.ON_SITE,
            companions=self._companions(),
            met=self._met(company),
            explained=rng.choice(visits.EXPLAINED),
            operating_condition=condition,
            operating_facts=self.filler.fill(rng.choice(visits.FACTS[condition]), words | {"staff": str(staff)}),
            employees=staff,
            output_value=Decimal(round(staff * rng.uniform(4, 16), 1)).quantize(Decimal("0.01")),
            summary=self.filler.fill(summary, words),
        )

    def _companions(self) -> str:
        rng = self.rng
        if rng.random() < 0.5:
            return ""
        return "、".join(person_name(rng) for _ in range(rng.choice((1, 1, 2))))

    def _met(self, company: Company) -> str:
        first = company.contacts[0]
        met = f"{first.name}({first.position})"
        if self.rng.random() < 0.35:
            met += f"、{company.legal_person}(法定代表人)"
        return met
