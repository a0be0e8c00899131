"""The ways out of the portal; each is one small class, found here by its key."""

from __future__ import annotations

from foundation.notices.channels.base import Gateway, Outgoing, Person, Rejected
from foundation.notices.channels.email import Email
from foundation.notices.channels.sms import Sms
from foundation.notices.channels.webhooks import DingTalk, Feishu, WeCom

# To a person's own address, and to the robots of groups.
PERSONAL: dict[str, Gateway] = {gateway.key: gateway for gateway in (Email(), Sms())}
OF_GROUPS: dict[str, Gateway] = {gateway.key: gateway for gateway in (WeCom(), DingTalk(), Feishu())}
GATEWAYS: dict[str, Gateway] = PERSONAL | OF_GROUPS

__all__ = ["GATEWAYS", "OF_GROUPS", "PERSONAL", "Gateway", "Outgoing", "Person", "Rejected"]
