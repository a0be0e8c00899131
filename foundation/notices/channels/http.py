"""One request to a gateway inside or outside the district's network."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping

from foundation.notices.channels.base import Rejected

TIMEOUT = 10  # seconds
MOST = 64 * 1024  # bytes of an answer that are read
NEVER = {400, 404, 405, 410, 413, 415, 422}  # the same request will be refused again


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A gateway that answers somewhere else is set up wrong: secrets are not carried there."""

    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirects)


def request(url: str, *, method: str, headers: Mapping[str, str], body: bytes | None) -> str:
    """The text of a successful answer; `Rejected` where the gateway will not take this request ever."""
    asked = urllib.request.Request(url, data=body, headers=dict(headers), method=method)  # noqa: S310 - a setting
    try:
        with _opener.open(asked, timeout=TIMEOUT) as answer:
            return answer.read(MOST).decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        said = f"HTTP {error.code} {error.read(MOST).decode('utf-8', 'replace')}"[:200].strip()
        if error.code in NEVER:
            raise Rejected(said) from error
        raise ConnectionError(said) from error
