"""Problems found on a visit become cases of the enterprise, in the visit's own transaction."""

from __future__ import annotations

import pytest

from foundation.accounts.errors import Refused
from issues.models import Issue
from liaison import problems
from liaison.actions import log_visit
from liaison.models import Visit
from liaison.problems import Problem
from tests.issues.factories import District, sh

POWER = Problem("用电不稳", "近一周三次跳闸。", "supply")


def log(district: District, *found: Problem) -> Visit:
    return log_visit(
        by=district.cadre,
        enterprise=district.enterprise,
        visited_at=sh("2026-11-09 09:00"),
        met="厂长",
        problems=list(found),
    )


def test_each_problem_becomes_a_case_of_the_visit(district: District):
    visit = log(district, POWER, Problem("招工难", "缺三十名焊工。", "labour"))
    cases = list(Issue.objects.filter(visit=visit).order_by("pk"))
    assert [(case.channel, case.title, case.registered_by) for case in cases] == [
        ("visit", "用电不稳", district.cadre),
        ("visit", "招工难", district.cadre),
    ]
    listed = problems.listed(visit, district.cadre)
    assert [(one.number, one.status) for one in listed] == [(case.number, "待交办") for case in cases]
    assert problems.listed(visit, district.other_handler) == []


@pytest.mark.parametrize("wrong", [Problem("", "没有标题", "supply"), Problem("类别不明", "内容", "nonsense")])
def test_a_problem_that_cannot_be_registered_takes_the_visit_back(district: District, wrong: Problem):
    with pytest.raises(Refused):
        log(district, POWER, wrong)
    assert not Visit.objects.exists()
    assert not Issue.objects.exists()


def test_open_cases_are_counted_by_enterprise(district: District, django_assert_max_num_queries):
    log(district, POWER, POWER)
    with django_assert_max_num_queries(3):
        counted = problems.open_counts([district.enterprise.pk], district.cadre)
    assert counted[district.enterprise.pk] == problems.OpenCount(open=2, red=0)


def test_categories_out_of_use_are_not_offered(district: District):
    district.category.is_active = False
    district.category.save()
    assert "supply" not in dict(problems.choices())
