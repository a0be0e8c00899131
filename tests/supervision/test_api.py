"""Scores over the API."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from foundation.accounts.models import User
from supervision.periods import recent_months
from supervision.standings import standings


@pytest.fixture
def api():
    return APIClient()


def test_the_standings_are_those_of_the_page(api, supervisor):
    last = recent_months(2)[1]
    api.force_login(supervisor)
    data = api.get(f"/api/v1/scores/?period={last.key}").json()
    shown = standings(last)
    assert [(one["code"], one["rank"]) for one in data["departments"]] == [
        (row.department.code, row.rank) for row in shown.rows
    ]
    code = data["departments"][0]["code"]
    assert api.get(f"/api/v1/scores/{code}/?period={last.key}").json() == data["departments"][0]


def test_a_head_gets_components_of_the_own_department_only(api, district):
    head = User.objects.get(username="department_head")
    api.force_login(head)
    data = api.get("/api/v1/scores/").json()["departments"]
    assert {one["code"] for one in data if one["components"]} <= {head.department.code}
    other = next(one["code"] for one in data if one["code"] != head.department.code)
    assert api.get(f"/api/v1/scores/{other}/").status_code == 404


@pytest.mark.parametrize("query", ["period=2026-99", "month=2026-10", "period=gestern"])
def test_nonsense_is_a_problem_document(api, supervisor, query):
    api.force_login(supervisor)
    response = api.get(f"/api/v1/scores/?{query}")
    assert response.status_code == 400
    assert response["Content-Type"].startswith("application/problem+json")
