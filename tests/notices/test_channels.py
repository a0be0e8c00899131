"""Every way out of the portal against a server that listens: what it is given, and what its answers mean."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from email.header import decode_header, make_header
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured

from foundation.notices import actions
from foundation.notices.channels import OF_GROUPS, groups
from foundation.notices.delivery import deliver_due
from foundation.notices.models import Channel, Delivery, NoticeRule
from tests.accounts.factories import DepartmentFactory, UserFactory
from tests.notices.gateways import HttpGateway, MailServer

pytestmark = pytest.mark.django_db
State = Delivery.State
RED = "issue.warn_red"


def by_sms(office: Any, mode: str = NoticeRule.Mode.DEFAULT, kind: str = RED) -> None:
    """Rule that a kind goes by text message alone."""
    channels = {"email": "off", "sms": mode}
    actions.change_rule(kind=kind, version=0, by=office, needs_ack=False, channels=channels)


def tell(*people: Any, key: str = "k", kind: str = RED, subject: str = '红牌"预警":一件') -> None:
    actions.notify(to=people, kind=kind, subject=subject, key=key, body="正文", url="/issues/1/")


class TestMail:
    def test_goes_out_with_its_message_id(self, smtp: MailServer):
        person = UserFactory()
        tell(person)
        assert deliver_due()["sent"] == 1
        [mail] = smtp.mails
        assert mail["To"] == person.email
        assert "红牌" in str(make_header(decode_header(mail["Subject"])))
        assert mail["Message-ID"] == f"<{Delivery.objects.get().message_id}@liaison>"

    def test_a_mailbox_that_does_not_exist_is_not_tried_again(self, smtp: MailServer):
        gone, here = UserFactory(), UserFactory()
        smtp.refused[gone.email] = 550
        tell(gone, here)
        assert deliver_due() == {"sent": 1, "retry": 0, "failed": 1, "dropped": 0}
        assert "对方不收" in Delivery.objects.get(notice__recipient=gone).error

    def test_a_mailbox_that_is_full_for_now_is_tried_again(self, smtp: MailServer):
        person = UserFactory()
        smtp.refused[person.email] = 452
        tell(person)
        assert deliver_due()["retry"] == 1
        smtp.refused.clear()
        assert deliver_due(at=Delivery.objects.get().next_attempt_at)["sent"] == 1

    def test_a_server_that_is_not_there_costs_no_message(self, smtp: MailServer, settings: Any):
        tell(UserFactory())
        settings.EMAIL_PORT = 1
        assert deliver_due()["retry"] == 1
        assert "服务器拒绝连接" in Delivery.objects.get().error
        settings.EMAIL_PORT = smtp.port
        assert deliver_due(at=Delivery.objects.get().next_attempt_at)["sent"] == 1
        assert len(smtp.mails) == 1


class TestTextMessages:
    def test_json_is_filled_in_whatever_stands_in_the_text(self, sms: HttpGateway, office: Any, settings: Any):
        settings.SMS_SECRET = "geheim"
        settings.SMS_HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer {secret}"}
        by_sms(office)
        tell(UserFactory(phone="138 0013-8000"))
        assert deliver_due()["sent"] == 1
        [asked] = sms.asked
        sent = json.loads(asked.body)
        assert sent["phone"] == "13800138000" and sent["id"] == str(Delivery.objects.get().message_id)
        assert sent["text"].startswith('红牌"预警":一件 http')
        assert asked.headers["Authorization"] == "Bearer geheim"

    def test_a_gateway_that_wants_a_form_or_only_an_address_gets_that(
        self, sms: HttpGateway, office: Any, settings: Any
    ):
        settings.SMS_METHOD, settings.SMS_BODY, settings.SMS_HEADERS = "GET", "", {}
        settings.SMS_URL = f"{sms.url}/send?to={{phone}}&text={{text}}"
        by_sms(office)
        tell(UserFactory(phone="13800138000"), subject="甲&乙=丙")
        deliver_due()
        asked = parse_qs(urlsplit(sms.asked[0].path).query)
        assert asked["to"] == ["13800138000"] and asked["text"][0].startswith("甲&乙=丙 ")

    def test_who_has_no_mobile_number_gets_none(self, sms: HttpGateway, office: Any):
        by_sms(office)
        tell(UserFactory(phone=""), UserFactory(phone="0791-88881234"))
        assert not Delivery.objects.exists()

    def test_an_answer_that_says_no_is_a_failure_and_shows_no_phone_number(
        self, sms: HttpGateway, office: Any, settings: Any
    ):
        settings.SMS_OK = r'"code":\s*0\b'
        sms.answer = '{"code": 3, "message": "余额不足 13800138000"}'
        by_sms(office)
        tell(UserFactory(phone="13800138000"))
        assert deliver_due()["retry"] == 1
        error = Delivery.objects.get().error
        assert "余额不足" in error and "13800138000" not in error

    @pytest.mark.parametrize(("status", "outcome"), [(400, "failed"), (404, "failed"), (429, "retry"), (503, "retry")])
    def test_what_the_gateway_will_never_take_is_not_tried_again(
        self, sms: HttpGateway, office: Any, status: int, outcome: str
    ):
        sms.status = status
        by_sms(office)
        tell(UserFactory(phone="13800138000"))
        assert deliver_due()[outcome] == 1

    def test_a_gateway_that_sends_elsewhere_is_not_followed(self, sms: HttpGateway, office: Any):
        sms.status, sms.headers = 302, {"Location": f"{sms.url}/elsewhere"}
        by_sms(office)
        tell(UserFactory(phone="13800138000"))
        assert deliver_due()["retry"] == 1
        assert [asked.path for asked in sms.asked] == ["/send"]

    def test_without_a_gateway_nothing_is_queued(self, office: Any):
        by_sms(office)
        tell(UserFactory(phone="13800138000"))
        assert not Delivery.objects.exists()

    def test_one_channel_that_is_down_holds_no_other_back(self, smtp: MailServer, sms: HttpGateway, office: Any):
        sms.status = 503
        both = {"email": "default", "sms": "default"}
        actions.change_rule(kind=RED, version=0, by=office, needs_ack=False, channels=both)
        tell(*UserFactory.create_batch(5, phone="13800138000"))
        assert deliver_due() == {"sent": 5, "retry": 3, "failed": 0, "dropped": 0}
        assert len(smtp.mails) == 5


class TestGroups:
    @pytest.fixture
    def robots(self, gateway: HttpGateway, settings: Any) -> HttpGateway:
        def one(channel: str, secret: str = "") -> dict[str, Any]:
            return {"key": f"all-{channel}", "channel": channel, "url": f"{gateway.url}/{channel}?key=1"} | (
                {"secret": secret} if secret else {}
            )

        settings.WEBHOOK_GROUPS = [one("wecom"), one("dingtalk", "SEC1"), one("feishu", "SEC2")]
        return gateway

    def posted(self, robots: HttpGateway, channel: str) -> list[Any]:
        return [asked for asked in robots.asked if asked.path.startswith(f"/{channel}")]

    def test_a_group_hears_once_of_what_many_are_told(self, robots: HttpGateway):
        tell(*UserFactory.create_batch(4, email=""))
        tell(UserFactory(email=""))  # one more is told of the same later
        assert deliver_due()["sent"] == 3
        assert len(robots.asked) == 3
        assert json.loads(self.posted(robots, "wecom")[0].body)["text"]["content"].startswith('红牌"预警":一件\nhttp')

    def test_dingtalk_is_signed_in_its_address(self, robots: HttpGateway):
        tell(UserFactory(email=""))
        deliver_due()
        asked = parse_qs(urlsplit(self.posted(robots, "dingtalk")[0].path).query)
        digest = hmac.new(b"SEC1", f"{asked['timestamp'][0]}\nSEC1".encode(), hashlib.sha256).digest()
        assert asked["sign"] == [base64.b64encode(digest).decode()]

    def test_feishu_is_signed_in_its_body(self, robots: HttpGateway):
        tell(UserFactory(email=""))
        deliver_due()
        body = json.loads(self.posted(robots, "feishu")[0].body)
        digest = hmac.new(f"{body['timestamp']}\nSEC2".encode(), b"", hashlib.sha256).digest()
        assert body["sign"] == base64.b64encode(digest).decode()
        assert body["content"]["text"].startswith("红牌")

    @pytest.mark.parametrize("answer", ['{"errcode": 310000, "code": 19021}', "<html>", "[]", '"0"'])
    def test_an_answer_200_that_says_no_is_a_failure(self, robots: HttpGateway, answer: str):
        robots.answer = answer
        tell(UserFactory(email=""))
        assert deliver_due()["retry"] == 3

    def test_a_department_s_group_hears_of_its_own_and_what_is_below_it(self, robots: HttpGateway, settings: Any):
        mine = DepartmentFactory(code="MINE")
        below = DepartmentFactory(parent=mine)
        url = settings.WEBHOOK_GROUPS[0]["url"]
        settings.WEBHOOK_GROUPS = [{"key": "mine", "channel": "wecom", "url": url, "department": "MINE"}]
        tell(UserFactory(email=""), key="other")
        tell(UserFactory(email="", department=mine), key="own")
        tell(UserFactory(email="", department=below), key="below")
        tell(UserFactory(email="", department=None), key="enterprise")
        assert sorted(Delivery.objects.values_list("said", flat=True)) == ["mine:below", "mine:own"]

    def test_a_group_hears_of_red_cards_unless_it_says_otherwise(self, robots: HttpGateway, settings: Any):
        tell(UserFactory(email=""), kind="issue.reply")
        assert not Delivery.objects.exists()
        settings.WEBHOOK_GROUPS = [settings.WEBHOOK_GROUPS[0] | {"kinds": ["issue"]}]
        tell(UserFactory(email=""), kind="issue.reply", key="again")
        assert Delivery.objects.get().target == "all-wecom"

    def test_a_group_that_left_the_settings_gets_no_more(self, robots: HttpGateway, settings: Any):
        tell(UserFactory(email=""))
        settings.WEBHOOK_GROUPS = []
        assert deliver_due()["dropped"] == 3
        assert robots.asked == []

    @pytest.mark.parametrize(
        "wrong",
        [
            {"channel": "wecom", "url": "http://x/"},
            {"key": "a", "channel": "fax", "url": "http://x/"},
            {"key": "a", "channel": "wecom", "url": "file:///etc/passwd"},
            {"key": "a", "channel": "wecom", "url": "http://x/", "colour": "red"},
        ],
    )
    def test_settings_that_could_not_be_sent_to_are_refused(self, settings: Any, wrong: dict[str, str]):
        settings.WEBHOOK_GROUPS = [wrong]
        with pytest.raises(ImproperlyConfigured):
            groups.check(OF_GROUPS)


def test_every_channel_of_the_table_has_its_class():
    from foundation.notices.channels import GATEWAYS

    assert set(GATEWAYS) == set(Channel.values)
