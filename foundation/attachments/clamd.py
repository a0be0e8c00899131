"""ClamAV's daemon asked about one file, over TCP or a socket of this machine."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import urlsplit

from django.conf import settings

CHUNK = 64 * 1024
CONNECT_SECONDS = 5
ANSWER_SECONDS = 60
LONGEST_ANSWER = 4096


class Unavailable(Exception):
    """The daemon could not be asked, or did not come to a finding."""


def is_configured() -> bool:
    """Whether files are scanned at all."""
    return bool(settings.CLAMD_URL)


def finding(file: IO[bytes] | Any) -> str:
    """The name of what was found in the file, or "" where nothing was; Unavailable."""
    try:
        with contextlib.closing(_connect(settings.CLAMD_URL)) as daemon:
            daemon.sendall(b"zINSTREAM\0")
            for chunk in _chunks(file):
                daemon.sendall(len(chunk).to_bytes(4, "big") + chunk)
            daemon.sendall(bytes(4))
            return _read(_answer(daemon))
    except OSError as error:
        raise Unavailable(str(error)) from error


def _connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        daemon = socket.socket(socket.AF_UNIX)
        daemon.settimeout(CONNECT_SECONDS)
        daemon.connect(parts.path)
    elif parts.scheme == "tcp" and parts.hostname:
        daemon = socket.create_connection((parts.hostname, parts.port or 3310), timeout=CONNECT_SECONDS)
    else:
        raise Unavailable("CLAMD_URL must be tcp://host:3310 or unix:///path")
    daemon.settimeout(ANSWER_SECONDS)
    return daemon


def _chunks(file: IO[bytes] | Any) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _answer(daemon: socket.socket) -> str:
    said = b""
    while b"\0" not in said and len(said) < LONGEST_ANSWER:
        part = daemon.recv(1024)
        if not part:
            break
        said += part
    return said.split(b"\0")[0].decode(errors="replace").strip()


def _read(answer: str) -> str:
    if answer.endswith(": OK"):
        return ""
    if answer.endswith(" FOUND"):
        return answer.removesuffix(" FOUND").split(": ", 1)[-1][:120] or "unknown"
    raise Unavailable(answer or "no answer")
