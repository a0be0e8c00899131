"""Assignments and visits over the API: the scope and the rules of the pages."""

from __future__ import annotations

import json
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from foundation.accounts.permissions import Role
from liaison.models import Assignment, Visit
from tests.liaison.factories import log, make_enterprise, make_user, serve

pytestmark = pytest.mark.django_db


@pytest.fixture
def cadre():
    return make_user(Role.CADRE)


def api(user) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def visit_body(enterprise, **more):
    return {"enterprise": enterprise.pk, "visited_at": timezone.now().isoformat(), "met": "厂长"} | more


def test_a_visit_is_logged_once_for_one_key(cadre, ledger):
    body = visit_body(
        serve(cadre),
        submission_key=str(uuid.uuid4()),
        problems=[{"title": "缺电", "text": "每天跳闸", "category": "power"}],
    )
    first, again = (api(cadre).post("/api/v1/visits/", body, format="json") for _ in range(2))
    assert (first.status_code, first.json()["id"]) == (201, again.json()["id"])
    assert len(ledger.taken) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"by": 1},
        {"version": 3},
        {"department": 1},
        {"visited_at": "2026-02-30T10:00:00Z"},
        {"employees": -1},
        {"problems": [{"title": "x", "text": "y", "category": "none"}]},
        {"enterprise": 999999},
    ],
)
def test_bad_bodies_are_400(cadre, ledger, change):
    answer = api(cadre).post("/api/v1/visits/", visit_body(serve(cadre)) | change, format="json")
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")
    assert not Visit.objects.exists()


@pytest.mark.parametrize("text", ["\\ud800", "\\u0000"])
def test_text_that_no_database_keeps_is_400(cadre, text):
    body = json.dumps(visit_body(serve(cadre), met="MET")).replace("MET", text)
    assert api(cadre).post("/api/v1/visits/", body, content_type="application/json").status_code == 400


def test_an_enterprise_out_of_sight_cannot_be_named(cadre):
    answer = api(cadre).post("/api/v1/visits/", visit_body(make_enterprise()), format="json")
    assert answer.status_code == 400


def test_neither_or_both_targets_are_422(cadre):
    body = visit_body(serve(cadre))
    del body["enterprise"]
    assert api(cadre).post("/api/v1/visits/", body, format="json").status_code == 422


def test_a_stale_correction_is_409_with_both_texts(cadre):
    visit = log(cadre, serve(cadre), timezone.now())
    address = f"/api/v1/visits/{visit.pk}/"
    assert api(cadre).patch(address, {"met": "王厂长", "version": 1}, format="json").json()["version"] == 2
    answer = api(cadre).patch(address, {"met": "李书记", "version": 1}, format="json")
    assert answer.status_code == 409
    assert answer.json()["current"]["met"] == "王厂长"
    assert api(cadre).patch(address, {"met": "x"}, format="json").status_code == 400


def test_rows_out_of_scope_are_404_and_not_listed(cadre):
    other = make_user(Role.CADRE)
    visit = log(other, serve(other), timezone.now())
    assert api(cadre).get(f"/api/v1/visits/{visit.pk}/").status_code == 404
    assert api(cadre).get("/api/v1/visits/").json()["count"] == 0
    assert api(make_user(Role.ENTERPRISE)).get("/api/v1/visits/").status_code == 403


@pytest.mark.parametrize("query", ["nonsense=1", "ordering=by__password", "by__username=x", "page_size=x"])
@pytest.mark.parametrize("name", ["visits", "assignments"])
def test_unknown_parameters_are_400(name, query):
    assert api(make_user(Role.OFFICE)).get(f"/api/v1/{name}/?{query}").status_code == 400


def test_assigning_replaces_and_ending_ends(cadre):
    office, successor = api(make_user(Role.OFFICE)), make_user(Role.CADRE)
    enterprise = serve(cadre)
    body = {"kind": "service_officer", "enterprise": enterprise.pk, "user": successor.pk}
    answer = office.post("/api/v1/assignments/", body, format="json")
    assert answer.status_code == 201
    listed = office.get(f"/api/v1/assignments/?enterprise={enterprise.pk}&active=true").json()
    assert [row["user"] for row in listed["results"]] == [successor.pk]
    address = f"/api/v1/assignments/{answer.json()['id']}/end/"
    assert office.post(address, {"reason": "调动", "version": 5}, format="json").status_code == 409
    assert office.post(address, {"reason": "调动", "version": 1}, format="json").json()["active"] is False
    assert Assignment.objects.active().count() == 0


def test_only_the_office_assigns(cadre):
    body = {"kind": "service_officer", "enterprise": serve(cadre).pk, "user": cadre.pk}
    assert api(cadre).post("/api/v1/assignments/", body, format="json").status_code == 403
    assert api(cadre).get("/api/v1/assignments/").json()["count"] == 1


@pytest.mark.parametrize("name", ["visits", "assignments"])
def test_a_list_costs_the_same_for_one_and_for_many_rows(name):
    office, spent = make_user(Role.OFFICE), []
    for size in (1, 3):
        for _ in range(size):
            officer = make_user(Role.CADRE)
            log(officer, serve(officer), timezone.now())
        with CaptureQueriesContext(connection) as queries:
            assert api(office).get(f"/api/v1/{name}/").status_code == 200
        spent.append(len(queries))
    assert spent[0] == spent[1]
