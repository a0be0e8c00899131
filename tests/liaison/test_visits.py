"""Logging a visit: one form makes one record, whatever is sent."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Role
from foundation.attachments.models import Attachment
from foundation.audit.models import AuditRow
from liaison import actions, problems
from liaison.models import Visit
from liaison.problems import Problem
from tests.liaison.factories import log, make_enterprise, make_project, make_user, serve, sh
from tests.pictures import PNG

pytestmark = pytest.mark.django_db
PROBLEM = Problem("变压器容量不足", "夏季用电高峰每天跳闸两次。", "power")


@pytest.fixture
def cadre():
    return make_user(Role.CADRE)


def test_the_visit_its_files_and_its_problems_are_written_together(cadre, ledger):
    enterprise = serve(cadre)
    photo = SimpleUploadedFile("车间.png", PNG)
    visit = log(cadre, enterprise, timezone.now(), problems=[PROBLEM], files=[photo], employees=120)
    assert (visit.department, visit.employees) == (cadre.department, 120)
    assert [file.name for file in Attachment.objects.of(visit)] == ["车间.png"]
    assert ledger.taken == [(visit.pk, PROBLEM)]
    assert AuditRow.objects.get(action="liaison.log_visit").data["problems"] == ["QL-1"]


def test_the_same_form_twice_is_one_record(cadre, ledger):
    enterprise, key = serve(cadre), uuid.uuid4()
    first = log(cadre, enterprise, timezone.now(), submission_key=key, problems=[PROBLEM])
    again = log(cadre, enterprise, timezone.now(), submission_key=key, problems=[PROBLEM])
    assert first == again
    assert (Visit.objects.count(), len(ledger.taken)) == (1, 1)


def test_somebody_else_s_form_is_not_handed_out(cadre):
    key = uuid.uuid4()
    log(cadre, serve(cadre), timezone.now(), submission_key=key)
    with pytest.raises(Refused, match="重新打开"):
        log(make_user(Role.CADRE), make_enterprise(), timezone.now(), submission_key=key)


@pytest.mark.django_db(transaction=True)
def test_twenty_submissions_at_once_make_one_record(cadre):
    enterprise, key, now = serve(cadre), uuid.uuid4(), timezone.now()

    def run(_):
        try:
            return log(cadre, enterprise, now, submission_key=key).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(run, range(20)))) == 1
    assert Visit.objects.count() == AuditRow.objects.filter(action="liaison.log_visit").count() == 1


def test_when_a_problem_is_refused_nothing_is_written(cadre, ledger, monkeypatch):
    def refuse(**_):
        raise Refused("类别已停用。")

    before = problems.replace_sink(problems.Sink(list, refuse, lambda visit, user: []))
    try:
        with pytest.raises(Refused, match="停用"):
            log(cadre, serve(cadre), timezone.now(), problems=[PROBLEM])
    finally:
        problems.replace_sink(before)
    assert not Visit.objects.exists()


def test_without_a_ledger_problems_are_refused_not_dropped(cadre):
    before = problems.replace_sink(None)
    try:
        with pytest.raises(Refused, match="诉求台账"):
            log(cadre, serve(cadre), timezone.now(), problems=[PROBLEM])
    finally:
        problems.replace_sink(before)


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(days=-500)])
def test_times_that_cannot_be_are_refused(cadre, off):
    with pytest.raises(Refused) as refused:
        log(cadre, serve(cadre), timezone.now() + off)
    assert refused.value.code == "invalid_visited_at"


def test_a_phone_s_clock_a_few_minutes_fast_is_forgiven(cadre):
    assert log(cadre, serve(cadre), timezone.now() + timedelta(minutes=5)).pk


def test_exactly_one_of_enterprise_and_project(cadre):
    now = timezone.now()
    for targets in ({}, {"enterprise": make_enterprise(), "project": make_project()}):
        with pytest.raises(Refused, match="二选一"):
            actions.log_visit(by=cadre, visited_at=now, met="厂长", **targets)
    assert actions.log_visit(by=cadre, visited_at=now, met="厂长", project=make_project()).target


def test_a_correction_keeps_the_version_and_the_trail(cadre):
    visit = log(cadre, serve(cadre), timezone.now())
    edited = actions.edit_visit(visit=visit, version=1, by=cadre, met="王厂长", summary="正常")
    assert (edited.version, edited.met) == (2, "王厂长")
    assert AuditRow.objects.get(action="liaison.edit_visit").data["changes"]["met"] == ["厂长", "王厂长"]
    with pytest.raises(Stale):
        actions.edit_visit(visit=visit, version=1, by=cadre, met="李厂长")


def test_the_newest_visit_s_word_on_the_condition_becomes_the_enterprise_s(cadre):
    enterprise, now = serve(cadre), timezone.now()
    log(cadre, enterprise, now - timedelta(days=1), operating_condition="difficult")
    log(cadre, enterprise, now - timedelta(days=30), operating_condition="good")
    log(cadre, enterprise, now)
    enterprise.refresh_from_db()
    assert enterprise.operating_condition == "difficult"
    assert AuditRow.objects.filter(action="enterprises.edit").count() == 1


def test_only_the_author_and_the_office_may_correct(cadre):
    visit = log(cadre, serve(cadre), timezone.now())
    with pytest.raises(Refused, match="本人"):
        actions.edit_visit(visit=visit, version=1, by=make_user(Role.CADRE), met="别人")
    assert actions.edit_visit(visit=visit, version=1, by=make_user(Role.OFFICE), met="核对").version == 2


def test_nobody_of_an_enterprise_sees_visits(cadre):
    log(cadre, serve(cadre), timezone.now())
    assert not Visit.objects.visible_to(make_user(Role.ENTERPRISE)).exists()


def test_a_clock_set_back_an_hour_opens_and_does_nothing_twice(cadre):
    enterprise = serve(cadre)
    for moment in ("2026-11-01 00:30", "2026-10-31 23:30", "2026-11-01 00:30"):
        with time_machine.travel(sh(moment), tick=False):
            actions.open_month(month=sh(moment).date())
    with time_machine.travel(sh("2026-11-02 09:00"), tick=False):
        log(cadre, enterprise, sh("2026-11-01 00:40"))
    assert sorted((f"{duty.month:%m}", bool(duty.done_at)) for duty in enterprise.visit_duties.all()) == [
        ("10", False),
        ("11", True),
    ]
