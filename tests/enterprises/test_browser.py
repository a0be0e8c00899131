"""Enterprises and projects in a real browser: in place, on a phone, without a script, accessible."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from projects.models import Project
from tests.accounts.factories import UserFactory
from tests.enterprises.factories import ContactFactory, EnterpriseFactory, ParkFactory, PoolFactory, TownFactory
from tests.projects.factories import ProjectFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office() -> User:
    return UserFactory(roles=[Role.OFFICE])


@pytest.fixture
def project() -> Project:
    """A project of an enterprise with everything its pages show."""
    enterprise = EnterpriseFactory(town=TownFactory(), park=ParkFactory(), code_doubtful=True, is_above_scale=True)
    enterprise.pools.add(PoolFactory())
    ContactFactory(enterprise=enterprise, is_primary=True, email="a@example.test")
    return ProjectFactory(enterprise=enterprise, stage="signed", summary="新建厂房")


@pytest.mark.parametrize(("width", "care"), [(1366, "0"), (390, "1")])
def test_every_page_is_accessible_and_fits_the_window(
    care: str,
    width: int,
    office: User,
    project: Project,
    open_page: Callable[..., Any],
    sign_in: Any,
    assert_accessible: Any,
    live_portal: Any,
) -> None:
    page = open_page(viewport={"width": width, "height": 800})
    sign_in(page, office)
    page.context.add_cookies([{"name": "care", "value": care, "url": live_portal.url}])
    for path in (
        "/enterprises/",
        "/enterprises/?q=没有&tier=key",
        f"/enterprises/{project.enterprise_id}/",
        f"/enterprises/{project.enterprise_id}/edit/",
        "/enterprises/places/",
        "/projects/",
        "/projects/board/",
        f"/projects/{project.pk}/",
        "/projects/new/",
    ):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details.verb').forEach(one => { one.open = true })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert_accessible(page)


def test_a_stale_edit_can_be_compared_and_sent_again(
    office: User, project: Project, open_page: Callable[..., Any], sign_in: Any
) -> None:
    first, second = open_page(), open_page()
    for page in (first, second):
        sign_in(page, office)
        page.goto(f"/enterprises/{project.enterprise_id}/edit/")
    first.get_by_label("地址").fill("先到的地址")
    first.get_by_role("button", name="保存").click()
    first.wait_for_url("**/enterprises/*/")
    second.get_by_label("地址").fill("后到的地址")
    second.get_by_role("button", name="保存").click()
    second.get_by_role("cell", name="先到的地址").wait_for()
    expect(second.get_by_label("地址")).to_have_value("后到的地址")
    second.get_by_role("button", name="以我填写的为准").click()
    second.wait_for_url("**/enterprises/*/")
    project.enterprise.refresh_from_db()
    assert project.enterprise.address == "后到的地址"


def test_a_number_is_shown_on_purpose_on_a_phone(project: Project, phone_page: Any, sign_in: Any) -> None:
    cadre = UserFactory(roles=[Role.CADRE], department=project.enterprise.town)
    sign_in(phone_page, cadre)
    phone_page.goto(f"/enterprises/{project.enterprise_id}/")
    expect(phone_page.get_by_text("13812340217")).to_have_count(0)
    phone_page.get_by_role("button", name="显示").tap()
    expect(phone_page.get_by_role("link", name="13812340217")).to_have_attribute("href", "tel:13812340217")


def test_the_board_moves_a_project_without_any_script(
    office: User, project: Project, open_page: Callable[..., Any], sign_in: Any
) -> None:
    page = open_page(java_script_enabled=False)
    sign_in(page, office)
    page.goto("/projects/board/")
    page.get_by_text("转入开工").click()
    page.get_by_label("说明").fill("打下第一桩")
    page.get_by_role("button", name="确定").click()
    project.refresh_from_db()
    assert project.stage == "construction"
    expect(page.get_by_text("已转入“开工”")).to_be_visible()


def test_the_documentation_of_the_api_runs_under_the_strict_policy(
    office: User, open_page: Callable[..., Any], sign_in: Any
) -> None:
    page = open_page()
    sign_in(page, office)
    page.goto("/api/docs/")
    page.get_by_role("link", name="enterprises", exact=True).first.wait_for()
