"""Groups of like cases over the API: found, read, merged, given a case for the cause, dismissed."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from issues.models import Issue, IssueCluster
from tests.issues import factories
from tests.issues.test_api import api
from tests.issues.test_clusters import POWER

pytestmark = pytest.mark.django_db
LIST = "/api/v1/clusters/"


@pytest.fixture
def four(district):
    """One complaint of four enterprises."""
    return [factories.register(district, title=title, **factories.elsewhere()) for title in POWER]


@pytest.fixture
def office(district, four):
    client = api(district.office)
    assert client.post(f"{LIST}find/", {}, format="json").json() == {"found": 1}
    return client


@pytest.fixture
def group(office):
    """The one that was found, as the list gives it."""
    (row,) = office.get(LIST).json()["results"]
    return row


def do(client, group, verb, **body):
    return client.post(f"{LIST}{group['id']}/{verb}/", body, format="json")


def test_a_group_says_how_many_and_which_cases(office, group, four):
    assert (group["kind"], group["state"], group["size"], group["enterprises"]) == ("cause", "found", 4, 4)
    cases = office.get(f"{LIST}{group['id']}/").json()["cases"]
    assert [case["issue"] for case in cases] == [case.pk for case in four]
    assert all(case["likeness"] >= 60 and case["enterprise_name"] for case in cases)


def test_it_is_narrowed_as_the_page_is(office, group):
    numbers = {
        "kind=cause": 1,
        "kind=enterprise": 0,
        "state=found": 1,
        "state=dismissed": 0,
        "category=supply": 1,
        "category=tax": 0,
    }
    assert {query: office.get(f"{LIST}?{query}").json()["count"] for query in numbers} == numbers
    assert office.get(f"{LIST}?colour=red").status_code == 400


@pytest.mark.parametrize("who", ["speaker", "handler", "head", "cadre", "lead", "supervisor"])
def test_it_is_the_offices_alone(district, group, who):
    client = api(getattr(district, who))
    assert client.get(LIST).status_code == client.get(f"{LIST}{group['id']}/").status_code == 403
    assert {do(client, group, verb).status_code for verb in ("merge", "cause", "dismiss", "restore")} == {403}


def test_the_chosen_are_merged(office, group, four):
    answer = do(office, group, "merge", lead=four[0].pk, issues=[four[1].pk], version=group["version"])
    assert answer.status_code == 200, answer.json()
    assert (answer.json()["merged"], answer.json()["cluster"]["size"]) == (1, 3)
    assert Issue.objects.get(pk=four[1].pk).status == "merged"
    rest = do(office, group, "merge", lead=four[0].pk, issues=[four[2].pk, four[3].pk])
    assert rest.json() == {"merged": 2, "cluster": None}, "one enterprise alone has no common cause"


def test_what_is_no_part_of_it_cannot_be_merged(office, group, four, district):
    other = factories.register(district)
    answer = do(office, group, "merge", lead=four[0].pk, issues=[other.pk])
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_issues")
    assert do(office, group, "merge", lead=four[0].pk, issues=[10**17]).status_code == 400
    assert not Issue.objects.filter(status="merged").exists()


def test_a_case_is_opened_for_the_cause_and_the_others_follow(office, group, four):
    body = {"enterprise": four[0].enterprise_id, "title": "错峰用电", "text": "请协调。", "follow": True}
    answer = do(office, group, "cause", **body).json()
    cause = Issue.objects.get(channel="cause")
    assert (answer["state"], answer["cause"], answer["cause_number"]) == ("handled", cause.pk, cause.number)
    assert Issue.objects.filter(status="merged").count() == 3


def test_dismissed_and_looked_at_again(office, group):
    answer = do(office, group, "dismiss", reason="不同线路", version=group["version"])
    assert (answer.json()["state"], answer.json()["reason"]) == ("dismissed", "不同线路")
    assert do(office, group, "dismiss", reason="再一次").json()["code"] == "wrong_status"
    assert do(office, group, "restore").json()["state"] == "found"


def test_what_another_decided_meanwhile_is_said_with_both_texts(office, group):
    IssueCluster.objects.filter(pk=group["id"]).update(version=group["version"] + 1)
    answer = do(office, group, "dismiss", reason="不同线路", version=group["version"])
    assert (answer.status_code, answer.json()["code"]) == (409, "stale")
    assert answer.json()["current"]["version"] == group["version"] + 1
    assert answer.json()["yours"]["reason"] == "不同线路"


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("dismiss", {}),
        ("dismiss", {"reason": "x" * 201}),
        ("dismiss", {"reason": "x", "colour": "red"}),
        ("merge", {"lead": "x", "issues": []}),
        ("merge", {"issues": "x"}),
        ("cause", {"title": "x", "text": "x", "enterprise": None}),
        ("cause", {"title": "", "text": "x", "enterprise": 0}),
        ("restore", {"version": -1}),
    ],
)
def test_nonsense_is_refused_field_by_field(office, group, verb, body):
    answer = do(office, group, verb, **body)
    assert answer.status_code == 400 and answer.json()["errors"]
    assert IssueCluster.objects.get().state == "found"


def test_a_crowd_costs_no_more_queries(office, group, district):
    def cost(path):
        with CaptureQueriesContext(connection) as seen:
            assert office.get(path).status_code == 200
        return len(seen)

    paths = (LIST, f"{LIST}{group['id']}/")
    few = [cost(path) for path in paths]
    for _ in range(3):
        factories.register(district, title=POWER[0], **factories.elsewhere())
        factories.register(district, title="污水管网堵塞倒灌厂区")
    office.post(f"{LIST}find/", {}, format="json")
    assert IssueCluster.objects.count() == 2
    assert [cost(path) for path in paths] == few
