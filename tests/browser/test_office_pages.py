"""The ledger's pages beside the case, walked with axe at a desk and on a phone, with rows and with forms open."""

from __future__ import annotations

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from playwright.sync_api import expect

from enterprises.models import Registration
from foundation.accounts.permissions import Role
from foundation.attachments.actions import attach
from foundation.attachments.models import Attachment
from issues import actions
from issues.models import FollowUpCall, Issue, IssueCluster
from tests.accounts.factories import UserFactory
from tests.conftest import DESKTOP, PHONE
from tests.enterprises.factories import sound_code
from tests.issues import factories
from tests.issues.factories import make_district

pytestmark = pytest.mark.django_db(transaction=True)
LONG = "高温时段限电影响生产," * 7 + "请求协调解决"
OPEN_ALL = "document.querySelectorAll('details.verb, details.by-class, .item details').forEach(d => { d.open = true })"


@pytest.fixture
def district(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return make_district()


@pytest.fixture
def walk(open_page, sign_in, assert_accessible):
    """Open each page with everything unfolded: no barrier, and nothing wider than the window."""

    def go(user, paths, *, window=DESKTOP):
        page = open_page(viewport=window)
        if user:
            sign_in(page, user)
        for path in paths:
            assert page.goto(path).ok, path
            page.evaluate(OPEN_ALL)
            assert_accessible(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= window["width"], path
        return page

    return go


@pytest.fixture
def busy(district):
    """Cases that repeat themselves under long names, a call drawn, a tag, a view, a run of the suggestions."""
    for _ in range(4):
        factories.register(district, title=LONG[:80], **factories.elsewhere(name="青岭" + "高端装备智能制造" * 4))
    actions.find_clusters(by=district.office)
    factories.returned(district)
    factories.closed(district)
    actions.change_call_rule(by=district.office, confirmed_share=100)
    actions.draw_calls()
    actions.create_tag(by=district.office, name="领导批示")
    view = actions.save_view(by=district.office, name="七天内到期而且很长的视图名称", query="view=open&due=7d")
    actions.share_view(view=view, by=district.office, shared="district")
    actions.train_now()
    Registration.objects.create(
        key=uuid.uuid4(),
        enterprise_name="青岭新源材料有限公司",
        credit_code=sound_code(500),
        person_name="赵敏",
        phone="13800138000",
        username="zhaomin",
        submitted_at=timezone.now(),
    )
    return district


def office_pages():
    call = FollowUpCall.objects.get()
    return (
        "/issues/board/",
        "/issues/columns/",
        "/issues/views/?view=open&due=7d",
        "/issues/tags/",
        "/issues/returns/",
        "/issues/clusters/",
        f"/issues/clusters/{IssueCluster.objects.get().pk}/",
        "/suggestions/",
        "/calls/",
        f"/calls/{call.pk}/",
        f"/calls/draws/{call.draw_id}/",
        "/calls/sampling/",
        "/calls/rule/",
        "/enterprises/registrations/",
        f"/enterprises/registrations/{Registration.objects.get().pk}/",
        "/exports/",
    )


@pytest.mark.parametrize("window", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_the_office_s_pages_have_no_barrier_and_fit_the_window(walk, busy, window):
    walk(busy.office, office_pages(), window=window)


def test_tabs_that_do_not_fit_are_reached_by_keyboard(walk, busy, assert_accessible):
    page = walk(busy.office, ["/issues/"])
    more = page.locator(".more-tabs summary")
    assert page.locator("nav.tabs").first.evaluate("nav => nav.scrollWidth <= nav.clientWidth")
    more.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".more-tabs").get_by_role("link", name="已销号")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/issues/?view=*")
    expect(page.locator("nav.tabs a[aria-current]")).to_have_count(1)


def test_several_are_chosen_and_handed_over_on_a_phone(walk, busy, assert_accessible):
    page = walk(busy.office, ["/issues/?view=intake"], window=PHONE)
    boxes = page.locator("input[name=case]")
    expect(boxes.first).to_be_hidden()
    page.get_by_text("批量选择").click()
    boxes.nth(0).check()
    boxes.nth(1).check()
    assert_accessible(page)
    page.get_by_role("button", name="交办", exact=True).click()
    page.get_by_label("主办部门").select_option(label=str(busy.bureau))
    assert_accessible(page)
    page.get_by_role("button", name="交办 2 件").click()
    expect(page.get_by_text("已交办 2 件")).to_be_visible()
    assert Issue.objects.filter(status="dispatched").count() == 2


def test_departments_help_and_cases_hang_together(open_page, sign_in, district, assert_accessible):
    issue, other = factories.handling(district), factories.handling(district)
    handler = open_page()
    sign_in(handler, district.handler)
    handler.goto(f"/issues/{issue.pk}/")
    handler.get_by_role("link", name="请部门协办").click()
    form = handler.locator('form[action$="/invite/"]')
    form.get_by_label("协办部门").select_option(label=str(district.other_bureau))
    form.get_by_label("请对方做什么").fill("请核实,@督导 知悉。")
    assert_accessible(handler)
    form.get_by_role("button", name="请部门协办").click()
    handler.get_by_text("已请部门协办。").wait_for()

    helper = open_page(viewport=PHONE)
    sign_in(helper, district.other_handler)
    helper.goto(f"/issues/{issue.pk}/")
    reply = helper.locator("details.verb", has=helper.locator('form[action$="/co_reply/"]'))
    reply.locator("summary").first.click()
    reply.get_by_label("协办回复").fill("该路段归我局管养。")
    assert_accessible(helper)
    reply.get_by_role("button", name="协办回复").click()
    helper.get_by_text("已协办回复。").wait_for()

    actions.link(issue=issue, other=other, relation="relates", note="同一路段", by=district.office)
    actions.put_on_list(issue=other, by=district.supervisor, until=other.due_at.date(), reason="拖延。")
    for path in (f"/issues/{issue.pk}/", f"/issues/{other.pk}/", f"/issues/{issue.pk}/similar/"):
        handler.goto(path)
        assert_accessible(handler)
    handler.goto(f"/issues/{issue.pk}/")
    expect(handler.get_by_text("该路段归我局管养。").first).to_be_visible()
    expect(handler.get_by_text("交办 区交通局")).to_be_visible()


def test_an_account_is_asked_for_agreed_to_and_a_colleague_let_in(walk, district, assert_accessible):
    page = walk(None, ["/register/"], window=PHONE)
    page.get_by_label("统一社会信用代码").fill(sound_code(501))
    page.get_by_label("企业名称").fill("青岭新源材料有限公司")
    page.get_by_label("您的姓名").fill("赵敏")
    page.get_by_label("手机").fill("13800138000")
    page.get_by_label("登录账号").fill("zhaomin")
    page.locator("input[type=password]").first.fill("a-long-and-odd-one")
    papers = [{"name": "执照.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 licence"}]
    page.locator("input[type=file]").set_input_files(papers)
    page.get_by_role("button", name="提交申请").click()
    page.get_by_text("申请已收到").wait_for()
    assert_accessible(page)
    office = walk(district.office, [f"/enterprises/registrations/{Registration.objects.get().pk}/"])
    office.get_by_role("button", name="通过并开通账号").click()
    office.get_by_text("已通过").first.wait_for()
    page.reload()
    page.get_by_text("申请已通过").wait_for()
    assert_accessible(page)
    speaker = walk(district.speaker, ["/enterprises/colleagues/"], window=PHONE)
    expect(speaker.get_by_text(district.speaker.name).first).to_be_visible()


def test_a_blocked_file_is_released(walk, district, assert_accessible):
    file = SimpleUploadedFile("很长的名字" * 12 + ".txt", b"harmless", "text/plain")
    row = attach(file=file, owner=factories.handling(district), by=district.handler)
    facts = {"state": "infected", "scanned_at": row.uploaded_at, "finding": "Heuristics.Broken.Executable"}
    Attachment.objects.filter(pk=row.pk).update(**facts)
    keeper = UserFactory(roles=[Role.SECURITY_ADMIN])
    walk(keeper, ["/attachments/blocked/"], window=PHONE)
    page = walk(keeper, ["/attachments/blocked/"])
    page.get_by_label("核查情况和放行理由").fill("另两种软件复查无毒。")
    page.get_by_role("button", name="确认放行").click()
    page.get_by_role("dialog").get_by_role("button", name="确定").click()
    page.get_by_text("已放行").wait_for()
    assert_accessible(page)
    row.refresh_from_db()
    assert row.state == "clean"


def test_forms_ask_only_for_what_the_choice_needs(walk, busy):
    page = walk(busy.office, [f"/calls/{FollowUpCall.objects.get().pk}/"])
    left = page.get_by_label("还没有解决的")
    expect(left).to_be_hidden()
    page.get_by_label("部分解决").check()
    expect(left).to_be_visible()
    issue = factories.handling(busy)
    page = walk(busy.handler, [f"/issues/{issue.pk}/"])
    expect(page.locator("#resolve_basis")).to_be_hidden()
    page.get_by_label("依现有政策解决").check()
    expect(page.locator("#resolve_basis")).to_be_visible()
    expect(page.locator("#resolve_level")).to_be_hidden()
