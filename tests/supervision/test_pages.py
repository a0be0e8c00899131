"""Dashboard, ranking and drill-down: right for each role, constant in queries, sensible when empty."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.accounts.models import Department, User
from foundation.clocks.localtime import today
from issues.models import Handling, Issue
from liaison.models import VisitDuty
from supervision.catalogue import MEASURES
from supervision.models import Snapshot
from supervision.periods import quarter_of, recent_months, week_of
from supervision.standings import standings


@pytest.fixture
def last(district):
    return recent_months(2)[1]


def get(client, user, path):
    client.force_login(user)
    return client.get(path)


def test_the_dashboard_shows_every_card_and_links_every_mark(client, supervisor):
    response = get(client, supervisor, "/supervision/")
    text = response.content.decode()
    for word in ("在办诉求", "红牌清单", "办理趋势", "走访完成", "考核排名"):
        assert word in text
    for name in ("trend", "grid", "categories", "visits"):
        chart = response.context[name]
        assert all(one.url(i) for one in chart.series for i in range(len(one.values))), name


def test_every_link_of_the_dashboard_opens(client, supervisor):
    text = get(client, supervisor, "/supervision/").content.decode()
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/(?:issues|supervision)/[^"]*)"', text)}
    assert len(links) > 20
    assert {link: client.get(link).status_code for link in links if client.get(link).status_code != 200} == {}


def test_a_figure_of_the_grid_is_the_count_of_its_link(client, supervisor):
    chart = get(client, supervisor, "/supervision/").context["grid"]
    cells = [(value, one.url(i)) for one in chart.series for i, value in enumerate(one.values) if value]
    assert cells
    for value, url in cells:
        assert client.get(url).context["page"].paginator.count == value


def fullest(period):
    """The standing of a department with something to count in as many components as any has."""
    return max(standings(period).rows, key=lambda row: sum(part.denominator > 0 for part in row.parts))


def test_every_figure_leads_to_as_many_rows_as_it_says(client, supervisor, last):
    row = fullest(last)
    page = get(client, supervisor, f"/supervision/scores/{last.key}/{row.department.code}/")
    assert str(row.score) in page.content.decode()
    for part in row.parts:
        url = f"/supervision/scores/{last.key}/{row.department.code}/{part.key}/"
        assert client.get(url).context["page"].paginator.count == part.denominator
        if MEASURES[part.key].reckon != "mean":
            assert client.get(f"{url}?show=hit").context["page"].paginator.count == part.numerator


def test_a_department_head_sees_all_names_but_only_looks_behind_the_own_score(client, last, district):
    head = User.objects.get(username="department_head")
    text = get(client, head, f"/supervision/ranking/?period={last.key}").content.decode()
    others = [row.department for row in standings(last).rows if row.department != head.department]
    assert others[0].name in text
    assert get(client, head, f"/supervision/scores/{last.key}/{head.department.code}/").status_code == 200
    assert client.get(f"/supervision/scores/{last.key}/{others[0].code}/").status_code == 404
    assert client.get(f"/supervision/scores/{last.key}/{others[0].code}/visits/").status_code == 404


def test_a_leader_sees_only_what_lies_under_them(client, supervisor, district):
    leader = User.objects.get(username="leader")
    whole = get(client, supervisor, "/supervision/").context
    mine = get(client, leader, "/supervision/").context
    assert mine["cards"][0]["value"] < whole["cards"][0]["value"]
    under = set(leader.department_scope().values_list("pk", flat=True))
    assert {row.standing.department.pk for row in mine["rows"]} <= under


def test_only_the_supervisor_freezes(client, supervisor, last):
    url = f"/supervision/ranking/{last.key}/freeze/"
    assert get(client, User.objects.get(username="department_head"), "/").status_code == 200
    assert client.post(url).status_code == 403
    client.force_login(supervisor)
    assert "已固化" in client.post(url, follow=True).content.decode()
    assert Snapshot.objects.get().frozen_by == supervisor
    assert "已经固化" in client.post(url, follow=True).content.decode()


@pytest.mark.parametrize(
    "path", ["ranking/2026-99/freeze/", "scores/2026-13/X/", "scores/2026-10/X/", "scores/2026-10/X/y/"]
)
def test_what_does_not_exist_is_404(client, supervisor, path):
    client.force_login(supervisor)
    answer = client.post if "freeze" in path else client.get
    assert answer(f"/supervision/{path}").status_code == 404


def test_a_nonsense_period_shows_this_month(client, supervisor):
    assert get(client, supervisor, "/supervision/?period=gestern").context["period"] == recent_months(1)[0]


def cost(client, path):
    client.get(path)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_the_pages_cost_a_fixed_number_of_queries(client, supervisor, last):
    """However many departments: the small world has dozens, an empty district none, and one in between."""
    client.force_login(supervisor)
    code = fullest(last).department.code
    paths = {
        "/supervision/": 37,
        f"/supervision/?period={last.key}": 36,
        f"/supervision/ranking/?period={last.key}": 26,
        f"/supervision/scores/{last.key}/{code}/": 26,
        f"/supervision/scores/{last.key}/{code}/resolve/": 28,
        f"/supervision/rows/{last.key}/resolve/": 12,
    }
    many = {path: cost(client, path) for path in paths}
    assert {path: number for path, number in many.items() if number > paths[path]} == {}
    others = Department.objects.exclude(code=code)
    VisitDuty.objects.filter(department__in=others).delete()
    Handling.objects.filter(department__in=others).delete()
    Issue.objects.filter(department__in=others).delete()
    assert len(standings(last).rows) == 1
    one = {path: cost(client, path) for path in paths}
    for path, number in many.items():
        with_red_list = path.split("?")[0] == "/supervision/"
        assert number - one[path] in ((0, 1) if with_red_list else (0,)), path  # it counts itself only when it is long


def test_every_card_is_the_count_of_its_link(client, supervisor, last):
    for period in (recent_months(1)[0], last):
        cards = get(client, supervisor, f"/supervision/?period={period.key}").context["cards"]
        by_key = {card["key"]: card for card in cards}
        for key in ("open", "red", "returned"):
            rows = client.get(by_key[key]["url"]).context["page"].paginator.count
            assert rows == by_key[key]["value"], (period, key)
        for key in ("resolve", "visits", "satisfaction"):
            rows = client.get(by_key[key]["url"]).context["page"].paginator.count
            assert str(rows) in by_key[key]["sub"].replace(",", ""), (period, key)


def test_every_mark_of_the_charts_is_the_count_of_its_link(client, supervisor):
    context = get(client, supervisor, "/supervision/").context
    marks = [
        (name, value, one.url(index))
        for name in ("trend", "categories", "visits")
        for one in context[name].series
        for index, value in enumerate(one.values)
    ]
    assert len(marks) > 40
    wrong = [mark for mark in marks if client.get(mark[2]).context["page"].paginator.count != mark[1]]
    assert wrong == []


def test_a_leader_s_figures_are_the_counts_of_their_links(client, district):
    leader = User.objects.get(username="leader")
    cards = {card["key"]: card for card in get(client, leader, "/supervision/").context["cards"]}
    for key in ("open", "red", "returned"):
        assert client.get(cards[key]["url"]).context["page"].paginator.count == cards[key]["value"], key
    rows = client.get(cards["resolve"]["url"])
    under = set(leader.department_scope().values_list("pk", flat=True))
    assert {row.department.pk for row, _shape, _word in rows.context["rows"]} <= under


def test_the_workload_beside_a_score_is_the_ledger_s(client, supervisor):
    rows = get(client, supervisor, "/supervision/").context["rows"]
    for row in rows[:4]:
        for view, count in (("open", row.load.open), ("red", row.load.red)):
            page = client.get(f"/issues/?view={view}&department={row.standing.department.pk}").context["page"]
            assert page.paginator.count == count


@pytest.mark.parametrize(
    "path",
    ["rows/0001-01/open/", "rows/9999-12/open/", "rows/2026-10/nothing/", "rows/2026-99/resolve/", "rows/never/open/"],
)
def test_rows_of_what_nobody_counts_are_404(client, supervisor, path):
    assert get(client, supervisor, f"/supervision/{path}").status_code == 404


def test_a_department_head_does_not_see_the_district_s_rows(client, district):
    head = User.objects.get(username="department_head")
    assert get(client, head, "/supervision/rows/2026-10/resolve/").status_code == 403


@pytest.mark.parametrize("kind", [quarter_of, week_of])
def test_quarters_and_weeks_are_shown_like_months(client, supervisor, kind):
    period = kind(today())
    for path in ("/supervision/", "/supervision/ranking/"):
        response = get(client, supervisor, f"{path}?period={period.key}")
        assert response.context["period"] == period
        assert period.label in response.content.decode()
        assert f"较{period.before_words}" in response.content.decode()


def test_formulas_are_written_without_idle_zeros(client, supervisor, last):
    code = standings(last).rows[0].department.code
    text = get(client, supervisor, f"/supervision/scores/{last.key}/{code}/").content.decode()
    assert "得分 = 20 × 按时走访 ÷ 应走访" in text
    assert "得分 = 10 − 2 × 亮红牌,最低 0 分" in text
