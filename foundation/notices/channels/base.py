"""What every channel is: whom it reaches, and how one message goes out."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Person(Protocol):
    """What of a recipient decides where messages go."""

    email: str
    phone: str


class Outgoing(NamedTuple):
    """One message as it leaves."""

    message_id: str  # the same on every retry, so that a gateway or a reader can tell a repetition
    to: str  # an address of the channel: a mailbox, a phone number, the key of a group
    subject: str
    text: str
    url: str  # of the page it leads to, whole; may be empty


class Rejected(Exception):
    """The gateway will never take this message: trying again is no use."""


class Gateway(Protocol):
    """One channel. `send` returns when the gateway took the message, and raises otherwise."""

    key: str
    per_hour: int | None  # messages to one reader; what is more goes together in the next one

    def is_configured(self) -> bool:
        """Whether the settings name a gateway for this channel."""
        ...

    def address_of(self, person: Person) -> str:
        """Where a person is reached; empty where they are not."""
        ...

    def send(self, outgoing: Outgoing) -> None:
        """Hand one message over."""
        ...
