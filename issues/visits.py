"""Problems found on a visit become cases, in the transaction of the visit."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from issues.actions import register
from issues.models import Category, Issue
from liaison.models import Visit
from liaison.problems import Problem


def take(*, visit: Visit, problems: Sequence[Problem], by: User) -> list[tuple[str, str]]:
    """Register each problem as a case of the enterprise visited; (number, address) of each."""
    enterprise = visit.enterprise or (visit.project.enterprise if visit.project else None)
    if enterprise is None:
        raise Refused(_("这个项目还没有登记所属企业,问题无法转为诉求。请先补全项目的企业。"), code="invalid_project")
    categories = {category.code: category for category in Category.objects.filter(is_active=True)}
    cases = []
    for problem in problems:
        if problem.category_code not in categories:
            raise Refused(_("请为问题“%(title)s”选择类别。") % {"title": problem.title}, code="invalid_category")
        cases.append(
            register(
                by=by,
                enterprise=enterprise,
                project=visit.project,
                visit=visit,
                category=categories[problem.category_code],
                title=problem.title,
                text=problem.text,
                channel=Issue.Channel.VISIT,
            )
        )
    return [(case.number, case.get_absolute_url()) for case in cases]
