"""Gateways on this machine: an HTTP server and a mail server that record what they are given, and answer as told."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Asked:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpGateway:
    """What came in, and what is answered: status and body."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    status: int = 200
    answer: str = '{"errcode": 0, "code": 0}'
    headers: dict[str, str] = field(default_factory=dict)


@contextmanager
def http_gateway() -> Iterator[HttpGateway]:
    """A web server on a port of its own."""
    gateway = HttpGateway()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            gateway.asked.append(Asked(self.command, self.path, dict(self.headers), body))
            self.send_response(gateway.status)
            for name, value in gateway.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(gateway.answer.encode())

        do_GET = do_POST = do_PUT = _do

        def log_message(self, *_args: Any) -> None:
            return

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        gateway.url = f"http://127.0.0.1:{port}"
        yield gateway


@dataclass
class MailServer:
    """What came in, and whom it refuses with which code."""

    port: int = 0
    mails: list[Message] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)  # address → code
    after_data: Callable[[], None] = lambda: None


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """An SMTP server on a port of its own: the verbs a client needs, no more."""
    server = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self.say("220 here")
            while line := self.rfile.readline().decode("utf-8", "replace").strip():
                verb = line.split(":")[0].upper()
                if verb == "RCPT TO":
                    address = line.partition("<")[2].partition(">")[0]
                    code = server.refused.get(address, 250)
                    self.say(f"{code} {'ok' if code == 250 else 'no such mailbox'}")
                elif verb == "DATA":
                    self.say("354 go on")
                    server.mails.append(message_from_bytes(self.data()))
                    server.after_data()
                    self.say("250 taken")
                elif verb == "QUIT":
                    return self.say("221 bye")
                else:
                    self.say("250 ok")
            return None

        def data(self) -> bytes:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line)
            return b"".join(lines)

    with _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)) as port:
        server.port = port
        yield server


@contextmanager
def _serving(server: Any) -> Iterator[int]:
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
