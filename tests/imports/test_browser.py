"""An office clerk brings a roster in, in a real browser; every page passes axe-core."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from enterprises.models import Enterprise
from foundation.imports import actions
from tests.imports.files import HEADINGS, companies, company, xlsx

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_clerk_imports_a_roster_and_takes_it_back(page, sign_in, clerk, assert_accessible, tmp_path):
    path = tmp_path / "花名册.xlsx"
    path.write_bytes(xlsx([["青岭区企业花名册"], *companies(120), company(121, 成立日期="2026年2月")]).getvalue())
    sign_in(page, clerk)
    page.goto("/imports/")
    assert_accessible(page)
    page.get_by_role("link", name="导入文件").first.click()
    assert_accessible(page)
    page.get_by_label("表格文件").set_input_files(path)
    page.get_by_role("button", name="上传并预览").click()
    page.get_by_text("只导入无误的 120 行").wait_for()
    expect(page.get_by_text("“2026年2月”没有写到日")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="新增").click()
    page.get_by_text("青岭测试1号有限公司").wait_for()
    assert_accessible(page)
    page.get_by_role("button", name="只导入无误的 120 行").click()
    page.get_by_text("导入结果").wait_for()
    assert_accessible(page)
    assert Enterprise.objects.count() == 120
    page.get_by_role("button", name="撤销这一批").click()
    page.get_by_role("dialog").get_by_role("button", name="确定").click()
    page.get_by_text("撤销：删除 120，恢复 0。").wait_for()
    assert not Enterprise.objects.exists()


def test_the_pages_fit_a_phone(phone_page, sign_in, clerk, preview, assert_accessible):
    batch = preview(xlsx([HEADINGS, company(1), company(2, 成立日期="x")]))
    sign_in(phone_page, clerk)
    for path in ("/imports/", "/imports/new/", f"/imports/{batch.pk}/", f"/imports/{batch.pk}/?tab=create"):
        phone_page.goto(path)
        assert phone_page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert_accessible(phone_page)


def test_a_clerk_fills_blanks_from_a_full_roster_and_sees_who_is_missing(
    page, sign_in, clerk, bring_in, preview, assert_accessible
):
    bring_in(xlsx(companies(3)))
    batch = preview(xlsx([HEADINGS, company(1, 企业名称="青岭新名有限公司"), company(2)]))
    sign_in(page, clerk)
    page.goto(f"/imports/{batch.pk}/")
    page.get_by_text("导入方式：以文件为准").click()
    page.get_by_label("只补空白：已填写的不动").check()
    page.get_by_label("这是完整名册").check()
    assert_accessible(page)
    page.get_by_role("button", name="按此重新预览").click()
    expect(page.get_by_text("有 1 家不在这份文件里")).to_be_visible()
    expect(page.get_by_text("有 1 行与名册不同但保留原值")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="名册之外").click()
    expect(page.get_by_text("青岭测试3号有限公司")).to_be_visible()
    page.get_by_role("button", name="导入，更新名册标记").click()
    expect(page.get_by_text("标记“不在最新名册” 1 家")).to_be_visible()
    assert_accessible(page)
    page.goto("/enterprises/?roster=1")
    expect(page.get_by_role("link", name="青岭测试3号有限公司")).to_be_visible()
    assert_accessible(page)


def test_a_waiting_import_is_cancelled_on_its_page(page, sign_in, clerk, assert_accessible):
    batch = actions.open_batch(file=xlsx(companies(2)), resource="enterprises", by=clerk, queue=False)
    sign_in(page, clerk)
    page.goto(f"/imports/{batch.pk}/")
    assert_accessible(page)
    page.get_by_role("button", name="取消").click()
    expect(page.get_by_text("王晓梅于")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="重新读取").click()
    expect(page.get_by_text("整批导入 2 行")).to_be_visible()
