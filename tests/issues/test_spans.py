"""Dates said from today: the address keeps the word, and each opening finds other rows."""

from __future__ import annotations

from datetime import date

import pytest

from issues import actions
from issues.desk import spans
from tests.clocks.shared import official
from tests.issues import factories
from tests.issues.factories import sh


@pytest.mark.parametrize(
    "key, first, last",
    [
        ("today", "2026-11-22", "2026-11-22"),
        ("7d", "2026-11-16", "2026-11-22"),
        ("30d", "2026-10-24", "2026-11-22"),
        ("month", "2026-11-01", "2026-11-30"),
        ("last_month", "2026-10-01", "2026-10-31"),
        ("quarter", "2026-10-01", "2026-12-31"),
        ("last_quarter", "2026-07-01", "2026-09-30"),
        ("year", "2026-01-01", "2026-12-31"),
    ],
)
def test_a_word_means_days(key, first, last):
    found = spans.days_of(key, date(2026, 11, 22))
    assert [day.isoformat() for day in found] == [first, last]


def test_the_quarter_before_the_first_lies_in_the_year_before():
    assert spans.days_of("last_quarter", date(2026, 2, 3)) == (date(2025, 10, 1), date(2025, 12, 31))
    assert spans.days_of("last_month", date(2026, 1, 31)) == (date(2025, 12, 1), date(2025, 12, 31))


def numbers(client, user, query):
    """What the address finds now; signed in anew, for a session does not outlast the days between."""
    client.force_login(user)
    return {row["number"] for row in client.get(f"/issues/?view=all&{query}").context["page"]}


@pytest.mark.django_db
class TestLedger:
    def test_a_relative_date_is_resolved_at_each_opening(self, client, district, clock):
        issue = factories.register(district)
        assert numbers(client, district.office, "registered_in=today") == {issue.number}
        clock.move_to(sh("2026-11-10 00:05"))
        assert numbers(client, district.office, "registered_in=today") == set()
        assert numbers(client, district.office, "registered_in=7d") == {issue.number}
        clock.move_to(sh("2026-12-01 09:00"))
        assert numbers(client, district.office, "registered_in=month") == set()
        assert numbers(client, district.office, "registered_in=last_month") == {issue.number}

    def test_a_day_is_shanghais(self, client, district, clock):
        clock.move_to(sh("2026-11-10 00:30"))  # the 9th in UTC
        issue = factories.register(district)
        assert numbers(client, district.office, "registered_in=today") == {issue.number}

    def test_what_falls_due_is_found_by_how_far_ahead_it_lies(self, client, district, clock):
        actions.reply(issue=factories.handling(district), by=district.handler, text="已联系企业")
        for morning, found in (
            ("2026-11-16 09:00", set()),  # the limit is ten working days: Monday the 23rd
            ("2026-11-17 09:00", {"7d"}),
            ("2026-11-21 09:00", {"7d", "3d"}),
            ("2026-11-23 09:00", {"7d", "3d", "today"}),
            ("2026-11-24 09:00", {"overdue"}),
        ):
            clock.move_to(sh(morning))
            assert {
                key for key in ("today", "3d", "7d", "overdue") if numbers(client, district.office, f"due={key}")
            } == found, morning

    def test_how_long_overdue_counts_working_days_as_the_row_does(self, client, district, clock):
        issue = factories.dispatched(district)  # accept by Tuesday the 10th
        clock.move_to(sh("2026-11-16 09:00"))  # Monday: the 11th, 12th, 13th and 16th behind
        assert numbers(client, district.office, "due=overdue") == {issue.number}
        assert numbers(client, district.office, "overdue_days=3") == {issue.number}
        assert numbers(client, district.office, "overdue_days=4") == set()

    @pytest.mark.parametrize("query", ["registered_in=tomorrow", "due=%00", "overdue_days=-1", "overdue_days=99999999"])
    def test_nonsense_is_not_a_server_error(self, client, district, query):
        client.force_login(district.office)
        assert client.get(f"/issues/?{query}").status_code == 200


def test_overdue_since_skips_weekends():
    # more than 3 working days behind Monday the 16th: due on Tuesday the 10th
    assert spans.overdue_since(3, date(2026, 11, 16), official()) == date(2026, 11, 10)
