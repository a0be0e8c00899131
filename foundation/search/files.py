"""The words in files: read in a process of its own, bound in memory and time, because a file may be hostile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePosixPath

from django.conf import settings

from foundation.attachments.models import Attachment
from foundation.search.models import FileText

ROOT = Path(__file__).resolve().parents[2]
START = (
    "import sys; sys.path.append(sys.argv.pop(1)); from foundation.search.child import words; words.main(sys.argv[1])"
)
READABLE = frozenset({"docx", "pdf", "xlsx", "txt"})
WALL_SECONDS = 20


def has_words(attachment: Attachment) -> bool:
    """Whether the file is of a sort whose words can be read."""
    return _extension(attachment) in READABLE


def read_next() -> tuple[str, int] | None:
    """Read the next file that waits and is clean; returns its owner, or None when none waits."""
    clean = FileText.objects.waiting().filter(attachment__state=Attachment.State.CLEAN)
    waiting = clean.select_related("attachment").order_by("pk").first()
    if waiting is None:
        return None
    text = words_in(waiting.attachment)
    state = FileText.State.UNREADABLE if text is None else FileText.State.READ
    FileText.objects.waiting().filter(pk=waiting.pk).update(state=state, text=text or "")
    return waiting.attachment.owner_type, waiting.attachment.owner_id


def words_in(attachment: Attachment) -> str | None:
    """The words of a file, or None where it cannot be read within the limits."""
    try:
        with attachment.file.open("rb") as file:
            data = file.read(settings.ATTACHMENT_MAX_BYTES + 1)
    except OSError:
        return None
    if len(data) > settings.ATTACHMENT_MAX_BYTES:
        return None
    try:
        ran = subprocess.run(
            [sys.executable, "-I", "-c", START, str(ROOT), _extension(attachment)],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"LC_ALL": "C.UTF-8"},
            timeout=WALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return None
    return ran.stdout.decode(errors="replace").replace("\x00", " ") if ran.returncode == 0 else None


def _extension(attachment: Attachment) -> str:
    return PurePosixPath(attachment.name).suffix.lower().lstrip(".")
