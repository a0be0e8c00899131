"""The pages of visits: what a cadre does on the phone, what the office reads, and who is kept out."""

from __future__ import annotations

import io
import re
import uuid
from datetime import date

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from foundation.accounts.permissions import Role
from foundation.attachments.models import Attachment
from liaison import actions
from liaison.models import Assignment, Visit, VisitDuty
from tests.accounts.factories import DepartmentFactory
from tests.liaison.factories import log, make_enterprise, make_project, make_user, serve, sh
from tests.liaison.test_visits import PNG

pytestmark = pytest.mark.django_db
NOW = "2026-11-21 09:00"


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel(sh(NOW), tick=False):
        yield


@pytest.fixture
def cadre():
    return make_user(Role.CADRE)


@pytest.fixture
def office():
    return make_user(Role.OFFICE)


def sent(enterprise, **more):
    """What the browser sends for a visit without problems."""
    return {
        "submission_key": str(uuid.uuid4()),
        "enterprise": enterprise.pk,
        "visited_at": "2026-11-20T10:30",
        "form": "on_site",
        "met": "王厂长",
        "problems-TOTAL_FORMS": "3",
        "problems-INITIAL_FORMS": "0",
    } | more


def test_a_cadre_sees_n_of_n_and_who_is_next(client, cadre, ledger):
    first, second = serve(cadre), serve(cadre)
    actions.open_month(month=date(2026, 11, 1))
    log(cadre, first, sh("2026-11-20 10:00"))
    client.force_login(cadre)
    text = client.get(reverse("liaison:visits")).content.decode()
    assert "本月走访 1 / 2 家" in text
    assert "还剩 6 个工作日" in text
    assert f"?enterprise={second.pk}" in text


def test_the_form_opens_with_the_enterprise_and_the_present_moment(client, cadre):
    enterprise = serve(cadre)
    client.force_login(cadre)
    text = client.get(reverse("liaison:visit_new"), {"enterprise": enterprise.pk}).content.decode()
    assert f'<option value="{enterprise.pk}" selected>' in text
    assert 'value="2026-11-21T09:00"' in text
    assert 'capture="environment"' in text


def test_one_page_logs_the_visit_with_photo_and_problem(client, cadre, ledger):
    enterprise = serve(cadre)
    actions.open_month(month=date(2026, 11, 1))
    client.force_login(cadre)
    data = sent(
        enterprise,
        photos=[SimpleUploadedFile("门头.png", PNG)],
        employees="120",
        **{
            "problems-0-title": "变压器容量不足",
            "problems-0-category": "power",
            "problems-0-text": "夏季每天跳闸两次。",
        },
    )
    answer = client.post(reverse("liaison:visit_new"), data, follow=True)
    text = answer.content.decode()
    assert "1 个问题已登记为诉求" in text
    assert "变压器容量不足" in text
    assert "门头.png" in text
    visit = Visit.objects.get()
    assert (visit.visited_at, visit.employees, visit.by) == (sh("2026-11-20 10:30"), 120, cadre)
    assert VisitDuty.objects.get().visit == visit


def test_the_same_form_sent_twice_shows_the_same_visit(client, cadre):
    data = sent(serve(cadre))
    client.force_login(cadre)
    first, again = (client.post(reverse("liaison:visit_new"), data) for _ in range(2))
    assert first.url == again.url
    assert Visit.objects.count() == 1


def test_an_error_keeps_everything_typed(client, cadre, ledger):
    enterprise = serve(cadre)
    client.force_login(cadre)
    data = sent(
        enterprise,
        met="",
        operating_facts="订单排到明年三月",
        photos=[SimpleUploadedFile("门头.png", PNG)],
        **{"problems-1-title": "贷款续不上", "problems-1-text": "银行要求追加担保"},
    )
    answer = client.post(reverse("liaison:visit_new"), data)
    text = answer.content.decode()
    assert answer.status_code == 200
    for typed in ("订单排到明年三月", "贷款续不上", "银行要求追加担保", data["submission_key"], "2026-11-20T10:30"):
        assert typed in text
    [kept] = Attachment.objects.held_by(cadre)
    assert "门头.png" in text and f'value="{kept.key}"' in text
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"visited_at": "2026-11-22T10:00"}, "不能晚于现在"),
        ({"visited_at": "0001-01-01T00:00"}, "核对年份"),
        ({"visited_at": "2026-02-30T10:00"}, "输入一个有效的日期"),
        ({"employees": "-3"}, "0"),
        ({"output_value": "1e99"}, "数字"),
        ({"met": "王\x00厂长"}, "空字符"),
        ({"problems-TOTAL_FORMS": "5000"}, "10"),
        ({"problems-TOTAL_FORMS": "x"}, "ManagementForm"),
    ],
)
def test_bad_input_is_said_and_nothing_is_written(client, cadre, ledger, fields, words):
    client.force_login(cadre)
    answer = client.post(reverse("liaison:visit_new"), sent(serve(cadre), **fields))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Visit.objects.exists()


def test_a_key_that_is_none_is_no_obstacle(client, cadre):
    client.force_login(cadre)
    for key in ("x", ""):
        assert client.post(reverse("liaison:visit_new"), sent(serve(cadre), submission_key=key)).status_code == 302
    assert Visit.objects.count() == 2


def test_what_may_not_be_uploaded_is_named(client, cadre):
    client.force_login(cadre)
    files = [SimpleUploadedFile("恶意.svg", b"<svg/>"), SimpleUploadedFile("空.png", b"")]
    answer = client.post(reverse("liaison:visit_new"), sent(serve(cadre), documents=files))
    text = answer.content.decode()
    assert "恶意.svg" in text or "空" in text
    assert not Visit.objects.exists()


def test_markup_in_a_visit_is_inert(client, cadre):
    visit = log(cadre, serve(cadre), sh(NOW), met="<script>alert(1)</script>", summary="<img src=x onerror=a>")
    client.force_login(cadre)
    for address in (reverse("liaison:visit", args=[visit.pk]), f"{reverse('liaison:visits')}?view=all"):
        text = client.get(address).content.decode()
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_an_enterprise_not_served_is_404_to_log_and_to_open(client, cadre):
    stranger = make_enterprise()
    client.force_login(cadre)
    assert client.get(reverse("liaison:visit_new"), {"enterprise": stranger.pk}).status_code == 404
    answer = client.post(reverse("liaison:visit_new"), sent(stranger))
    assert answer.status_code == 200  # the choice is refused, the form comes back
    assert not Visit.objects.exists()


def test_after_the_assignment_ended_the_enterprise_is_404(client, cadre, office):
    enterprise = serve(cadre)
    client.force_login(cadre)
    page = reverse("enterprises:detail", args=[enterprise.pk])
    assert client.get(page).status_code == 200
    actions.end_assignment(assignment=Assignment.objects.get(), by=office, reason="工作调动")
    assert client.get(page).status_code == 404
    assert client.get(reverse("liaison:visit_new"), {"enterprise": enterprise.pk}).status_code == 404


@pytest.mark.parametrize("junk", ["x", "-1", "9" * 30, "١"])
def test_a_number_that_is_none_is_404(client, cadre, junk):
    client.force_login(cadre)
    assert client.get(reverse("liaison:visit_new"), {"enterprise": junk}).status_code == 404


def test_who_serves_nobody_finds_the_enterprise_first(client, office):
    enterprise = make_enterprise(name="恒岳新材料股份有限公司")
    client.force_login(office)
    text = client.get(reverse("liaison:visit_new"), {"q": "恒岳"}).content.decode()
    assert f"?enterprise={enterprise.pk}" in text


def test_a_project_can_be_visited(client, cadre, office):
    project = make_project()
    actions.assign(kind="service_officer", target=project, holder=cadre, by=office)
    client.force_login(cadre)
    address = f"{reverse('liaison:visit_new')}?project={project.pk}"
    assert project.name in client.get(address).content.decode()
    data = sent(make_enterprise())
    del data["enterprise"]
    assert client.post(address, data).status_code == 302
    assert Visit.objects.get().project == project


def test_a_stale_correction_shows_both_texts_and_loses_nothing(client, cadre):
    visit = log(cadre, serve(cadre), sh(NOW), met="王厂长")
    actions.edit_visit(visit=visit, version=1, by=cadre, met="李书记")
    client.force_login(cadre)
    address = reverse("liaison:visit_edit", args=[visit.pk])
    data = {"visited_at": "2026-11-20T10:30", "form": "remote", "met": "张经理", "version": "1"}
    text = client.post(address, data).content.decode()
    assert "李书记" in text
    assert "张经理" in text
    assert Visit.objects.get().met == "李书记"
    data["version"] = re.search(r'name="version" value="(\d+)"', text)[1]
    assert client.post(address, data).status_code == 302
    assert (Visit.objects.get().met, Visit.objects.get().version) == ("张经理", 3)


def test_correcting_nothing_changes_nothing(client, cadre):
    visit = log(cadre, serve(cadre), sh("2026-11-20 10:30:42"))
    client.force_login(cadre)
    data = {"visited_at": "2026-11-20T10:30", "form": "on_site", "met": "厂长", "version": "1"}
    assert client.post(reverse("liaison:visit_edit", args=[visit.pk]), data).status_code == 302
    visit.refresh_from_db()
    assert (visit.version, visit.visited_at) == (1, sh("2026-11-20 10:30:42"))


def test_somebody_else_s_visit_cannot_be_corrected(client, cadre):
    visit = log(cadre, serve(cadre), sh(NOW))
    client.force_login(make_user(Role.CADRE, department=cadre.department))
    assert client.get(reverse("liaison:visit", args=[visit.pk])).status_code == 200
    assert client.get(reverse("liaison:visit_edit", args=[visit.pk])).status_code == 404


def test_the_lists_narrow_by_what_is_asked(client, office, cadre):
    bureau = DepartmentFactory()
    other = make_user(Role.CADRE, department=bureau)
    log(cadre, serve(cadre), sh("2026-11-03 10:00"), met="甲经理")
    log(other, serve(other), sh("2026-10-31 23:59"), met="乙经理")
    client.force_login(office)
    for query, expected in [
        ({"department": bureau.pk}, "乙经理"),
        ({"q": "甲经理"}, "甲经理"),
        ({"since": "2026-11-01"}, "甲经理"),
        ({"until": "2026-10-31"}, "乙经理"),
    ]:
        text = client.get(reverse("liaison:visits"), query).content.decode()
        found = [name for name in ("甲经理", "乙经理") if f">{name}" in text]
        assert found == [expected], query


@pytest.mark.parametrize(
    "query",
    ["page=x", "sort=-password", "department=x", "since=2026-02-30", "until=9999-12-31", "month=2026-13", "view=x"],
)
@pytest.mark.parametrize("name", ["visits", "matrix", "assignments", "bulk", "visits_export"])
def test_nonsense_in_the_address_is_forgiven(client, office, name, query):
    client.force_login(office)
    assert client.get(f"{reverse(f'liaison:{name}')}?{query}").status_code == 200


def test_the_export_holds_what_is_listed_and_formulas_are_inert(client, office, cadre):
    log(cadre, serve(cadre), sh("2026-11-03 10:00"), met="=1+1", summary="@SUM(A1)")
    log(cadre, serve(cadre), sh("2026-10-03 10:00"), met="别的月份")
    client.force_login(office)
    answer = client.get(reverse("liaison:visits_export"), {"since": "2026-11-01"})
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.iter_rows(min_row=2))
    assert len(rows) == 1
    assert [(cell.value, cell.data_type) for cell in rows[0] if cell.value in ("=1+1", "@SUM(A1)")] == [
        ("=1+1", "s"),
        ("@SUM(A1)", "s"),
    ]


def test_the_matrix_says_done_due_and_missed_in_words(client, office, cadre):
    done, missed = serve(cadre), serve(cadre)
    with time_machine.travel(sh("2026-10-01 00:05"), tick=False):
        actions.open_month(month=date(2026, 10, 1))
    actions.open_month(month=date(2026, 11, 1))
    log(cadre, done, sh("2026-10-15 10:00"))
    client.force_login(office)
    text = client.get(reverse("liaison:matrix")).content.decode()
    assert re.search(r'lv g">补 10-15<', text)
    assert re.search(r'lv r">未访<', text)
    assert re.search(r'lv n">待访<', text)
    assert "1 / 2" in text
    narrowed = client.get(reverse("liaison:matrix"), {"month": "2026-10", "state": "missed"}).content.decode()
    assert missed.name in narrowed
    assert done.name not in narrowed


def test_the_colour_of_a_duty_leads_to_its_reasons(client, office, cadre):
    serve(cadre)
    with time_machine.travel(sh("2026-11-01 00:05"), tick=False):
        actions.open_month(month=date(2026, 11, 1))
    duty = VisitDuty.objects.get()
    address = reverse("clocks:why", args=["visit", duty.pk])
    client.force_login(office)
    assert address in client.get(reverse("liaison:visits"), {"view": "duties"}).content.decode()
    page = client.get(address).content.decode()
    assert "走访任务,固定日期 2026-11-30" in page
    assert duty.enterprise.name in page
    client.force_login(make_user(Role.HANDLER))
    assert client.get(address).status_code == 404


def test_the_duties_of_a_month_are_listed_by_state(client, office, cadre):
    done, open_ = serve(cadre), serve(cadre)
    actions.open_month(month=date(2026, 11, 1))
    log(cadre, done, sh("2026-11-15 10:00"))
    client.force_login(office)
    address = reverse("liaison:visits")
    text = client.get(address, {"view": "duties", "month": "2026-11"}).content.decode()
    assert "已访 1 / 2 家(50%)" in text
    due = client.get(address, {"view": "duties", "month": "2026-11", "state": "due"}).content.decode()
    assert open_.name in due
    assert done.name not in due


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("visits", "view=mine"),
        ("visits", "view=all"),
        ("visits", "view=duties"),
        ("matrix", ""),
        ("assignments", ""),
        ("assignments", "standing=all"),
        ("bulk", ""),
    ],
)
def test_a_list_costs_the_same_for_one_and_for_many_rows(client, ledger, name, query):
    person = make_user(Role.OFFICE, Role.CADRE)
    client.force_login(person)
    address = f"{reverse(f'liaison:{name}')}?{query}"
    spent = []
    for size in (1, 3):
        for _ in range(size):
            enterprise = serve(person)
            other = serve(make_user(Role.CADRE))
            log(person, other, sh("2026-11-15 10:00"))
            log(person, enterprise, sh("2026-10-15 10:00"))
        actions.open_month(month=date(2026, 11, 1))
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        spent.append(len(queries))
    assert spent[0] == spent[1]


def test_a_detail_page_costs_the_same_for_one_and_for_many_rows(client, office, cadre):
    enterprise = serve(cadre)
    client.force_login(office)
    address = reverse("enterprises:detail", args=[enterprise.pk])
    spent = []
    for _ in range(2):
        for _ in range(2):
            log(cadre, enterprise, sh("2026-11-15 10:00"))
            actions.assign(kind="lead_official", target=enterprise, holder=make_user(Role.LEADER), by=office)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        spent.append(len(queries))
    assert spent[0] == spent[1]


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.CADRE, {"visits", "visit_new", "visits_export", "assignments"}),
        (Role.HANDLER, {"visits", "visits_export", "assignments"}),
        (Role.LEADER, {"visits", "visits_export", "assignments"}),
        (Role.SUPERVISOR, {"visits", "visits_export", "assignments", "matrix"}),
        (Role.OFFICE, {"visits", "visit_new", "visits_export", "assignments", "matrix", "bulk", "people"}),
        (Role.ENTERPRISE, set()),
        (Role.SYSTEM_ADMIN, set()),
        (Role.AUDITOR, set()),
    ],
)
def test_who_may_open_what(client, role, allowed):
    client.force_login(make_user(role))
    names = ["visits", "visit_new", "visits_export", "assignments", "matrix", "bulk", "people"]
    opened = {name for name in names if client.get(reverse(f"liaison:{name}")).status_code == 200}
    assert opened == allowed


def test_the_badge_counts_what_is_still_owed(client, cadre):
    first = serve(cadre)
    serve(cadre)
    actions.open_month(month=date(2026, 11, 1))
    log(cadre, first, sh("2026-11-20 10:00"))
    client.force_login(cadre)
    text = client.get(reverse("liaison:visits")).content.decode()
    assert re.search(r"<b>1<span", text)
