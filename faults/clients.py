"""People at work over the API; every request is in the journal before the next one is made."""

from __future__ import annotations

import http.client
import json
import random
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

TIMEOUT = 15
TRIES = 40  # of a request that changes nothing, while servers come and go


class Unanswered(Exception):
    """Nobody knows whether the request was carried out."""


class Journal:
    """The requests of a run, a line each, written through."""

    def __init__(self, path: Path) -> None:
        self.file, self.lock = path.open("a", buffering=1), threading.Lock()

    def write(self, **line: Any) -> None:
        with self.lock:
            self.file.write(json.dumps(line | {"at": datetime.now(UTC).isoformat()}) + "\n")


class Person:
    """Somebody signed in at one of the web servers; goes to the other one when it does not answer."""

    def __init__(self, name: str, password: str, urls: Sequence[str], journal: Journal, chance: random.Random) -> None:
        self.name, self.urls, self.journal, self.chance = name, list(urls), journal, chance
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self._sign_in(password)

    def read(self, path: str) -> Any:
        """GET from the API; asked again until somebody answers."""
        for _ in range(TRIES):
            try:
                return json.loads(self._send(path))
            except Unanswered:
                self.urls.reverse()
                threading.Event().wait(0.5)
        raise Unanswered(path)

    def do(self, verb: str, case: int | str, path: str, body: dict[str, Any]) -> Any:
        """POST once; None where it was refused or nobody knows, which the journal tells apart."""
        answer, outcome = None, "done"
        try:
            answer = json.loads(self._send(path, body))
        except urllib.error.HTTPError as error:
            outcome = "refused" if error.code < 500 else "unknown"
        except Unanswered:
            outcome = "unknown"
            self.urls.reverse()
        self.journal.write(who=self.name, verb=verb, case=case, outcome=outcome)
        return answer

    def _send(self, path: str, body: dict[str, Any] | None = None) -> bytes:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.urls[0]}/api/v1{path}", data=data, headers=self._headers(body))
        try:
            with self.opener.open(request, timeout=TIMEOUT) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            if body is None and error.code >= 500:
                raise Unanswered(path) from error
            raise
        except (OSError, http.client.HTTPException) as error:
            raise Unanswered(path) from error

    def _headers(self, body: object) -> dict[str, str]:
        token = next((cookie.value for cookie in self.cookies if cookie.name == "csrftoken"), "") or ""
        return {"Content-Type": "application/json", "X-CSRFToken": token} if body is not None else {}

    def _sign_in(self, password: str) -> None:
        url = f"{self.urls[0]}/accounts/login/"
        page = self.opener.open(url, timeout=TIMEOUT).read().decode()
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert found, "no sign-in form"
        form = {"csrfmiddlewaretoken": found[1], "username": self.name, "password": password}
        self.opener.open(url, data=urlencode(form).encode(), timeout=TIMEOUT)


class District:
    """Everybody who works on cases, and what each may do to one."""

    def __init__(self, people: Callable[[str], Person], bureau: int, seed: int) -> None:
        self.enterprise, self.office = people("enterprise"), people("office")
        self.handler, self.head = people("handler"), people("department_head")
        self.bureau, self.chance = bureau, random.Random(seed)
        self.mark = f"{seed:x}"

    def create(self, number: int) -> int | None:
        """An appeal, handed to the department; its id, where both were acknowledged."""
        title = f"{self.mark}-{number} 货车通行证到期"
        body = {"category": "logistics", "title": title, "text": "我司货车的通行证本月到期,请协调续办。"}
        case = self.enterprise.do("register", title, "/issues/", body)
        done = case and self.verb(self.office, case["id"], "dispatch", to=self.bureau)
        return case["id"] if done else None

    def work(self, case: int) -> None:
        """One of the ways a case goes on."""
        self.chance.choice((self.extend, self.pause, self.close, self.leave))(case)

    def leave(self, case: int) -> None:
        """Nobody does anything: its limits end."""

    def extend(self, case: int) -> None:
        self.verb(self.handler, case, "accept")
        if self.verb(self.handler, case, "request_extension", days=3, reason="等待市里批复。"):
            self.verb(self.head, case, "approve_extension")

    def pause(self, case: int) -> None:
        self.verb(self.handler, case, "accept")
        if self.verb(self.handler, case, "ask", text="请补充车辆清单。") and self.chance.random() < 0.5:
            self.verb(self.enterprise, case, "answer", text="清单如下。")

    def close(self, case: int) -> None:
        self.verb(self.handler, case, "accept")
        said = {"resolution": "solved", "text": "已续办全部通行证。", "basis": "货车通行管理办法第六条"}
        if self.verb(self.handler, case, "resolve", **said):
            self.verb(self.enterprise, case, "confirm", rating=5)

    def verb(self, who: Person, case: int, verb: str, **facts: Any) -> Any:
        """One verb on the case as it stands now."""
        version = who.read(f"/issues/{case}/")["version"]
        return who.do(verb, case, f"/issues/{case}/{verb}/", facts | {"version": version})


def side_by_side(
    work: Callable[[District, Any], Any], districts: Sequence[District], things: Sequence[Any]
) -> list[Any]:
    """Let each district's people work on their share of the things; what came of each."""
    results: list[Any] = []
    failed: list[BaseException] = []

    def share(place: int) -> None:
        try:
            for thing in things[place :: len(districts)]:
                results.append(work(districts[place], thing))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=share, args=[place]) for place in range(len(districts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return results
