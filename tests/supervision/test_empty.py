"""A district on its first day."""

import pytest

from foundation.accounts.permissions import Role
from tests.accounts.factories import UserFactory


@pytest.mark.django_db
def test_an_empty_district_says_what_would_fill_the_page(client):
    client.force_login(UserFactory(roles=[Role.SUPERVISOR]))
    assert "还没有可计分的数据" in client.get("/supervision/").content.decode()
    assert "还没有可计分的数据" in client.get("/supervision/ranking/").content.decode()
