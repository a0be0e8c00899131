"""The four limits of a department's turn with a case, as the verbs start, stop and hold them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from foundation.accounts.models import User
from foundation.clocks import actions as clock_actions
from foundation.clocks.models import Clock, Ladder
from issues.models import CategoryRule, CoHandling, Handling, Issue, Listing

ACCEPT, FIRST_REPLY, RESOLVE, CONFIRM = "issue.accept", "issue.first_reply", "issue.resolve", "issue.confirm"
KEYS = (ACCEPT, FIRST_REPLY, RESOLVE, CONFIRM)
CO_HANDLING = "issue.co_handling"  # its owner is a CoHandling, not a turn
LISTING = "issue.listing"  # its owner is a Listing
LADDER, CONFIRM_LADDER = "issue", "issue.confirm"


def start_turn(handling: Handling, rule: CategoryRule, *, by: User | None) -> None:
    """Start what a turn owes: a first turn all three limits, a redo only the resolution."""
    owed = {RESOLVE: rule.resolve_days}
    if not handling.is_redo:
        owed = {ACCEPT: rule.accept_days, FIRST_REPLY: rule.reply_days} | owed
    for kind, days in owed.items():
        clock_actions.start(
            kind=kind, owner_id=handling.pk, ladder=rule.ladder, days=days, by=by, at=handling.dispatched_at
        )


def start_confirming(handling: Handling, rule: CategoryRule, *, by: User, at: datetime) -> None:
    """Give the enterprise its days to confirm what the department resolved."""
    ladder = Ladder.current(CONFIRM_LADDER)
    clock_actions.start(kind=CONFIRM, owner_id=handling.pk, ladder=ladder, days=rule.confirm_days, by=by, at=at)


def start_helping(helping: CoHandling, *, by: User) -> None:
    """Give a department that is asked to help the days it has."""
    ladder = Ladder.current(LADDER)
    clock_actions.start(
        kind=CO_HANDLING, owner_id=helping.pk, ladder=ladder, days=helping.days, by=by, at=helping.invited_at
    )


def stop_helping(ids: Iterable[int], *, reason: str, by: User | None, at: datetime) -> None:
    """Stop the limits of these departments that helped."""
    clock_actions.stop_many(kind=CO_HANDLING, owner_ids=ids, reason=reason, by=by, at=at)


def start_listing(listing: Listing, *, by: User) -> None:
    """Let the day until which a listed case is to be put right be watched."""
    ladder = Ladder.current(LADDER)
    clock_actions.start(
        kind=LISTING, owner_id=listing.pk, ladder=ladder, due_on=listing.until, by=by, at=listing.listed_at
    )


def stop(handling: Handling, *kinds: str, reason: str, by: User | None, at: datetime) -> None:
    """Stop those of these limits that run."""
    for kind in kinds:
        clock_actions.stop_many(kind=kind, owner_ids=[handling.pk], reason=reason, by=by, at=at)


def hold(handling: Handling, *, reason: str, by: User | None, at: datetime) -> None:
    """Let first reply and resolution stand still while the enterprise is asked."""
    for clock in running(handling).filter(kind__in=[FIRST_REPLY, RESOLVE], paused_at__isnull=True):
        clock_actions.pause(clock=clock, reason=reason, by=by, at=at)


def go_on(handling: Handling, *, by: User, at: datetime) -> None:
    """Let what stands still go on."""
    for clock in running(handling).filter(paused_at__isnull=False):
        clock_actions.resume(clock=clock, by=by, at=at)


def extend(handling: Handling, *, days: int, by: User, at: datetime) -> Clock:
    """Add working days to the resolution's limit."""
    clock = running(handling).get(kind=RESOLVE)
    return clock_actions.extend(clock=clock, days=days, by=by, at=at)


def running(handling: Handling):
    """The running clocks of a turn, in a fixed order."""
    return Clock.objects.running().filter(kind__in=KEYS, owner_id=handling.pk).order_by("pk")


def is_behind(issue: Issue, at: datetime) -> bool:
    """Whether a clock of the case has reached a level that no sweep has raised yet."""
    return _due(issue, at).exists()


def catch_up(issue: Issue, at: datetime) -> bool:
    """Raise what the clocks of a locked case have reached, as a sweep on time would have; True if anything was due."""
    found = list(_due(issue, at).select_for_update().order_by("kind", "pk").values_list("kind", "pk"))
    for kind in dict(found):
        clock_actions.catch_up(kind=kind, clock_ids=[pk for key, pk in found if key == kind], at=at)
    return bool(found)


def _due(issue: Issue, at: datetime):
    turns = list(issue.handlings.values_list("pk", flat=True))
    return Clock.objects.running().filter(kind__in=KEYS, owner_id__in=turns).due_by(at)
