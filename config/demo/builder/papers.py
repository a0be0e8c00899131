"""A few attachments of the demo district: photographs, receipts and notes with the newest cases."""

from __future__ import annotations

import hashlib
import io
import time
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from django.core.files.base import ContentFile
from django.db.models import Q
from PIL import Image, ImageDraw

from config.demo.builder.world import World
from foundation.attachments import pictures
from foundation.attachments.models import Attachment
from issues.models import Event, Issue

CASES = 14
NAMES = ("现场照片", "厂区门口照片", "设备铭牌", "路面现状")
PAPERS = ("申请受理回执", "营业执照复印件", "往来函件扫描件")
NOTE = (
    "{enterprise}:\n关于“{title}”,补充情况如下。\n一、上月起影响正常生产,已与窗口联系两次。\n二、可随时配合现场查看。\n"
)


class Paper(NamedTuple):
    """A file as it is stored, and its small likeness where it is a picture."""

    name: str
    content_type: str
    content: bytes
    likeness: bytes = b""


def build(world: World) -> None:
    """Some of the newest cases came with files; so did some replies, and one note among officials."""
    rng = world.rng("papers")
    rows: list[Attachment] = []
    came_with: list[Event] = []
    newest = Issue.objects.filter(~Q(registered_by=None)).select_related("enterprise").order_by("-registered_at", "-pk")
    for issue in newest[:CASES]:
        events = list(
            issue.events.filter(verb__in=["register", "reply", "note"], by__isnull=False).order_by("at", "pk")
        )
        for event in events[: rng.randint(1, 2)]:
            made = [_row(rng, issue, event, paper) for paper in _papers(rng, issue)]
            event.data["files"] = [str(row.key) for row in made]
            rows += made
            came_with += [event] * len(made)
    Attachment.objects.bulk_create(rows)
    for row, event in zip(rows, came_with, strict=True):  # the table fills in the moment of the insert
        row.uploaded_at = event.at
    Attachment.objects.bulk_update(rows, ["uploaded_at"])
    Event.objects.bulk_update(dict.fromkeys(came_with), ["data"])
    world.say(f"附件 {len(rows)} 个")


def _row(rng: Random, issue: Issue, event: Event, paper: Paper) -> Attachment:
    row = Attachment(
        key=UUID(int=rng.getrandbits(128), version=4),
        owner_type=Issue._meta.label_lower,
        owner_id=issue.pk,
        internal=event.internal,
        name=paper.name,
        content_type=paper.content_type,
        size=len(paper.content),
        sha256=hashlib.sha256(paper.content).hexdigest(),
        uploaded_by_id=event.by_id or 0,
    )
    row.file.save("", ContentFile(paper.content), save=False)
    if paper.likeness:
        row.likeness.save("", ContentFile(paper.likeness), save=False)
    return row


def _papers(rng: Random, issue: Issue) -> list[Paper]:
    made: list[Any] = [_photograph(rng)]
    if rng.random() < 0.6:
        made.append(_scan(rng))
    if rng.random() < 0.4:
        words = NOTE.format(enterprise=issue.enterprise.name, title=issue.title)
        made.append(Paper("情况说明.txt", "text/plain", words.encode()))
    return made


def _photograph(rng: Random) -> Paper:
    """A yard under a sky: a wall, a gate and a box of electricity, in the colours of a grey day."""
    image = Image.new("RGB", (640, 480), (176 + rng.randint(-12, 20), 196, 214))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 320, 640, 480), fill=(124, 120, 112))
    left = rng.randint(30, 120)
    draw.rectangle((left, 130, left + 360, 330), fill=(196, 178, 150), outline=(120, 104, 84), width=4)
    for window in range(4):
        draw.rectangle((left + 24 + window * 84, 165, left + 76 + window * 84, 215), fill=(92, 116, 140))
    draw.rectangle((left + 150, 240, left + 215, 330), fill=(86, 82, 78))
    draw.rectangle((500, 250, 570, 340), fill=(70, 98, 84), outline=(40, 60, 50), width=3)
    draw.polygon([(535, 268), (522, 300), (534, 300), (528, 324), (550, 290), (537, 290)], fill=(228, 196, 70))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    picture = pictures.cleaned(out.getvalue(), "image/jpeg")
    return Paper(f"{rng.choice(NAMES)}.jpg", "image/jpeg", picture.content, picture.likeness)


def _scan(rng: Random) -> Paper:
    """A sheet with lines and a round seal, as a scanner makes a PDF of it."""
    image = Image.new("RGB", (620, 877), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((210, 90, 410, 112), fill=(40, 40, 40))
    for line in range(rng.randint(9, 14)):
        draw.rectangle((80, 180 + line * 34, rng.randint(440, 540), 188 + line * 34), fill=(120, 120, 120))
    draw.ellipse((390, 640, 510, 760), outline=(190, 60, 50), width=6)
    out = io.BytesIO()
    image.save(out, "PDF", resolution=75, creationDate=time.gmtime(0), modDate=time.gmtime(0))
    return Paper(f"{rng.choice(PAPERS)}.pdf", "application/pdf", out.getvalue())
