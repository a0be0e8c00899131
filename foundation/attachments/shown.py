"""An attachment as lists of files show it: see templates/parts/files.html."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from foundation.attachments.models import Attachment


def shown(attachment: Attachment) -> dict[str, Any]:
    """Name, size, addresses; `url` is the page that shows it where a browser can, else the download."""
    view = "attachments:preview" if attachment.can_be_shown or not attachment.is_clean else "attachments:download"
    return {
        "name": attachment.name,
        "size": attachment.size,
        "url": reverse(view, args=[attachment.key]),
        "likeness": reverse("attachments:likeness", args=[attachment.key])
        if attachment.is_clean and attachment.likeness
        else "",
        "state": "" if attachment.is_clean else attachment.get_state_display(),
    }
