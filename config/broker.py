"""The filesystem broker of the embedded run, with messages that appear whole or not at all.

Kombu's own writes a message under its final name: a reader that comes between the creation of the file and the
write finds it empty, and its worker ends with a JSON error.
"""

from __future__ import annotations

import logging
import os
import uuid
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps

log = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    """Writes beside the queue and renames into it; passes over what a crash left torn."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        whole = Path(self.data_folder_out, f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg")
        part = whole.with_suffix(".part")
        part.write_bytes(str_to_bytes(dumps(payload)))
        os.replace(part, whole)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        """The next message. A torn one is dropped: work is found in the database again, never only here."""
        try:
            return super()._get(queue)
        except ValueError:
            log.warning("A torn message in queue %s was dropped.", queue)
            raise Empty from None


class Transport(filesystem.Transport):
    Channel = Channel


def install() -> None:
    """Let `filesystem://` mean this one."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
