"""`manage.py demo`: refuses a database in use, counts, one seed gives one district."""

from __future__ import annotations

import io
import json
from datetime import datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from config.demo.builder import build
from config.demo.builder.world import Size
from enterprises.models import Enterprise
from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.clocks.localtime import SHANGHAI
from foundation.clocks.models import Clock
from issues.models import Event, Issue
from liaison.models import Visit

NOW = datetime(2026, 11, 20, 16, 5, tzinfo=SHANGHAI)
PASSWORD = "demo-district-pass"


def load(size: Size) -> dict[str, int]:
    return build(size, password=PASSWORD, now=NOW, say=lambda _text: None)


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("demo", *words, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.mark.django_db
def test_counts_are_one_json_object_on_stdout(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)
    counts = json.loads(run("--enterprises", "12", "--issues", "30", "--months", "2", "--json"))
    assert counts["enterprises.enterprise"] == 12
    assert counts["issues.issue"] == 30
    assert counts["accounts.user"] == 1000 + 12 + 1  # one enterprise has two people
    assert counts["liaison.visitduty"] == 2 * 12
    assert all(User.objects.get(username=str(role)).check_password(PASSWORD) for role in Role)


@pytest.mark.django_db
def test_a_database_in_use_is_refused_in_chinese():
    User.objects.create(username="somebody", name="某人")
    with pytest.raises(CommandError, match="空库") as refused:
        run("--enterprises", "12", "--issues", "30")
    assert refused.value.returncode == 2
    assert not Enterprise.objects.exists()


@pytest.mark.django_db
def test_without_a_password_a_fresh_one_is_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    said = io.StringIO()
    call_command("demo", "--enterprises", "3", "--issues", "3", "--months", "1", stdout=io.StringIO(), stderr=said)
    password = said.getvalue().split("演示账号的密码:")[1].split("(")[0]
    assert User.objects.get(username="office").check_password(password)


@pytest.mark.parametrize("words", [("--issues", "-1"), ("--enterprises", "0"), ("--months", "99"), ("--seed", "x")])
def test_sizes_out_of_range_are_refused(words: tuple[str, str]):
    with pytest.raises(CommandError):
        run(*words)


@pytest.mark.django_db
def test_the_smallest_district_loads():
    counts = load(Size(enterprises=1, issues=1, months=1))
    assert counts["issues.issue"] == counts["enterprises.enterprise"] == 1


def facts() -> list[Any]:
    """What a seed decides, without keys and random identifiers."""
    return [
        list(User.objects.order_by("username").values_list("username", "name", "phone", "title")),
        list(Enterprise.objects.order_by("credit_code").values_list("credit_code", "name", "tier", "address")),
        list(Issue.objects.order_by("number").values_list("number", "title", "text", "status", "level", "due_at")),
        list(Event.objects.order_by("issue__number", "at", "verb", "text").values_list("verb", "at", "text", "actor")),
        list(Visit.objects.order_by("visited_at").values_list("visited_at", "operating_facts", "met")),
        list(Clock.objects.order_by("kind", "started_at", "due_at").values_list("kind", "due_at", "level")),
    ]


@pytest.mark.django_db
def test_one_seed_and_instant_give_one_district():
    seen = []
    for seed in (7, 7, 8):
        with transaction.atomic():
            load(Size(enterprises=15, issues=40, months=2, seed=seed))
            seen.append(facts())
            transaction.set_rollback(True)
    assert seen[0] == seen[1]
    assert all(one != other for one, other in zip(seen[0], seen[2], strict=True))
