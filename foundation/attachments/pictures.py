"""Pictures lose what a phone writes about place and camera, and get a small likeness for lists.

What is written beside the pixels is cut out without touching them; only a picture that lies on its side is drawn
anew, upright, with the compression it came with. A picture that cannot be read as a whole is refused: nobody could
look at it later, and what it carries could not be cut out.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from PIL import Image, ImageOps
from PIL.JpegImagePlugin import get_sampling

KINDS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
LIKENESS = (360, 360)  # pixels at most
ORIENTATION = 0x0112
UPRIGHT = (None, 0, 1)
# A marker inside a scan; FF00 is a pixel's byte, FFD0–FFD7 restart it, FFFF fills.
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
PNG_KEPT = frozenset(b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs sPLT hIST acTL fcTL fdAT".split())
WEBP_KEPT = frozenset((b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
# Frames, tables, restarts and scans; of what applications write, the pixel density, the profile, how colours are read.
JPEG_KEPT = frozenset((*range(0xC0, 0xD0), 0xDA, 0xDB, 0xDD)) - {0xC8}
JPEG_APPLICATIONS = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}


class Broken(Exception):
    """The file is not a whole picture of its kind."""


class TooManyPixels(Exception):
    """Its pixels would not fit into memory."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__(f"{width}×{height}")


@dataclass(frozen=True)
class Picture:
    """What is kept of a picture."""

    content: bytes
    likeness: bytes  # a small JPEG


def cleaned(data: bytes, content_type: str) -> Picture:
    """The picture upright and without words about place, person and camera; Broken, TooManyPixels."""
    kind = KINDS[content_type]
    try:
        bare = STRIP[kind](data)
        with Image.open(io.BytesIO(data), formats=[kind]) as whole:
            width, height = whole.size
            if width * height > settings.ATTACHMENT_MAX_PIXELS:
                raise TooManyPixels(width, height)
            turned = whole.getexif().get(ORIENTATION) not in UPRIGHT
            content = STRIP[kind](_upright(whole, kind)) if turned else bare
        return Picture(content, _likeness(content, kind))
    except (Broken, TooManyPixels):
        raise
    except Exception as error:  # whatever a hostile file makes the decoder raise
        raise Broken(str(error)) from error


def _upright(image: Any, kind: str) -> bytes:
    out = io.BytesIO()
    options: dict[str, Any] = {"icc_profile": image.info.get("icc_profile")}
    if kind == "JPEG":
        options |= {"qtables": image.quantization, "subsampling": get_sampling(image)}
    elif kind == "WEBP":
        options["quality"] = 92
    ImageOps.exif_transpose(image).save(out, kind, exif=b"", **options)
    return out.getvalue()


def _likeness(content: bytes, kind: str) -> bytes:
    with Image.open(io.BytesIO(content), formats=[kind]) as image:
        image.draft("RGB", LIKENESS)  # a JPEG is decoded small to begin with
        image.thumbnail(LIKENESS)
        flat = Image.new("RGB", image.size, "white")
        shown = image.convert("RGBA")
        flat.paste(shown, mask=shown)
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=78)
    return out.getvalue()


# -- cutting out ------------------------------------------------------------------------------------------------------


def _strip_jpeg(data: bytes) -> bytes:
    """Without EXIF, XMP, IPTC, comments, further pictures and whatever follows the end."""
    return b"\xff\xd8" + b"".join(_jpeg_parts(data))


def _jpeg_parts(data: bytes) -> Iterator[bytes]:
    at = 2
    while True:
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        marker = data[at + 1 : at + 2]
        if data[at : at + 1] != b"\xff" or not marker:
            raise Broken("no marker")
        if marker == b"\xd9":
            yield b"\xff\xd9"
            return
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        end = at + 2 + length
        if length < 2 or end > len(data):
            raise Broken("cut off")
        if _is_kept(marker[0], data[at + 4 : at + 16]):
            yield data[at:end]
        at = end
        if marker == b"\xda":
            following = MARKER.search(data, at)
            if following is None:
                raise Broken("no end")
            yield data[at : following.start()]
            at = following.start()


def _is_kept(marker: int, start: bytes) -> bool:
    wanted = JPEG_APPLICATIONS.get(marker)
    return marker in JPEG_KEPT or (wanted is not None and start.startswith(wanted))


def _strip_png(data: bytes) -> bytes:
    """Without texts, times, EXIF, private chunks and whatever follows the end."""
    out, at = [data[:8]], 8
    while True:
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        end = at + 12 + length
        if len(kind) < 4 or end > len(data):
            raise Broken("cut off")
        if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            raise Broken("checksum")
        if kind in PNG_KEPT:
            out.append(data[at:end])
        if kind == b"IEND":
            return b"".join(out)
        at = end


def _strip_webp(data: bytes) -> bytes:
    """Without EXIF and XMP, and without the flags that announce them."""
    size = int.from_bytes(data[4:8], "little")
    if data[8:12] != b"WEBP" or size + 8 > len(data) or size < 12:
        raise Broken("cut off")
    out, at, last = [], 12, size + 8
    while at + 8 <= last:
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + length
        if end > last:
            raise Broken("cut off")
        chunk = data[at : end + length % 2]
        if kind == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~0x0C]) + chunk[9:]
        if kind in WEBP_KEPT:
            out.append(chunk)
        at = end + length % 2
    body = b"WEBP" + b"".join(out)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


STRIP: dict[str, Callable[[bytes], bytes]] = {"JPEG": _strip_jpeg, "PNG": _strip_png, "WEBP": _strip_webp}
