"""Small real files for tests of uploads: whole pictures, with and without what a phone writes into them, and a PDF."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

GPS = {1: "N", 2: (30.0, 12.0, 34.5), 3: "E", 4: (120.0, 9.0, 1.25)}


def picture(kind: str = "PNG", *, size: tuple[int, int] = (24, 16), orientation: int = 0, **options: Any) -> bytes:
    """A picture whose left half is red; with `orientation` also a place and a camera, as a phone writes them."""
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    if orientation:
        exif = Image.Exif()
        exif[0x0112], exif[0x010F] = orientation, "SECRET-CAMERA"
        exif.get_ifd(0x8825).update(GPS)
        options["exif"] = exif
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


PNG = picture()


def pdf(words: str = "HELLO") -> bytes:
    """A PDF of one page with a line of text."""
    stream = f"BT /F1 40 Tf 50 700 Td ({words}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
