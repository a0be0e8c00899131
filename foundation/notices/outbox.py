"""By which channels a notice leaves the portal, decided when it is written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from foundation.accounts.models import User
from foundation.notices import hours, outbox_sql, rules
from foundation.notices.channels import PERSONAL
from foundation.notices.channels.groups import groups
from foundation.notices.outbox_sql import Told
from foundation.notices.rules import Choices, Rule, Rules

Row = dict[str, object]
ABOUT_A_PERSON = "pk", "email", "phone", "is_active", "notify_by_email", "department__path"


def queue(written: list[Told], ruled: Rules, at: datetime) -> None:
    """Queue what leaves: to each recipient by their channels, to each group once."""
    if not written:
        return
    asked = User.objects.filter(pk__in={one.recipient_id for one in written}).select_related("department")
    people = asked.only(*ABOUT_A_PERSON).order_by().in_bulk()
    choices = rules.chosen(people)
    rows = [*_to_people(written, people, ruled, choices), *_to_groups(written, people, ruled)]
    if rows:
        outbox_sql.queue(rows, at, hours.next_open(at))


def channels_of(person: User, rule: Rule, choices: Choices) -> list[str]:
    """The channels by which a person is told of a kind, beside the portal."""
    return [
        channel
        for channel, gateway in PERSONAL.items()
        if gateway.is_configured() and gateway.address_of(person) and rule.wants(person, channel, choices)
    ]


def _to_people(written: list[Told], people: dict[int, User], ruled: Rules, choices: Choices) -> Iterator[Row]:
    chosen: dict[tuple[int, str], list[str]] = {}
    for told in written:
        person = people[told.recipient_id]
        if not person.is_active:
            continue
        rule = ruled.of(told.kind)
        place = (person.pk, rule.kind.key)
        if place not in chosen:
            chosen[place] = channels_of(person, rule, choices)
        for channel in chosen[place]:
            yield _row(told, channel, urgent=rule.urgent)


def _to_groups(written: list[Told], people: dict[int, User], ruled: Rules) -> Iterator[Row]:
    """A group hears what an official of its department is told; the database keeps it to once."""
    for group in groups().values():
        for told in written:
            department = people[told.recipient_id].department
            if department and group.hears(told.kind, department.path):
                said = f"{group.key}:{told.key}"
                yield _row(told, group.channel, urgent=ruled.of(told.kind).urgent, target=group.key, said=said)


def _row(told: Told, channel: str, *, urgent: bool, target: str = "", said: str | None = None) -> Row:
    return {"notice_id": told.notice_id, "channel": channel, "urgent": urgent, "target": target, "said": said}
