"""What holds for each kind of notice: its registration, and what the office ruled on top."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from foundation.accounts.models import User
from foundation.notices import kinds
from foundation.notices.kinds import NoticeKind
from foundation.notices.models import Channel, NoticeChoice, NoticeRule

Mode = NoticeRule.Mode
Choices = Mapping[tuple[int, str, str], bool]  # person, kind, channel → wanted
USUAL: dict[str, str] = {
    Channel.EMAIL.value: Mode.DEFAULT.value,
    Channel.SMS.value: Mode.OFF.value,
}  # until the office rules otherwise


class Rule(NamedTuple):
    """What holds for one kind now."""

    kind: NoticeKind
    needs_ack: bool
    modes: Mapping[str, str]
    urgent: bool = False
    version: int = 0  # of the office's row; 0 where there is none

    def wants(self, person: User, channel: str, choices: Choices) -> bool:
        """Whether a person is told of this kind by this channel: the office's word, then theirs, then what is usual."""
        mode = self.modes[channel]
        if mode in (Mode.OFF, Mode.COMPULSORY):
            return mode == Mode.COMPULSORY
        usual = mode == Mode.DEFAULT and (channel != Channel.EMAIL or person.notify_by_email)
        return choices.get((person.pk, self.kind.key, channel), usual)


@dataclass(frozen=True)
class Rules:
    """All rules as one query found them."""

    by_key: dict[str, Rule]

    def of(self, kind: str) -> Rule:
        """The rule of a notice's kind."""
        return self.by_key[kinds.of(kind).key]


def current() -> Rules:
    """The rules in force, by one query."""
    ruled = {row.kind: row for row in NoticeRule.objects.all()}
    return Rules({kind.key: _merged(kind, ruled.get(kind.key)) for kind in kinds.everything()})


def _merged(kind: NoticeKind, row: NoticeRule | None) -> Rule:
    if row is None:
        return Rule(kind, kind.needs_ack, USUAL)
    return Rule(kind, row.needs_ack, USUAL | row.channels, row.urgent, row.version)


def chosen(people: Iterable[int]) -> Choices:
    """What these people chose, by one query."""
    rows = NoticeChoice.objects.filter(user_id__in=set(people)).values_list("user_id", "kind", "channel", "wanted")
    return {(user_id, kind, channel): wanted for user_id, kind, channel, wanted in rows}
