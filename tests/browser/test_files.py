"""Files in a browser: several at once, pasted, refused before and after, kept by a refused form, looked at."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from foundation.attachments.models import Attachment
from tests.issues.factories import handling, make_district
from tests.pictures import pdf, picture

pytestmark = pytest.mark.django_db(transaction=True)
PASTE = """async (field) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const data = new DataTransfer();
  data.items.add(new File([blob], "image.png", { type: "image/png" }));
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def test_files_are_sent_ahead_kept_and_shown(page, sign_in, assert_accessible, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.ATTACHMENT_MAX_COUNT = 3
    district = make_district()
    issue = handling(district)
    sign_in(page, district.handler)
    page.goto(f"/issues/{issue.pk}/")
    form = page.locator("details.verb", has=page.locator('form[action$="/reply/"]'))
    form.locator("summary").first.click()
    rows = form.locator(".held-files > li")

    form.get_by_label("附件").set_input_files(
        [
            {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": picture("JPEG", orientation=6)},
            {"name": "批复.pdf", "mimeType": "application/pdf", "buffer": pdf()},
            {"name": "图.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"},
        ]
    )
    expect(form.get_by_text("不接受这种文件")).to_be_visible()
    expect(form.locator("input[type=hidden][name='files-held']")).to_have_count(2)
    expect(form.locator("progress")).to_have_count(0)
    form.get_by_role("button", name="移除 图.svg").click()
    form.locator("textarea").first.evaluate(PASTE)
    expect(rows.last).to_contain_text(re.compile(r"截图-\d{8}-\d{6}\.png"))
    form.get_by_label("附件").set_input_files([{"name": "四.txt", "mimeType": "text/plain", "buffer": b"4"}])
    expect(form.get_by_text("附件合计最多 3 个")).to_be_visible()
    form.get_by_role("button", name="移除 四.txt").click()
    assert_accessible(page)

    form.locator("textarea").first.evaluate("field => field.removeAttribute('required')")
    form.locator("form button[type=submit]").last.click()
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(rows).to_have_count(3)
    form.get_by_role("button", name="移除 批复.pdf").click()
    expect(rows).to_have_count(2)
    form.locator("textarea").first.fill("现场情况见照片。")
    form.locator("form button[type=submit]").last.click()
    page.get_by_text("已答复").wait_for()
    assert sorted(row.name[:2] for row in Attachment.objects.of(issue)) == ["截图", "现场"]
    assert not Attachment.objects.held().exists(), "what was removed is gone"

    page.get_by_role("link", name="现场.jpg").first.click()
    shown = page.locator("figure.preview img")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [16, 24]
    assert_accessible(page)
    page.get_by_role("link", name="返回").click()
    page.wait_for_url(f"**/issues/{issue.pk}/")
    page.get_by_role("link", name="打印").click()
    page.get_by_role("heading", name="企业诉求办理单").wait_for()
    assert_accessible(page)


def test_sending_a_form_waits_for_its_files(page, sign_in, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    district = make_district()
    issue = handling(district)
    sign_in(page, district.handler)
    page.goto(f"/issues/{issue.pk}/")
    going = []
    page.route("**/attachments/held/", lambda route: going.append(route))
    form = page.locator("details.verb", has=page.locator('form[action$="/reply/"]'))
    form.locator("summary").first.click()
    form.locator("textarea").first.fill("见附件。")
    form.get_by_label("附件").set_input_files([{"name": "一.txt", "mimeType": "text/plain", "buffer": b"1"}])
    form.locator("form button[type=submit]").last.click()
    expect(form.get_by_role("status")).to_contain_text("上传完后自动提交")
    going[0].continue_()
    page.get_by_text("已答复").wait_for()
    assert Attachment.objects.of(issue).get().name == "一.txt"
