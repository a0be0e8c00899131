"""Robots of chat groups: WeCom, DingTalk, Feishu. Each signs where its group has a secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import quote_plus

from foundation.notices.channels import http
from foundation.notices.channels.base import Outgoing, Person
from foundation.notices.channels.groups import Group, groups

LONGEST = 500  # characters: every robot takes that much


class Robot:
    """What the three have in common: a POST of JSON whose answer names an error, or 0."""

    key: str
    per_hour: int | None = 60
    code_fields: tuple[str, ...] = ("errcode",)

    def is_configured(self) -> bool:
        return any(group.channel == self.key for group in groups().values())

    def address_of(self, person: Person) -> str:
        """Nobody's own: a group is told, not a person."""
        return ""

    def send(self, outgoing: Outgoing) -> None:
        group = groups()[outgoing.to]
        text = "\n".join(part for part in (outgoing.subject[: LONGEST - 1], outgoing.url) if part)
        body = json.dumps(self.body(group, text), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        answer = http.request(self.address(group), method="POST", headers=headers, body=body)
        self.judge(answer)

    def address(self, group: Group) -> str:
        """Where to post."""
        return group.url

    def body(self, group: Group, text: str) -> dict[str, Any]:
        """What to post."""
        return {"msgtype": "text", "text": {"content": text}}

    def judge(self, answer: str) -> None:
        """A robot answers 200 whatever happened; what it says decides."""
        try:
            said = json.loads(answer)
        except ValueError:
            raise ConnectionError(answer[:200]) from None
        if not isinstance(said, dict) or not any(said.get(field) == 0 for field in self.code_fields):
            raise ConnectionError(answer[:200])


class WeCom(Robot):
    """企业微信; its robots know no signature, the key in the address is the secret."""

    key = "wecom"


class DingTalk(Robot):
    """钉钉; signs time and secret in the address."""

    key = "dingtalk"

    def address(self, group: Group) -> str:
        if not group.secret:
            return group.url
        at = str(round(time.time() * 1000))
        digest = hmac.new(group.secret.encode(), f"{at}\n{group.secret}".encode(), hashlib.sha256).digest()
        joiner = "&" if "?" in group.url else "?"
        return f"{group.url}{joiner}timestamp={at}&sign={quote_plus(base64.b64encode(digest))}"


class Feishu(Robot):
    """飞书; signs in the body, with time and secret as the key of an empty message."""

    key = "feishu"
    code_fields = ("code", "StatusCode")

    def body(self, group: Group, text: str) -> dict[str, Any]:
        body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
        if group.secret:
            at = str(int(time.time()))
            digest = hmac.new(f"{at}\n{group.secret}".encode(), b"", hashlib.sha256).digest()
            body |= {"timestamp": at, "sign": base64.b64encode(digest).decode()}
        return body
