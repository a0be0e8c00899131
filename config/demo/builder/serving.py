"""Who serves which enterprise and project, with a little history of those who did before."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from config.demo.builder.units import CADRE_HOME
from config.demo.builder.world import World, at
from config.demo.visits import END_REASONS
from enterprises.models import Enterprise
from foundation.accounts.models import Department, User
from foundation.accounts.permissions import Role
from liaison.models import Assignment
from projects.models import Project

Kind = Assignment.Kind
CADRE_ENTERPRISES = 8  # the demo account cadre serves the first ones, the demo account enterprise among them
CHANGED = 0.12  # so many have had another service officer before
_BUREAUS = ("GXJ", "SWJ", "FGW", "KJJ", "SPJ", "SCJ", "SHW", "RSJ", "ZRJ", "ZJJ", "JTJ", "CZJ", "HBJ", "JRB", "YJJ")


def build(world: World) -> None:
    """The assignments of every enterprise and every project."""
    rng = world.rng("serving")
    turns: dict[int, int] = {}
    rows: list[Assignment] = []
    for number, enterprise in enumerate(world.enterprises):
        rows += _enterprise_team(world, rng, number, enterprise, turns)
    for project in world.projects:
        rows += _project_team(world, rng, project, turns)
    Assignment.objects.bulk_create(rows, batch_size=1000)


def _enterprise_team(
    world: World, rng: Random, number: int, enterprise: Enterprise, turns: dict[int, int]
) -> list[Assignment]:
    department = _responsible(world, rng, number, enterprise)
    since = world.begins_on + timedelta(days=rng.randrange(12))
    leader = _leader(world, rng, number)
    officer, contact = _next(world, department, turns), _next(world, department, turns)
    if number < CADRE_ENTERPRISES:
        officer = world.accounts[Role.CADRE]
    team = _Team(world, since, enterprise=enterprise)
    rows = [
        team.row(Kind.LEAD_OFFICIAL, user=leader),
        team.row(Kind.RESPONSIBLE_DEPARTMENT, department=department),
        team.row(Kind.LIAISON_CONTACT, user=contact),
    ]
    world.officers[enterprise.pk] = [(since, officer)]
    if number >= CADRE_ENTERPRISES and rng.random() < CHANGED:
        before = _next(world, department, turns)
        changed = since + timedelta(days=rng.randrange(30, max(31, (world.today - since).days - 20)))
        if changed < world.today and before != officer:
            rows.append(team.ended(Kind.SERVICE_OFFICER, before, changed, rng.choice(END_REASONS)))
            world.officers[enterprise.pk] = [(since, before), (changed, officer)]
            since = changed
    return [*rows, team.row(Kind.SERVICE_OFFICER, since=since, user=officer)]


def _project_team(world: World, rng: Random, project: Project, turns: dict[int, int]) -> list[Assignment]:
    team = _Team(world, world.begins_on + timedelta(days=rng.randrange(20)), project=project)
    department = project.responsible_department
    officer = world.project_officers[project.pk] = _next(world, department, turns)
    return [
        team.row(Kind.LEAD_OFFICIAL, user=_leader(world, rng, rng.randrange(2, 100))),
        team.row(Kind.RESPONSIBLE_DEPARTMENT, department=department),
        team.row(Kind.SERVICE_OFFICER, user=officer),
        team.row(Kind.LIAISON_CONTACT, user=_next(world, department, turns)),
    ]


class _Team:
    """Makes the rows of one target."""

    def __init__(
        self, world: World, since: date, enterprise: Enterprise | None = None, project: Project | None = None
    ) -> None:
        self.since = since
        self.by = world.accounts[Role.OFFICE]
        self.enterprise = enterprise
        self.project = project

    def row(
        self, kind: Kind, since: date | None = None, user: User | None = None, department: Department | None = None
    ) -> Assignment:
        """An active one."""
        return Assignment(
            kind=kind,
            enterprise=self.enterprise,
            project=self.project,
            user=user,
            department=department,
            started_on=since or self.since,
            created_at=at(since or self.since, 9.5),
            created_by=self.by,
        )

    def ended(self, kind: Kind, user: User, on: date, reason: str) -> Assignment:
        """One that somebody held until a day."""
        row = self.row(kind, user=user)
        row.ended_on, row.end_reason = on, reason
        row.version = 2
        return row


def _responsible(world: World, rng: Random, number: int, enterprise: Enterprise) -> Department:
    """The park or the town where it lies, or a bureau."""
    if number < CADRE_ENTERPRISES:
        return world.departments[CADRE_HOME]
    drawn = rng.random()
    if drawn < 0.45:
        return world.departments[rng.choice(_BUREAUS)]
    if enterprise.park and drawn < 0.75:
        return enterprise.park.department
    assert enterprise.town is not None
    return enterprise.town


def _leader(world: World, rng: Random, number: int) -> User:
    """The demo account leader has the first ones and a good share of the rest."""
    if number < CADRE_ENTERPRISES or rng.random() < 0.1:
        return world.accounts[Role.LEADER]
    return rng.choice(world.leaders)


def _next(world: World, department: Department, turns: dict[int, int]) -> User:
    """The department's officials in turn, the demo accounts left out."""
    people = world.staff[department.pk]
    pool = [user for user in (*people.officials, *people.handlers) if user.username not in world.accounts]
    turn = turns[department.pk] = turns.get(department.pk, -1) + 1
    return pool[turn % len(pool)]
