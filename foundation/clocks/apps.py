"""The clocks app: everything with a deadline, and nothing about whose deadline it is."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClocksConfig(AppConfig):
    """Working-day calendar, clocks, ladders, warnings and the sweep."""

    name = "foundation.clocks"
    label = "clocks"
    verbose_name = _("时钟与日历")

    def ready(self) -> None:
        """Let a request ask for the calendar's version once."""
        from foundation.clocks import calendar

        calendar.connect_requests()
