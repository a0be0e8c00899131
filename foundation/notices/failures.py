"""Why a message did not go out, in words for the office, with the gateway's own behind them."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from urllib.error import URLError

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.notices.channels.base import Rejected

LONGEST = 300
NUMBER = re.compile(r"(?<!\d)(1\d{2})\d{4}(\d{4})(?!\d)")
WORDS: tuple[tuple[type[BaseException], object], ...] = (
    (Rejected, gettext_lazy("对方不收")),
    (smtplib.SMTPAuthenticationError, gettext_lazy("邮件服务器的账号或密码不对")),
    (smtplib.SMTPRecipientsRefused, gettext_lazy("邮件服务器暂不收这个地址")),
    (smtplib.SMTPSenderRefused, gettext_lazy("邮件服务器不收这个发件人")),
    (smtplib.SMTPServerDisconnected, gettext_lazy("邮件服务器中断了连接")),
    (smtplib.SMTPException, gettext_lazy("邮件服务器报错")),
    (ssl.SSLError, gettext_lazy("安全连接没有建立")),
    (TimeoutError, gettext_lazy("服务器没有应答")),
    (socket.gaierror, gettext_lazy("找不到服务器地址")),
    (ConnectionRefusedError, gettext_lazy("服务器拒绝连接")),
    (ConnectionError, gettext_lazy("网关报错")),
    (OSError, gettext_lazy("连不上服务器")),
)


def in_words(error: BaseException) -> str:
    """One line: what it means, and what was said; phone numbers are masked."""
    cause = error.reason if isinstance(error, URLError) and isinstance(error.reason, Exception) else error
    meaning = next((str(words) for kind, words in WORDS if isinstance(cause, kind)), _("发送时出错"))
    said = " ".join(f"{type(cause).__name__}: {cause}".replace("\x00", "").split())
    masked = NUMBER.sub(r"\1****\2", said)
    return f"{meaning}({masked})"[:LONGEST]
