"""Reads behind the pages of people and departments."""

from __future__ import annotations

from django.db.models import Count, Q

from foundation.accounts.models import Department, DepartmentQuerySet, User, UserQuerySet


def people(
    user: User, *, words: str = "", department: Department | None = None, role: str = "", state: str = ""
) -> UserQuerySet:
    """The accounts this person may see, narrowed by the filters, with their departments and roles."""
    found = User.objects.visible_to(user).select_related("department").prefetch_related("role_grants")
    if words:
        found = found.filter(
            Q(username__icontains=words)
            | Q(name__icontains=words)
            | Q(staff_number__icontains=words)
            | Q(phone__startswith=words)
        )
    if department:
        found = found.filter(department__in=department.subtree())
    if role:
        found = found.filter(pk__in=User.objects.filter(role_grants__role=role).values("pk"))
    if state:
        found = found.filter(is_active=state == "active")
    return found.order_by("department__sort_order", "department__code", "username")


def with_roles(page: list[User]) -> list[User]:
    """The same people, their roles taken from the prefetched rows instead of one query each."""
    for person in page:
        person.__dict__["roles"] = frozenset(grant.role for grant in person.role_grants.all())
    return page


def departments(user: User) -> DepartmentQuerySet:
    """The tree in reading order, each with its number of active people."""
    return (
        Department.objects.visible_to(user)
        .annotate(people=Count("staff", filter=Q(staff__is_active=True)))
        .order_by("path")
    )
