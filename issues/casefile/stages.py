"""The way of a case as its enterprise reads it: a plain line of stages, who has each, since or until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.clocks.localtime import local_date, today
from foundation.ui import text as words
from issues.lifecycle import public_status
from issues.models import Handling, Issue

S = Issue.Status
OFFICE_STAGES = (S.REGISTERED, S.RETURNED, S.ARBITRATION)
WHAT = {
    "issue.accept": gettext_lazy("签收"),
    "issue.first_reply": gettext_lazy("首次答复"),
    "issue.confirm": gettext_lazy("确认"),
}


@dataclass(frozen=True)
class Stage:
    """One stop: what it is called, whose it is, when it was reached or until when it will be."""

    label: str
    who: str
    when: str
    css: str


def until(due_at: datetime | None, *, provisional: bool = False) -> str:
    """The last moment in time, as people say it: 最迟 11月28日 24:00; nothing while no limit runs."""
    if due_at is None:
        return ""
    said = _("最迟 %(day)s 24:00") % {"day": spoken(local_date(due_at - timedelta(microseconds=1)))}
    return said + _("(暂定)") if provisional else said


def spoken(day: date) -> str:
    """11月28日, with the year where it is not this one."""
    year = "" if day.year == today().year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def limit(clock_kind: str, due_at: datetime | None, *, provisional: bool, waiting: bool, referred: bool = False) -> str:
    """The limit that runs now, and for what; that it stands still while the enterprise is asked."""
    if referred:
        return _("时限已暂停,等上级答复")
    if waiting:
        return _("时限已暂停,等您补充")
    if due_at is None:
        return ""
    what = WHAT.get(clock_kind, _("办结"))
    if local_date(due_at) <= today():
        last = spoken(local_date(due_at - timedelta(microseconds=1)))
        return _("原定 %(day)s 前%(what)s,已超期") % {"day": last, "what": what}
    return f"{until(due_at, provisional=provisional)} {what}"


def of(issue: Issue, turn: Handling | None) -> list[Stage]:
    """From sending to the enterprise's own confirmation; what is reached, where it stands, what is to come."""
    stops = [_sent(issue), *_turn_stops(issue, turn)]
    if issue.status == S.DECLINED or issue.closing == Issue.Closing.WITHDRAWN:
        name = _("不予受理") if issue.status == S.DECLINED else _("已撤回")
        who = _("企业服务办公室") if issue.status == S.DECLINED else _("本企业")
        ended = [stop for stop in stops[:1] if stop.at] + [Stop(name, who, issue.closed_at)]
        return [_stage(stop, "ok") for stop in ended]
    stops += [_resolved(issue, turn), _confirmed(issue)]
    reached = max(place for place, stop in enumerate(stops) if stop.at)
    css = ["ok"] * (reached + 1) + ["now"] + [""] * len(stops)
    return [_stage(stop, css[place]) for place, stop in enumerate(stops)]


@dataclass(frozen=True)
class Stop:
    """A stop before it is put into words."""

    label: str
    who: str
    at: datetime | None
    due_at: datetime | None = None
    paused: bool = False


def _sent(issue: Issue) -> Stop:
    who = _("本企业") if issue.channel == Issue.Channel.PORTAL else issue.get_channel_display()
    return Stop(_("提交"), who, issue.registered_at)


def _turn_stops(issue: Issue, turn: Handling | None) -> list[Stop]:
    """The office hands it over, the department accepts it and replies; a redo has only the one stop."""
    if turn is None or public_status(issue) == S.REGISTERED:
        return [Stop(_("交办"), _("企业服务办公室"), None), Stop(_("签收"), "", None), Stop(_("首次答复"), "", None)]
    name = turn.department.label
    if turn.is_redo:
        return [Stop(_("重办"), name, turn.dispatched_at)]
    return [
        Stop(_("交办"), _("企业服务办公室"), turn.dispatched_at),
        Stop(_("签收"), name, turn.accepted_at, turn.accept_due_at),
        Stop(_("首次答复"), name, turn.replied_at, turn.reply_due_at, issue.waiting_since is not None),
    ]


def _resolved(issue: Issue, turn: Handling | None) -> Stop:
    who, due_at = (turn.department.label, turn.resolve_due_at) if turn else ("", None)
    return Stop(_("办结"), who, issue.resolved_at, due_at, issue.waiting_since is not None)


def _confirmed(issue: Issue) -> Stop:
    closed = {
        Issue.Closing.OFFICE: _("企业服务办公室代为确认"),
        Issue.Closing.UNCONFIRMED: _("到期未确认"),
    }
    due_at = issue.due_at if issue.status == S.RESOLVED else None
    return Stop(_("您确认"), str(closed.get(issue.closing, _("本企业"))), issue.closed_at, due_at)  # type: ignore[call-overload]


def _stage(stop: Stop, css: str) -> Stage:
    if stop.at is not None:
        return Stage(stop.label, stop.who, words.daytime(stop.at), css)
    if css == "ok":
        return Stage(stop.label, stop.who, "", css)
    return Stage(stop.label, stop.who, _("时限暂停") if stop.paused else until(stop.due_at), css)


def now_line(issue: Issue, turn: Handling | None) -> str:
    """Where it stands, who has it and until when, in one line."""
    if issue.closed_at is not None:
        return ""
    if issue.status == S.RESOLVED:
        who = _("等您确认")
    elif issue.status == S.WAITING:
        who = _("等您补充")
    elif turn is None or issue.status in OFFICE_STAGES:
        return _("企业服务办公室正在核对,交给主办部门后会通知您")
    elif issue.status == S.REFERRED:
        who = _("已向上级反映,%(who)s跟进") % {"who": turn.department.label}
    else:
        who = _("%(who)s办理中") % {"who": turn.department.label}
    said = limit(issue.clock_kind, issue.due_at, provisional=issue.due_provisional, waiting=False)
    if issue.waiting_since is not None:
        said = _("时限已暂停")
    return f"{who} · {said}" if said else who
