"""What a batch does to what is there: its policy, and what a full roster does not name."""

from __future__ import annotations

import random
from datetime import date

import pytest
import time_machine
from django.urls import reverse

from enterprises.models import Enterprise, Park
from foundation.accounts.errors import Refused
from foundation.accounts.models import Department
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from foundation.imports import actions, policies
from foundation.imports.commandline import lines_of
from foundation.imports.models import Batch
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.enterprises.factories import EnterpriseFactory
from tests.imports.files import HEADINGS, code, companies, company, xlsx

pytestmark = pytest.mark.django_db

TOWNED = [*HEADINGS[:2], "镇街"]


@pytest.fixture
def read(clerk):
    """`read(rows, policy=…, is_full=…)` previews a file."""

    def do(rows, *, policy="overwrite", is_full=False):
        batch = actions.open_batch(
            file=xlsx(rows), resource="enterprises", by=clerk, policy=policy, is_full=is_full, queue=False
        )
        return actions.preview(batch=batch)

    return do


@pytest.fixture
def take_in(read, clerk):
    """`take_in(rows, …)` previews and commits."""

    def do(rows, **options):
        return actions.commit(batch=read(rows, **options), by=clerk)

    return do


def counts(batch: Batch) -> dict[str, int]:
    return {key: value for key, value in batch.counts.items() if value and key not in ("rows", "written")}


def text(response) -> str:
    return " ".join(response.content.decode().split())


# -- Policies ----------------------------------------------------------------------------------------------------------

CHANGES = {
    "name": ["旧名", "新名"],
    "address": [None, "北京东路1号"],
    "is_above_scale": [False, True],
    "registered_capital": [None, ["5.0000", "人民币"]],
    "extra": [{"备注": "原有", "空": ""}, {"备注": "改", "空": "满", "新列": "x"}],
}


@pytest.mark.parametrize(
    ("policy", "made", "kept"),
    [
        ("overwrite", CHANGES, {}),
        ("skip", {}, CHANGES),
        (
            "fill",
            {
                "address": [None, "北京东路1号"],
                "registered_capital": [None, ["5.0000", "人民币"]],
                "extra": [{"备注": "原有", "空": ""}, {"备注": "原有", "空": "满", "新列": "x"}],
            },
            {
                "name": ["旧名", "新名"],
                "is_above_scale": [False, True],
                "extra": [{"备注": "原有"}, {"备注": "改"}],
            },
        ),
    ],
)
def test_a_policy_divides_changes_into_made_and_kept(policy, made, kept):
    assert policies.divided(policy, CHANGES, "extra") == (made, kept)


def test_filling_takes_only_what_is_blank(take_in, clerk):
    take_in([HEADINGS, company(1, 注册资本="", 联系电话=""), company(2)])
    rows = [[*HEADINGS, "备注"], [*company(1, 企业名称="新名"), "补"], [*company(2, 企业名称="又一新名"), ""]]
    batch = take_in(rows, policy="fill")
    assert counts(batch) == {"update": 1, "skipped": 1}
    one, two = Enterprise.objects.order_by("credit_code")
    assert (one.name, one.registered_capital, one.extra) == ("青岭测试1号有限公司", 500, {"备注": "补"})
    assert one.contacts.get().phone == "13800000001"
    assert (two.name, two.version) == ("青岭测试2号有限公司", 1)
    lines = {line.number: line for line in lines_of(batch)}
    assert lines[2].kept == lines[2].kept | {"name": ["青岭测试1号有限公司", "新名"]}
    assert "name" not in lines[2].changes
    actions.undo(batch=batch, by=clerk)
    one.refresh_from_db()
    assert (one.registered_capital, one.extra) == (None, {})


def test_skipping_only_adds(take_in):
    take_in(companies(2))
    batch = take_in([HEADINGS, company(1, 企业名称="新名"), company(2), company(3)], policy="skip")
    assert counts(batch) == {"create": 1, "skipped": 1, "unchanged": 1}
    assert Enterprise.objects.get(credit_code=code(1)).name == "青岭测试1号有限公司"
    assert Enterprise.objects.count() == 3


def test_the_preview_shows_the_policy_chosen_on_its_page_and_the_commit_keeps_to_it(
    client, clerk, take_in, read, django_capture_on_commit_callbacks
):
    take_in(companies(1))
    batch = read([HEADINGS, company(1, 企业名称="新名"), company(2)])
    client.force_login(clerk)
    page = reverse("imports:detail", args=[batch.pk])
    assert "整批导入 2 行" in text(client.get(page))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("imports:policy", args=[batch.pk]), {"policy": "skip"})
    batch.refresh_from_db()
    assert (batch.state, batch.policy, counts(batch)) == ("previewed", "skip", {"create": 1, "skipped": 1})
    seen = text(client.get(page))
    assert "只新增" in seen
    assert "有 1 行与名册不同但保留原值" in seen
    assert "整批导入 1 行" in seen
    seen = text(client.get(page, {"tab": "skipped"}))
    assert "新名" in seen
    assert "青岭测试1号有限公司" in seen
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("imports:commit", args=[batch.pk]))
    assert list(Enterprise.objects.order_by("credit_code").values_list("name", flat=True)) == [
        "青岭测试1号有限公司",
        "青岭测试2号有限公司",
    ]
    seen = text(client.get(page))
    assert "按“只新增”保留原值 1" in seen
    assert AuditRow.objects.get(action="imports.policy").data == {"policy": "skip", "is_full": False}
    assert AuditRow.objects.filter(action="imports.commit").latest("seq").data["policy"] == "skip"


def test_an_unknown_policy_and_a_full_roster_without_marks_are_refused(client, clerk, read):
    batch = read(companies(1))
    with pytest.raises(Refused, match="没有“顺便删除”这种导入方式"):
        actions.choose_policy(batch=batch, policy="顺便删除", is_full=False, by=clerk)
    with pytest.raises(Refused, match="不能作为完整名册导入"):
        actions.open_batch(file=xlsx([["x"]]), resource="departments", by=None, is_full=True, queue=False)
    client.force_login(clerk)
    assert "没有“”这种导入方式" in text(client.post(reverse("imports:policy", args=[batch.pk]), follow=True))
    batch.refresh_from_db()
    assert (batch.state, batch.policy) == ("previewed", "overwrite")


def test_a_committed_batch_keeps_its_policy(take_in, clerk):
    batch = take_in(companies(1))
    with pytest.raises(Refused, match="已经导入，不能重新读取"):
        actions.choose_policy(batch=batch, policy="skip", is_full=True, by=clerk)
    batch.refresh_from_db()
    assert (batch.policy, batch.is_full) == ("overwrite", False)


# -- Full rosters ------------------------------------------------------------------------------------------------------


def marked() -> dict[str, tuple[date, int]]:
    found = Enterprise.objects.filter(roster_missing_since__isnull=False)
    return {one.credit_code: (one.roster_missing_since, one.roster_missing_batch_id) for one in found}


def test_what_a_full_roster_does_not_name_is_listed_then_marked_never_deleted(read, take_in, clerk):
    take_in(companies(4))
    Enterprise.objects.filter(credit_code=code(4)).update(is_active=False)
    with time_machine.travel("2026-11-20 10:00 +0800", tick=False):
        batch = read(companies(1), is_full=True)
        assert counts(batch) == {"unchanged": 1, "missing": 2}
        assert batch.counts["rows"] == 1
        assert marked() == {}
        actions.commit(batch=batch, by=clerk)
    assert marked() == {code(2): (date(2026, 11, 20), batch.pk), code(3): (date(2026, 11, 20), batch.pk)}
    assert Enterprise.objects.count() == 4
    assert set(Enterprise.objects.values_list("version", flat=True)) == {1}
    acts = AuditRow.objects.filter(action="enterprises.roster_missing")
    assert {row.target_label for row in acts} == {"青岭测试2号有限公司", "青岭测试3号有限公司"}


def test_a_part_of_a_roster_marks_nothing(take_in):
    take_in(companies(3))
    assert counts(take_in(companies(1))) == {"unchanged": 1}
    assert marked() == {}


def test_a_refused_row_names_its_enterprise_all_the_same(read, take_in):
    take_in(companies(2))
    batch = read([HEADINGS, company(1), company(2, 成立日期="随便")], is_full=True)
    assert counts(batch) == {"unchanged": 1, "refused": 1}


def test_what_may_be_the_same_under_another_code_is_not_called_missing(read, take_in):
    take_in(companies(2))
    batch = read([HEADINGS, company(1), company(2, 统一社会信用代码=code(9))], is_full=True)
    assert counts(batch) == {"unchanged": 1, "candidate": 1}


def test_the_roster_of_one_town_leaves_the_others_alone(read):
    here, there = (DepartmentFactory(name=name, kind=Department.Kind.TOWN) for name in ("罗家镇", "湖坊镇"))
    for number, town in enumerate((here, here, there), 1):
        EnterpriseFactory(name=f"青岭测试{number}号有限公司", credit_code=code(number), town=town)
    batch = read([TOWNED, [*company(1)[:2], "罗家镇"]], is_full=True)
    assert (batch.scope, batch.counts["missing"]) == ("镇街 罗家镇", 1)
    batch = read([TOWNED, [*company(1)[:2], "罗家镇"], [*company(3)[:2], "湖坊镇"]], is_full=True)
    assert (batch.scope, batch.counts["missing"]) == ("", 1)
    batch = read([TOWNED, [*company(1)[:2], ""]], is_full=True)
    assert (batch.scope, batch.counts["missing"]) == ("", 2)


def test_the_roster_of_one_park_leaves_the_others_alone(read):
    parks = [
        Park.objects.create(code=name, name=name, department=DepartmentFactory(kind=Department.Kind.PARK))
        for name in ("gaoxin", "haixi")
    ]
    for number, park in enumerate((parks[0], parks[0], parks[1]), 1):
        EnterpriseFactory(name=f"青岭测试{number}号有限公司", credit_code=code(number), park=park)
    batch = read([[*HEADINGS[:2], "园区"], [*company(1)[:2], "gaoxin"]], is_full=True)
    assert (batch.scope, batch.counts["missing"]) == ("园区 gaoxin", 1)


def test_who_is_named_again_loses_the_mark_and_who_is_missing_again_keeps_the_first_day(take_in):
    take_in(companies(3))
    with time_machine.travel("2026-09-30 10:00 +0800", tick=False):
        first = take_in(companies(1), is_full=True)
    with time_machine.travel("2026-12-31 10:00 +0800", tick=False):
        second = take_in(companies(2), is_full=True)
    assert counts(second) == {"unchanged": 2, "missing": 1, "returned": 1}
    assert marked() == {code(3): (date(2026, 9, 30), first.pk)}
    batch = take_in([HEADINGS, company(3, 企业名称="回来了")])
    assert counts(batch) == {"update": 1, "returned": 1}
    assert marked() == {}


def test_a_mark_set_after_the_preview_is_cleared_by_the_commit_that_names_it(read, take_in, clerk):
    take_in(companies(2))
    waiting = read(companies(2))
    take_in(companies(1), is_full=True)
    assert set(marked()) == {code(2)}
    actions.commit(batch=waiting, by=clerk)
    assert marked() == {}
    waiting.refresh_from_db()
    assert waiting.counts["returned"] == 1


def test_undo_gives_back_the_marks_that_were_there(take_in, clerk):
    take_in(companies(3))
    with time_machine.travel("2026-09-30 10:00 +0800", tick=False):
        first = take_in(companies(1), is_full=True)
    before = marked()
    second = take_in(companies(2))
    assert set(marked()) == {code(3)}
    done = actions.undo(batch=second, by=clerk)
    assert (done.marks, marked()) == (1, before)
    done = actions.undo(batch=first, by=clerk)
    assert (done.marks, marked()) == (2, {})


def test_undoing_the_earlier_of_two_full_rosters_leaves_the_later_ones_mark(take_in, clerk):
    take_in(companies(2))
    with time_machine.travel("2026-09-30 10:00 +0800", tick=False):
        first = take_in(companies(1), is_full=True)
    with time_machine.travel("2026-12-31 10:00 +0800", tick=False):
        second = take_in(companies(1), is_full=True)
    actions.undo(batch=first, by=clerk)
    assert marked() == {code(2): (date(2026, 12, 31), second.pk)}


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_undone_the_marks_are_those_of_the_batches_that_stand(take_in, clerk, seed):
    """Random rosters and undos; then each mark is what the standing batches, told in order, say."""
    draw = random.Random(seed)
    take_in(companies(4))
    told = []  # (batch, whom it names, whether it is full)
    for _step in range(7):
        if told and draw.random() < 0.4:
            actions.undo(batch=told.pop(draw.randrange(len(told)))[0], by=clerk)
            continue
        named = sorted(draw.sample(range(1, 5), draw.randint(1, 3)))
        is_full = draw.random() < 0.7
        told.append((take_in([HEADINGS, *map(company, named)], is_full=is_full), named, is_full))
    wanted: dict[str, int] = {}
    for batch, named, is_full in told:
        for number in range(1, 5):
            if number in named:
                wanted.pop(code(number), None)
            elif is_full:
                wanted.setdefault(code(number), batch.pk)
    assert {key: number for key, (_since, number) in marked().items()} == wanted


def test_the_pages_show_who_is_missing(client, clerk, read, django_capture_on_commit_callbacks):
    for number in (1, 2):
        EnterpriseFactory(name=f"青岭测试{number}号有限公司", credit_code=code(number))
    batch = read([HEADINGS[:2], company(1)[:2]])
    client.force_login(clerk)
    page = reverse("imports:detail", args=[batch.pk])
    assert "没有需要写入的行" in text(client.get(page))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("imports:policy", args=[batch.pk]), {"policy": "overwrite", "is_full": "on"})
    seen = text(client.get(page))
    assert "名册范围：全部" in seen
    assert "有 1 家不在这份文件里" in seen
    assert "青岭测试2号有限公司" in text(client.get(page, {"tab": "missing"}))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("imports:commit", args=[batch.pk]))
    assert "标记“不在最新名册” 1 家" in text(client.get(page))
    seen = text(client.get(reverse("enterprises:list"), {"roster": "1"}))
    assert "青岭测试2号有限公司" in seen
    assert "青岭测试1号有限公司" not in seen
    assert "青岭测试2号有限公司" not in text(client.get(reverse("enterprises:list"), {"roster": "0"}))
    missing = Enterprise.objects.get(credit_code=code(2))
    seen = text(client.get(reverse("enterprises:detail", args=[missing.pk])))
    assert "起不在最新名册" in seen
    assert f'href="{page}?tab=missing"' in seen
    api = client.get("/api/v1/enterprises/", {"is_missing": "true"}).json()
    assert [one["credit_code"] for one in api["results"]] == [code(2)]


def test_whoever_may_not_import_sees_the_mark_without_a_link(client, take_in):
    take_in(companies(2))
    take_in(companies(1), is_full=True)
    client.force_login(UserFactory(roles=[Role.SUPERVISOR]))
    missing = Enterprise.objects.get(credit_code=code(2))
    seen = text(client.get(reverse("enterprises:detail", args=[missing.pk])))
    assert "起不在最新名册" in seen
    assert "/imports/" not in seen
