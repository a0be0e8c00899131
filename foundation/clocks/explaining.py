"""Why a clock has its colour: one text for pages and notices, for many clocks in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

from django.utils.translation import gettext as _

from foundation.clocks import calendar, kinds, localtime, wording
from foundation.clocks.deadlines import DayProof, Due, Pause
from foundation.clocks.localtime import ONE_DAY, SHANGHAI, last_day, local_date
from foundation.clocks.models import Clock, ClockChange, ClockPause
from foundation.clocks.reckoning import as_if_ended, due_of
from foundation.clocks.workdays import WorkingCalendar


class Line(NamedTuple):
    """One line of an explanation: what it is about, and what is said of it."""

    term: str
    words: str


class Story(NamedTuple):
    """What happened to a clock."""

    pauses: list[ClockPause]
    changes: list[ClockChange]


class Explained(NamedTuple):
    """The proof of a deadline, and all that is to be said of it."""

    due: Due
    lines: list[Line]


def explain(clock: Clock, now: datetime | None = None) -> Explained:
    """Which limit, since when, what paused and moved it, which days counted, which rule, and what follows."""
    return _explained(clock, _stories([clock])[clock.pk], calendar.current(), now or localtime.now())


class Explanations:
    """The same as text for a batch of clocks, read in a constant number of queries when the first is asked for."""

    def __init__(self, clock_ids: Iterable[int]) -> None:
        """Keep the ids."""
        self._ids = set(clock_ids)

    def text(self, clock_id: int, at: datetime) -> str:
        """Why a clock has its colour, as of an instant."""
        clock = self._clocks[clock_id]
        return as_text(_explained(clock, self._stories[clock_id], self._calendar, at).lines)

    @cached_property
    def _clocks(self) -> dict[int, Clock]:
        return Clock.objects.select_related("ladder").in_bulk(self._ids)

    @cached_property
    def _stories(self) -> dict[int, Story]:
        return _stories(self._clocks.values())

    @cached_property
    def _calendar(self) -> WorkingCalendar:
        return calendar.current()


def as_text(lines: Iterable[Line]) -> str:
    """An explanation as a message says it, a line each."""
    return "\n".join(f"{line.term}:{line.words}" for line in lines)


def _stories(clocks: Collection[Clock]) -> dict[int, Story]:
    """Pauses and changes of these clocks, in two queries."""
    found: dict[int, Story] = defaultdict(lambda: Story([], []))
    ids = [clock.pk for clock in clocks]
    for pause in ClockPause.objects.filter(clock_id__in=ids):
        found[pause.clock_id].pauses.append(pause)
    for change in ClockChange.objects.filter(clock_id__in=ids):
        found[change.clock_id].changes.append(change)
    return found


def _explained(clock: Clock, story: Story, in_force: WorkingCalendar, now: datetime) -> Explained:
    spans = [Pause(pause.began_at, pause.ended_at, pause.skips_first_day) for pause in story.pauses]
    due = due_of(clock, in_force, [as_if_ended(span, clock, now) for span in spans])
    as_ended = clock.stopped_at is None or due.on == clock.due_on  # or a calendar was loaded after the end
    said = Line(_("时限"), _limit(clock)), Line(_("起算"), _since(clock))
    counted = _days(due) if as_ended and not due.fixed else ()
    paused = [Line(_("暂停"), ";".join(map(_pause, story.pauses)))] if story.pauses else []
    moved = [Line(_("变更"), ";".join(map(_change, story.changes)))] if story.changes else []
    rule = _("%(name)s,第 %(version)d 版") % {"name": clock.ladder.name, "version": clock.ladder.version}
    rest = (
        Line(_("到期"), _ends(clock, due)),
        Line(_("颜色"), _colours(clock, now)),
        Line(_("规则"), rule),
    )
    return Explained(due, [*said, *counted, *paused, *moved, *rest, *_calendars(due)])


def _limit(clock: Clock) -> str:
    """签收时限,8 个工作日(含延期 3 个)."""
    words = str(kinds.get(clock.kind).label)
    if clock.fixed_on is not None:
        words += _(",固定日期 %(day)s") % {"day": clock.fixed_on.isoformat()}
    else:
        words += _(",%(days)d 个工作日") % {"days": (clock.days or 0) + clock.extended_days}
    return words + (_("(含延期 %(days)d 个)") % {"days": clock.extended_days} if clock.extended_days else "")


def _since(clock: Clock) -> str:
    began = _moment(clock.started_at)
    return began if clock.fixed_on else _("%(began)s,当日不计") % {"began": began}


def _days(due: Due) -> Iterator[Line]:
    """The days that counted, and those that did not with their reasons."""
    days = due.days
    counted = [day.date for day in days if day.count]
    if counted:
        yield Line(_("计入"), _("%(days)s,共 %(n)d 个工作日") % {"days": _runs(counted), "n": len(counted)})
    if made_up := [day.date for day in days if day.count and day.date.weekday() >= 5]:
        yield Line(_("调休"), _("%(days)s 为调休上班,计入") % {"days": _runs(made_up)})
    off: dict[str, list[date]] = defaultdict(list)
    for day in days:
        if not day.working:
            off[_reason(day)].append(day.date)
    said = [f"{reason} {_runs(dates)}" for reason, dates in off.items()]
    if stood := [day.date for day in days if day.paused]:
        said.append(_("暂停 %(days)s") % {"days": _runs(stood)})
    if said:
        yield Line(_("不计"), ";".join(said))


def _reason(day: DayProof) -> str:
    """Why a day is off: a weekend, or its holiday."""
    return _("周末") if day.why in ("周六", "周日") else day.why


def _pause(pause: ClockPause) -> str:
    ended = _moment(pause.ended_at) if pause.ended_at else _("现在")
    words = _("%(began)s 至 %(ended)s") % {"began": _moment(pause.began_at), "ended": ended}
    return f"{words}({pause.reason})" if pause.reason else words


def _change(change: ClockChange) -> str:
    words = {
        "day": local_date(change.at).isoformat(),
        "cause": change.get_cause_display(),
        "old": last_day(change.old_due_at).isoformat(),
        "new": last_day(change.new_due_at).isoformat(),
    }
    if words["old"] == words["new"]:
        return _("%(day)s %(cause)s,到期日不变,颜色重新计算") % words
    return _("%(day)s %(cause)s,由 %(old)s 改为 %(new)s") % words


def _ends(clock: Clock, due: Due) -> str:
    if clock.stopped_at is not None and due.on != clock.due_on:
        return _("%(day)s 24:00(按停止计时时的日历)") % {"day": clock.due_on.isoformat()}
    words = _("%(day)s 24:00") % {"day": due.on.isoformat()}
    if clock.paused_at is not None:
        words += _("(暂停中,假定现在恢复)")
    if due.provisional:
        words += _("(暂定:部分日期所在年度的放假安排尚未公布,按周末推算)")
    return words


def _colours(clock: Clock, now: datetime) -> str:
    """What it shows and since when, and when it turns; a stopped clock tells how it ended."""
    if clock.stopped_at is not None:
        ended = wording.stopped_words(in_time=clock.in_time)
        return _("%(ended)s(%(at)s)") % {"ended": ended, "at": _moment(clock.stopped_at)}
    shown = str(wording.LEVEL_WORDS[clock.level])
    if clock.paused_at is not None:
        return _("%(shown)s,时钟暂停自 %(at)s") % {"shown": shown, "at": _moment(clock.paused_at)}
    instants = {1: clock.yellow_at, 2: clock.due_at, 3: clock.escalate_at}
    parts = [shown]
    if since := instants.get(clock.level):
        parts[0] = _("%(shown)s,自 %(at)s 起") % {"shown": shown, "at": _moment(max(since, clock.due_set_at))}
    verbs = {1: _("转黄"), 2: _("转红"), 3: _("升级")}
    parts += [
        f"{_moment(at)} {verbs[level]}" for level, at in instants.items() if at and at > now and level > clock.level
    ]
    return ";".join(parts)


def _calendars(due: Due) -> list[Line]:
    return [Line(_("日历"), "、".join(due.sources))] if due.sources else []


def _moment(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _runs(days: Iterable[date]) -> str:
    """Days with unbroken runs drawn together: 11-10 至 11-13、11-18."""
    runs: list[list[date]] = []
    for day in days:
        if runs and day - runs[-1][-1] == ONE_DAY:
            runs[-1].append(day)
        else:
            runs.append([day])
    return "、".join(_run(run[0], run[-1]) for run in runs)


def _run(first: date, last: date) -> str:
    if first == last:
        return f"{first:%m-%d}"
    return _("%(first)s 至 %(last)s") % {"first": f"{first:%m-%d}", "last": f"{last:%m-%d}"}
