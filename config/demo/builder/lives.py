"""The life of one case, played forward until now: the same verbs, facts and texts that the ledger's actions write.

Nothing here touches the database: a life is an unsaved issue with its turns, requests and events.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from random import Random
from typing import Any

from config.demo import speech
from config.demo.builder.diary import Diary
from config.demo.builder.pace import Pace
from config.demo.builder.parts import SYSTEM, Cast, Move, Turn, Unfinished
from config.demo.builder.plans import Plan
from config.demo.builder.script import Script
from config.demo.builder.world import Staff
from foundation.accounts.models import Department, User
from foundation.clocks.models import ClockChange
from issues import lifecycle, ratings
from issues.actions.referral import referred_words, sent_words
from issues.limits import timing
from issues.models import CategoryRule, Event, Extension, Handling, Issue

S = Issue.Status
Cause = ClockChange.Cause
REFERRED = "已向上级反映"  # the reason the refer verb gives for its pause
ABOVE = {"state": "国家有关部委(经省级转报)", "province": "省级主管部门", "city": "市级主管部门"}
RATINGS = ((5, 4, 3, 2, 1), (57, 27, 11, 3, 2))
LATE_RATINGS = ((5, 4, 3, 2, 1), (30, 30, 24, 11, 5))


class Life:
    """Plays one plan."""

    def __init__(
        self,
        plan: Plan,
        issue: Issue,
        cast: Cast,
        script: Script,
        rule: CategoryRule,
        diary: Diary,
        now: datetime,
    ) -> None:
        self.plan = plan
        self.issue = issue
        self.cast = cast
        self.script = script
        self.rule = rule
        self.diary = diary
        self.now = now
        self.rng: Random = diary.rng
        self.turns: list[Turn] = []
        self.events: list[Event] = []
        self._said: Counter[str] = Counter()
        self._held = False

    def play(self) -> Life:
        """Everything that has happened by now."""
        try:
            self._play()
        except Unfinished:
            pass
        return self

    def _play(self) -> None:
        at = self._register()
        if self.plan.decline:
            self._decline(self.diary.on(at, 0))
            return
        at = self._dispatch(self.diary.soon(at), self.plan.departments[0])
        for wrong in range(self.plan.returns):
            at = self._give_back(self.diary.soon(at) if self.rng.random() < 0.5 else self._before_noon(at))
            following = self.plan.departments[wrong + 1]
            at = self._dispatch(self.diary.soon(at), following) if wrong == 0 else self._rule(at, following)
        at = self._accept(at)
        if self.plan.reassigns:
            at = self._accept(self._reassign(self.diary.on(at, 1), self.plan.departments[-1]))
        if self.plan.transfers:
            at = self._transfer(self.diary.soon(at))
        for outcome in self.plan.outcomes:
            at = self._resolve(self._work(at))
            at = self._outcome(at, outcome)

    def _before_noon(self, at: datetime) -> datetime:
        """Early on the next working day, within the day a department has to return a case."""
        found = self.diary.on(at, 1)
        return found.replace(hour=9)

    # -- writing down -------------------------------------------------------------------------------------------------

    def _reach(self, at: datetime) -> None:
        """Refuse to go on where the case was meant to stand, or the time has not come."""
        if self._held or at > self.now:
            raise Unfinished

    def _write(self, at: datetime, verb: str, by: User | None, text: str = "", **data: Any) -> None:
        transition = lifecycle.find(verb)
        issue = self.issue
        if verb == "return" and issue.return_count > 1:
            issue.status = lifecycle.SECOND_RETURN_TO
        elif transition.to:
            issue.status = transition.to
        issue.version += 1
        issue.last_event_at = at
        if transition.public:
            issue.last_public_event_at = at
        self.events.append(
            Event(
                issue=issue,
                at=at,
                verb=verb,
                by=by,
                actor=self._actor(by),
                text=text,
                internal=not transition.public,
                data=data,
            )
        )
        self._said[verb] += 1
        if verb == self.plan.hold and self._said[verb] >= self.plan.hold_count:
            self._held = True

    def _actor(self, by: User | None) -> str:
        if by is None:
            return SYSTEM
        return by.department.label if by.department else self.issue.enterprise.name[:80]

    def _note(self, at: datetime, by: User, text: str) -> None:
        self._reach(at)
        self._write(at, "note", by, text)

    # -- the people ---------------------------------------------------------------------------------------------------

    @property
    def turn(self) -> Turn:
        return self.turns[-1]

    @property
    def _staff(self) -> Staff:
        return self.cast.staff[self.turn.handling.department.pk]

    @property
    def _handler(self) -> User:
        return self.issue.handler or self._staff.handlers[0]

    # -- coming in and being given out --------------------------------------------------------------------------------

    def _register(self) -> datetime:
        issue, at = self.issue, self.plan.registered_at
        self._reach(at)
        self._write(at, "register", self.cast.registrar, channel=str(issue.channel))
        return at

    def _decline(self, at: datetime) -> None:
        self._reach(at)
        self.issue.closing, self.issue.closed_at = Issue.Closing.DECLINED, at
        self._write(at, "decline", self.cast.office, self.script.say(speech.DECLINE_REASONS))

    def _dispatch(self, at: datetime, to: Department) -> datetime:
        self._reach(at)
        self._open_turn(at, to)
        self._write(at, "dispatch", self.cast.office, department=to.label, round=self.turn.handling.round)
        note = self.script.say(speech.DISPATCH_NOTES)
        if note and not self._held:
            self._note(at, self.cast.office, note)
        return at

    def _open_turn(self, at: datetime, to: Department, redo: bool = False) -> None:
        issue = self.issue
        issue.rule, issue.department = self.rule, to
        if not redo:
            issue.handler = None
        handling = Handling(issue=issue, department=to, round=len(self.turns) + 1, dispatched_at=at, is_redo=redo)
        if redo:
            handling.accepted_at = at
        self.turns.append(Turn(handling))

    def _give_back(self, at: datetime) -> datetime:
        self._reach(at)
        turn, issue = self.turn, self.issue
        by = self._staff.handlers[0]
        label = turn.handling.department.label
        text = self.script.say(speech.RETURN_REASONS, other=self.plan.departments[len(self.turns)].label)
        kinds = Handling.ReturnKind
        kind = kinds.OTHER_LEAD if "牵头" in text or "主管" in text else kinds.NOT_OURS
        turn.handling.ended, turn.handling.ended_at, turn.handling.return_kind = Handling.Ended.RETURNED, at, kind
        turn.stop(timing.ACCEPT, timing.FIRST_REPLY, timing.RESOLVE, at=at, reason="returned")
        issue.return_count += 1
        issue.department = issue.handler = None
        self._write(at, "return", by, text, department=label, count=issue.return_count, kind=str(kind))
        return at

    def _reassign(self, at: datetime, to: Department) -> datetime:
        """The office gives the case to the department that should have had it."""
        self._reach(at)
        turn, before = self.turn, self.turn.handling.department.label
        turn.handling.ended, turn.handling.ended_at = Handling.Ended.REASSIGNED, at
        turn.stop(timing.ACCEPT, timing.FIRST_REPLY, timing.RESOLVE, at=at, reason="reassigned")
        self._open_turn(at, to)
        text = self.script.say(speech.REASSIGN_REASONS, dept=to.label, other=before)
        facts = {"before": before, "department": to.label, "round": self.turn.handling.round}
        self._write(at, "reassign", self.cast.office, text, **facts)
        return at

    def _transfer(self, at: datetime) -> datetime:
        """A colleague takes over, if there is one."""
        others = [user for user in self._staff.handlers if user != self._handler]
        if not others:
            return at
        self._reach(at)
        by, handler = self._handler, self.rng.choice(others)
        self.issue.handler = handler
        text = f"转{handler.name}办理。" + self.script.say(speech.TRANSFER_NOTES)
        self._write(at, "transfer", by, text, department="", handler=handler.name)
        return at

    def _rule(self, at: datetime, to: Department) -> datetime:
        at = self.diary.on(at, 1)
        self._reach(at)
        other = self.turn.handling.department.label
        self.issue.binding = True
        self._open_turn(at, to)
        text = self.script.say(speech.ARBITRATION_NOTES, dept=to.label, other=other)
        self._write(at, "rule", self.cast.office, text, department=to.label, round=self.turn.handling.round)
        return at

    def _accept(self, at: datetime) -> datetime:
        """Somebody signs for it, or nobody does and it counts as signed for when the day is over."""
        turn = self.turn
        if self.rng.random() < self.plan.slow * 0.5:
            return self._deem_accepted(self.diary.end_of(at, self.rule.accept_days))
        at = self.diary.soon(at) if self.rng.random() < 0.7 else self.diary.on(at, 1)
        self._reach(at)
        handler = self.rng.choice(self._staff.handlers)
        if self.plan.handler:
            handler = self.plan.handler
        self.issue.handler = handler
        turn.handling.accepted_at = at
        turn.stop(timing.ACCEPT, at=at, reason="accepted")
        self._write(at, "accept", handler, handler=handler.name)
        return at

    def _deem_accepted(self, at: datetime) -> datetime:
        self._reach(at)
        handling = self.turn.handling
        handling.accepted_at, handling.accept_deemed = at, True
        self.turn.stop(timing.ACCEPT, at=at, reason="deemed accepted")
        self._write(at, "deem_accepted", None)
        return at

    # -- the work -----------------------------------------------------------------------------------------------------

    def _work(self, at: datetime) -> datetime:
        """What the department does until it can resolve; returns when it does."""
        pace = Pace(self, at)
        at = self._reply(pace.at(pace.reply))
        if self.rng.random() < 0.3:
            note = self.script.say(speech.INTERNAL_NOTES)
            self._note(at := self.diary.soon(at), self._handler, note)
        if self.plan.asks and len(self.turns) == 1:
            at = self._question(at, pace)
        if self.plan.refers:
            return self._refer(self.diary.on(at, 1))
        if self.plan.extends and len(self.turns) == 1:
            at = self._extension(at, pace)
        elif pace.goal - pace.reply > 4 and self.rng.random() < 0.4:
            middle = pace.at(pace.reply + 2, after=at)
            at = self._progress(middle)
        return pace.at(pace.goal, after=at)

    def _reply(self, at: datetime) -> datetime:
        self._reach(at)
        turn = self.turn
        first = {} if turn.handling.is_redo else {"first": True}
        turn.handling.replied_at = at
        turn.stop(timing.FIRST_REPLY, at=at, reason="replied")
        self._write(at, "reply", self._handler, self.script.first_reply(), **first)
        return at

    def _progress(self, at: datetime) -> datetime:
        self._reach(at)
        self._write(at, "reply", self._handler, self.script.progress())
        return at

    def _question(self, at: datetime, pace: Pace) -> datetime:
        at = self.diary.on(at, self.rng.choice((0, 1)))
        self._reach(at)
        issue, turn = self.issue, self.turn
        issue.waiting_since = at
        turn.pauses.append((at, None))
        self._write(at, "ask", self._handler, self.script.question())
        answered = self.diary.on(at, self.rng.choice((1, 2, 2, 3, 4, 6)))
        self._reach(answered)
        issue.waiting_since = None
        turn.pauses[-1] = (at, answered)
        turn.moves.append(Move(answered, Cause.PAUSE, self.cast.speaker))
        self._write(answered, "answer", self.cast.speaker, self.script.answer())
        pace.shift += self.diary.between(at.date(), answered.date())
        return answered

    def _refer(self, at: datetime) -> datetime:
        """It goes upward, and no answer has come yet."""
        self._reach(at)
        level, text = self.script.want()
        self.issue.waiting_since = at
        self.turn.pauses.append((at, None))
        self.turn.stands_for = REFERRED
        self._write(at, "refer", self._handler, referred_words(level), level=level)
        self._write(at, "note", self._handler, sent_words(ABOVE[level], "", text))
        raise Unfinished

    def _extension(self, at: datetime, pace: Pace) -> datetime:
        limit = pace.limit
        at = pace.at(max(pace.reply, limit - 1 - int(self.rng.random() * 2)), after=at)
        self._reach(at)
        turn = self.turn
        days = min(self.rng.choice((3, 5, 5, 8, 10)), self.rule.extension_limit)
        reason = self.script.say(speech.EXTENSION_REASONS, days=str(days))
        request = Extension(
            handling=turn.handling, days=days, reason=reason, requested_at=at, requested_by=self._handler
        )
        turn.extensions.append(request)
        self._write(at, "request_extension", self._handler, reason, days=days)
        return self._decision(self.diary.soon(at), request, pace)

    def _decision(self, at: datetime, request: Extension, pace: Pace) -> datetime:
        self._reach(at)
        head = self._staff.head
        granted = self.rng.random() < 0.8
        request.state = Extension.State.APPROVED if granted else Extension.State.REFUSED
        request.decided_at, request.decided_by = at, head
        request.decision_note = self.script.say(speech.APPROVALS if granted else speech.REFUSALS_OF_EXTENSION)
        if not granted:
            self._write(at, "refuse_extension", head, request.decision_note, days=request.days)
            return at
        turn = self.turn
        turn.extended_days += request.days
        turn.moves.append(Move(at, Cause.EXTENSION, head, request.days))
        pace.goal = pace.limit + 1 + int(self.rng.random() * request.days)
        due_on = self._due_on(turn)
        text = f"办结期限延长 {request.days} 个工作日,至 {due_on}。"
        self._write(at, "approve_extension", head, text, days=request.days, due_on=due_on.isoformat())
        return at

    def _due_on(self, turn: Turn) -> date:
        """The due day of the resolve clock as it stands."""
        start = turn.handling.dispatched_at.date()
        lost = sum(self.diary.between(began.date(), ended.date()) for began, ended in turn.pauses if ended)
        return self.diary.nth_after(start, self.rule.resolve_days + turn.extended_days + lost)

    def _resolve(self, at: datetime) -> datetime:
        self._reach(at)
        issue, turn = self.issue, self.turn
        found = self.script.resolved()
        issue.resolution, issue.resolution_text = found.resolution, found.text
        issue.resolution_basis, issue.resolution_level = found.basis, found.level
        told = {"told_way": found.told_way, "told_on": at.date().isoformat()} if found.told_way else {}
        issue.resolution_told_way, issue.resolution_told_on = found.told_way, at.date() if told else None
        issue.resolved_at, issue.resolved_by = at, self._handler
        turn.stop(timing.RESOLVE, at=at, reason="resolved")
        turn.handling.resolved_at = turn.handling.ended_at = at
        turn.handling.ended = Handling.Ended.RESOLVED
        self._write(
            at,
            "resolve",
            self._handler,
            found.text,
            resolution=found.resolution,
            basis=found.basis,
            level=found.level,
            **told,
        )
        return at

    # -- the second key -----------------------------------------------------------------------------------------------

    def _outcome(self, at: datetime, outcome: str) -> datetime:
        """What became of the resolution; returns when."""
        until = self.diary.end_of(at, self.rule.confirm_days)
        if outcome == "silence":
            return self._close(until, Issue.Closing.UNCONFIRMED, "close_unconfirmed", None)
        days = self.rng.choice((0, 1, 1, 2, 3)) if outcome != "close" else self.rng.choice((2, 3, 4))
        at = self.diary.on(at, min(days, self.rule.confirm_days - 1))
        self._reach(at)
        if outcome == "confirm":
            return self._confirm(at)
        if outcome == "close":
            note = self.script.say(speech.CALL_NOTES)
            return self._close(at, Issue.Closing.OFFICE, "close", self.cast.office, note)
        if outcome == "reject":
            return self._redo(at, "reject", self.cast.speaker, self.script.say(speech.REJECT_REASONS))
        self._close(at, Issue.Closing.OFFICE, "close", self.cast.office, self.script.say(speech.CALL_NOTES))
        return self._reopen(self.diary.on(at, 4 + int(self.rng.random() * 12)))

    def _confirm(self, at: datetime) -> datetime:
        issue = self.issue
        values, weights = LATE_RATINGS if self.plan.late else RATINGS
        issue.rating = self.rng.choices(values, weights)[0]
        issue.rating_comment = self.script.say(speech.COMMENTS[issue.rating])
        issue.rating_tags = self._tags(issue.rating)
        issue.rated_at = at
        issue.closing, issue.closed_at = Issue.Closing.CONFIRMED, at
        self.turn.stop(timing.CONFIRM, at=at, reason="confirmed")
        tags = {"tags": issue.rating_tags} if issue.rating_tags else {}
        self._write(at, "confirm", self.cast.speaker, issue.rating_comment, rating=issue.rating, **tags)
        return at

    def _tags(self, rating: int) -> list[str]:
        """None, one or two of the tags that the grade offers; a bad grade has one at least."""
        offered = ratings.offered(rating)
        count = int(self.rng.random() * 3) or int(rating <= ratings.BAD)
        chosen = self.rng.sample(offered, count)
        return [key for key in offered if key in chosen]

    def _close(self, at: datetime, closing: Issue.Closing, verb: str, by: User | None, text: str = "") -> datetime:
        self._reach(at)
        self.issue.closing, self.issue.closed_at = closing, at
        reason = "confirmed by the office" if by else "unconfirmed"
        self.turn.stop(timing.CONFIRM, at=at, reason=reason)
        self._write(at, verb, by, text)
        return at

    def _reopen(self, at: datetime) -> datetime:
        self._reach(at)
        issue = self.issue
        before = {"closing": str(issue.closing), "rating": issue.rating}
        issue.closing, issue.closed_at = "", None
        return self._redo(at, "reopen", self.cast.office, self.script.say(speech.REOPEN_REASONS), before=before)

    def _redo(self, at: datetime, verb: str, by: User, text: str, **data: Any) -> datetime:
        """The same department once more, under a fresh limit."""
        issue, turn = self.issue, self.turn
        turn.stop(timing.CONFIRM, at=at, reason="rejected")
        turn.handling.rejected_at = at
        issue.resolution = issue.resolution_text = issue.resolution_basis = issue.resolution_level = ""
        issue.resolution_told_way, issue.resolution_told_on = "", None
        issue.resolved_at = issue.resolved_by = None
        issue.reopened_count += 1
        self._open_turn(at, turn.handling.department, redo=True)
        self._write(at, verb, by, text, round=self.turn.handling.round, **data)
        return at
