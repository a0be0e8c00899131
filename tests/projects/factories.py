"""Projects for tests."""

from __future__ import annotations

from decimal import Decimal

import factory

from projects.models import Project
from tests.accounts.factories import DepartmentFactory


class ProjectFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Project

    code = factory.Sequence(lambda n: f"T-{n:03d}")
    name = factory.Sequence(lambda n: f"年产{n}万套零部件项目")
    responsible_department = factory.SubFactory(DepartmentFactory)
    investment = Decimal("12000")
    invested = Decimal("3000")
