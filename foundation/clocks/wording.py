"""The words for a deadline: 剩 2 个工作日, 今日到期, 超期 3 个工作日, 时钟暂停."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation.clocks.deadlines import overdue, remaining
from foundation.clocks.workdays import WorkingCalendar

LEVEL_WORDS = {
    0: gettext_lazy("正常"),
    1: gettext_lazy("黄牌"),
    2: gettext_lazy("红牌"),
    3: gettext_lazy("红牌升级"),
}
SHAPES = {0: "n", 1: "y", 2: "r", 3: "r"}  # the CSS class that draws shape and colour


def time_left(today: date, due_on: date, calendar: WorkingCalendar, *, provisional: bool = False) -> str:
    """How long is left, or how late it is, as of a Shanghai day."""
    if today > due_on:
        words = _late(overdue(today, due_on, calendar))
    elif today == due_on:
        words = _("今日到期")
    else:
        words = _left(remaining(today, due_on, calendar), (due_on - today).days)
    return words + _("(暂定)") if provisional else words


def paused_words() -> str:
    """The words while the clock stands."""
    return _("时钟暂停")


def stopped_words(*, in_time: bool) -> str:
    """The words after the clock was stopped."""
    return _("按时完成") if in_time else _("超期完成")


def _left(working_days: int, calendar_days: int) -> str:
    """Working days left; calendar days where a fixed date has no working day before it."""
    if working_days:
        return ngettext("剩 %(days)d 个工作日", "剩 %(days)d 个工作日", working_days) % {"days": working_days}
    return _("剩 %(days)d 天(均非工作日)") % {"days": calendar_days}


def _late(working_days: int) -> str:
    """Working days over; before the first of them is over, simply late."""
    if working_days:
        return ngettext("超期 %(days)d 个工作日", "超期 %(days)d 个工作日", working_days) % {"days": working_days}
    return _("已超期")
