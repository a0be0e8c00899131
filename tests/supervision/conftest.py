"""One small demo district for all tests of supervision: real rows of every kind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from foundation.accounts.models import User


@pytest.fixture(scope="module")
def small_world(django_db_setup: Any, django_db_blocker: Any) -> Iterator[dict[str, int]]:
    """Sixty enterprises with four months of visits and three hundred cases, made once for a module."""
    out = StringIO()
    options = ("--enterprises=60", "--issues=300", "--months=4", "--seed=7", "--json")
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("demo", *options, stdout=out, stderr=StringIO())
        yield json.loads(out.getvalue())
        transaction.set_rollback(True)


@pytest.fixture
def district(small_world: dict[str, int], db: Any) -> dict[str, int]:
    """The small world; what a test changes in it is taken back."""
    return small_world


@pytest.fixture
def supervisor(district: dict[str, int]) -> User:
    return User.objects.get(username="supervisor")
