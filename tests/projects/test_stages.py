"""A project's way through its stages: one at a time, with who and when."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client

from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import User
from foundation.audit.models import AuditRow
from projects import actions
from projects.models import Project
from tests.projects.factories import ProjectFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_21_november() -> Any:
    with time_machine.travel("2026-11-21 10:00+08:00", tick=False):
        yield


def test_the_whole_way_writes_history_and_dates(office: User) -> None:
    project = ProjectFactory()
    for stage in ("signed", "construction", "production", "full_capacity"):
        project = actions.advance_stage(project=project, to=stage, by=office, note=f"到{stage}")
    assert project.stage == "full_capacity"
    assert (project.actual_start, project.actual_completion) == (date(2026, 11, 21), date(2026, 11, 21))
    assert [(one.from_stage, one.to_stage, one.by) for one in project.stage_changes.order_by("pk")] == [
        ("negotiation", "signed", office),
        ("signed", "construction", office),
        ("construction", "production", office),
        ("production", "full_capacity", office),
    ]
    assert AuditRow.objects.filter(action="projects.advance_stage").count() == 4
    assert project.version == 5


def test_the_day_it_was_reached_can_lie_in_the_past(office: User) -> None:
    project = ProjectFactory(stage="signed")
    project = actions.advance_stage(project=project, to="construction", by=office, on=date(2026, 9, 28))
    assert project.actual_start == date(2026, 9, 28)
    change = project.stage_changes.get()
    assert change.at.isoformat() == "2026-09-27T16:00:00+00:00"


@pytest.mark.parametrize("to", ["construction", "production", "full_capacity", "negotiation", "nowhere"])
def test_no_stage_is_leapt_over(to: str, office: User) -> None:
    project = ProjectFactory()
    with pytest.raises(Refused) as refusal:
        actions.advance_stage(project=project, to=to, by=office, note="直接")
    assert "签约" in refusal.value.message
    project.refresh_from_db()
    assert project.stage == "negotiation"
    assert not project.stage_changes.exists()


def test_after_full_capacity_there_is_nothing(office: User) -> None:
    with pytest.raises(Refused, match="没有下一阶段"):
        actions.advance_stage(project=ProjectFactory(stage="full_capacity"), to="negotiation", by=office, note="x")


def test_a_day_to_come_is_refused(office: User) -> None:
    project = ProjectFactory(stage="signed")
    with pytest.raises(Refused, match="还没有到"):
        actions.advance_stage(project=project, to="construction", by=office, on=date(2026, 11, 22))


def test_a_day_before_the_last_step_is_refused(office: User) -> None:
    project = ProjectFactory(stage="signed")
    project = actions.advance_stage(project=project, to="construction", by=office, on=date(2026, 9, 28))
    with pytest.raises(Refused, match="不能早于"):
        actions.advance_stage(project=project, to="production", by=office, on=date(2026, 9, 27))


def test_a_step_back_wants_a_reason_and_takes_the_date_back(office: User) -> None:
    project = actions.advance_stage(project=ProjectFactory(stage="signed"), to="construction", by=office)
    with pytest.raises(Refused, match="原因"):
        actions.advance_stage(project=project, to="signed", by=office, note="  ")
    project = actions.advance_stage(project=project, to="signed", by=office, note="误操作")
    assert (project.stage, project.actual_start) == ("signed", None)
    assert project.stage_changes.first().note == "误操作"  # type: ignore[union-attr]


def test_a_step_on_a_stale_page_is_refused(office: User) -> None:
    project = ProjectFactory()
    actions.advance_stage(project=project, to="signed", by=office, version=1)
    with pytest.raises(Stale):
        actions.advance_stage(project=project, to="signed", by=office, version=1)


# -- By page ----------------------------------------------------------------------------------------------------------


def test_the_board_moves_a_project_on(office_client: Client) -> None:
    project = ProjectFactory(stage="signed")
    assert f"/projects/{project.pk}/stage/" in office_client.get("/projects/board/").content.decode()
    posted = {
        "to": "construction",
        "on": "2026-11-20",
        "note": "",
        "version": 1,
        "from": "board",
        "query": "kind=service",
    }
    response = office_client.post(f"/projects/{project.pk}/stage/", posted)
    assert response.headers["Location"] == "/projects/board/?kind=service"
    project.refresh_from_db()
    assert (project.stage, project.actual_start) == ("construction", date(2026, 11, 20))


def test_a_refused_step_keeps_what_was_typed(office_client: Client) -> None:
    project = ProjectFactory(stage="signed")
    posted = {"to": "construction", "on": "2027-01-01", "note": "已取得施工许可", "version": 1}
    response = office_client.post(f"/projects/{project.pk}/stage/", posted)
    page = response.content.decode()
    assert response.status_code == 400
    assert "还没有到" in page
    assert "已取得施工许可" in page


def test_a_stale_step_shows_both(office_client: Client) -> None:
    project = ProjectFactory()
    url = f"/projects/{project.pk}/stage/"
    office_client.post(url, {"to": "signed", "version": 1})
    late = office_client.post(url, {"to": "signed", "version": 1, "note": "我也来"})
    assert late.status_code == 409
    assert "我也来" in late.content.decode()
    project.refresh_from_db()
    assert project.stage_changes.count() == 1


@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"to": "signed"},
        {"to": "x", "version": 1},
        {"to": "signed", "version": "x"},
        {"to": "signed", "on": "30", "version": 1},
    ],
)
def test_half_a_step_is_refused(posted: dict[str, Any], office_client: Client) -> None:
    project = ProjectFactory()
    assert office_client.post(f"/projects/{project.pk}/stage/", posted).status_code == 400
    assert Project.objects.get().stage == "negotiation"


def test_the_page_shows_the_path_with_days(office: User, office_client: Client) -> None:
    project = ProjectFactory(stage="signed", planned_completion=date(2026, 10, 1))
    actions.advance_stage(project=project, to="construction", by=office, on=date(2026, 9, 28), note="打下第一桩")
    page = office_client.get(f"/projects/{project.pk}/").content.decode()
    assert "09-28" in page
    assert "已过计划日期" in page
    assert "打下第一桩" in page
    assert office.name in page
