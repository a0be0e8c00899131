"""What is to become of each case: drawn at random, and a few made by hand that keep the first screens alive."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import NamedTuple

from config.demo.appeals import BY_NAME, TOPICS, WEIGHTS
from config.demo.builder.diary import Diary
from config.demo.builder.serving import CADRE_ENTERPRISES
from config.demo.builder.units import HOME
from config.demo.builder.world import World, at
from config.demo.routing import PARK, TOWN, places_for, route
from foundation.accounts.models import Department, User

CHANNELS = ("portal", "visit", "hotline", "phone", "fax", "mail", "monitoring")
CHANNEL_WEIGHTS = (46, 25, 12, 8, 1, 4, 4)
MADE_BY_HAND = 16  # the last days, in which most of those made by hand come in
OUTCOMES = ("confirm", "silence", "close", "reject", "reopen")
OUTCOME_WEIGHTS = (66, 18, 8, 6, 2)


@dataclass
class Plan:
    """The course of one case."""

    registered_at: datetime
    topic: str
    appeal: int  # its place in the topic
    enterprise: int  # its place in the roster
    channel: str
    departments: list[Department]  # one for each dispatch
    visit_id: int | None = None
    registrar: User | None = None  # who made the visit
    decline: bool = False
    returns: int = 0
    transfers: bool = False  # passed on to a colleague
    reassigns: bool = False  # given to another department, the last one named
    slow: float = 0.0  # how likely the department is to accept or reply late
    late: bool = False  # resolves after the limit
    goal: int | None = None  # resolves on this working day after dispatch
    asks: bool = False
    refers: bool = False  # reported to a higher level
    extends: bool = False
    outcomes: list[str] = field(default_factory=lambda: ["confirm"])
    handler: User | None = None
    hold: str = ""  # the case stands still after this verb ...
    hold_count: int = 1  # ... was used so often


class Seen(NamedTuple):
    """A visit on which a problem may be found."""

    visit_id: int
    enterprise: int
    logged_at: datetime
    by: User


class Special(NamedTuple):
    """A case made by hand: where it stands, and how many working days ago it came in (`limit` plus this many)."""

    hold: str
    ago: int
    from_limit: bool = False
    topic: str = ""
    times: int = 1
    returns: int = 0
    goal: int | None = None
    outcomes: tuple[str, ...] = ("confirm",)


# Open cases all over the district, in every stage and colour.
DISTRICT = (
    *[Special("register", 0)] * 6,
    *[Special("dispatch", 1)] * 3,
    *[Special("return", 2, returns=1)] * 2,
    *[Special("return", 4, returns=2, times=2)] * 2,
    *[Special("ask", 6)] * 4,
    *[Special("refer", 9)] * 3,
    *[Special("request_extension", 0, from_limit=True)] * 3,
    *[Special("resolve", 5, goal=3)] * 5,
    *[Special("reply", -1, from_limit=True)] * 4,
    *[Special("reply", 0, from_limit=True)] * 3,
    *[Special("reply", 2, from_limit=True)] * 3,
    *[Special("reply", 5, from_limit=True)] * 2,
)
# The queue of the demo account handler.
QUEUE = (
    Special("dispatch", 1, topic="要素保障"),
    Special("dispatch", 1, topic="不动产登记"),
    Special("reply", 5, from_limit=True, topic="要素保障"),
    Special("reply", 2, from_limit=True, topic="项目审批"),
    Special("reply", 1, from_limit=True, topic="不动产登记"),
    Special("reply", 0, from_limit=True, topic="项目审批"),
    Special("reply", -1, from_limit=True, topic="要素保障"),
    Special("accept", 2, topic="项目审批"),
    Special("reply", 4, topic="不动产登记"),
    Special("reply", 5, topic="项目审批"),
    Special("ask", 6, topic="项目审批"),
    Special("request_extension", 0, from_limit=True, topic="不动产登记"),
    Special("resolve", 6, topic="项目审批", goal=4),
)
# The appeals of the demo account enterprise.
APPEALS = (
    Special("register", 0, topic="融资服务"),
    Special("dispatch", 1, topic="物流交通"),
    Special("reply", 3, topic="要素保障"),
    Special("reply", -1, from_limit=True, topic="政策兑现"),
    Special("reply", 2, from_limit=True, topic="项目审批"),
    Special("ask", 6, topic="不动产登记"),
    Special("resolve", 6, topic="人才用工", goal=4),
    Special("resolve", 4, topic="涉企检查", goal=3),
    Special("reject", 12, topic="周边环境", goal=6, outcomes=("reject", "confirm")),
    Special("", 45, topic="市场准入"),
    Special("", 80, topic="税费征管"),
    Special("", 120, topic="要素保障"),
)


class Planner:
    """Draws the plans of a district's cases."""

    def __init__(self, world: World, diary: Diary, seen: Sequence[Seen], limits: dict[str, int]) -> None:
        self.world = world
        self.diary = diary
        self.rng = diary.rng
        self.seen = seen
        self.limits = limits  # working days to resolve, by the category's name
        self.days = self._spread()
        self.passing = world.rng("passing")
        drawn = world.rng("manners")
        self.slow = {code: drawn.uniform(0.02, 0.16) for code in world.departments}
        self.late = {code: drawn.uniform(0.03, 0.15) for code in world.departments}

    def all(self, count: int) -> list[Plan]:
        """The plans in the order of registration."""
        made = list(self._by_hand())[: max(1, count // 3)]
        plans = made + [self._drawn() for _ in range(count - len(made))]
        return sorted(plans, key=lambda plan: plan.registered_at)

    def _spread(self) -> tuple[list[date], list[float]]:
        """The days a case may come in on, and their cumulated weights: working days, and more of late."""
        first = self.world.month_list[0]
        span = (self.world.today - first).days
        days = [first + timedelta(days=n) for n in range(span + 1)]
        weights = (
            (1 if self.diary.is_working(day) else 0.15)
            * (0.7 + 0.6 * place / max(1, span))
            * (1 if place < span - MADE_BY_HAND else 0.65)
            for place, day in enumerate(days)
        )
        return days, list(accumulate(weights))

    def _drawn(self) -> Plan:
        rng = self.rng
        channel = rng.choices(CHANNELS, CHANNEL_WEIGHTS)[0]
        found = self.seen[int(rng.random() * len(self.seen))] if channel == "visit" and self.seen else None
        if channel == "visit" and found is None:
            channel = "phone"
        place = found.enterprise if found else int(rng.random() * len(self.world.enterprises))
        registered_at = found.logged_at if found else self._moment(office=channel != "portal")
        topic = rng.choices(TOPICS, WEIGHTS)[0].name
        appeal = int(rng.random() * len(BY_NAME[topic].appeals))
        returns = rng.choices((0, 1, 2), (945, 45, 10))[0]
        reassigns = not returns and self.passing.random() < 0.02
        departments = self._departments(topic, appeal, place, returns + 1 + reassigns)
        plan = Plan(registered_at, topic, appeal, place, channel, departments, returns=returns)
        if found:
            plan.visit_id, plan.registrar = found.visit_id, found.by
        plan.reassigns, plan.transfers = reassigns and len(departments) > 1, self.passing.random() < 0.04
        code = departments[-1].code
        plan.decline = rng.random() < 0.025
        plan.slow, plan.late = self.slow[code], rng.random() < self.late[code]
        plan.asks = rng.random() < 0.15
        plan.extends = not plan.late and rng.random() < 0.1
        plan.outcomes = self._outcomes()
        return plan

    def _outcomes(self) -> list[str]:
        outcomes = self.rng.choices(OUTCOMES, OUTCOME_WEIGHTS)
        if outcomes[0] in ("reject", "reopen"):
            outcomes.append("confirm" if self.rng.random() < 0.8 else "silence")
        return outcomes

    def _moment(self, office: bool) -> datetime:
        days, weights = self.days
        day = days[bisect(weights, self.rng.random() * weights[-1])]
        hour = self.diary.hour() if office else self.rng.triangular(7.2, 21.5, 10.5)
        latest = self.world.now - timedelta(hours=self.rng.uniform(0.2, 9))
        return min(at(day, hour), latest)

    def _departments(self, topic: str, appeal: int, place: int, count: int) -> list[Department]:
        """Whom the case is given to: the last one is the right one, and keeps it."""
        code = route(BY_NAME[topic], appeal)
        company = self.world.companies[place]
        right = {TOWN: company.town, PARK: company.park or company.town}.get(code, code)
        others = [*dict.fromkeys(BY_NAME[topic].departments), "FGW", "GXJ", "CGJ"]
        wrong = [code for code in others if code != right][: count - 1]
        return [self.world.departments[code] for code in (*wrong, right)]

    def _by_hand(self) -> Iterator[Plan]:
        home = self.world.departments[HOME]
        handler = self.world.accounts.get("handler")
        for special in APPEALS:
            yield self._special(special, 0)
        for special in QUEUE:
            plan = self._special(special, self._other_place(), of=HOME)
            plan.departments = [home]
            plan.handler = handler
            yield plan
        for special in DISTRICT:
            yield self._special(special, self._other_place())

    def _other_place(self) -> int:
        """Any enterprise but the demo account's, those of the demo account cadre more often."""
        last = len(self.world.enterprises)
        if self.rng.random() < 0.12:
            last = min(last, CADRE_ENTERPRISES)
        return min(1, last - 1) + int(self.rng.random() * max(1, last - 1)) if last > 1 else 0

    def _special(self, special: Special, place: int, of: str = "") -> Plan:
        rng = self.rng
        topic = special.topic or rng.choices(TOPICS, WEIGHTS)[0].name
        appeal = rng.choice(places_for(BY_NAME[topic], of) or range(len(BY_NAME[topic].appeals)))
        ago = special.ago + (self.limits[topic] if special.from_limit else 0)
        if ago:
            registered_at = at(self.diary.nth_before(self.world.today, ago), 8.6)
        else:
            registered_at = self.world.now - timedelta(hours=rng.uniform(0.5, 20))
        channel = "portal" if place == 0 or rng.random() < 0.7 else "hotline"
        return Plan(
            registered_at,
            topic,
            appeal,
            place,
            channel,
            self._departments(topic, appeal, place, special.returns + 1),
            returns=special.returns,
            asks=special.hold == "ask",
            refers=special.hold == "refer",
            extends=special.hold == "request_extension",
            goal=special.goal,
            outcomes=list(special.outcomes),
            hold=special.hold,
            hold_count=special.times,
        )
