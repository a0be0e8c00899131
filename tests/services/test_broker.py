"""The filesystem broker: messages appear whole, and a torn one stops nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from kombu import Connection

from config.celery import app


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def queue(folder: Path) -> Iterator[Any]:
    """A queue as the embedded run has it."""
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder), "control_folder": str(folder / "control")}
    assert app  # importing it installs the transport
    with Connection("filesystem://", transport_options=options) as connection:
        yield connection.SimpleQueue(folder.name)  # Kombu remembers names across connections


def test_a_torn_message_stops_nobody(folder, queue):
    (folder / f"0_torn.{folder.name}.msg").write_bytes(b"")
    queue.put({"task": "sweep"})
    assert taken(queue) == {"task": "sweep"}


def test_a_message_is_never_seen_half_written(folder, queue):
    done, torn = Event(), []

    def watch() -> None:
        while not done.is_set():
            for path in folder.glob("*.msg"):
                try:
                    json.loads(path.read_bytes())
                except ValueError:
                    torn.append(path.name)

    watcher = Thread(target=watch)
    watcher.start()
    for number in range(100):
        queue.put({"number": number, "text": "长" * 2000})
    done.set()
    watcher.join()
    assert torn == []
    assert sorted(taken(queue)["number"] for _ in range(100)) == list(range(100))


def taken(queue: Any) -> Any:
    """The next message's body, acknowledged."""
    message = queue.get(timeout=10)
    message.ack()
    return message.payload
