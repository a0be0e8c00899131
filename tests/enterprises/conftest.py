"""People around the enterprises' pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from enterprises.industries import install
from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from tests.accounts.factories import UserFactory


@pytest.fixture
def industries(db: None) -> None:
    """The classification, also after a test that emptied the database."""
    install()


@pytest.fixture
def office(db: None) -> User:
    return UserFactory(roles=[Role.OFFICE])


@pytest.fixture
def as_user() -> Callable[[User], Client]:
    """A client with this user signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def office_client(office: User, as_user: Callable[[User], Client]) -> Client:
    return as_user(office)
