"""What a phone writes into a picture does not reach the store; the picture itself does."""

from __future__ import annotations

import hashlib
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from foundation.accounts.errors import Refused
from foundation.attachments import pictures
from foundation.attachments.actions import attach
from foundation.audit.models import AuditRow
from tests.effort import examples
from tests.pictures import PNG, picture

KINDS = [("JPEG", "jpg", "image/jpeg"), ("PNG", "png", "image/png"), ("WEBP", "webp", "image/webp")]


def opened(data):
    return Image.open(io.BytesIO(data))


@pytest.mark.django_db
@pytest.mark.parametrize("kind, ending, content_type", KINDS)
@pytest.mark.parametrize("orientation", [1, 6])
def test_place_and_camera_are_gone_and_the_picture_stands_upright(
    person, owner, upload, kind, ending, content_type, orientation
):
    options = {"quality": 95} if kind != "PNG" else {}
    data = picture(kind, size=(48, 32), orientation=orientation, **options)
    assert b"SECRET-CAMERA" in data and opened(data).getexif().get_ifd(0x8825)
    stored = attach(file=upload(f"现场.{ending}", data, content_type), owner=owner, by=person)
    content = stored.file.read()
    image = opened(content)
    assert b"SECRET-CAMERA" not in content and not dict(image.getexif())
    assert image.size == ((48, 32) if orientation == 1 else (32, 48))
    red, white = ((4, 4), (44, 28)) if orientation == 1 else ((28, 4), (4, 44))
    assert image.convert("RGB").getpixel(red)[1] < 60 and image.convert("RGB").getpixel(white)[1] > 200
    assert stored.sha256 == hashlib.sha256(content).hexdigest() and stored.size == len(content)
    assert stored.sent_sha256 == hashlib.sha256(data).hexdigest()
    assert stored.sent_sha256 in AuditRow.objects.get(action="attachments.attach").data_json


def test_an_upright_jpeg_keeps_every_pixel_as_it_was_compressed():
    plain, spoken = picture("JPEG", quality=90), picture("JPEG", quality=90, orientation=1, comment=b"home address")
    assert pictures.cleaned(spoken, "image/jpeg").content == plain
    assert pictures.cleaned(plain, "image/jpeg").content == plain


def test_a_turned_jpeg_keeps_its_quality():
    data = picture("JPEG", quality=97, orientation=8, size=(64, 64))
    assert opened(pictures.cleaned(data, "image/jpeg").content).quantization == opened(data).quantization


def test_what_follows_the_end_is_cut_off():
    for kind, _ending, content_type in KINDS:
        data = picture(kind) + b"GPS 30.2,120.1"
        assert b"GPS" not in pictures.cleaned(data, content_type).content


def test_a_colour_profile_stays():
    data = picture("JPEG", icc_profile=b"profile" * 20, orientation=1)
    assert opened(pictures.cleaned(data, "image/jpeg").content).info["icc_profile"] == b"profile" * 20


def test_texts_in_a_png_are_gone():
    from PIL.PngImagePlugin import PngInfo

    words = PngInfo()
    words.add_text("Comment", "张三家门口")
    words.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>30.2</x:xmpmeta>")
    content = pictures.cleaned(picture("PNG", pnginfo=words), "image/png").content
    assert b"tEXt" not in content and b"iTXt" not in content and content == PNG


def test_a_progressive_jpeg_with_several_scans_stays_whole():
    data = picture("JPEG", progressive=True, size=(200, 200))
    assert pictures.cleaned(data, "image/jpeg").content == data


@pytest.mark.django_db
def test_a_bomb_is_refused_before_it_is_unpacked(person, owner, upload, settings, monkeypatch):
    settings.ATTACHMENT_MAX_PIXELS = 100
    monkeypatch.setattr(Image.Image, "load", lambda *_args: pytest.fail("unpacked"))
    with pytest.raises(Refused, match="24×16") as refused:
        attach(file=upload(), owner=owner, by=person)
    assert refused.value.code == "too_many_pixels"


def test_a_picture_of_another_kind_under_the_name_is_broken():
    with pytest.raises(pictures.Broken):
        pictures.cleaned(b"\xff\xd8\xff" + PNG, "image/jpeg")


@pytest.mark.filterwarnings("ignore::UserWarning")
@example(bytes(5), 120, KINDS[2])
@settings(max_examples=examples(40))
@given(st.binary(max_size=300), st.integers(0, 300), st.sampled_from(KINDS))
def test_whatever_comes_is_a_whole_picture_or_broken(noise, at, kind):
    data = picture(kind[0], orientation=6)
    hurt = data[:at] + noise + data[at + len(noise) :]
    try:
        found = pictures.cleaned(hurt, kind[2])
    except (pictures.Broken, pictures.TooManyPixels):
        return
    assert opened(found.content).format == kind[0] and b"SECRET-CAMERA" not in found.content


def test_the_likeness_is_small():
    found = pictures.cleaned(picture("PNG", size=(1200, 800)), "image/png")
    assert max(opened(found.likeness).size) == 360 and not dict(opened(found.likeness).getexif())


@pytest.mark.django_db
def test_a_list_shows_the_likeness_to_those_who_see_the_owner(client, person, owner, upload):
    attachment = attach(file=upload(), owner=owner, by=person)
    client.force_login(person)
    response = client.get(f"/attachments/{attachment.key}/likeness/")
    assert response["Content-Type"] == "image/jpeg" and b"".join(response.streaming_content)[:2] == b"\xff\xd8"
