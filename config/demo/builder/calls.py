"""Follow-up calls of the last weeks: a draw every morning, most calls made, a few that found a false closing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from config.demo import speech
from config.demo.builder.world import World, at
from foundation.accounts.models import User
from foundation.clocks.actions import Start, start_many
from foundation.clocks.localtime import local_date
from foundation.clocks.models import Ladder
from issues import ratings
from issues.actions.call_ends import CLOCK
from issues.actions.calls import CALLED, REACH
from issues.calling.sampling import Closure, draw
from issues.lifecycle import find
from issues.limits import timing
from issues.models import CallDraw, CallKind, CallRule, DrawnCase, Event, FollowUpCall, Handling, Issue

Finding = FollowUpCall.Finding
HOUR = 3 + 50 / 60  # beat's hour
FINDINGS = ((Finding.SOLVED, Finding.UNREACHED, Finding.UNSOLVED), (66, 8, 26))
REDONE = timedelta(days=9)  # what was taken up again longer ago would be past its limit, with a story of its own
REFUTED = "回访时企业表示问题没有真正解决,退回原部门重办。"  # as the action writes it


def build(world: World) -> None:
    """Draw as every night would have drawn, and make the calls that were due by now."""
    rng = world.rng("calls")
    rule = CallRule.objects.all()[0]
    office = world.accounts.get("office", world.office[0])
    calls = list(_draws(world, rng, rule))
    FollowUpCall.objects.bulk_create(calls)
    redone = [_made(world.now, rng, call, office) for call in calls]
    FollowUpCall.objects.bulk_update(calls, ["finding", "note", "done_at", "done_by", "tries", "version"])
    starts = [
        Start(call.pk, call.drawn_at, rule.call_days, stopped_at=call.done_at, stop_reason=call.finding)
        for call in calls
    ]
    start_many(kind=CLOCK, starts=starts, ladder=Ladder.current(CLOCK), by=None, settled_at=world.now)
    _take_up_again(world, [call for call in redone if call])
    world.say(f"回访 {len(calls)} 件")


def _draws(world: World, rng: Random, rule: CallRule) -> Iterator[FollowUpCall]:
    """One draw for every night since closings are asked about."""
    rows = Issue.objects.filter(closing__in=CALLED, closed_at__gt=world.now - REACH, closed_at__lte=world.now)
    closed = list(rows.order_by("closed_at", "pk"))
    turns = dict(
        Handling.objects.filter(issue__in=closed, ended=Handling.Ended.RESOLVED)
        .order_by("round")
        .values_list("issue_id", "pk")
    )
    owed: dict[str, int] = {}
    day = local_date(world.now - REACH)
    while (moment := at(day, HOUR)) <= world.now:
        day += timedelta(days=1)
        tonight = [issue for issue in closed if issue.closed_at and issue.closed_at <= moment]
        closed = closed[len(tonight) :]
        if not tonight:
            continue
        seed = f"{rng.getrandbits(64):016x}"
        result = draw(seed, [Closure(i.pk, i.number, _kind(i)) for i in tonight], rule.shares, owed)
        owed = result.owed
        made = CallDraw.objects.create(at=moment, seed=seed, rule=rule, owed=owed)
        facts = {issue.pk: issue for issue in tonight}
        DrawnCase.objects.bulk_create(
            DrawnCase(
                draw=made,
                issue=facts[row.closure.issue_id],
                closed_at=facts[row.closure.issue_id].closed_at or moment,
                kind=row.closure.kind,
                lot=row.lot,
                place=row.place,
                chosen=row.chosen,
            )
            for row in result.rows
        )
        for row in result.rows:
            if row.chosen:
                issue = facts[row.closure.issue_id]
                yield FollowUpCall(
                    issue=issue, handling_id=turns[issue.pk], draw=made, kind=row.closure.kind, drawn_at=moment
                )


def _kind(issue: Issue) -> str:
    if issue.closing == Issue.Closing.UNCONFIRMED:
        return CallKind.UNCONFIRMED
    return CallKind.BAD_RATING if issue.rating and issue.rating <= ratings.BAD else CallKind.CONFIRMED


def _made(now: datetime, rng: Random, call: FollowUpCall, office: User) -> FollowUpCall | None:
    """Make the call some days after the draw, if that has come; the call, where the case has to be done again."""
    done_at = call.drawn_at + timedelta(days=rng.randint(1, 6), hours=rng.uniform(6, 13))
    finding = rng.choices(*FINDINGS)[0]
    if done_at > now:
        return None
    if finding == Finding.UNSOLVED and done_at < now - REDONE:
        finding = Finding.SOLVED
    call.finding, call.done_at, call.done_by = finding, done_at, office
    call.note = rng.choice(speech.FOLLOW_UP_NOTES[finding])
    call.tries = FollowUpCall.MOST_TRIES if finding == Finding.UNREACHED else 0
    call.version = 2
    return call if finding == Finding.UNSOLVED else None


def _take_up_again(world: World, calls: list[FollowUpCall]) -> None:
    """What the calls found false is with its department again, under a new limit."""
    before = Handling.objects.select_related("department").in_bulk([call.handling_id for call in calls])
    starts = []
    for call in calls:
        issue, turn, moment = call.issue, before[call.handling_id], call.done_at
        assert moment is not None and issue.rule is not None
        turn.rejected_at, turn.false_closure = moment, True
        turn.save(update_fields=["rejected_at", "false_closure"])
        void = {"closing": str(issue.closing), "rating": issue.rating}
        issue.closing, issue.closed_at, issue.status = "", None, Issue.Status.HANDLING
        issue.rating, issue.rated_at, issue.rating_comment, issue.rating_tags = None, None, "", []
        issue.resolution = issue.resolution_text = issue.resolution_basis = issue.resolution_level = ""
        issue.resolution_told_way, issue.resolution_told_on = "", None
        issue.resolved_at = issue.resolved_by = None
        issue.reopened_count += 1
        issue.version += 2
        issue.last_event_at = issue.last_public_event_at = moment
        issue.save()
        again = Handling.objects.create(
            issue=issue,
            department=turn.department,
            round=turn.round + 1,
            is_redo=True,
            dispatched_at=moment,
            accepted_at=moment,
        )
        starts.append(Start(again.pk, moment, issue.rule.resolve_days))
        _say(call, "refute", REFUTED, round=again.round, before=void)
        _say(call, "note", f"回访情况:{call.note}")
    ladder = Ladder.current(timing.LADDER)
    start_many(kind=timing.RESOLVE, starts=starts, ladder=ladder, by=None, settled_at=world.now)


def _say(call: FollowUpCall, verb: str, text: str, **data: object) -> None:
    assert call.done_by is not None and call.done_at is not None
    Event.objects.create(
        issue=call.issue,
        at=call.done_at,
        verb=verb,
        by=call.done_by,
        actor=call.done_by.department.label if call.done_by.department else call.done_by.name,
        text=text,
        internal=not find(verb).public,
        data=data,
    )
