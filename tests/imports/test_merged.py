"""A roster that still names an enterprise by what it was called before it was merged into another record."""

from __future__ import annotations

import pytest

from enterprises.merging import merge
from enterprises.models import Enterprise
from foundation.imports import actions
from tests.enterprises.factories import EnterpriseFactory
from tests.imports.files import code, xlsx

pytestmark = pytest.mark.django_db
HEADINGS = ("企业名称", "统一社会信用代码", "地址")


@pytest.fixture
def two(clerk) -> tuple[Enterprise, Enterprise]:
    """The survivor, and what went into it."""
    kept = EnterpriseFactory(name="鸿达机械有限公司", credit_code=code(801))
    lost = EnterpriseFactory(name="旧名厂", credit_code=code(802))
    merge(survivor=kept, loser=lost, by=clerk)
    return kept, lost


@pytest.mark.parametrize("named_by", [code(802), ""])
def test_such_a_row_is_about_the_survivor(named_by, two, preview, clerk):
    kept, lost = two
    batch = preview(xlsx([HEADINGS, ("旧名厂", named_by, "新址 5 号")]))
    assert (batch.counts["update"], batch.counts["create"]) == (1, 0)
    line = batch.chunks.get(outcome="update").lines[0]
    assert (line.pk, line.key) == (kept.pk, kept.credit_code)
    assert "旧名厂已并入鸿达机械有限公司" in line.notes[0].message
    actions.commit(batch=batch, by=clerk)
    kept.refresh_from_db()
    lost.refresh_from_db()
    assert (kept.address, kept.name, kept.credit_code) == ("新址 5 号", "鸿达机械有限公司", code(801))
    assert (lost.address, lost.merged_into, Enterprise.objects.count()) == ("", kept, 2)


def test_rows_by_both_codes_are_about_one(two, preview):
    batch = preview(xlsx([HEADINGS, ("鸿达机械有限公司", code(801), "甲路 1 号"), ("旧名厂", code(802), "乙路 2 号")]))
    assert (batch.counts["update"], batch.counts["duplicate"], batch.counts["create"]) == (1, 1, 0)


def test_a_name_of_both_is_the_survivors(clerk, preview):
    kept, lost = EnterpriseFactory(name="同名厂"), EnterpriseFactory(name="同名厂")
    merge(survivor=kept, loser=lost, by=clerk)
    batch = preview(xlsx([HEADINGS, ("同名厂", "", "甲路 1 号")]))
    assert batch.counts["update"] == 1


def test_an_import_whose_company_was_merged_is_not_taken_back(bring_in, clerk):
    batch = bring_in(xlsx([HEADINGS, ("甲厂", code(1), ""), ("乙厂", code(2), ""), ("丙厂", code(3), "")]))
    first, second = Enterprise.objects.order_by("credit_code")[:2]
    merge(survivor=first, loser=second, by=clerk)
    actions.undo(batch=batch, by=clerk)
    batch.refresh_from_db()
    assert sorted(Enterprise.objects.values_list("pk", flat=True)) == sorted([first.pk, second.pk])
    assert len(batch.undo_refused) == 2


def test_suspicion_alone_does_not_keep_an_import_from_being_taken_back(bring_in, clerk):
    from enterprises import suspects

    batch = bring_in(xlsx([HEADINGS, ("鸿达机械(青岭)厂", code(1), ""), ("鸿达机械（青岭）厂", code(2), "")]))
    assert suspects.refresh(by=None) == 1
    actions.undo(batch=batch, by=clerk)
    assert not Enterprise.objects.exists()
