"""The clocks of played lives, as the verbs and on-time sweeps would have left them."""

from __future__ import annotations

from datetime import datetime

from config.demo.builder.lives import Life
from config.demo.builder.parts import SYSTEM, Move, Turn
from config.demo.builder.world import World
from foundation.clocks import kinds, levels
from foundation.clocks.actions import Start, start_many
from foundation.clocks.deadlines import Instants
from foundation.clocks.localtime import last_day
from foundation.clocks.models import Clock, ClockChange, Ladder, Warning
from foundation.clocks.reckoning import Reckoner
from issues import lifecycle
from issues.limits import timing, warnings
from issues.models import CategoryRule, Event


def start(world: World, lives: list[Life]) -> None:
    """Start and stop every clock, move those that were paused or extended, and tell the timelines of warnings."""
    last = Clock.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    confirming = Ladder.current(timing.CONFIRM_LADDER)
    rule_ladder = Ladder.current(timing.LADDER)
    for kind in timing.KEYS:
        starts = [found for life in lives for turn in life.turns if (found := _start(kind, turn, life.rule))]
        ladder = confirming if kind == timing.CONFIRM else rule_ladder
        start_many(kind=kind, starts=starts, ladder=ladder, by=None, settled_at=world.now)
    _move(world, [turn for life in lives for turn in life.turns if turn.pauses or turn.moves], last)
    _mirror_running(last)
    _tell_timelines(lives, last)


def _mirror_running(last: int) -> None:
    """Mirror the turn that runs after the ended ones of the same case, as a verb that touches two turns does."""
    for kind in timing.KEYS:
        ids = list(Clock.objects.running().filter(pk__gt=last, kind=kind).order_by("pk").values_list("pk", flat=True))
        if ids:
            kinds.get(kind).refresh(ids)


def _start(kind: str, turn: Turn, rule: CategoryRule) -> Start | None:
    """The clock of one kind for one turn, if the turn owes it."""
    handling = turn.handling
    at = handling.dispatched_at
    if kind == timing.CONFIRM:
        if handling.resolved_at is None:
            return None
        days, at = rule.confirm_days, handling.resolved_at
    elif kind == timing.RESOLVE:
        days = rule.resolve_days
    elif handling.is_redo:
        return None
    else:
        days = rule.accept_days if kind == timing.ACCEPT else rule.reply_days
    resolving = kind == timing.RESOLVE
    stopped_at, reason = turn.stopped.get(kind, (None, ""))
    return Start(
        owner_id=handling.pk,
        at=at,
        days=days,
        extended_days=turn.extended_days if resolving else 0,
        pauses=tuple((began, ended, turn.stands_for) for began, ended in turn.pauses) if resolving else (),
        stopped_at=stopped_at,
        stop_reason=reason,
    )


def _move(world: World, turns: list[Turn], last: int) -> None:
    """Write how the deadlines of these turns moved, and the warnings that held until then."""
    owners = {turn.handling.pk: turn for turn in turns}
    rows = Clock.objects.filter(pk__gt=last, kind=timing.RESOLVE).select_related("ladder")
    clocks = [clock for clock in rows if clock.owner_id in owners]
    reckoner = Reckoner(world.calendar)
    traces = [_Trace(clock, owners[clock.owner_id], reckoner) for clock in clocks]
    ClockChange.objects.bulk_create([change for trace in traces for change in trace.changes], batch_size=1000)
    Clock.objects.bulk_update(clocks, ["due_set_at"], batch_size=500)
    _raise_later({clock.pk: clock.due_set_at for clock in clocks})
    passing = [warning for trace in traces for warning in trace.warnings]
    Warning.objects.bulk_create(passing, batch_size=1000, ignore_conflicts=True)


class _Trace:
    """One clock that was paused or extended, followed from its start: what moved, and what was warned meanwhile."""

    def __init__(self, clock: Clock, turn: Turn, reckoner: Reckoner) -> None:
        self.clock = clock
        self.reckoner = reckoner
        self.changes: list[ClockChange] = []
        self.warnings: list[Warning] = []
        self._spans: list[tuple[datetime, datetime | None]] = []
        self._granted = 0
        self._since: datetime | None = clock.started_at
        self._due = self._instants()
        for moment in self._moments(turn):
            self._pass(*moment)

    def _moments(self, turn: Turn) -> list[tuple[datetime, Move | None, tuple[datetime, datetime | None] | None]]:
        """When the clock was touched, in order: by the beginning of a pause, or by a move."""
        began = [(pause[0], None, None) for pause in turn.pauses]
        ended = {pause[1]: pause for pause in turn.pauses}
        moved = [(move.at, move, ended.get(move.at)) for move in turn.moves]
        return sorted([*began, *moved], key=lambda moment: moment[0])

    def _pass(self, at: datetime, move: Move | None, pause: tuple[datetime, datetime | None] | None) -> None:
        before = self._due
        if self._since is not None:
            self.warnings += self._warned(before, self._since, at)
        self._since = None if move is None else at
        if move is None:
            return
        self._granted += move.days
        self._spans += [pause] if pause else []
        self._due = self._instants()
        if self._due.due_at != before.due_at:
            self.clock.due_set_at = at
            self.changes.append(
                ClockChange(
                    clock=self.clock,
                    at=at,
                    cause=move.cause,
                    by=move.by,
                    old_due_at=before.due_at,
                    new_due_at=self._due.due_at,
                )
            )

    def _instants(self) -> Instants:
        """The instants under the pauses and days so far."""
        total, self.clock.extended_days = self.clock.extended_days, self._granted
        try:
            return self.reckoner.instants(self.clock, self.clock.ladder, self._spans)
        finally:
            self.clock.extended_days = total

    def _warned(self, due: Instants, since: datetime, until: datetime) -> list[Warning]:
        """What was raised between two touches, and taken back by the second."""
        boundaries = [(levels.YELLOW, due.yellow_at), (levels.RED, due.due_at)]
        return [
            Warning(clock=self.clock, level=level, due_at=due.due_at, raised_at=max(at, since), cleared_at=until)
            for level, at in boundaries
            if at <= until and due.due_at != self.clock.due_at
        ]


def _raise_later(set_at: dict[int, datetime]) -> None:
    """No warning of a deadline can be older than the deadline itself."""
    rows = [
        warning
        for warning in Warning.objects.filter(clock_id__in=list(set_at)).select_related("clock")
        if warning.due_at == warning.clock.due_at and warning.raised_at < set_at[warning.clock_id]
    ]
    for warning in rows:
        warning.raised_at = set_at[warning.clock_id]
    Warning.objects.bulk_update(rows, ["raised_at"], batch_size=500)


def _tell_timelines(lives: list[Life], last: int) -> None:
    """One event for every warning, in the words of the ledger."""
    cases = {turn.handling.pk: life.issue.pk for life in lives for turn in life.turns}
    rows = Warning.objects.filter(clock_id__gt=last, clock__kind__in=timing.KEYS).order_by("pk")
    facts = rows.values_list("clock__owner_id", "clock__kind", "level", "due_at", "raised_at")
    Event.objects.bulk_create(
        (
            _event(cases[owner], kind, level, due_at, raised_at)
            for owner, kind, level, due_at, raised_at in facts
            if _is_told(kind, level)
        ),
        batch_size=1000,
    )


def _is_told(kind: str, level: int) -> bool:
    """An enterprise's silence is told by the closing itself."""
    return kind != timing.CONFIRM or level == levels.YELLOW


def _event(issue_id: int, kind: str, level: int, due_at: datetime, raised_at: datetime) -> Event:
    verb = warnings.VERBS[level]
    day = last_day(due_at).isoformat()
    return Event(
        issue_id=issue_id,
        at=raised_at,
        verb=verb,
        actor=SYSTEM,
        text=str(warnings.WORDS[level]) % {"limit": warnings.LABELS[kind], "day": day},
        internal=not lifecycle.find(verb).public,
        data={"kind": kind, "due_on": day},
    )
