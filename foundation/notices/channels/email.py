"""Mail through the server of EMAIL_URL."""

from __future__ import annotations

from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage

from foundation.notices.channels.base import Outgoing, Person, Rejected

PERMANENT = 500  # SMTP: what begins with 5 will not be taken later either


class Email:
    """One mail per message, with a Message-ID that a retry repeats."""

    key = "email"
    per_hour: int | None = None

    def is_configured(self) -> bool:
        """Always: without EMAIL_URL mails are files in the state folder."""
        return True

    def address_of(self, person: Person) -> str:
        """The mailbox of the profile."""
        return person.email

    def send(self, outgoing: Outgoing) -> None:
        """Hand a mail to the server; a mailbox it refuses for good is `Rejected`."""
        subject = " ".join(f"[{settings.PRODUCT_NAME}] {outgoing.subject}".split())
        body = f"{outgoing.text}\n\n{outgoing.url}".rstrip()
        headers = {"Message-ID": f"<{outgoing.message_id}@liaison>"}
        try:
            EmailMessage(subject, body, to=[outgoing.to], headers=headers).send()
        except SMTPRecipientsRefused as refused:
            code, words = refused.recipients.get(outgoing.to, (0, b""))
            if code >= PERMANENT:
                raise Rejected(f"{code} {words.decode('utf-8', 'replace')}") from refused
            raise
