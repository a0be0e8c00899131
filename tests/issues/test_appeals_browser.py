"""On a phone: an appeal is begun, left, found again and sent; an account is asked for."""

from __future__ import annotations

import pytest

from issues.models import AppealDraft, Issue
from tests.issues.factories import make_district


@pytest.mark.django_db(transaction=True)
def test_an_appeal_is_begun_left_and_sent_from_a_phone(phone_page, sign_in, assert_accessible):
    page = phone_page
    district = make_district()
    district.speaker.phone = "13800138000"
    district.speaker.save()
    page.goto("/register/")
    assert_accessible(page)
    sign_in(page, district.speaker)
    page.goto("/appeals/new/")
    assert_accessible(page)
    page.fill("[name=text]", "厂区门口积水半米,货车进不来。请协调疏通。")
    page.wait_for_selector("#draft-state:has-text('草稿已存')")
    page.fill("[name=text]", "厂区门口积水半米,货车进不来。请尽快协调疏通。")
    page.goto("/")  # within the pause of the autosave
    page.wait_for_selector(".item.draft")
    assert_accessible(page)
    page.click(".item.draft .btn:has-text('接着写')")
    assert "尽快" in page.input_value("[name=text]")
    page.click("label:has-text('周边环境')")
    page.click("button:has-text('提交')")
    page.wait_for_selector("h1:has-text('厂区门口积水半米')")
    assert_accessible(page)
    assert Issue.objects.get().category.name == "周边环境"
    assert not AppealDraft.objects.unsent().exists()
    page.goto("/enterprises/colleagues/")
    assert_accessible(page)
