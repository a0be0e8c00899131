"""The clocks app: everything with a deadline, and nothing about whose deadline it is."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClocksConfig(AppConfig):
    """Working-day calendar, clocks, ladders, warnings and the sweep."""

    name = "foundation.clocks"
    label = "clocks"
    verbose_name = _("时钟与日历")

    def ready(self) -> None:
        """Let a request ask for the calendar's version once, and messages wait for working days."""
        from foundation.clocks import calendar
        from foundation.notices import hours

        calendar.connect_requests()
        hours.use(lambda: calendar.current().is_working)
