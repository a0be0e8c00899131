"""Suggestions over the API: the likely category while one writes, how right they are, learning anew."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.accounts.permissions import Role
from issues import actions
from issues.models import SuggestionRun
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.issues.factories import make_enterprise
from tests.issues.history import handled_cases
from tests.issues.test_api import api

pytestmark = pytest.mark.django_db
HINT = "/api/v1/issues/category-hint/"
RUNS = "/api/v1/suggestion-runs/"
POWER = {"title": "车间变压器扩容没有进展", "text": "厂区频繁停电,用电报装迟迟不批。"}


@pytest.fixture
def learned(district):
    power = DepartmentFactory(name="区供电公司")
    handled_cases(district, 150, {"supply": power, "logistics": district.bureau, "finance": district.other_bureau})
    return actions.train_now()


class TestCategory:
    def test_the_office_is_told_why_and_the_enterprise_only_what(self, district, learned):
        said = api(district.office).post(HINT, POWER | {"enterprise": district.enterprise.pk}, format="json").json()
        assert said["category"] == "supply" and said["category_name"] and "提到" in said["because"]
        told = api(district.speaker).post(HINT, POWER, format="json").json()
        assert (told["category"], told["because"]) == ("supply", "")

    def test_where_nothing_can_be_said_nothing_is(self, district, learned):
        nothing = {"category": None, "category_name": "", "because": ""}
        for body in ({}, {"title": "珊瑚礁潮汐", "text": "浮游生物。"}):
            assert api(district.office).post(HINT, body, format="json").json() == nothing

    def test_an_enterprise_out_of_sight_cannot_be_named(self, district, learned):
        other = make_enterprise()
        assert api(district.cadre).post(HINT, POWER | {"enterprise": other.pk}, format="json").status_code == 400
        assert api(district.handler).post(HINT, POWER, format="json").status_code == 403

    @pytest.mark.parametrize("body", [{"title": "x" * 81}, {"text": "x" * 5001}, {"colour": "red"}])
    def test_nonsense_is_refused(self, district, body):
        assert api(district.office).post(HINT, body, format="json").status_code == 400


class TestRuns:
    def test_a_run_tells_what_it_measured(self, district, learned):
        (row,) = api(district.office).get(RUNS).json()["results"]
        models = {one["target"]: one for one in row["models"]}
        assert row["state"] == "done" and set(models) == {"department", "category"}
        assert 0 < models["department"]["first"] <= models["department"]["held_back"]
        assert "packed" not in str(row) and "digest" not in str(row)

    def test_the_accuracy_is_that_of_the_page(self, district, learned):
        told = api(district.office).get(f"{RUNS}accuracy/").json()
        assert told["run"] == learned.pk
        assert {one["target"] for one in told["measured"]} == {"department", "category"}
        assert {one["name"] for one in told["by_class"]} >= {"区供电公司"}
        assert told["followed"] == {"taken": 0, "taken_returned": 0, "other": 0, "other_returned": 0}

    def test_before_anything_was_learned_it_is_empty(self, district):
        told = api(district.office).get(f"{RUNS}accuracy/").json()
        assert (told["run"], told["measured"], told["pairs"]) == (None, [], [])

    def test_asking_twice_is_asking_once(self, district):
        first, second = (api(district.office).post(RUNS, {}, format="json") for _ in range(2))
        assert first.status_code == second.status_code == 201
        assert first.json()["id"] == second.json()["id"] and SuggestionRun.objects.count() == 1
        assert api(district.office).post(RUNS, {"colour": "red"}, format="json").status_code == 400

    @pytest.mark.parametrize("who", ["speaker", "handler", "head", "supervisor", "lead"])
    def test_they_are_for_those_who_answer_for_them(self, district, who):
        client = api(getattr(district, who))
        assert client.get(RUNS).status_code == client.post(RUNS).status_code == 403
        assert client.get(f"{RUNS}accuracy/").status_code == 403
        assert api(UserFactory(roles=[Role.SYSTEM_ADMIN])).get(RUNS).status_code == 200

    def test_many_runs_cost_no_more_queries(self, district, learned):
        def cost():
            with CaptureQueriesContext(connection) as seen:
                assert api(district.office).get(RUNS).status_code == 200
            return len(seen)

        one = cost()
        actions.train_now()
        actions.train_now()
        assert cost() == one
