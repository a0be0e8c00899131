"""Quarantine: nobody opens a file before the scanner has looked at it; what it finds is blocked and told."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Role
from foundation.attachments import actions, clamd
from foundation.attachments.actions import attach, hold
from foundation.attachments.forms import FilesField
from foundation.attachments.held import Held
from foundation.attachments.models import Attachment
from foundation.attachments.tasks import scan, sweep
from foundation.audit.models import AuditRow
from foundation.notices.models import Notice
from foundation.search.files import read_next
from foundation.search.models import FileText
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Daemon(socketserver.StreamRequestHandler):
    """What clamd answers to INSTREAM: finds EICAR, and refuses streams over its limit."""

    limit = 1_000_000

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        data = b""
        while length := int.from_bytes(self.rfile.read(4), "big"):
            data += self.rfile.read(length)
        if len(data) > self.limit:
            answer = b"INSTREAM size limit exceeded. ERROR"
        else:
            answer = b"stream: Win.Test.EICAR_HDB-1 FOUND" if EICAR in data else b"stream: OK"
        self.server.seen.append(len(data))  # type: ignore[attr-defined]
        self.wfile.write(answer + b"\0")


@pytest.fixture
def daemon(settings: Any) -> Iterator[Any]:
    """A scanner on a port of its own."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Daemon) as server:
        server.seen = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        settings.CLAMD_URL = f"tcp://127.0.0.1:{server.server_address[1]}"
        yield server
        server.shutdown()


@pytest.fixture
def away(settings: Any) -> None:
    """A scanner that does not answer: a port nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.CLAMD_URL = f"tcp://127.0.0.1:{taken.getsockname()[1]}"


def text(upload: Any, content: bytes = b"harmless") -> Any:
    return upload("说明.txt", content, "text/plain")


def later() -> None:
    Attachment.objects.update(uploaded_at=timezone.now() - timedelta(minutes=1))


def test_a_file_waits_until_it_was_looked_at(client, daemon, person, owner, upload):
    attachment = attach(file=text(upload), owner=owner, by=person)
    client.force_login(person)
    assert attachment.state == "waiting"
    assert client.get(f"/attachments/{attachment.key}/").status_code == 302
    assert client.get(f"/attachments/{attachment.key}/content/").status_code == 404
    page = client.get(f"/attachments/{attachment.key}/view/").content.decode()
    assert "正在查毒" in page and f'href="/attachments/{attachment.key}/"' not in page
    scan(attachment.pk)
    attachment.refresh_from_db()
    assert (attachment.state, daemon.seen) == ("clean", [8]) and attachment.scanned_at
    assert b"".join(client.get(f"/attachments/{attachment.key}/").streaming_content) == b"harmless"
    scan(attachment.pk)
    assert daemon.seen == [8], "a repeated message asks nobody"


def test_a_new_file_is_scanned_by_the_task(daemon, person, owner, upload, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        attachment = attach(file=text(upload), owner=owner, by=person)
    attachment.refresh_from_db()
    assert attachment.state == "clean"


def test_what_is_found_is_blocked_written_down_and_told(client, daemon, person, owner, upload):
    office = UserFactory(roles=[Role.OFFICE])
    attachment = attach(file=text(upload, b"before " + EICAR), owner=owner, by=person)
    scan(attachment.pk)
    attachment.refresh_from_db()
    assert (attachment.state, attachment.finding) == ("infected", "Win.Test.EICAR_HDB-1")
    assert AuditRow.objects.get(action="attachments.block").target_id == str(attachment.pk)
    told = Notice.objects.filter(kind="virus")
    assert set(told.values_list("recipient_id", flat=True)) == {person.pk, office.pk}
    client.force_login(person)
    answer = client.get(f"/attachments/{attachment.key}/", follow=True)
    assert "已拦截" in answer.content.decode() and EICAR not in answer.content
    assert client.get(f"/attachments/{attachment.key}/likeness/").status_code == 404


def test_while_the_scanner_is_away_files_stay_and_are_tried_again(away, person, owner, upload, request):
    attachment = attach(file=text(upload), owner=owner, by=person)
    scan(attachment.pk)
    later()
    assert sweep()["scanned"] == 0
    attachment.refresh_from_db()
    assert attachment.state == "waiting"
    request.getfixturevalue("daemon")
    assert sweep()["scanned"] == 1
    attachment.refresh_from_db()
    assert attachment.state == "clean"


def test_the_sweep_leaves_a_new_file_to_its_task(daemon, person, owner, upload):
    attach(file=text(upload), owner=owner, by=person)
    assert sweep()["scanned"] == 0


def test_a_stream_over_the_scanner_s_limit_is_no_finding(daemon, person, owner, upload, monkeypatch):
    monkeypatch.setattr(Daemon, "limit", 3)
    attachment = attach(file=text(upload), owner=owner, by=person)
    scan(attachment.pk)
    attachment.refresh_from_db()
    assert attachment.state == "waiting"


def test_an_infected_file_sent_ahead_is_not_taken_and_marked_in_the_form(daemon, person, owner, upload):
    row = hold(file=text(upload, EICAR), by=person)
    scan(row.pk)
    row.refresh_from_db()
    with pytest.raises(Refused, match="病毒"):
        attach(file=Held(row), owner=owner, by=person)
    widget = FilesField().widget
    widget.held = [row]
    assert "已拦截" in widget.render("files", None)
    assert AuditRow.objects.filter(action="attachments.block").exists()


def test_words_of_an_unscanned_file_are_not_read(daemon, person, owner, upload):
    attachment = attach(file=text(upload), owner=owner, by=person)
    FileText.objects.create(attachment=attachment)
    assert read_next() is None
    scan(attachment.pk)
    assert read_next() == (attachment.owner_type, attachment.owner_id)


def test_switched_off_what_waited_is_handed_out_and_written_down(daemon, person, owner, upload, settings):
    attachment = attach(file=text(upload), owner=owner, by=person)
    settings.CLAMD_URL = ""
    assert sweep()["released"] == 1
    attachment.refresh_from_db()
    assert attachment.state == "clean" and AuditRow.objects.filter(action="attachments.release").exists()


def test_over_a_socket_of_the_machine(settings, tmp_path, person, owner, upload):
    path = tmp_path / "clamd.ctl"
    with socketserver.ThreadingUnixStreamServer(str(path), Daemon) as server:
        server.seen = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        settings.CLAMD_URL = f"unix://{path}"
        attachment = attach(file=text(upload, b"x" * 200_000), owner=owner, by=person)
        assert actions.scan(attachment=attachment)
        assert server.seen == [200_000]  # type: ignore[attr-defined]
        server.shutdown()


@pytest.mark.parametrize("url", ["tcp://", "http://host", "nonsense", "unix:///nowhere"])
def test_a_wrong_address_leaves_files_in_quarantine(settings, url, person, owner, upload):
    settings.CLAMD_URL = url
    assert clamd.is_configured()
    attachment = attach(file=text(upload), owner=owner, by=person)
    assert actions.scan(attachment=attachment) is False


def test_the_system_administrator_is_told_that_files_wait(client, away, person, owner, upload):
    attach(file=text(upload), owner=owner, by=person)
    admin = UserFactory(roles=[Role.SYSTEM_ADMIN])
    client.force_login(admin)
    assert "查毒服务" not in client.get("/", follow=True).content.decode()
    Attachment.objects.update(uploaded_at=timezone.now() - timedelta(minutes=11))
    assert "查毒服务没有响应" in client.get("/", follow=True).content.decode()
    client.force_login(UserFactory(roles=[Role.SECURITY_ADMIN]))
    assert "查毒服务" not in client.get("/", follow=True).content.decode()
