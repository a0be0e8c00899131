"""A place for uploads of its own, an office clerk, and one call from file to preview."""

from __future__ import annotations

import pytest

from foundation.accounts.permissions import Role
from foundation.imports import actions
from tests.accounts.factories import UserFactory


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def clerk(db):
    return UserFactory(name="王晓梅", roles=[Role.OFFICE])


@pytest.fixture
def preview(clerk):
    """`preview(file)` opens and reads a batch as the clerk."""

    def do(file, *, by=clerk, sheet="", confirms_all=False):
        batch = actions.open_batch(file=file, resource="enterprises", by=by, sheet=sheet, queue=False)
        return actions.preview(batch=batch, confirms_all=confirms_all)

    return do


@pytest.fixture
def bring_in(preview, clerk):
    """`bring_in(file)` previews and commits as the clerk, who confirms what is doubtful."""

    def do(file, *, skip_errors=False):
        return actions.commit(batch=preview(file, confirms_all=True), by=clerk, skip_errors=skip_errors)

    return do
