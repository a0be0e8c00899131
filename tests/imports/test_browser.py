"""An office clerk brings a roster in, in a real browser; every page passes axe-core."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from enterprises.models import Enterprise
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
    page.get_by_text("已撤销：删除 120 条").wait_for()
    assert not Enterprise.objects.exists()


def test_the_pages_fit_a_phone(phone_page, sign_in, clerk, preview, assert_accessible):
    batch = preview(xlsx([HEADINGS, company(1), company(2, 成立日期="x")]))
    sign_in(phone_page, clerk)
    for path in ("/imports/", "/imports/new/", f"/imports/{batch.pk}/", f"/imports/{batch.pk}/?tab=create"):
        phone_page.goto(path)
        assert phone_page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert_accessible(phone_page)
