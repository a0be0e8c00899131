"""A batch is taken back where nothing later depends on it, and what does is named, with links for who may see it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enterprises.models import Contact, Enterprise, Pool
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from foundation.imports import actions, tasks
from foundation.imports.models import Batch
from issues.models import Issue
from tests.accounts.factories import UserFactory
from tests.imports.files import HEADINGS, code, companies, company, xlsx
from tests.issues.factories import make_district, register
from tests.liaison.factories import log, sh
from tests.projects.factories import ProjectFactory

pytestmark = pytest.mark.django_db


def test_undo_takes_back_what_was_created_and_changed(bring_in, clerk):
    bring_in(xlsx(companies(2)))
    before = list(Enterprise.objects.order_by("pk").values("name", "registered_capital", "extra", "contacts__phone"))
    rows = [
        [*HEADINGS, "备注"],
        [*company(1, 企业名称="改名", 注册资本="1(万美元)", 联系电话="13911111111"), "x"],
        [*company(3), ""],
    ]
    batch = bring_in(xlsx(rows))
    done = actions.undo(batch=batch, by=clerk)
    assert (done.deleted, done.restored, done.refused) == (1, 1, [])
    assert (
        list(Enterprise.objects.order_by("pk").values("name", "registered_capital", "extra", "contacts__phone"))
        == before
    )
    batch.refresh_from_db()
    assert (batch.state, batch.undone_at is not None) == ("undone", True)
    with pytest.raises(Refused, match="已经撤销过了"):
        actions.undo(batch=batch, by=clerk)


def test_undo_removes_a_contact_that_the_batch_added(bring_in, clerk):
    bring_in(xlsx([HEADINGS[:2], company(1)[:2]]))
    batch = bring_in(xlsx(companies(1)))
    actions.undo(batch=batch, by=clerk)
    assert not Contact.objects.exists()
    assert Enterprise.objects.get().registered_capital is None


def test_undo_names_what_later_work_depends_on(bring_in, clerk):
    batch = bring_in(xlsx(companies(4)))
    pool = Pool.objects.create(code="xsg", name="小升规")
    pooled, edited, called, _untouched = Enterprise.objects.order_by("pk")
    pooled.pools.add(pool)
    Enterprise.objects.filter(pk=edited.pk).update(name="已经改过", version=2)
    Contact.objects.create(enterprise=called, name="赵六")
    done = actions.undo(batch=batch, by=clerk)
    assert done.deleted == 1
    assert [(kept["row"], kept["key"], kept["reason"]) for kept in done.refused] == [
        (2, code(1), "已有培育库 1 条"),
        (3, code(2), "导入之后又被修改过"),
        (4, code(3), "已有联系人 1 条"),
    ]
    batch.refresh_from_db()
    assert batch.state == "partly_undone"
    pooled.pools.clear()
    assert actions.undo(batch=batch, by=clerk).deleted == 1


def test_undo_leaves_what_was_changed_again_and_says_in_which_column(bring_in, clerk):
    bring_in(xlsx(companies(1)))
    batch = bring_in(xlsx([HEADINGS, company(1, 企业名称="第二名", 注册资本="9(万元人民币)")]))
    bring_in(xlsx([HEADINGS, company(1, 企业名称="第三名", 注册资本="9(万元人民币)")]))
    done = actions.undo(batch=batch, by=clerk)
    assert [kept["reason"] for kept in done.refused] == ["导入之后又被修改过：企业名称"]
    assert Enterprise.objects.get().name == "第三名"


def test_batches_are_undone_newest_first_back_to_nothing(bring_in, clerk):
    first = bring_in(xlsx(companies(2)))
    second = bring_in(xlsx([HEADINGS, company(1, 企业名称="第二名")]))
    actions.undo(batch=second, by=clerk)
    actions.undo(batch=first, by=clerk)
    assert not Enterprise.objects.exists()


def test_only_what_was_committed_can_be_undone(preview, clerk):
    with pytest.raises(Refused, match="没有导入，无需撤销"):
        actions.undo(batch=preview(xlsx(companies(1))), by=clerk)


def test_while_another_batch_is_written_an_undo_waits_and_is_told_for_whom(bring_in, preview, clerk):
    batch, other = bring_in(xlsx(companies(1))), preview(xlsx(companies(2)))
    Batch.objects.filter(pk=other.pk).update(state="committing", claimed_at=timezone.now(), committed_by=clerk)
    with pytest.raises(Refused, match=r"王晓梅正在导入“.*”.*请等它完成后再试"):
        actions.undo(batch=batch, by=clerk)
    assert Enterprise.objects.count() == 1


# -- On the page -------------------------------------------------------------------------------------------------------


@pytest.fixture
def served(bring_in):
    """A batch of three companies: the first was visited four times, the second has a project."""
    batch = bring_in(xlsx(companies(3)))
    first, second, _third = Enterprise.objects.order_by("pk")
    officer = UserFactory(roles=[Role.OFFICE])
    visits = [log(officer, first, at=sh(f"2026-10-{day} 09:00")) for day in (12, 13, 14, 15)]
    return batch, visits, ProjectFactory(name="扩建二期", enterprise=second)


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_the_page_names_what_keeps_an_enterprise_with_links(client, clerk, served):
    batch, visits, project = served
    client.force_login(clerk)
    client.post(reverse("imports:undo", args=[batch.pk]))
    tasks.undo(batch.pk)
    seen = text(client.get(reverse("imports:detail", args=[batch.pk])))
    assert "撤销：删除 1，恢复 0。 另有 2 条已被使用或修改，予以保留" in seen
    assert "走访记录 4" in seen
    assert "已有走访记录 4 条" in seen
    for visit in visits[:3]:
        assert f'href="{reverse("liaison:visit", args=[visit.pk])}"' in seen
    assert f'href="{reverse("liaison:visit", args=[visits[3].pk])}"' not in seen
    assert f'href="{reverse("projects:detail", args=[project.pk])}">扩建二期</a>' in seen
    assert f'href="{reverse("enterprises:detail", args=[visits[0].enterprise_id])}"' in seen


def test_what_the_reader_may_not_see_is_counted_but_not_named(client, clerk, bring_in):
    batch, district = bring_in(xlsx(companies(1))), make_district()
    enterprise = Enterprise.objects.get(credit_code=code(1))
    issue = register(district, enterprise=enterprise, by=district.office, channel=Issue.Channel.PHONE)
    actions.undo(batch=batch, by=clerk)
    page = reverse("imports:detail", args=[batch.pk])
    client.force_login(clerk)
    assert f'href="/issues/{issue.pk}/"' in text(client.get(page))
    client.force_login(UserFactory(roles=[Role.SYSTEM_ADMIN]))
    seen = text(client.get(page))
    assert "已有诉求 1 条" in seen
    assert issue.number not in seen
    assert issue.title not in seen


def test_the_list_of_what_stayed_costs_the_same_with_one_row_and_with_several(client, clerk, bring_in):
    def queries(number):
        Enterprise.objects.all().delete()
        batch = bring_in(xlsx(companies(number)))
        for enterprise in Enterprise.objects.all():
            ProjectFactory(name="项目", enterprise=enterprise)
        actions.undo(batch=batch, by=clerk)
        with CaptureQueriesContext(connection) as captured:
            assert "保留原因" in text(client.get(reverse("imports:detail", args=[batch.pk])))
        for enterprise in Enterprise.objects.all():
            enterprise.projects.all().delete()
        return len(captured)

    client.force_login(clerk)
    client.get(reverse("imports:list"))
    assert queries(1) == queries(5)


# -- The file ----------------------------------------------------------------------------------------------------------


def test_the_file_is_kept_and_handed_out_as_a_download_on_the_trail(client, clerk, bring_in):
    file = xlsx(companies(2))
    batch = bring_in(file)
    client.force_login(clerk)
    seen = text(client.get(reverse("imports:detail", args=[batch.pk])))
    assert batch.sha256 in seen
    assert "下载原始文件" in seen
    response = client.get(reverse("imports:original", args=[batch.pk]))
    assert b"".join(response.streaming_content) == file.getvalue()
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == 'attachment; filename="roster.xlsx"'
    row = AuditRow.objects.get(action="imports.download")
    assert (row.actor, row.data["sha256"]) == (clerk, batch.sha256)


def test_a_name_with_markup_or_line_breaks_stays_in_its_header(client, clerk):
    name = '<b>"花名\u202e册"\r\nX-Evil: 1.xlsx'
    batch = actions.open_batch(file=xlsx(companies(1)), resource="enterprises", by=clerk, name=name, queue=False)
    client.force_login(clerk)
    response = client.get(reverse("imports:original", args=[batch.pk]))
    assert response["Content-Disposition"].startswith("attachment; ")
    assert "X-Evil" not in response.headers
    seen = text(client.get(reverse("imports:detail", args=[batch.pk])))
    assert "&lt;b&gt;" in seen
    assert '<b>"' not in seen


def test_whole_phone_numbers_leave_only_with_who_may_see_them_or_brought_them(client, preview):
    admin = UserFactory(roles=[Role.SYSTEM_ADMIN])
    client.force_login(admin)
    other, own = preview(xlsx(companies(1))), preview(xlsx(companies(1)), by=admin)
    assert "只有上传人和可以查看完整电话的人能下载" in text(
        client.get(reverse("imports:original", args=[other.pk]), follow=True)
    )
    assert client.get(reverse("imports:original", args=[own.pk])).status_code == 200


def test_a_file_that_is_gone_from_the_disk_is_said(client, clerk, preview):
    batch = preview(xlsx(companies(1)))
    batch.file.storage.delete(batch.file.name)
    client.force_login(clerk)
    assert "原始文件已不在服务器上" in text(client.get(reverse("imports:original", args=[batch.pk]), follow=True))
