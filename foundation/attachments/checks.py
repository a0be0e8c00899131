"""What may be uploaded: decided by content and size, never by the sender's word for the type."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused

# extension → (content type that we serve, first bytes that the content must have; empty: no fixed beginning)
ALLOWED: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "webp": ("image/webp", (b"RIFF",)),
    "pdf": ("application/pdf", (b"%PDF-",)),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (b"PK\x03\x04",)),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (b"PK\x03\x04",)),
    "doc": ("application/msword", (b"\xd0\xcf\x11\xe0",)),
    "xls": ("application/vnd.ms-excel", (b"\xd0\xcf\x11\xe0",)),
    "txt": ("text/plain", ()),
    "mp3": ("audio/mpeg", (b"ID3", b"\xff\xfb", b"\xff\xf3")),
    "m4a": ("audio/mp4", ()),
    "mp4": ("video/mp4", ()),
}
ACCEPT = ",".join(f".{extension}" for extension in ALLOWED)


def check_upload(file: UploadedFile) -> tuple[str, str]:
    """The safe display name and the content type to serve; refuses what is too large or not what it says."""
    name = display_name(file.name or "")
    if (file.size or 0) > settings.ATTACHMENT_MAX_BYTES:
        limit = settings.ATTACHMENT_MAX_BYTES // (1024 * 1024)
        raise Refused(f"附件“{name}”超过 {limit} MB,请压缩或拆分后再上传。", code="file_too_large")
    if not file.size:
        raise Refused(f"附件“{name}”是空文件,请重新选择。", code="file_empty")
    extension = PurePosixPath(name).suffix.lower().lstrip(".")
    if extension in ("heic", "heif"):
        message = _("不能上传“%(name)s”：请在手机相机设置中选“兼容性最佳”，或另存为 JPG 后再上传。")
        raise Refused(message % {"name": name}, code="file_type")
    if extension not in ALLOWED:
        raise Refused(f"不能上传“{name}”:只接受图片、PDF、Word、Excel、文本和录音录像。", code="file_type")
    content_type, beginnings = ALLOWED[extension]
    head = file.read(16)
    file.seek(0)
    if beginnings and not head.startswith(beginnings):
        raise Refused(f"附件“{name}”的内容与扩展名 .{extension} 不符,请检查文件。", code="file_content")
    return name, content_type


def check_together(files: Sequence[UploadedFile]) -> None:
    """Refuses more files than one form may bring, or more bytes."""
    if len(files) > settings.ATTACHMENT_MAX_COUNT:
        message = _("一次最多上传 %(n)s 个附件，请分次上传。")
        raise Refused(message % {"n": settings.ATTACHMENT_MAX_COUNT}, code="too_many_files")
    if sum(file.size or 0 for file in files) > settings.ATTACHMENT_MAX_TOTAL_BYTES:
        message = _("附件合计超过 %(mb)s MB，请压缩或分次上传。")
        raise Refused(message % {"mb": settings.ATTACHMENT_MAX_TOTAL_BYTES // (1024 * 1024)}, code="files_too_large")


def display_name(raw: str) -> str:
    """The file's last path part without control, direction-override or path characters, at most 120 long."""
    last = raw.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(char for char in last if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co"))
    stem, dot, extension = clean.strip().rpartition(".")
    return f"{stem[:110]}{dot}{extension[:9]}" if dot else clean.strip()[:120] or "未命名"
