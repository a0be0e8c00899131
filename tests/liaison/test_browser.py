"""A cadre's visit on a phone-sized page, with the portal's own script and a strict policy."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from foundation.accounts.permissions import Role
from foundation.clocks.localtime import today
from liaison import actions
from liaison.models import Assignment, Visit
from tests.liaison.factories import make_enterprise, make_user, serve
from tests.pictures import PNG

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_cadre_logs_a_visit_with_two_problems_on_a_phone(phone_page, sign_in, ledger, assert_accessible, tmp_path):
    cadre = make_user(Role.CADRE)
    enterprise = serve(cadre, make_enterprise(name="泰和铸造有限公司"))
    actions.open_month(month=today())
    photo = tmp_path / "车间.png"
    photo.write_bytes(PNG)
    sign_in(phone_page, cadre)
    phone_page.goto("/visits/")
    assert_accessible(phone_page)
    phone_page.get_by_role("link", name="去走访 泰和铸造有限公司").tap()
    phone_page.get_by_label("会见人员").fill("王厂长")
    phone_page.get_by_label("现场照片").set_input_files(str(photo))
    blocks = phone_page.locator("[data-problem]:visible")
    expect(blocks).to_have_count(1)
    blocks.first.locator("summary").tap()
    for number, title in enumerate(["变压器容量不足", "招工困难"]):
        block = blocks.nth(number)
        block.get_by_label("问题").fill(title)
        block.get_by_label("类别").select_option("power")
        block.get_by_label("具体情况").fill("影响生产,请求协调。")
        if number == 0:
            phone_page.get_by_role("button", name="再加一个问题").tap()
    assert_accessible(phone_page)
    phone_page.get_by_role("button", name="提交走访").tap()
    phone_page.get_by_text("2 个问题已登记为诉求").wait_for()
    assert_accessible(phone_page)
    visit = Visit.objects.get()
    assert (visit.enterprise, visit.met) == (enterprise, "王厂长")
    assert timezone.now() - visit.visited_at < timedelta(minutes=5)
    assert [problem.title for _pk, problem in ledger.taken] == ["变压器容量不足", "招工困难"]


def test_what_is_too_many_is_said_before_the_form_is_sent(phone_page, sign_in, tmp_path):
    cadre = make_user(Role.CADRE)
    serve(cadre)
    photos = [tmp_path / f"{number}.png" for number in range(10)]
    for photo in photos:
        photo.write_bytes(PNG)
    sign_in(phone_page, cadre)
    phone_page.goto("/visits/new/")
    phone_page.get_by_label("现场照片").set_input_files([str(photo) for photo in photos])
    phone_page.get_by_text("附件合计最多 9 个").wait_for()
    phone_page.wait_for_load_state("networkidle")  # the nine that are sent ahead have come in


def test_the_office_finds_a_person_by_the_first_characters(page, sign_in, assert_accessible):
    cadre, enterprise = make_user(Role.CADRE, name="周晓东"), make_enterprise()
    sign_in(page, make_user(Role.OFFICE))
    page.goto(f"/assignments/enterprise/{enterprise.pk}/service_officer/")
    assert_accessible(page)
    box = page.get_by_label("人员")
    box.press_sequentially("周")
    option = page.locator("datalist option")
    option.wait_for(state="attached")
    box.fill(option.get_attribute("value"))
    page.get_by_role("button", name="确定").click()
    page.get_by_text("服务专员:周晓东").wait_for()
    assert Assignment.objects.get().user == cadre


def test_the_office_s_lists_have_no_barrier(page, sign_in, assert_accessible):
    serve(make_user(Role.CADRE))
    actions.open_month(month=today())
    sign_in(page, make_user(Role.OFFICE))
    for address in ("/visits/?view=duties", "/visits/matrix/", "/assignments/", "/assignments/bulk/"):
        page.goto(address)
        assert_accessible(page)
