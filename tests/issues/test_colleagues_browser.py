"""Two officials in one case, each in a browser of their own: seen, called by name, and nothing written is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from issues import actions
from issues.models import Event
from tests.issues import factories
from tests.issues.factories import make_district

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_officials_in_one_case(open_page, sign_in, assert_accessible):
    district = make_district()
    issue = factories.handling(district)
    actions.add_canned(department=district.bureau, title="已受理", text="{编号}已受理。", by=district.handler)
    handler, head = open_page(), open_page()
    sign_in(handler, district.handler)
    sign_in(head, district.head)

    handler.goto(f"/issues/{issue.pk}/")
    reply = handler.locator("details.verb", has=handler.locator('form[action$="/reply/"]'))
    reply.locator("summary").first.click()
    reply.locator("details.canned > summary").click()
    with handler.expect_response(lambda answer: "reply" in (answer.request.post_data or "")):
        reply.get_by_role("button", name="已受理").click()  # the page says what is being filled in
    text = f"{issue.number}已受理。"
    expect(reply.locator("textarea")).to_have_value(text)

    head.goto(f"/issues/{issue.pk}/")
    expect(head.locator("#presence")).to_contain_text("承办人(区交通局) 正在填写“答复企业”")
    note = head.locator("details.verb", has=head.locator('form[action$="/note/"]'))
    note.locator("summary").first.click()
    note.locator("textarea").press_sequentially("请@承")
    expect(head.locator(".people-list li")).to_have_count(1)
    assert_accessible(head)
    note.locator("textarea").press("Enter")
    expect(note.locator("textarea")).to_have_value("请@承办人 ")
    note.locator("textarea").press_sequentially("稍等,我来答复。")
    note.locator('button[type="submit"]').click()
    expect(head.locator(".tl .at")).to_have_text("@承办人")
    head.get_by_role("button", name="关注").click()
    expect(head.get_by_role("button", name="已关注")).to_have_attribute("aria-pressed", "true")

    reply.locator('button[type="submit"]').click()
    late = handler.locator(".unsent")
    expect(late).to_contain_text("稍等,我来答复。")
    expect(late.locator("textarea")).to_have_value(text)
    assert_accessible(handler)
    late.get_by_role("button", name="已核对,仍然答复企业").click()
    expect(handler.get_by_role("status")).to_contain_text("已答复企业")
    assert Event.objects.filter(verb="reply", text=text).count() == 1
