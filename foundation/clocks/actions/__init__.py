"""Every write of the clocks app; each verb is one transaction and calls the kind's refresh."""

from foundation.clocks.actions.calendars import CalendarPreview, load_calendar, preview_calendar
from foundation.clocks.actions.ladders import ensure_ladder, save_ladder
from foundation.clocks.actions.lifecycle import extend, move_due, pause, reopen, resume, stop
from foundation.clocks.actions.starting import Start, start, start_many
from foundation.clocks.actions.stopping import stop_many
from foundation.clocks.actions.sweeping import SweepResult, catch_up, sweep

__all__ = [
    "CalendarPreview",
    "Start",
    "SweepResult",
    "catch_up",
    "ensure_ladder",
    "extend",
    "load_calendar",
    "move_due",
    "pause",
    "preview_calendar",
    "reopen",
    "resume",
    "save_ladder",
    "start",
    "start_many",
    "stop",
    "stop_many",
    "sweep",
]
