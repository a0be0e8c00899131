"""Builds the demo district in one transaction, in bulk; every row is what the actions would have written."""

from __future__ import annotations

import gc
from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import models, transaction

from config.demo.builder import (
    advice,
    calls,
    colleagues,
    desk,
    gaps,
    helping,
    inbox,
    ledger,
    papers,
    roster,
    rounds,
    serving,
    side,
    together,
    units,
    works,
)
from config.demo.builder.world import Size, World
from enterprises import suspects
from enterprises.models import Contact, Enterprise, EnterpriseStaff, Park, Pool
from foundation.accounts.models import Department, User
from foundation.attachments.models import Attachment
from foundation.audit.actions import record
from foundation.clocks import calendar
from foundation.clocks.localtime import SHANGHAI
from foundation.clocks.models import Clock, Warning
from foundation.notices.models import Notice
from issues.actions import find_clusters
from issues.models import (
    CallDraw,
    CannedReply,
    CoHandling,
    Event,
    Extension,
    FollowUpCall,
    Handling,
    Issue,
    IssueCluster,
    IssueLink,
    IssueWatch,
    Listing,
    PolicyGap,
    PolicyGapCase,
    PolicyGapStep,
)
from liaison.models import Assignment, Visit, VisitDuty
from projects.models import Project, StageChange

COUNTED: tuple[type[models.Model], ...] = (
    Department,
    User,
    Enterprise,
    Contact,
    EnterpriseStaff,
    Park,
    Pool,
    Project,
    StageChange,
    Assignment,
    VisitDuty,
    Visit,
    Issue,
    Handling,
    Extension,
    CoHandling,
    Listing,
    Event,
    CallDraw,
    FollowUpCall,
    IssueCluster,
    IssueLink,
    PolicyGap,
    PolicyGapCase,
    PolicyGapStep,
    Attachment,
    CannedReply,
    IssueWatch,
    Clock,
    Warning,
    Notice,
)
# Any row of these means that the database is in use.
IN_USE: tuple[type[models.Model], ...] = (User, Department, Enterprise, Project, Issue)


def in_use() -> bool:
    """Whether the database holds anything that somebody may miss."""
    return any(model._base_manager.exists() for model in IN_USE)


def build(size: Size, *, password: str, now: datetime, say: Callable[[str], None]) -> dict[str, int]:
    """Fill an empty database; returns how many rows of each model there are now."""
    collecting = gc.isenabled()
    gc.disable()  # millions of rows pass by, none in circles: looking for those costs a fifth of the time
    try:
        return _build(size, password=password, now=now, say=say)
    finally:
        if collecting:
            gc.enable()


@transaction.atomic
def _build(size: Size, *, password: str, now: datetime, say: Callable[[str], None]) -> dict[str, int]:
    world = World(size=size, now=now.astimezone(SHANGHAI), calendar=calendar.current(), say=say)
    hashed = make_password(password)
    units.build(world, hashed)
    say(f"部门 {len(world.departments)} 个,干部 {User.objects.count()} 人")
    roster.build(world, hashed)
    say(f"企业 {len(world.enterprises)} 户")
    works.build(world)
    serving.build(world)
    say(f"项目 {len(world.projects)} 个,联系安排 {Assignment.objects.count()} 条")
    rounds.build(world)
    ledger.build(world)
    advice.build(world)
    calls.build(world)
    gaps.build(world)
    together.build(world)
    papers.build(world)
    side.build(world)
    desk.build(world)
    inbox.build(world)
    helping.build(world)
    colleagues.build(world)
    suspects.refresh(by=None)
    find_clusters(by=None)
    counts = {model._meta.label_lower: model._base_manager.count() for model in COUNTED}
    root = next(iter(world.departments.values()))
    record(action="config.demo", target=root, by=None, seed=size.seed, counts=counts)
    return counts
