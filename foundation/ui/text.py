"""Words for people: masked phones, relative times, grouped numbers. Pure functions."""

import re
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MINUTE = 60
HOUR = 60 * MINUTE
MOBILE = re.compile(r"^(?:\+?86[- ]?)?(1\d{10})$")


def mask_phone(value: object) -> str:
    """A phone with its middle hidden: 13812340217 → 138****0217; a fixed line keeps its last two digits."""
    text = str(value or "").strip()
    mobile = MOBILE.match(text)
    if mobile:
        digits = mobile.group(1)
        return f"{digits[:3]}****{digits[-4:]}"
    seen = sum(char.isdigit() for char in text)
    kept, masked = 2, []
    for char in reversed(text):
        if not char.isdigit():
            masked.append(char)
        elif kept > 0 and seen > 4:
            masked.append(char)
            kept -= 1
        else:
            masked.append("*")
    return "".join(reversed(masked))


def day(value: date | datetime | None, today: date | None = None) -> str:
    """11-23, or 2025-11-23 when the year is not this one; — for None."""
    if value is None or value == "":
        return "—"
    on = local_date(value)
    this_year = (today or timezone.localdate()).year
    return on.strftime("%m-%d") if on.year == this_year else on.strftime("%Y-%m-%d")


def daytime(value: datetime | None, today: date | None = None) -> str:
    """11-09 09:14 in the portal's zone; — for None."""
    if not value:
        return "—"
    return f"{day(value, today)} {local(value):%H:%M}"


def exact(value: date | datetime) -> str:
    """The full form shown on hover: 2026-11-09 09:14:05, or the date alone."""
    if isinstance(value, datetime):
        return local(value).strftime("%Y-%m-%d %H:%M:%S")
    return value.strftime("%Y-%m-%d")


def ago(value: datetime, now: datetime) -> str:
    """刚刚 · 35 分钟前 · 2 小时前 · 今天 09:20 · 昨天 · 11-19."""
    moment, present = local(value), local(now)
    seconds = (present - moment).total_seconds()
    if seconds < 0:
        return daytime(value, present.date())
    if seconds < MINUTE:
        return _("刚刚")
    if seconds < HOUR:
        minutes = int(seconds // MINUTE)
        return ngettext("%(n)d 分钟前", "%(n)d 分钟前", minutes) % {"n": minutes}
    if seconds < 3 * HOUR:
        hours = int(seconds // HOUR)
        return ngettext("%(n)d 小时前", "%(n)d 小时前", hours) % {"n": hours}
    if moment.date() == present.date():
        return _("今天 %(time)s") % {"time": moment.strftime("%H:%M")}
    if moment.date() == present.date() - timedelta(days=1):
        return _("昨天 %(time)s") % {"time": moment.strftime("%H:%M")}
    return day(moment, present.date())


def number(value: object, places: int | None = None) -> str:
    """1,002 or 91.4; whatever is not a number is returned as text, None as —."""
    if value is None or value == "":
        return "—"
    if not isinstance(value, (int, float)) and not hasattr(value, "quantize"):
        return str(value)
    if places is not None:
        return f"{value:,.{places}f}"
    return f"{value:,}"


def local(value: datetime) -> datetime:
    """The instant in the portal's time zone; a naive value is taken as already local."""
    zone = timezone.get_default_timezone()
    return value.astimezone(zone) if value.tzinfo not in (None, zone) else value


def local_date(value: date | datetime) -> date:
    """The calendar day of an instant in the portal's time zone."""
    return local(value).date() if isinstance(value, datetime) else value
