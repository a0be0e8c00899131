"""Text messages through whatever gateway takes an HTTP request: address, headers and body are templates.

`{phone}`, `{text}`, `{id}` and `{secret}` are filled in; in a body of JSON or of a form they are escaped as it asks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

from django.conf import settings

from foundation.notices.channels import http
from foundation.notices.channels.base import Outgoing, Person

MOBILE = re.compile(r"^(?:\+?86)?(1\d{10})$")
PLACE = re.compile(r"\{(phone|text|id|secret)\}")
LONGEST = 300  # characters: five parts


class Sms:
    """One text message per message, to a mobile number of the mainland."""

    key = "sms"
    per_hour: int | None = 5

    def is_configured(self) -> bool:
        return bool(settings.SMS_URL)

    def address_of(self, person: Person) -> str:
        """The mobile number of the profile, in digits."""
        found = MOBILE.match(re.sub(r"[\s-]", "", person.phone))
        return found[1] if found else ""

    def send(self, outgoing: Outgoing) -> None:
        """Fill the templates in and ask; an answer that SMS_OK does not find is a failure."""
        values = {
            "phone": outgoing.to,
            "text": _text(outgoing),
            "id": outgoing.message_id,
            "secret": settings.SMS_SECRET,
        }
        headers = {name: _filled(value, values, _line) for name, value in settings.SMS_HEADERS.items()}
        kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
        body = _filled(settings.SMS_BODY, values, _escape(kind)).encode() if settings.SMS_BODY else None
        url = _filled(settings.SMS_URL, values, lambda value: quote(value, safe=""))
        answer = http.request(url, method=settings.SMS_METHOD, headers=headers, body=body)
        if settings.SMS_OK and not re.search(settings.SMS_OK, answer):
            raise ConnectionError(answer[:200])


def _text(outgoing: Outgoing) -> str:
    """The subject and where to read on: a phone shows no more."""
    room = LONGEST - len(outgoing.url) - 1
    return f"{' '.join(outgoing.subject.split())[:room]} {outgoing.url}".strip()


def _filled(template: str, values: dict[str, str], escape: Callable[[str], str]) -> str:
    return PLACE.sub(lambda place: escape(values[place[1]]), template)


def _escape(content_type: str) -> Callable[[str], str]:
    if "json" in content_type.lower():
        return lambda value: json.dumps(value, ensure_ascii=False)[1:-1]
    return quote_plus if "urlencoded" in content_type.lower() else _line


def _line(value: str) -> str:
    return " ".join(value.split())
