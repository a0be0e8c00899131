"""The pages of projects: list, board, detail, forms; scope and constant queries."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enterprises.models import Enterprise
from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from projects import actions
from projects.models import Project
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.enterprises.factories import EnterpriseFactory, EnterpriseStaffFactory, ParkFactory, TownFactory
from tests.projects.factories import ProjectFactory

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def names(client: Client, query: str = "") -> list[str]:
    response = client.get(f"/projects/?{query}")
    assert response.status_code == 200
    return [one.name for one in response.context["page"]]


# -- Who sees what ----------------------------------------------------------------------------------------------------


def test_a_department_sees_its_own_projects_and_those_below_it(as_user: SignIn) -> None:
    bureau = DepartmentFactory()
    office = DepartmentFactory(parent=bureau)
    own, below = ProjectFactory(responsible_department=bureau), ProjectFactory(responsible_department=office)
    other = ProjectFactory()
    client = as_user(UserFactory(roles=[Role.DEPARTMENT_HEAD], department=bureau))
    assert sorted(names(client)) == sorted([own.name, below.name])
    assert client.get(f"/projects/{below.pk}/").status_code == 200
    assert client.get(f"/projects/{other.pk}/").status_code == 404


def test_a_town_sees_the_projects_of_its_enterprises(as_user: SignIn) -> None:
    town = TownFactory()
    mine = ProjectFactory(enterprise=EnterpriseFactory(town=town))
    ProjectFactory(enterprise=EnterpriseFactory(town=TownFactory()))
    assert names(as_user(UserFactory(roles=[Role.CADRE], department=town))) == [mine.name]


def test_the_responsible_department_reads_the_enterprise_by_name_without_a_link(as_user: SignIn) -> None:
    project = ProjectFactory(enterprise=EnterpriseFactory(name="别家企业"))
    client = as_user(UserFactory(roles=[Role.HANDLER], department=project.responsible_department))
    page = client.get(f"/projects/{project.pk}/").content.decode()
    assert "别家企业" in page
    assert f"/enterprises/{project.enterprise_id}/" not in page


def test_the_enterprise_side_is_refused(as_user: SignIn) -> None:
    staff = EnterpriseStaffFactory()
    project = ProjectFactory(enterprise=staff.enterprise)
    for path in ("", "board/", "new/", f"{project.pk}/", f"{project.pk}/edit/"):
        assert as_user(staff.user).get(f"/projects/{path}").status_code == 403


@pytest.mark.parametrize("role", [Role.HANDLER, Role.DEPARTMENT_HEAD, Role.SUPERVISOR, Role.LEADER])
def test_only_the_office_writes(role: Role, as_user: SignIn) -> None:
    project = ProjectFactory()
    client = as_user(UserFactory(roles=[role], department=project.responsible_department))
    posted = {"to": "signed", "version": 1}
    assert client.post(f"/projects/{project.pk}/stage/", posted).status_code == 403
    assert client.get(f"/projects/{project.pk}/edit/").status_code == 403
    assert client.post("/projects/new/", {}).status_code == 403
    page = client.get(f"/projects/{project.pk}/").content.decode()
    assert "/stage/" not in page
    assert "/stage/" not in client.get("/projects/board/").content.decode()


# -- List and board ---------------------------------------------------------------------------------------------------


@time_machine.travel("2026-11-21 10:00+08:00", tick=False)
def test_every_filter_finds_its_rows(office_client: Client) -> None:
    park = ParkFactory()
    first = ProjectFactory(
        name="光电扩产项目", stage="signed", kind="industry", park=park, planned_start=date(2026, 11, 20)
    )
    second = ProjectFactory(
        name="物流中心",
        stage="construction",
        kind="service",
        enterprise=EnterpriseFactory(name="云帆物流有限公司"),
        planned_completion=date(2026, 11, 20),
    )
    third = ProjectFactory(name="终止项目", is_active=False)
    ProjectFactory(
        name="按期项目", stage="production", planned_start=date(2026, 1, 1), planned_completion=date(2026, 2, 1)
    )
    expected = {
        "q=光电": {first},
        "q=云帆": {second},
        f"q={first.code}": {first},
        "stage=signed": {first},
        "kind=service": {second},
        f"department={second.responsible_department_id}": {second},
        f"park={park.pk}": {first},
        "late=start": {first},
        "late=completion": {second},
        "active=no": {third},
    }
    for query, rows in expected.items():
        assert set(names(office_client, query)) == {row.name for row in rows}, query
    tabs = {tab["label"]: tab["count"] for tab in office_client.get("/projects/").context["tabs"]}
    assert (tabs["全部在库"], tabs["签约"], tabs["逾期未开工"], tabs["逾期未投产"]) == (3, 1, 1, 1)


@time_machine.travel("2026-11-21 10:00+08:00", tick=False)
def test_a_plan_for_today_is_not_late_yet(office_client: Client) -> None:
    ProjectFactory(stage="signed", planned_start=date(2026, 11, 21))
    assert names(office_client, "late=start") == []


@pytest.mark.parametrize(
    "query",
    [
        "stage=x",
        "department=abc",
        "late=%00",
        "park=99999999999999999999",
        "page=-3",
        "sort=summary",
        "q=" + "x" * 3000,
    ],
)
def test_nonsense_in_the_address_never_breaks_a_page(query: str, office_client: Client) -> None:
    ProjectFactory()
    assert office_client.get(f"/projects/?{query}").status_code == 200
    assert office_client.get(f"/projects/board/?{query}").status_code == 200


def test_the_board_counts_and_sums_each_stage(office_client: Client) -> None:
    ProjectFactory(stage="signed", investment=Decimal("6000"))
    ProjectFactory(stage="signed", investment=Decimal("5000"))
    ProjectFactory(stage="production", investment=Decimal("300"))
    ProjectFactory(stage="production", investment=Decimal("1"), is_active=False)
    lanes = {str(lane.stage): lane for lane in office_client.get("/projects/board/").context["lanes"]}
    assert list(lanes) == ["negotiation", "signed", "construction", "production", "full_capacity"]
    assert (lanes["signed"].count, lanes["signed"].investment) == (2, Decimal("11000"))
    assert [card.investment for card in lanes["signed"].cards] == [Decimal("6000"), Decimal("5000")]
    assert (lanes["production"].count, lanes["negotiation"].count) == (1, 0)
    assert "1.1 亿元" in office_client.get("/projects/board/").content.decode()


def test_a_long_lane_leads_on_to_the_list(office_client: Client) -> None:
    ProjectFactory.create_batch(23, stage="signed")
    page = office_client.get("/projects/board/").content.decode()
    assert "还有 3 个" in page
    assert "?stage=signed" in page


def test_empty_pages_say_what_fills_them(office_client: Client, as_user: SignIn) -> None:
    assert "登记后，项目会按洽谈" in office_client.get("/projects/").content.decode()
    assert "还没有您能查看的项目" in as_user(UserFactory(roles=[Role.HANDLER])).get("/projects/").content.decode()
    assert "这一阶段没有项目" in office_client.get("/projects/board/").content.decode()


@pytest.mark.parametrize("url", ["/projects/", "/projects/board/"])
def test_lists_cost_the_same_for_one_row_and_for_many(url: str, office_client: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert office_client.get(url).status_code == 200
        return len(captured)

    ProjectFactory(enterprise=EnterpriseFactory(), park=ParkFactory())
    office_client.get(url)
    one = cost()
    for stage in Project.Stage:
        ProjectFactory(enterprise=EnterpriseFactory(), park=ParkFactory(), stage=stage)
    assert cost() == one
    assert one <= 16


def test_the_page_costs_the_same_whatever_happened(office: User, office_client: Client) -> None:
    def cost(project: Project) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert office_client.get(f"/projects/{project.pk}/").status_code == 200
        return len(captured)

    plain = actions.create_project(
        by=office, **facts(enterprise=EnterpriseFactory(), responsible_department=DepartmentFactory(), stage="signed")
    )
    moved = actions.create_project(
        by=office,
        **facts(enterprise=EnterpriseFactory(), responsible_department=DepartmentFactory(), stage="negotiation"),
    )
    for stage in ("signed", "construction", "production"):
        actions.advance_stage(project=moved, to=stage, by=office)
        moved.refresh_from_db()
    cost(plain)
    assert cost(moved) == cost(plain)


# -- Forms ------------------------------------------------------------------------------------------------------------


def facts(**more: Any) -> dict[str, Any]:
    return {"name": "年产十万套项目", "kind": "industry", "investment": "12000", "invested": "0"} | more


@pytest.fixture
def posted() -> dict[str, Any]:
    """What the form posts for a sound project."""
    return facts(responsible_department=DepartmentFactory().pk, is_active="on", stage="negotiation")


def test_a_new_project_gets_the_next_code_of_the_year(posted: dict[str, Any], office_client: Client) -> None:
    with time_machine.travel("2026-12-31 23:30+08:00", tick=False):
        client = Client()
        client.force_login(UserFactory(roles=[Role.OFFICE]))
        assert client.post("/projects/new/", posted).status_code == 302
        assert client.post("/projects/new/", posted | {"name": "第二个"}).status_code == 302
    assert list(Project.objects.values_list("code", flat=True)) == ["XM-2026-001", "XM-2026-002"]
    assert Project.objects.first().stage_changes.get().from_stage == ""  # type: ignore[union-attr]
    assert AuditRow.objects.filter(action="projects.create").count() == 2


def test_an_enterprise_is_named_by_code_or_by_its_whole_name(posted: dict[str, Any], office_client: Client) -> None:
    enterprise = EnterpriseFactory(name="启明光电科技有限公司")
    for text in (enterprise.credit_code, enterprise.name, f"{enterprise.credit_code} {enterprise.name}"):
        assert office_client.post("/projects/new/", posted | {"enterprise": text, "name": text}).status_code == 302
    assert set(Project.objects.values_list("enterprise", flat=True)) == {enterprise.pk}
    refused = office_client.post("/projects/new/", posted | {"enterprise": "没有这家"})
    assert "没有找到" in refused.content.decode()


def test_a_form_opened_from_an_enterprise_knows_it(office_client: Client) -> None:
    enterprise = EnterpriseFactory(name="启明光电科技有限公司")
    assert "启明光电" in office_client.get(f"/projects/new/?enterprise={enterprise.pk}").content.decode()
    for nonsense in ("abc", "9" * 30, "٣", ""):
        assert office_client.get(f"/projects/new/?enterprise={nonsense}").status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "长" * 121),
        ("investment", "-1"),
        ("investment", "NaN"),
        ("investment", "9" * 20),
        ("invested", "-5"),
        ("invested", "900000"),
        ("responsible_department", "x"),
        ("planned_start", "2026-02-30"),
        ("stage", "done"),
        ("summary", "a\x00"),
    ],
)
def test_bad_facts_are_refused_at_their_field(
    field: str, value: str, posted: dict[str, Any], office_client: Client
) -> None:
    response = office_client.post("/projects/new/", posted | {field: value})
    assert response.status_code == 400
    assert field in response.context["form"].errors
    assert not Project.objects.exists()


def test_plans_must_be_in_order(posted: dict[str, Any], office_client: Client) -> None:
    plan = {"planned_start": "2026-05-01", "planned_completion": "2026-04-30"}
    response = office_client.post("/projects/new/", posted | plan)
    assert "计划投产不能早于计划开工" in response.content.decode()


def test_the_same_form_sent_twice_makes_one_project(posted: dict[str, Any], office_client: Client) -> None:
    assert office_client.post("/projects/new/", posted).status_code == 302
    again = office_client.post("/projects/new/", posted)
    assert again.status_code == 400
    assert "已有同名项目" in again.content.decode()
    assert Project.objects.count() == 1


def test_a_code_in_use_is_refused(posted: dict[str, Any], office_client: Client) -> None:
    ProjectFactory(code="XM-1")
    response = office_client.post("/projects/new/", posted | {"code": "XM-1"})
    assert response.status_code == 400
    assert "code" in response.context["form"].errors


def test_a_stale_edit_shows_both_texts_and_loses_nothing(posted: dict[str, Any], office_client: Client) -> None:
    project = ProjectFactory(code="XM-1")
    url = f"/projects/{project.pk}/edit/"
    assert office_client.post(url, posted | {"code": "XM-1", "name": "甲的改名", "version": 1}).status_code == 302
    late = office_client.post(url, posted | {"code": "XM-1", "name": "乙的改名", "kind": "service", "version": 1})
    page = late.content.decode()
    assert late.status_code == 409
    assert "甲的改名" in page
    assert page.count("乙的改名") >= 2
    assert 'name="version" value="2"' in page
    project.refresh_from_db()
    assert project.name == "甲的改名"
    assert office_client.post(url, posted | {"code": "XM-1", "name": "乙的改名", "version": 2}).status_code == 302


def test_the_form_cannot_move_the_stage(posted: dict[str, Any], office_client: Client) -> None:
    project = ProjectFactory(code="XM-1")
    form = posted | {"code": "XM-1", "stage": "production", "version": 1, "actual_start": "2020-01-01"}
    assert office_client.post(f"/projects/{project.pk}/edit/", form).status_code == 302
    project.refresh_from_db()
    assert (project.stage, project.actual_start) == ("negotiation", None)


def test_an_enterprises_page_lists_its_projects(office_client: Client) -> None:
    project = ProjectFactory(enterprise=EnterpriseFactory())
    page = office_client.get(f"/enterprises/{project.enterprise_id}/").content.decode()
    assert project.name in page
    bare: Enterprise = EnterpriseFactory()
    assert f"/projects/new/?enterprise={bare.pk}" in office_client.get(f"/enterprises/{bare.pk}/").content.decode()
