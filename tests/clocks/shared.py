"""The official calendar of 2024 to 2026, as facts committed here."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from foundation.clocks.calendar_text import parse
from foundation.clocks.workdays import WorkingCalendar, YearSource

HERE = Path(__file__).resolve().parent


@cache
def official() -> WorkingCalendar:
    """The calendar of 2024 to 2026 from the committed facts alone."""
    lines = (HERE / "official_2024_2026.txt").read_text(encoding="utf-8").splitlines()
    years = {}
    for year in (2024, 2025, 2026):
        text = "\n".join(line for line in lines if line.startswith(str(year)))
        parsed = parse(text, year)
        assert not parsed.errors
        years[year] = YearSource(parsed.days, True, f"{year} notice")
    return WorkingCalendar(loaded=years)
