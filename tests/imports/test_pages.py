"""The way through the pages, without JavaScript."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enterprises.models import Enterprise
from foundation.accounts.permissions import Role
from foundation.imports import actions, reader, tasks
from foundation.imports.models import Batch
from tests.accounts.factories import UserFactory
from tests.imports.files import HEADINGS, code, companies, company, delimited, xlsx

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, clerk):
    client.force_login(clerk)
    return client


def send(client, file, *, run, name="名册.xlsx", **data):
    upload = SimpleUploadedFile(name, file.getvalue())
    with run(execute=True):
        return client.post(reverse("imports:upload"), {"resource": "enterprises", "file": upload, **data}, follow=True)


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_from_upload_to_result_and_back(page, django_capture_on_commit_callbacks):
    run = django_capture_on_commit_callbacks
    seen = text(send(page, xlsx(companies(3)), run=run))
    assert "待确认" in seen or "正在" in seen or "等待" in seen
    batch = Batch.objects.get()
    seen = text(page.get(reverse("imports:detail", args=[batch.pk])))
    assert "整批导入 3 行" in seen
    assert "青岭测试1号有限公司" in seen
    with run(execute=True):
        page.post(reverse("imports:commit", args=[batch.pk]))
    seen = text(page.get(reverse("imports:detail", args=[batch.pk])))
    assert "已导入" in seen
    assert f'href="{reverse("enterprises:detail", args=[Enterprise.objects.first().pk])}"' in seen
    assert Enterprise.objects.count() == 3
    assert "名册.xlsx" in text(page.get(reverse("imports:list")))
    assert "正在撤销" in text(page.post(reverse("imports:undo", args=[batch.pk]), follow=True))
    assert Enterprise.objects.count() == 3, "the page answers before the work is done"
    tasks.undo(batch.pk)
    assert "撤销：删除 3，恢复 0" in text(page.get(reverse("imports:detail", args=[batch.pk])))
    assert not Enterprise.objects.exists()


def test_the_limits_are_said_before_a_file_is_chosen(page):
    seen = text(page.get(reverse("imports:upload")))
    assert "不超过 20 MB" in seen
    assert "GB18030" in seen


def test_changes_show_old_and_new_side_by_side(page, bring_in, preview):
    bring_in(xlsx(companies(1)))
    batch = preview(xlsx([HEADINGS, company(1, 注册资本="800(万美元)")]))
    seen = text(page.get(reverse("imports:detail", args=[batch.pk]), {"tab": "update"}))
    assert "<del>500(万元人民币)</del> → <ins>800(万美元)</ins>" in seen


def test_refused_rows_show_column_and_reason_and_can_be_skipped(page, preview, django_capture_on_commit_callbacks):
    batch = preview(xlsx([HEADINGS, company(1), company(2, 成立日期="随便")]))
    seen = text(page.get(reverse("imports:detail", args=[batch.pk])))
    assert "<b>成立日期</b>：“随便”不是日期" in seen
    assert "只导入无误的 1 行" in seen
    assert "有 1 行被拒绝，整批没有导入" in text(page.post(reverse("imports:commit", args=[batch.pk]), follow=True))
    with django_capture_on_commit_callbacks(execute=True):
        page.post(reverse("imports:commit", args=[batch.pk]), {"skip_errors": "1"})
    assert Enterprise.objects.count() == 1


def test_refused_rows_come_as_a_workbook_that_can_be_corrected_and_sent_again(page, preview):
    batch = preview(delimited([["花名册"], HEADINGS, company(1), company(2, 成立日期="=随便")]))
    response = page.get(reverse("imports:refused", args=[batch.pk]))
    rows = reader.read(io.BytesIO(response.content)).rows
    assert rows[0][1] == ["原行号", "拒绝原因", *HEADINGS]
    assert rows[1][1][:4] == ["4", "成立日期：“=随便”不是日期", "青岭测试2号有限公司", code(2)]
    assert preview(io.BytesIO(response.content)).counts["refused"] == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<html><table><tr><td>x</td></tr></table></html>", "网页（HTML）"),
        (b"", "空的"),
        (b"PK\x03\x04xx", "损坏"),
    ],
)
def test_a_file_that_is_not_taken_is_refused_on_the_form(page, content, says, django_capture_on_commit_callbacks):
    response = send(page, io.BytesIO(content), run=django_capture_on_commit_callbacks, name="名册.xls")
    assert response.status_code == 422
    assert says in text(response)
    assert not Batch.objects.exists()


def test_too_large_a_file_is_refused_on_the_form(page, settings, django_capture_on_commit_callbacks):
    settings.IMPORT_MAX_BYTES = 1_000
    response = send(page, xlsx(companies(9)), run=django_capture_on_commit_callbacks)
    assert "的上限" in text(response)


def test_a_file_without_headings_says_so_and_offers_its_other_sheets(page, django_capture_on_commit_callbacks):
    send(page, xlsx([["甲"], ["乙"]]), run=django_capture_on_commit_callbacks)
    seen = text(page.get(reverse("imports:detail", args=[Batch.objects.get().pk])))
    assert "没有找到列标题" in seen
    assert "重新读取" in seen


def test_another_sheet_can_be_chosen_on_the_page(page, preview, django_capture_on_commit_callbacks):
    batch = preview(xlsx(companies(2), sheets={"二季度": companies(5)}))
    assert "换一个工作表" in text(page.get(reverse("imports:detail", args=[batch.pk])))
    with django_capture_on_commit_callbacks(execute=True):
        page.post(reverse("imports:preview", args=[batch.pk]), {"sheet": "二季度"})
    batch.refresh_from_db()
    assert (batch.sheet, batch.counts["create"]) == ("二季度", 5)


def test_while_at_work_the_bar_is_asked_for_again_and_then_the_page_is_loaded(page, clerk):
    batch = actions.open_batch(file=xlsx(companies(2)), resource="enterprises", by=clerk, queue=False)
    seen = text(page.get(reverse("imports:detail", args=[batch.pk])))
    assert 'hx-trigger="every 1s"' in seen
    bar = page.get(reverse("imports:progress", args=[batch.pk]), headers={"HX-Request": "true"})
    assert "HX-Refresh" not in bar
    actions.preview(batch=batch)
    bar = page.get(reverse("imports:progress", args=[batch.pk]), headers={"HX-Request": "true"})
    assert bar["HX-Refresh"] == "true"


def test_markup_in_a_file_is_inert(page, preview):
    batch = preview(xlsx([[*HEADINGS, "<i>备注</i>"], [*company(1, 企业名称="<script>alert(1)</script>"), "<b>x</b>"]]))
    seen = text(page.get(reverse("imports:detail", args=[batch.pk])))
    assert "<script>alert(1)" not in seen
    assert "<i>备注" not in seen
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in seen


def test_a_long_preview_is_paged_across_chunks(page, preview):
    batch = preview(xlsx(companies(230)))
    seen = page.get(reverse("imports:detail", args=[batch.pk]), {"tab": "create", "page": 5})
    assert [row.line.number for row in seen.context["rows"]] == list(range(202, 232))
    assert [row.line.number for row in page.get(f"/imports/{batch.pk}/?page=4").context["rows"]] == list(
        range(152, 202)
    )


@pytest.mark.parametrize(
    "tab", ["create", "update", "unchanged", "duplicate", "refused", "left_out", "doubtful", "nonsense"]
)
def test_every_tab_opens_whatever_there_is(page, preview, tab):
    batch = preview(
        xlsx([HEADINGS, company(1), company(1), company(2, 统一社会信用代码="91350100M0001TGQXM"), ["合计"]])
    )
    assert page.get(reverse("imports:detail", args=[batch.pk]), {"tab": tab}).status_code == 200


def test_phones_are_masked_for_whoever_may_not_see_them(client, preview):
    batch = preview(xlsx([HEADINGS, company(1), company(2, 成立日期="x")]))
    admin = UserFactory(roles=[Role.SYSTEM_ADMIN])
    client.force_login(admin)
    seen = text(client.get(reverse("imports:detail", args=[batch.pk]), {"tab": "create"}))
    assert "138****0001" in seen
    assert "13800000001" not in seen
    seen = text(client.get(reverse("imports:detail", args=[batch.pk]), {"tab": "refused"}))
    assert "13800000002" not in seen
    workbook = reader.read(io.BytesIO(client.get(reverse("imports:refused", args=[batch.pk])).content))
    assert workbook.rows[1][1][-1] == "138****0002"


@pytest.mark.parametrize(
    "role", [Role.CADRE, Role.HANDLER, Role.LEADER, Role.SUPERVISOR, Role.ENTERPRISE, Role.AUDITOR]
)
def test_others_may_not_import(client, role, preview):
    batch = preview(xlsx(companies(1)))
    client.force_login(UserFactory(roles=[role]))
    for name in ("list", "upload"):
        assert client.get(reverse(f"imports:{name}")).status_code == 403
    assert client.get(reverse("imports:detail", args=[batch.pk])).status_code == 403
    assert client.post(reverse("imports:commit", args=[batch.pk])).status_code == 403
    assert not Batch.objects.visible_to(UserFactory(roles=[role])).exists()


def test_a_batch_that_is_not_there_is_404(page):
    assert page.get(reverse("imports:detail", args=[999])).status_code == 404


def test_pages_cost_the_same_queries_with_one_batch_and_with_three(page, preview):
    def queries(url):
        with CaptureQueriesContext(connection) as captured:
            page.get(url)
        return len(captured)

    first = preview(xlsx(companies(1)))
    one = queries(reverse("imports:list")), queries(reverse("imports:detail", args=[first.pk]))
    for number in (3, 450):
        last = preview(xlsx(companies(number)))
    assert (queries(reverse("imports:list")), queries(reverse("imports:detail", args=[last.pk]))) == one
