"""The issue ledger in bulk: lives are played in memory, then written chunk by chunk with their clocks."""

from __future__ import annotations

import gc
from collections import Counter
from datetime import timedelta
from random import Random

from django.conf import settings

from config.demo.appeals import BY_NAME
from config.demo.builder import advice, stopwatch
from config.demo.builder.diary import Diary
from config.demo.builder.lives import Life
from config.demo.builder.parts import Cast
from config.demo.builder.plans import Plan, Planner, Seen
from config.demo.builder.script import Script
from config.demo.builder.texts import company_words, month_words
from config.demo.builder.world import World
from config.demo.pools import POOLS
from config.demo.text import Filler
from issues.defaults import install_defaults
from issues.models import Category, CategoryRule, Event, Extension, Handling, Issue, NumberSeries
from liaison.models import Visit

CHUNK = 5_000
MARGIN = timedelta(days=150)  # the diary reaches beyond both ends


def build(world: World) -> None:
    """All cases of the district."""
    install_defaults()
    advice.name_defaults(world.departments)
    writer = _Writer(world)
    plans = writer.planner.all(world.size.issues)
    for first in range(0, len(plans), CHUNK):
        lives = [writer.life(plan) for plan in plans[first : first + CHUNK]]
        _write(lives)
        stopwatch.start(world, lives)
        world.say(f"诉求 {first + len(lives)} / {len(plans)}")
        gc.collect()
    NumberSeries.objects.bulk_create([NumberSeries(year=year, last=last) for year, last in writer.numbers.items()])


def _write(lives: list[Life]) -> None:
    Issue.objects.bulk_create([life.issue for life in lives], batch_size=500)
    Handling.objects.bulk_create([turn.handling for life in lives for turn in life.turns], batch_size=1000)
    requests = [request for life in lives for turn in life.turns for request in turn.extensions]
    Extension.objects.bulk_create(requests, batch_size=1000)
    Event.objects.bulk_create((event for life in lives for event in life.events), batch_size=1000)


def _seen(world: World) -> list[Seen]:
    """The visits so far, whose problems become cases."""
    places = {enterprise.pk: place for place, enterprise in enumerate(world.enterprises)}
    people = {user.pk: user for staff in world.staff.values() for user in (*staff.officials, *staff.handlers)}
    people |= {user.pk: user for user in world.accounts.values()}
    rows = Visit.objects.filter(enterprise__isnull=False, logged_at__lt=world.now - timedelta(hours=1)).order_by("pk")
    return [
        Seen(pk, places[enterprise_id], logged_at.astimezone(world.now.tzinfo), people[by_id])
        for pk, enterprise_id, logged_at, by_id in rows.values_list("pk", "enterprise_id", "logged_at", "by_id")
        if by_id in people
    ]


class _Writer:
    """Turns plans into lives."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rng: Random = world.rng("issues")
        diary_first, diary_last = world.begins_on - MARGIN, world.today + MARGIN
        self.diary = Diary(world.calendar, diary_first, diary_last, self.rng)
        self.categories = {category.name: category for category in Category.objects.all()}
        rules = CategoryRule.objects.select_related("ladder").order_by("version")
        self.rules = {rule.category_id: rule for rule in rules}
        limits = {name: self.rules[category.pk].resolve_days for name, category in self.categories.items()}
        self.planner = Planner(world, self.diary, _seen(world), limits)
        self.filler = Filler(self.rng, POOLS)
        self.numbers: Counter[int] = Counter()
        self.projects = {project.enterprise_id: project for project in world.projects if project.enterprise_id}

    def life(self, plan: Plan) -> Life:
        """One life, played until now."""
        world = self.world
        company = world.companies[plan.enterprise]
        when = plan.registered_at
        words = company_words(company, self.rng) | month_words(when.year, when.month)
        script = Script(BY_NAME[plan.topic], plan.appeal, self.filler, words)
        cast = self._cast(plan)
        issue = self._issue(plan, script, cast)
        return Life(plan, issue, cast, script, self.rules[issue.category_id], self.diary, world.now).play()

    def _cast(self, plan: Plan) -> Cast:
        world = self.world
        speaker = world.speakers[world.enterprises[plan.enterprise].pk]
        office = self.rng.choice(world.office)
        registrar = plan.registrar or (speaker if plan.channel == "portal" else office)
        return Cast(registrar, speaker, office, world.staff)

    def _issue(self, plan: Plan, script: Script, cast: Cast) -> Issue:
        enterprise = self.world.enterprises[plan.enterprise]
        contact = self.world.companies[plan.enterprise].contacts[0]
        title, text = script.appeal(plan.channel)
        year = plan.registered_at.year
        self.numbers[year] += 1
        return Issue(
            number=f"{settings.ISSUE_NUMBER_PREFIX}-{year}-{self.numbers[year]:05d}",
            title=title,
            text=text,
            category=self.categories[plan.topic],
            enterprise=enterprise,
            project=self.projects.get(enterprise.pk) if plan.topic == "项目审批" else None,
            channel=plan.channel,
            visit_id=plan.visit_id,
            contact_name=contact.name,
            contact_phone=contact.phone,
            registered_at=plan.registered_at,
            registered_by=cast.registrar,
            last_event_at=plan.registered_at,
            last_public_event_at=plan.registered_at,
            version=0,  # the first verb makes it one
        )
