"""The main line in a browser: submitted, dispatched, accepted, resolved, confirmed; no barrier on the way."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from issues.models import Issue
from tests.conftest import PHONE
from tests.issues import factories
from tests.issues.factories import make_district
from tests.pictures import PNG

pytestmark = pytest.mark.django_db(transaction=True)
PLAIN = (
    "/issues/new/",
    "/rules/",
    "/issues/?q=没有这样的诉求",
    "/appeals/?view=closed",
    "/policy-gaps/",
    "/policy-gaps/new/",
    "/canned-replies/",
)
TITLE = "专线增容申请受理后两个月没有进展"


@pytest.fixture
def district():
    """The people, today."""
    return make_district()


@pytest.fixture
def desk(open_page, sign_in):
    """A page of its own for each person: `desk(user)`, on a phone `desk(user, phone=True)`."""

    def sit(user, *, phone=False):
        options = {"viewport": PHONE, "has_touch": True, "is_mobile": True} if phone else {}
        page = open_page(**options)
        sign_in(page, user)
        return page

    return sit


def do(page, verb, **values):
    """Open the verb's short form, fill it in by its labels, send it."""
    form = page.locator("details.verb", has=page.locator(f'form[action$="/{verb}/"]'))
    form.locator("summary").first.click()  # others stand in the form: phrases to insert
    for label, value in values.items():
        box = form.get_by_label(re.compile(rf"^\s*{label}\s*\*?\s*$"))
        if value is True:
            box.check()
        elif box.evaluate("element => element.tagName") == "SELECT":
            box.select_option(label=value)
        else:
            box.fill(value)
    form.get_by_role("button").last.click()


def test_from_the_enterprise_s_appeal_to_its_confirmation(desk, district, assert_accessible, tmp_path):
    photo = tmp_path / "变压器.png"
    photo.write_bytes(PNG)

    enterprise = desk(district.speaker, phone=True)
    enterprise.goto("/")
    assert_accessible(enterprise)
    enterprise.get_by_role("link", name="提交诉求").first.click()
    assert_accessible(enterprise)
    enterprise.get_by_label("要素保障").check()
    enterprise.get_by_label("遇到什么困难").fill("现有容量不足,影响二期试产,请求协调供电部门。")
    enterprise.get_by_label("标题").fill(TITLE)
    enterprise.get_by_label("联系电话").fill("13900000000")
    enterprise.locator("input[type=file]").first.set_input_files(str(photo))
    enterprise.get_by_role("button", name="提交").click()
    enterprise.get_by_text("已提交,编号").wait_for()
    assert_accessible(enterprise)
    issue = Issue.objects.get()
    assert (issue.title, issue.status) == (TITLE, "registered")

    office = desk(district.office)
    office.goto("/issues/?view=intake")
    assert_accessible(office)
    office.get_by_role("link", name=TITLE).click()
    assert_accessible(office)
    do(office, "dispatch", 主办部门="区交通局", 交办意见="请三日内联系企业。")
    office.get_by_text("已交办。").wait_for()

    handler = desk(district.handler)
    handler.goto("/")
    assert_accessible(handler)
    handler.get_by_role("link", name=TITLE).click()
    do(handler, "accept")
    handler.get_by_text("已签收。").wait_for()
    do(handler, "note", 内容="内部:先核对线路容量。")
    handler.get_by_text("已内部备注。").wait_for()
    do(
        handler,
        "resolve",
        依现有政策解决=True,
        政策依据="区供电服务十条",
        答复企业的办结说明="增容方案已批复,十日内施工。",
    )
    handler.get_by_text("已办结。").wait_for()
    assert_accessible(handler)

    enterprise.goto("/appeals/")
    assert_accessible(enterprise)
    enterprise.get_by_role("link", name=TITLE).click()
    enterprise.get_by_text("增容方案已批复").first.wait_for()
    expect(enterprise.get_by_text("先核对线路容量")).to_have_count(0)
    do(enterprise, "confirm", 非常满意=True, 想说的话="解决得快")
    enterprise.get_by_text("已确认办结。").wait_for()
    assert_accessible(enterprise)
    issue.refresh_from_db()
    assert (issue.status, issue.closing, issue.rating) == ("closed", "confirmed", 5)

    office.goto(f"/issues/?view=closed&q={issue.number}")
    expect(office.get_by_role("link", name=TITLE)).to_have_count(1)
    assert_accessible(office)


def test_the_ledger_by_keyboard_and_its_proof_in_place(desk, district, assert_accessible):
    first, second = factories.dispatched(district), factories.dispatched(district)
    office = desk(district.office)
    office.goto("/issues/?sort=number")
    proof = office.locator("tr.proof-row")
    office.locator(".proof-link").first.click()
    proof.get_by_text("签收时限", exact=True).wait_for()
    assert_accessible(office)
    office.locator(".proof-link").first.click()
    proof.wait_for(state="detached")
    office.keyboard.press("j")
    office.keyboard.press("j")
    office.keyboard.press("k")
    office.keyboard.press("j")
    office.keyboard.press("Enter")
    office.wait_for_url(f"**/issues/{second.pk}/")
    assert first.pk != second.pk


def test_without_scripts_a_case_is_found_registered_and_dispatched(desk, open_page, sign_in, district):
    page = open_page(java_script_enabled=False)
    sign_in(page, district.office)
    page.goto("/issues/new/")
    page.get_by_label("企业名称").fill(district.enterprise.name[:3])
    page.get_by_role("button", name="查找").click()
    page.get_by_role("link", name=district.enterprise.name).click()
    page.get_by_label("要素保障").check()
    page.get_by_label("标题").fill("热线转来的用电问题")
    page.get_by_label("内容").fill("电压不稳。")
    page.get_by_role("button", name="登记", exact=True).click()
    page.get_by_text("已登记,编号").wait_for()
    do(page, "dispatch", 主办部门="区交通局")
    page.get_by_text("已交办。").wait_for()
    page.goto("/issues/")
    page.locator(".proof-link").first.click()
    page.get_by_text("签收时限", exact=True).wait_for()


def test_pages_beside_the_main_line_have_no_barrier(desk, district, assert_accessible):
    office, speaker = desk(district.office), desk(district.speaker)
    for path in PLAIN:
        page = speaker if path.startswith("/appeals") else office
        page.goto(path)
        assert_accessible(page)


def test_a_refused_form_has_no_barrier_and_keeps_what_was_typed(desk, district, assert_accessible):
    issue = factories.handling(district)
    page = desk(district.handler)
    page.goto(f"/issues/{issue.pk}/")
    do(page, "resolve", 暂无政策依据=True, 答复企业的办结说明="没有对应的政策。")
    page.get_by_role("alert").first.wait_for()
    expect(page.get_by_label("答复企业的办结说明")).to_have_value("没有对应的政策。")
    assert_accessible(page)


def test_a_policy_gap_is_followed_until_the_enterprise_hears_of_the_policy(desk, district, assert_accessible):
    issue = factories.handling(district)
    handler = desk(district.handler)
    handler.goto(f"/issues/{issue.pk}/")
    facts = {"所需政策层级": "省", "新缺口名称": "夜间通行缺少规定", "答复企业的办结说明": "已反映上级。"}
    do(handler, "resolve", 暂无政策依据=True, **facts)
    handler.get_by_text("已办结。").wait_for()
    office = desk(district.office, phone=True)
    office.goto("/policy-gaps/")
    office.get_by_role("link", name="夜间通行缺少规定").click()
    do(office, "send", 报给="省交通厅")
    office.get_by_text("已登记上报。").wait_for()
    do(office, "answer", 政策已出台=True, 文件名称或文号="通行办法")
    office.get_by_text("已登记答复。").wait_for()
    assert_accessible(office)
    do(office, "tell")
    office.get_by_text("已告知企业 1 家").wait_for()
    speaker = desk(district.speaker, phone=True)
    speaker.goto(f"/appeals/{issue.pk}/")
    expect(speaker.get_by_text("您反映的问题所需政策现已出台:通行办法")).to_be_visible()
    assert_accessible(speaker)
