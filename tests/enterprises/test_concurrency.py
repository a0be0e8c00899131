"""The same form sent many times at once makes one record."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from enterprises import actions
from enterprises.models import Contact, Enterprise
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Role
from projects.actions import create_project
from projects.models import Project
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.enterprises.factories import EnterpriseFactory, sound_code

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 12


def at_once(act: Callable[[], Any]) -> list[str]:
    """What became of each of many simultaneous calls: "done" or the code of the refusal."""

    def one(_number: int) -> str:
        try:
            act()
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(TIMES) as pool:
        return sorted(pool.map(one, range(TIMES)))


def test_one_enterprise() -> None:
    office = UserFactory(roles=[Role.OFFICE])
    outcomes = at_once(lambda: actions.create_enterprise(by=office, credit_code=sound_code(950), name="新企业"))
    assert outcomes == ["credit_code_taken"] * (TIMES - 1) + ["done"]
    assert Enterprise.objects.count() == 1


def test_one_contact() -> None:
    office, enterprise = UserFactory(roles=[Role.OFFICE]), EnterpriseFactory()
    outcomes = at_once(
        lambda: actions.add_contact(enterprise=enterprise, by=office, name="王芳", phone="13812340217", is_primary=True)
    )
    assert outcomes == ["contact_exists"] * (TIMES - 1) + ["done"]
    assert Contact.objects.count() == 1


def test_one_project() -> None:
    office, department = UserFactory(roles=[Role.OFFICE]), DepartmentFactory()
    outcomes = at_once(
        lambda: create_project(by=office, name="扩产项目", responsible_department=department, investment=100)
    )
    assert outcomes == ["done"] + ["project_exists"] * (TIMES - 1)
    assert Project.objects.count() == 1


def test_many_projects_get_different_codes() -> None:
    office, department = UserFactory(roles=[Role.OFFICE]), DepartmentFactory()
    names = iter([f"项目{number}" for number in range(TIMES)])
    outcomes = at_once(
        lambda: create_project(by=office, name=next(names), responsible_department=department, investment=100)
    )
    assert outcomes == ["done"] * TIMES
    assert len(set(Project.objects.values_list("code", flat=True))) == TIMES
