"""Issue numbers: PREFIX-YYYY-00001, counted anew each Shanghai year, without gaps."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from foundation.clocks.localtime import local_date
from issues.models import NumberSeries


def lock_series(at: datetime) -> NumberSeries:
    """The year's series, locked until the transaction ends: registrations of a year stand in line."""
    series, _created = NumberSeries.objects.select_for_update().get_or_create(year=local_date(at).year)
    return series


def take(series: NumberSeries) -> str:
    """The next number of a locked series; a rollback gives it back."""
    series.last += 1
    series.save(update_fields=["last"])
    return f"{settings.ISSUE_NUMBER_PREFIX}-{series.year}-{series.last:05d}"
