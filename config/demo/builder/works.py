"""Projects with the history of their stages."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from config.demo import district, ventures
from config.demo.builder.texts import company_words
from config.demo.builder.world import World, at
from config.demo.pools import POOLS
from config.demo.text import Filler
from enterprises.models import Park
from projects.models import Project, StageChange

PROJECTS = 50
_DEPARTMENTS = {"industry": "GXJ", "service": "SWJ", "investment": "SWJ", "infrastructure": "ZJJ"}
_STAGE_SHARES = (16, 18, 34, 20, 12)


def build(world: World) -> None:
    """Fifty projects (fewer in a small district), spread over the stages."""
    rng = world.rng("projects")
    count = min(PROJECTS, max(3, world.size.enterprises // 2))
    filler = Filler(rng, POOLS)
    parks = list(Park.objects.all())
    made = [_project(world, rng, filler, number, parks) for number in range(count)]
    Project.objects.bulk_create([project for project, _ in made])
    StageChange.objects.bulk_create([change for _, history in made for change in history])
    world.projects = [project for project, _ in made]


def _project(
    world: World, rng: Random, filler: Filler, number: int, parks: list[Park]
) -> tuple[Project, list[StageChange]]:
    reached = rng.choices(range(5), _STAGE_SHARES)[0]
    public = number % 9 == 8
    place = rng.randrange(len(world.companies)) if number else 0
    company = None if public else world.companies[place]
    if company is None:
        title, summary, low, high = rng.choice(ventures.INFRASTRUCTURE)
        kind, words = "infrastructure", {"park": rng.choice(district.PARKS).name}
    else:
        kind, title, summary, low, high = rng.choice(ventures.PLANS)
        words = company_words(company, rng)
    name = filler.fill(title, words)
    days = _stage_days(world, rng, reached)
    start, completion = _planned(world, rng, days)
    investment = rng.randrange(low, high, 500)
    project = Project(
        code=f"QLXM-{world.begins_on.year}-{number + 1:03d}",
        name=f"{company.short}{name}" if company else name,
        kind=kind,
        enterprise=None if company is None else world.enterprises[place],
        park=rng.choice(parks) if company is None else world.enterprises[place].park,
        responsible_department=world.departments[_DEPARTMENTS[kind]],
        stage=ventures.STAGES[reached],
        investment=Decimal(investment),
        invested=Decimal(round(investment * _share(rng, reached))),
        planned_start=start,
        planned_completion=completion,
        actual_start=days[2] if reached >= 2 else None,
        actual_completion=days[3] if reached >= 3 else None,
        summary=filler.fill(summary, words),
        created_at=at(world.begins_on, 15),
        version=reached + 1,
    )
    return project, _history(world, rng, project, days)


def _stage_days(world: World, rng: Random, reached: int) -> list[date]:
    """When each stage up to the one reached began, the last one recently."""
    days = [world.today - timedelta(days=rng.randrange(3, 60))]
    while len(days) <= reached:
        days.append(days[-1] - timedelta(days=rng.randrange(60, 220)))
    return days[::-1]


def _planned(world: World, rng: Random, days: list[date]) -> tuple[date, date]:
    """Planned start and completion: near the actual ones where there are any, ahead or just missed otherwise."""
    slip = timedelta(days=rng.randrange(-45, 15))
    start = days[2] + slip if len(days) > 2 else world.today + timedelta(days=rng.randrange(-20, 200))
    if len(days) > 3:
        return start, max(start, days[3] + timedelta(days=rng.randrange(-40, 30)))
    return start, start + timedelta(days=rng.randrange(300, 700))


def _share(rng: Random, reached: int) -> float:
    """How much of the investment is done."""
    low, high = ((0, 0), (0, 0.06), (0.15, 0.8), (0.82, 1), (1, 1.04))[reached]
    return rng.uniform(low, high)


def _history(world: World, rng: Random, project: Project, days: list[date]) -> list[StageChange]:
    by = world.staff[project.responsible_department.pk].head
    return [
        StageChange(
            project=project,
            from_stage=ventures.STAGES[stage - 1] if stage else "",
            to_stage=ventures.STAGES[stage],
            at=at(day, rng.uniform(9, 17)),
            by=by,
            note=rng.choice(ventures.STAGE_NOTES[ventures.STAGES[stage]]),
        )
        for stage, day in enumerate(days)
    ]
