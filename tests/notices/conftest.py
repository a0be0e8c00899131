"""Gateways that answer on this machine, and the settings that lead there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from tests.accounts.factories import UserFactory
from tests.notices.gateways import HttpGateway, MailServer, http_gateway, mail_server


@pytest.fixture(autouse=True)
def _a_working_morning() -> Iterator[Any]:
    """Messages leave at once: it is ten on a Tuesday."""
    with time_machine.travel(datetime(2026, 11, 10, 10, tzinfo=ZoneInfo("Asia/Shanghai"))) as traveller:
        yield traveller


@pytest.fixture
def gateway() -> Iterator[HttpGateway]:
    with http_gateway() as found:
        yield found


@pytest.fixture
def smtp(settings: Any) -> Iterator[MailServer]:
    """A mail server that the settings name."""
    with mail_server() as found:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", found.port, 5
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield found


@pytest.fixture
def sms(gateway: HttpGateway, settings: Any) -> HttpGateway:
    """A gateway for text messages that the settings name."""
    settings.SMS_URL = f"{gateway.url}/send"
    return gateway


@pytest.fixture
def office(db: Any) -> User:
    return UserFactory(roles=[Role.OFFICE])
