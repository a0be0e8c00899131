"""People, enterprises and visits for the tests of liaison."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from typing import Any

from enterprises.models import Enterprise
from foundation.accounts.models import Department, User
from foundation.accounts.permissions import Role
from foundation.clocks.localtime import SHANGHAI
from liaison import actions
from liaison.models import Assignment, Visit
from projects.models import Project
from tests.accounts.factories import DepartmentFactory, UserFactory

_numbers = count(1)


def sh(text: str) -> datetime:
    """An instant in Shanghai time: sh("2026-11-09 10:02")."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def make_enterprise(**facts: Any) -> Enterprise:
    """An enterprise on the register."""
    number = next(_numbers)
    return Enterprise.objects.create(**{"credit_code": f"91{number:016d}", "name": f"第{number}制造有限公司"} | facts)


def make_project(department: Department | None = None, **facts: Any) -> Project:
    """A project of a department."""
    number = next(_numbers)
    given = {"code": f"P{number}", "name": f"第{number}期扩建项目", "investment": 1000}
    return Project.objects.create(**given | {"responsible_department": department or DepartmentFactory()} | facts)


def make_user(*roles: Role, **facts: Any) -> User:
    """An account with these roles."""
    return UserFactory(roles=list(roles), **facts)


def serve(officer: User, enterprise: Enterprise | None = None, on: date = date(2026, 1, 5)) -> Enterprise:
    """An enterprise that this officer serves from a day on."""
    enterprise = enterprise or make_enterprise()
    Assignment.objects.create(kind=Assignment.Kind.SERVICE_OFFICER, enterprise=enterprise, user=officer, started_on=on)
    return enterprise


def log(officer: User, enterprise: Enterprise, at: datetime, **facts: Any) -> Visit:
    """A visit through the action."""
    return actions.log_visit(by=officer, enterprise=enterprise, visited_at=at, **{"met": "厂长"} | facts)
