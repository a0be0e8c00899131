"""People and departments for tests."""

import factory

from foundation.accounts.models import Department, RoleGrant, User
from foundation.accounts.permissions import Role


class DepartmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Department

    code = factory.Sequence(lambda n: f"D{n}")
    name = factory.Sequence(lambda n: f"区第{n}局")
    kind = Department.Kind.BUREAU
    parent = factory.LazyFunction(lambda: root())


def root() -> Department:
    """The district, made on first use."""
    district, _ = Department.objects.get_or_create(
        kind=Department.Kind.DISTRICT, defaults={"code": "QL", "name": "青岭区"}
    )
    return district


class UserFactory(factory.django.DjangoModelFactory):
    """`UserFactory(roles=[Role.OFFICE])`; belongs to a department of its own unless one is given."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    name = factory.Sequence(lambda n: f"干部{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.test")
    department = factory.SubFactory(DepartmentFactory)
    password = factory.django.Password("correct-horse-battery")

    @factory.post_generation
    def roles(self, create: bool, extracted: list[Role] | None) -> None:
        for role in extracted or []:
            RoleGrant.objects.create(user=self, role=role)
