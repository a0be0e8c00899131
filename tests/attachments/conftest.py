"""An owner of files: a notice, seen by the one person it was sent to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.attachments import owners
from foundation.attachments.owners import register_owner
from foundation.notices.actions import notify
from foundation.notices.models import Notice
from tests.accounts.factories import UserFactory
from tests.pictures import PNG


@pytest.fixture(autouse=True)
def _notices_own_files(settings: Any, tmp_path: Any) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path
    register_owner(Notice)
    yield
    owners._owners.pop("notices.notice")


@pytest.fixture
def person(db: Any) -> Any:
    return UserFactory()


@pytest.fixture
def owner(person: Any) -> Notice:
    notify(to=[person], kind="test", subject="题", key="k")
    return Notice.objects.get()


@pytest.fixture
def upload() -> Any:
    """A file as a form brings it: a whole picture unless said otherwise."""

    def make(name: str = "照片.png", content: bytes = PNG, content_type: str = "image/png") -> SimpleUploadedFile:
        return SimpleUploadedFile(name, content, content_type)

    return make


@pytest.fixture
def stored(tmp_path: Any) -> Any:
    """The files that lie in the store."""
    return lambda: [path for path in tmp_path.rglob("*") if path.is_file()]
