"""A frozen month stays as it was, and says who froze it."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from foundation.accounts.errors import Refused
from foundation.audit.models import AuditRow
from foundation.clocks.localtime import today
from issues.models import Handling
from liaison.models import VisitDuty
from supervision import actions
from supervision.actions import freeze
from supervision.models import Snapshot
from supervision.periods import month_of, recent_months
from supervision.standings import standings


def plain(result):
    return [(row.department.code, row.score, row.rank, row.parts) for row in result.rows if row.rank]


def test_later_edits_do_not_move_a_frozen_month(district, supervisor, client):
    last = recent_months(2)[1]
    before = plain(standings(last))
    assert before
    snapshot = freeze(period=last, by=supervisor)
    assert len(snapshot.inputs_hash) == 64
    Handling.objects.filter(resolve_due_at__gt=last.start).update(accept_deemed=True)
    after = standings(last)
    assert plain(after) == before
    assert after.snapshot == snapshot
    code = before[0][0]
    client.force_login(supervisor)
    for part in before[0][3]:
        page = client.get(f"/supervision/scores/{last.key}/{code}/{part.key}/")
        assert page.context["page"].paginator.count == part.denominator
    assert AuditRow.objects.filter(action="supervision.freeze").count() == 1


def test_a_frozen_month_s_dashboard_and_its_rows_are_those_frozen(district, supervisor, client):
    last = recent_months(2)[1]
    client.force_login(supervisor)

    def shown():
        cards = client.get(f"/supervision/?period={last.key}").context["cards"]
        rates = {card["key"]: (card["value"], card["sub"]) for card in cards if card["key"] in ("resolve", "visits")}
        pages = [
            client.get(f"/supervision/rows/{last.key}/{key}/{show}") for key in rates for show in ("", "?show=hit")
        ]
        return rates, [page.context["page"].paginator.count for page in pages]

    before = shown()
    freeze(period=last, by=supervisor)
    Handling.objects.filter(resolve_due_at__gt=last.start).update(resolve_due_at=None)
    VisitDuty.objects.filter(visit__isnull=False).update(due_at=last.start)
    assert shown() == before
    assert "按固化时的数据" in client.get(f"/supervision/rows/{last.key}/resolve/").content.decode()


def test_two_who_freeze_at_once_make_one_snapshot(district, supervisor, monkeypatch):
    """The second has looked before the first was done: the unique period decides, and it is told why."""
    last, asked = recent_months(2)[1], []
    refuse = actions._refuse_frozen

    def look(period):
        refuse(period)
        if not asked:
            asked.append(period)
            freeze(period=last, by=supervisor)

    monkeypatch.setattr(actions, "_refuse_frozen", look)
    with pytest.raises(Refused, match="已经固化"):
        freeze(period=last, by=supervisor)
    assert Snapshot.objects.count() == 1


def test_a_month_freezes_once_and_only_when_it_is_over(district, supervisor):
    last = recent_months(2)[1]
    freeze(period=last, by=supervisor)
    with pytest.raises(Refused, match="已经固化"):
        freeze(period=last, by=supervisor)
    with pytest.raises(Refused, match="尚未结束"):
        freeze(period=month_of(today()), by=supervisor)
    assert Snapshot.objects.count() == 1


class TestCommand:
    def run(self, *args):
        out = StringIO()
        call_command("score", *args, "--json", stdout=out)
        return json.loads(out.getvalue())

    def test_scores_and_ranks_as_the_page_does(self, district):
        last = recent_months(2)[1]
        result = self.run(f"--period={last.key}")
        assert result["period"] == last.key
        shown = {row.department.code: row for row in standings(last).rows}
        for one in result["departments"]:
            row = shown[one["code"]]
            assert one["rank"] == row.rank
            assert [part["key"] for part in one["components"]] == [part.key for part in row.parts]

    def test_freezing_twice_prints_the_scores_and_exits_1(self, district):
        period = recent_months(2)[1].key
        assert self.run(f"--period={period}", "--freeze")["frozen"]
        with pytest.raises(CommandError) as error:
            self.run(f"--period={period}", "--freeze")
        assert error.value.returncode == 1

    def test_nonsense_exits_2(self, db):
        with pytest.raises(CommandError) as error:
            self.run("--period=2026-99")
        assert error.value.returncode == 2

    @pytest.mark.parametrize("key", ["2026-Q3", "2026-W40"])
    def test_quarters_and_weeks_are_scored_too(self, district, key):
        assert self.run(f"--period={key}")["period"] == key
