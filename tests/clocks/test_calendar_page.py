"""The calendar page: who may see and load, the preview, the confirmation, and what bad input gets."""

import re

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from foundation.accounts.permissions import Role
from foundation.clocks.models import CalendarDay, CalendarYear, Clock, ClockChange
from tests.accounts.factories import UserFactory
from tests.clocks.factories import day, sh, started
from tests.shared_data import shared_file

LINES = "2027-01-01 至 2027-01-03 休 元旦\n2027-01-09 班 元旦"
FORM = {"year": "2027", "source": "国办发明电〔2026〕9 号", "text": LINES, "seen": ""}
URL = "/calendar/load/"


@pytest.fixture(autouse=True)
def late_november():
    """The demo's season: next year's notice is not out."""
    with time_machine.travel(sh("2026-11-22 09:00"), tick=False):
        yield


@pytest.fixture
def office(client, db):
    """A browser of the office."""
    client.force_login(UserFactory(roles=[Role.OFFICE]))
    return client


def hidden(response, name):
    """The value of a hidden field."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', response.content.decode())
    value = re.search(r'value="([^"]*)"', found.group(0)) if found else None
    return value.group(1) if value else ""


def facts(page):
    """The preview's list of facts."""
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))


def preview_and_confirm(browser, form=FORM):
    """Both steps; the last answer."""
    preview = browser.post(URL, form)
    assert preview.status_code == 200, preview.content.decode()
    previewed = hidden(preview, "previewed")
    assert previewed
    return browser.post(URL, form | {"previewed": previewed, "seen": hidden(preview, "seen")})


@pytest.mark.parametrize("role", list(Role))
def test_who_may_see_and_who_may_load(client, db, role):
    client.force_login(UserFactory(roles=[role]))
    sees = role not in (Role.ENTERPRISE, Role.SECURITY_ADMIN, Role.AUDITOR)
    loads = role in (Role.OFFICE, Role.SYSTEM_ADMIN)
    assert client.get("/calendar/").status_code == (200 if sees else 403)
    assert client.get(URL).status_code == (200 if loads else 403)
    assert client.post(URL, FORM).status_code == (200 if loads else 403)
    assert client.delete(URL).status_code == (405 if loads else 403)
    assert not CalendarYear.objects.exists()


def test_nobody_without_an_account(client, db):
    assert client.get("/calendar/").status_code == 302
    assert client.post(URL, FORM).status_code == 302


def test_a_published_year_is_shown_with_its_marks_and_source(office):
    page = office.get("/calendar/?year=2026").content.decode()
    assert "已公布" in page
    assert "国务院办公厅 2026 年放假安排" in page
    assert '<td class="hol" title="2026-10-01 国庆节">1<small>休</small></td>' in page
    assert '<td class="adj" title="2026-10-10 国庆节调休上班">10<small>班</small></td>' in page
    assert page.count('<table class="cal">') == 12


def test_a_year_without_notice_is_provisional(office, told):
    started("2026-12-25 09:00", 8)
    page = office.get("/calendar/?year=2027").content.decode()
    assert "暂定" in page
    assert "尚未公布" in page
    assert "目前有 1 件在办事项的时限为暂定" in page
    assert "<small>休</small>" not in page


@pytest.mark.parametrize("year", ["", "abc", "99999", "-1", "0", "²⁰²⁷", "2027.5", "1" * 5000, "\x00"])
def test_a_year_that_is_none_shows_this_one(office, year):
    page = office.get("/calendar/", {"year": year})
    assert page.status_code == 200
    assert "2026 年工作日历" in page.content.decode()


@pytest.mark.parametrize("year", [1949, 2100])
def test_the_first_and_the_last_year(office, year):
    assert office.get(f"/calendar/?year={year}").status_code == 200


def test_the_page_costs_the_same_queries_with_and_without_rows(office, told, django_assert_max_num_queries):
    with django_assert_max_num_queries(12) as empty:
        office.get("/calendar/?year=2027")
    preview_and_confirm(office)
    for owner in range(3):
        started("2026-12-25 09:00", 8, owner_id=owner)
    office.get("/calendar/?year=2027")  # shows the message once
    with django_assert_max_num_queries(12) as full:
        office.get("/calendar/?year=2027")
    # One more reads the days, once after they changed, and then no more.
    assert abs(len(full) - len(empty)) <= 1


def test_a_preview_writes_nothing_and_says_what_would_change(office, told):
    started("2026-12-25 09:00", 8)
    page = office.post(URL, FORM).content.decode()
    assert "预览:尚未载入" in page
    assert facts(page) == {"放假": "3 天", "调休上班": "1 天", "日历改变": "2 天"} | {
        "时限推后": "1 件",
        "时限提前": "0 件",
        "暂定转确定": "1 件",
    }
    assert not CalendarYear.objects.exists()
    assert LINES.split("\n")[0] in page


def test_confirmed_it_is_loaded_and_the_deadlines_move(office, told):
    started("2026-12-25 09:00", 8)
    answer = preview_and_confirm(office)
    assert answer.status_code == 302
    assert answer.url == f"{reverse('clocks:calendar')}?year=2027"
    assert CalendarDay.objects.count() == 4
    assert Clock.objects.get().due_on == day("2027-01-07")
    page = office.get(answer.url).content.decode()
    assert "1 件在办事项的时限已重新计算" in page
    assert "已公布" in page
    assert "国办发明电〔2026〕9 号" in page


def test_what_was_changed_after_the_preview_is_previewed_again(office):
    preview = office.post(URL, FORM)
    changed = FORM | {"text": LINES + "\n2027-05-01 休 劳动节", "previewed": hidden(preview, "previewed")}
    answer = office.post(URL, changed)
    assert answer.status_code == 200
    assert "预览:尚未载入" in answer.content.decode()
    assert not CalendarYear.objects.exists()


def test_a_year_loaded_meanwhile_by_somebody_else_is_not_overwritten(office, client):
    preview = office.post(URL, FORM)
    stale = FORM | {"previewed": hidden(preview, "previewed"), "seen": hidden(preview, "seen")}
    assert preview_and_confirm(office, FORM | {"text": "2027-05-01 休 劳动节"}).status_code == 302
    answer = office.post(URL, stale)
    assert answer.status_code == 409
    assert "刚被别人载入过" in answer.content.decode()
    assert "2027-01-01 至 2027-01-03" in answer.content.decode()
    assert CalendarDay.objects.count() == 1


def test_submitted_twice_it_is_loaded_once(office, told):
    started("2026-12-25 09:00", 8)
    preview = office.post(URL, FORM)
    form = FORM | {"previewed": hidden(preview, "previewed"), "seen": hidden(preview, "seen")}
    codes = [office.post(URL, form).status_code for _ in range(5)]
    assert codes == [302, 409, 409, 409, 409]
    assert ClockChange.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"text": "2027-01-01 休 元旦\n元月二日休"}, "第 2 行:看不懂“元月二日休”"),
        ({"text": ""}, "请粘贴放假安排,或上传文件"),
        ({"text": "  \n \t"}, "请粘贴放假安排,或上传文件"),
        ({"text": "2027-01-09 班"}, "没有任何放假日"),
        ({"source": ""}, "必填"),
        ({"year": "1900"}, "1949"),
        ({"year": "二〇二七"}, "整数"),
        ({"year": "9" * 400}, ""),
        ({"text": "2027-01-01 休\x00"}, ""),
        ({"source": "x" * 201}, "200"),
        ({"text": "休" * 100_001}, "100000"),
    ],
)
def test_bad_input_is_said_and_kept(office, change, message):
    answer = office.post(URL, FORM | change)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert message in page
    assert not CalendarYear.objects.exists()
    if "text" not in change:
        assert "2027-01-01 至 2027-01-03 休 元旦" in page
    if "source" not in change:
        assert "国办发明电" in page


def test_the_text_with_errors_comes_back_as_typed(office):
    page = office.post(URL, FORM | {"text": "2027-01-01 休 元旦\n<script>alert(1)</script>"}).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;</textarea>" in page
    assert "<script>alert" not in page


def test_markup_in_a_name_is_inert(office):
    evil = "2027-01-01 休 <img src=x>"
    assert preview_and_confirm(office, FORM | {"text": evil, "source": "<b>通知</b>"}).status_code == 302
    page = office.get("/calendar/?year=2027").content.decode()
    assert "<img src=x>" not in page
    assert "<b>通知</b>" not in page
    assert "&lt;img src=x&gt;" in page


def upload(name, content):
    """A file as a browser sends it."""
    return SimpleUploadedFile(name, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "2027.json",
            b'{"year":2027,"days":[{"name":"\xe5\x85\x83\xe6\x97\xa6","date":"2027-01-01","isOffDay":true}]}',
        ),
        ("2027.csv", "date,is_workday,name\r\n2027-01-01,0,元旦\r\n".encode("gb18030")),
        ("2027.csv", "date,is_workday,name\n2027-01-01,0,元旦\n".encode("utf-8-sig")),
        ("2027.txt", "2027-01-01 休 元旦".encode()),
    ],
)
def test_a_file_is_shown_as_lines_and_confirmed_without_the_file(office, name, content):
    preview = office.post(URL, FORM | {"text": "", "file": upload(name, content)})
    assert "2027-01-01 休 元旦</textarea>" in preview.content.decode()
    confirmed = FORM | {
        "text": "2027-01-01 休 元旦",
        "previewed": hidden(preview, "previewed"),
        "seen": hidden(preview, "seen"),
    }
    assert office.post(URL, confirmed).status_code == 302
    assert CalendarDay.objects.get().name == "元旦"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04\x00\x00xlsx", "Excel 请另存为 CSV"),
        (b"\x00" * 10, "Excel 请另存为 CSV"),
        (b"2027-01-01 \xe4\xbc\n" * 20_000, "文件超过 256 KB"),
        (b"\xff\xfe\x00\x01\xff", "Excel 请另存为 CSV"),
        (b"{", "不是完整的 JSON"),
    ],
)
def test_a_file_that_is_none_is_refused_and_the_form_kept(office, content, message):
    answer = office.post(URL, FORM | {"file": upload("x.csv", content)})
    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert "国办发明电" in answer.content.decode()


def test_the_real_notice_of_this_year_loads_and_changes_no_day(office, told):
    content = shared_file("workdays/holiday-cn_2026.json").read_bytes()
    answer = office.post(URL, FORM | {"year": "2026", "text": "", "file": upload("2026.json", content)})
    page = answer.content.decode()
    assert (facts(page)["日历改变"], facts(page)["时限推后"]) == ("0 天", "0 件")
