"""Long lists in the background: exactly what is filtered, for one person, resumable, swept."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from foundation.exports import actions, kinds
from foundation.exports.actions import running
from foundation.exports.models import Export
from foundation.exports.tasks import run as run_task
from foundation.notices.models import Notice
from issues.desk.export import LEDGER, SHEET, USUAL, columns_of
from issues.models import Issue
from tests.accounts.factories import UserFactory
from tests.issues.factories import District, make_district, register

pytestmark = pytest.mark.django_db
RISKY = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1")


@pytest.fixture
def district(settings, tmp_path) -> District:
    settings.MEDIA_ROOT = tmp_path
    settings.VAR_DIR = tmp_path / "var"
    settings.EXPORT_AT_ONCE = 2
    return make_district()


@pytest.fixture
def asked(client, district, django_capture_on_commit_callbacks):
    """Ask for the ledger at an address through its pages; the task runs at once."""

    def ask(query="", user=None) -> Export:
        client.force_login(user or district.office)
        page = client.get(f"/issues/export/?{query}")
        assert page.status_code == 200 and b"<form" in page.content, "short lists come at once"
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post("/exports/new/ledger/", {"query": query})
        return Export.objects.get(pk=int(answer["Location"].rstrip("/").rsplit("/", 1)[1]))

    return ask


def sheet_of(client, export):
    response = client.get(f"/exports/{export.pk}/file/")
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    return load_workbook(BytesIO(b"".join(response.streaming_content))).active


def titles(sheet):
    return [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)]


def test_a_long_list_is_written_by_the_task_and_said_to_the_person(client, district, asked):
    for n in range(3):
        register(district, title=f"变压器容量不足 {n}")
    register(district, title="停车困难")
    export = asked("view=all&q=变压器&sort=-number&page=2")
    assert (export.state, export.total, export.done) == ("done", 3, 3)
    assert titles(sheet_of(client, export)) == [f"变压器容量不足 {n}" for n in (2, 1, 0)]
    notice = Notice.objects.get(recipient=district.office, kind="export")
    assert notice.url == f"/exports/{export.pk}/" and "3 件" in notice.body
    acts = AuditRow.objects.filter(target_type="exports.export").order_by("seq")
    assert list(acts.values_list("action", flat=True)) == ["exports.request", "exports.finish", "exports.download"]


def test_a_short_list_comes_at_once(client, district):
    register(district)
    client.force_login(district.office)
    response = client.get("/issues/export/?view=all")
    assert response["Content-Disposition"].startswith("attachment")
    assert not Export.objects.exists()


def test_no_text_becomes_a_formula(client, district, asked):
    for text in RISKY:
        register(district, title=f"{text}标题", text=f"{text}正文", contact_name=f"{text}人")
    Issue.objects.update(contact_name=Issue.objects.first().contact_name)
    sheet = sheet_of(client, asked("view=all"))
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    written = {str(cell.value).lstrip()[:1] for cell in cells}
    assert {"=", "+", "-", "@"} <= written


@pytest.mark.parametrize("text", RISKY)
def test_each_risky_beginning_stays_as_it_was_typed(district, text):
    from foundation.ui.sheets import workbook

    cell = load_workbook(BytesIO(workbook("表", ["一"], [[text]]))).active["A2"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert cell.value.replace("_x000D_", "\r") == text


def test_the_columns_asked_for_and_no_others(client, district, asked):
    for n in range(3):
        register(district, title=f"第{n}件")
    sheet = sheet_of(client, asked("view=all&columns=title,number,nonsense,title&sort=number"))
    assert [cell.value for cell in sheet[1]] == ["标题", "编号"]
    assert sheet["A2"].value == "第0件"


def test_unknown_columns_mean_the_usual_ones():
    assert columns_of(["x", ""]) == USUAL
    assert columns_of(["rating", "number", "rating"]) == ("rating", "number")


def test_every_column_has_a_heading_and_a_cell(district):
    register(district)
    query = f"view=all&columns={','.join(SHEET)}"
    export = actions.request_export(kind=LEDGER, query=query, by=district.office)
    keys = list(Issue.objects.values_list("pk", flat=True))
    [line] = LEDGER.lines(district.office, export.asked, keys)
    assert len(line) == len(LEDGER.headings(district.office, export.asked)) == len(SHEET)


def test_phones_are_masked_for_those_who_need_them_not(client, district, asked):
    for _n in range(3):
        register(district, contact_name="王", contact_phone="13812340217")
    sheet = sheet_of(client, asked("view=all&columns=phone", district.supervisor))
    assert {row[0] for row in sheet.iter_rows(min_row=2, values_only=True)} == {"138****0217"}


def test_only_what_the_person_sees_is_in_it(client, district, asked, settings):
    settings.EXPORT_AT_ONCE = -1
    register(district)
    export = asked("view=all", district.other_handler)
    assert (export.state, export.total) == ("done", 0)


def test_nobody_else_finds_it(client, district, asked):
    for _n in range(3):
        register(district)
    export = asked("view=all")
    client.force_login(district.supervisor)
    for path in ("", "progress/", "file/"):
        assert client.get(f"/exports/{export.pk}/{path}").status_code == 404
    assert client.post(f"/exports/{export.pk}/cancel/").status_code == 404
    assert "诉求台账" not in client.get("/exports/").content.decode().split("<main")[1]


def test_who_may_not_export_the_list_may_not_ask(client, district):
    client.force_login(district.cadre)
    assert client.post("/exports/new/ledger/", {"query": ""}).status_code == 403
    client.force_login(district.speaker)
    assert client.post("/exports/new/ledger/", {"query": ""}).status_code == 403
    assert client.post("/exports/new/nonsense/", {"query": ""}).status_code == 404


def test_a_permission_lost_before_the_task_runs_writes_nothing(district):
    export = actions.request_export(kind=LEDGER, query="", by=district.supervisor)
    district.supervisor.is_active = False
    district.supervisor.save()
    run_task(export.pk)
    export.refresh_from_db()
    assert (export.state, export.file.name) == ("failed", "")
    assert "权限" in export.error


def test_the_same_list_asked_for_twice_is_one(district):
    first = actions.request_export(kind=LEDGER, query="view=all&page=3", by=district.office)
    assert actions.request_export(kind=LEDGER, query="view=all", by=district.office).pk == first.pk
    for view in ("open", "closed"):
        actions.request_export(kind=LEDGER, query=f"view={view}", by=district.office)
    with pytest.raises(Refused, match="正在生成"):
        actions.request_export(kind=LEDGER, query="view=red", by=district.office)


def test_a_repeated_message_writes_nothing_twice(district, tmp_path):
    export = actions.request_export(kind=LEDGER, query="view=all", by=district.office)
    run_task(export.pk)
    run_task(export.pk)
    assert Notice.objects.filter(kind="export").count() == 1
    assert len([path for path in (tmp_path / "exports").rglob("*") if path.is_file()]) == 1


def test_cancelled_under_way_it_stops_and_leaves_nothing(district, monkeypatch, tmp_path):
    monkeypatch.setattr(running, "CHUNK", 1)
    for _n in range(3):
        register(district)
    export = actions.request_export(kind=LEDGER, query="view=all", by=district.office)
    seen = []

    def lines(user, query, keys):
        seen.extend(keys)
        if len(seen) == 2:
            actions.cancel(export=export, by=district.office)
        yield ["x"]

    monkeypatch.setitem(
        kinds._kinds, "ledger", type(LEDGER)(**{**LEDGER.__dict__, "lines": lines, "headings": lambda *_: ["x"]})
    )
    run_task(export.pk)
    export.refresh_from_db()
    assert (export.state, len(seen), export.file.name) == ("cancelled", 2, "")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    with pytest.raises(Refused, match="已经结束"):
        actions.cancel(export=export, by=district.office)


def test_lost_and_dead_work_is_taken_up_once(district):
    lost = actions.request_export(kind=LEDGER, query="view=all", by=district.office)
    dead = actions.request_export(kind=LEDGER, query="view=open", by=district.office)
    assert actions.sweep()["resumed"] == 0, "its message may still come"
    Export.objects.filter(pk=lost.pk).update(created_at=timezone.now() - timedelta(minutes=2))
    Export.objects.filter(pk=dead.pk).update(
        state="running", claim="gone", claimed_at=timezone.now() - timedelta(minutes=11)
    )
    assert actions.sweep() == {"resumed": 2, "expired": 0}
    assert set(Export.objects.values_list("state", flat=True)) == {"done"}
    assert actions.sweep() == {"resumed": 0, "expired": 0}


def test_old_files_go_and_say_so(client, district, tmp_path, django_capture_on_commit_callbacks, settings):
    export = actions.request_export(kind=LEDGER, query="view=all", by=district.office)
    run_task(export.pk)
    Export.objects.update(finished_at=timezone.now() - timedelta(days=settings.EXPORT_KEEP_DAYS, minutes=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.sweep()["expired"] == 1
    assert not [path for path in (tmp_path / "exports").rglob("*") if path.is_file()]
    client.force_login(district.office)
    answer = client.get(f"/exports/{export.pk}/file/", follow=True)
    assert "已过期删除" in answer.content.decode()


def test_an_error_inside_says_so_and_frees_the_claim(district, monkeypatch):
    export = actions.request_export(kind=LEDGER, query="view=all", by=district.office)

    def broken(*_args):
        raise RuntimeError("disk")

    monkeypatch.setattr(running, "write_workbook", broken)
    run_task(export.pk)
    export.refresh_from_db()
    assert (export.state, export.claim) == ("failed", "") and "重新导出" in export.error


@pytest.mark.parametrize("query", ["q=\x00", "view=nonsense&sort=x&department=abc", "q=" + "长" * 5000, "%%%&&&==="])
def test_nonsense_in_the_address_breaks_nothing(client, district, query):
    client.force_login(district.office)
    assert client.get("/issues/export/", {"q": query[:100]}).status_code == 200
    assert client.post("/exports/new/ledger/", {"query": query}).status_code == 302
    assert set(Export.objects.values_list("state", flat=True)) <= {"waiting"}
    for export in Export.objects.all():
        run_task(export.pk)
    assert set(Export.objects.values_list("state", flat=True)) <= {"done"}


def test_the_pages_cost_the_same_for_one_and_for_three(client, district):
    client.force_login(district.office)
    costs = []
    for view in ("all", "open", "closed"):
        export = actions.request_export(kind=LEDGER, query=f"view={view}", by=district.office)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get("/exports/").status_code == 200
        costs.append(len(seen))
        assert client.get(f"/exports/{export.pk}/").status_code == 200
    assert costs[0] == costs[2]


def test_the_queries_of_a_run_grow_with_its_thousands_only(district, monkeypatch):
    def cost(rows):
        for _n in range(rows):
            register(district)
        export = actions.request_export(kind=LEDGER, query="view=all", by=district.office)
        with CaptureQueriesContext(connection) as seen:
            run_task(export.pk)
        return len(seen)

    cost(1)  # what is remembered afterwards
    assert cost(0) == cost(2)


def test_an_administrator_of_accounts_has_a_list_of_their_own(client):
    client.force_login(UserFactory(roles=[Role.SECURITY_ADMIN]))
    assert "还没有后台导出" in client.get("/exports/").content.decode()
