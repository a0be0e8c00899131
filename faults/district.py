"""The people of a run: one department with a handler and a head, the office, a supervisor, an enterprise."""

from __future__ import annotations

import json
import os
import sys


def make(password: str) -> dict[str, list[int]]:
    """Make them in the portal's database; the ids of the people by audience."""
    from enterprises.models import Enterprise, EnterpriseStaff
    from foundation.accounts.models import Department, RoleGrant, User
    from foundation.accounts.permissions import Role
    from issues.models import CategoryRule

    district = Department.objects.create(code="QL", name="青岭区", kind=Department.Kind.DISTRICT)
    bureau = Department.objects.create(code="JT", name="区交通局", kind=Department.Kind.BUREAU, parent=district)
    people: dict[str, list[int]] = {}
    for role in (Role.ENTERPRISE, Role.OFFICE, Role.HANDLER, Role.DEPARTMENT_HEAD, Role.SUPERVISOR):
        home = None if role == Role.ENTERPRISE else bureau if role in (Role.HANDLER, Role.DEPARTMENT_HEAD) else district
        user = User(username=role.value, name=role.value, email=f"{role.value}@example.test", department=home)
        user.set_password(password)
        user.save()
        RoleGrant.objects.create(user=user, role=role)
        people[role.value] = [user.pk]
    enterprise = Enterprise.objects.create(credit_code="91360111MA35F00001", name="青岭机电有限公司")
    EnterpriseStaff.objects.create(user_id=people["enterprise"][0], enterprise=enterprise)
    # Limits so long that none ends by the calendar: those of the run are laid into it.
    CategoryRule.objects.update(accept_days=20, reply_days=30, resolve_days=60, confirm_days=20)
    return people | {"bureau": [bureau.pk]}


if __name__ == "__main__":
    import django

    django.setup()
    json.dump(make(os.environ["FAULTS_PASSWORD"]), sys.stdout)
