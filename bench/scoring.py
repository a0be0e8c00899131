"""Scoring every department of a month against the bare aggregates it rests on."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.measure import Result, paired
from supervision.catalogue import MEASURES
from supervision.periods import last_full_month
from supervision.standings import figures_by_department, reckon


def measure() -> list[Result]:
    period, now = last_full_month(), timezone.now()
    with CaptureQueriesContext(connection) as seen:
        for one in MEASURES.values():
            figures_by_department(one, period, now)
    statements = [query["sql"] for query in seen.captured_queries]

    def aggregates() -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                cursor.fetchall()

    result = paired("scores of all departments, one month", lambda: reckon(period, now=now), aggregates, goal=3, runs=7)
    whole = Result("scores of all departments (of 2 s allowed)", result.ours, 2000, 1)
    return [result, whole]
