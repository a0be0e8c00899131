"""Files in an S3-compatible store: the same access checks, through a real HTTP endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import storages
from moto.server import ThreadedMotoServer

from config.storages import LOCAL, private_storage
from foundation.attachments.actions import attach, drop, hold
from foundation.attachments.models import Attachment
from foundation.exports.actions import request_export
from foundation.exports.models import Export
from foundation.exports.tasks import run
from issues.desk.export import LEDGER
from tests.accounts.factories import UserFactory
from tests.pictures import PNG

BUCKET = "liaison"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, settings: Any) -> Any:
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{endpoint}",
        aws_access_key_id="key",
        aws_secret_access_key="s/cret",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket=BUCKET)
    url = f"s3://key:s%2Fcret@{endpoint}/{BUCKET}?scheme=http"
    settings.STORAGES = settings.STORAGES | {"private": private_storage(url)}
    fields = [
        Attachment._meta.get_field("file"),
        Attachment._meta.get_field("likeness"),
        Export._meta.get_field("file"),
    ]
    before = [field.storage for field in fields]
    for field in fields:
        field.storage = storages["private"]
    yield lambda: [one["Key"] for one in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
    for field, storage in zip(fields, before, strict=True):
        field.storage = storage
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for one in page.get("Contents", []):
            client.delete_object(Bucket=BUCKET, Key=one["Key"])


@pytest.mark.django_db
def test_a_file_goes_through_the_bucket_under_a_random_name(client, bucket, person, owner, upload, stored):
    attachment = attach(file=upload(), owner=owner, by=person)
    assert sorted(bucket()) == sorted([attachment.file.name, attachment.likeness.name]) and stored() == []
    assert "照片" not in "".join(bucket())
    client.force_login(person)
    response = client.get(f"/attachments/{attachment.key}/")
    assert b"".join(response.streaming_content) == PNG
    assert response["Content-Disposition"].startswith("attachment")
    client.force_login(UserFactory())
    assert client.get(f"/attachments/{attachment.key}/").status_code == 404


@pytest.mark.django_db
def test_what_is_dropped_leaves_the_bucket(bucket, person, upload, django_capture_on_commit_callbacks):
    row = hold(file=upload(), by=person)
    assert len(bucket()) == 2
    with django_capture_on_commit_callbacks(execute=True):
        drop(attachment=row, by=person)
    assert bucket() == []


@pytest.mark.django_db
def test_a_bucket_that_does_not_answer_is_said(client, bucket, person, owner, upload, monkeypatch):
    attachment = attach(file=upload(), owner=owner, by=person)
    Attachment.objects.update(file="attachments/00/gone")
    client.force_login(person)
    response = client.get(f"/attachments/{attachment.key}/")
    assert response.status_code == 503 and "暂时取不出来" in response.content.decode()


@pytest.mark.django_db
def test_an_export_lies_in_the_bucket_too(client, bucket, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    office = UserFactory(roles=["office"])
    export = request_export(kind=LEDGER, query="view=all", by=office)
    run(export.pk)
    export.refresh_from_db()
    assert bucket() == [export.file.name]
    client.force_login(office)
    assert b"".join(client.get(f"/exports/{export.pk}/file/").streaming_content)[:2] == b"PK"


def test_without_an_address_files_lie_in_the_local_folder():
    assert private_storage("") == LOCAL


@pytest.mark.parametrize(
    "url", ["http://key:secret@host/bucket", "s3://host", "s3://host/a/b", "s3:///bucket", "s3://host/bucket?regoin=x"]
)
def test_a_mistyped_address_stops_the_start(url):
    with pytest.raises(ImproperlyConfigured, match="must look like"):
        private_storage(url)


def test_the_address_says_everything():
    made = private_storage("s3://key:s%2Fcret@store.local:9000/files?scheme=http&region=cn-north-1&addressing=virtual")
    options = made["OPTIONS"]
    assert options["endpoint_url"] == "http://store.local:9000" and options["bucket_name"] == "files"
    assert (options["access_key"], options["secret_key"]) == ("key", "s/cret")
    assert (options["region_name"], options["addressing_style"]) == ("cn-north-1", "virtual")
