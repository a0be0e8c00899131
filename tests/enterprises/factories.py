"""Enterprises for tests."""

from __future__ import annotations

import factory
from stdnum.cn import uscc

from enterprises.models import Contact, Enterprise, EnterpriseStaff, Park, Pool
from foundation.accounts.models import Department
from tests.accounts.factories import DepartmentFactory, UserFactory, root


def sound_code(n: int) -> str:
    """The n-th credit code whose check character is right."""
    body = f"91360111MA{n:07d}"
    return body + uscc.calc_check_digit(body)


class TownFactory(DepartmentFactory):
    code = factory.Sequence(lambda n: f"T{n}")
    name = factory.Sequence(lambda n: f"第{n}街道")
    kind = Department.Kind.TOWN
    parent = factory.LazyFunction(root)


class ParkFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Park

    code = factory.Sequence(lambda n: f"P{n}")
    name = factory.Sequence(lambda n: f"第{n}产业园")
    department = factory.SubFactory(DepartmentFactory, kind=Department.Kind.PARK)


class PoolFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Pool

    code = factory.Sequence(lambda n: f"pool{n}")
    name = factory.Sequence(lambda n: f"第{n}培育库")


class EnterpriseFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Enterprise

    credit_code = factory.Sequence(sound_code)
    name = factory.Sequence(lambda n: f"青岭第{n}机械有限公司")


class ContactFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Contact

    enterprise = factory.SubFactory(EnterpriseFactory)
    name = factory.Sequence(lambda n: f"联系人{n}")
    phone = "13812340217"


class EnterpriseStaffFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = EnterpriseStaff

    user = factory.SubFactory(UserFactory, department=None, roles=["enterprise"])
    enterprise = factory.SubFactory(EnterpriseFactory)
