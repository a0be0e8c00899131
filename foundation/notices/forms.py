"""What the office rules for every kind of notice, on one sheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import User
from foundation.notices import rules as rules_of_people
from foundation.notices.channels import PERSONAL
from foundation.notices.models import Channel, NoticeRule
from foundation.notices.rules import Rule, Rules

FREE = (NoticeRule.Mode.OFFERED, NoticeRule.Mode.DEFAULT)  # left to the person
FLAGS = {"urgent": _("夜间和休息日也发"), "needs_ack": _("须确认收到")}


class RuleRow(NamedTuple):
    """The fields of one kind."""

    rule: Rule
    version: BoundField
    fields: list[BoundField]


class RulesForm(forms.Form):
    """A row of fields per kind; `changes` are the rows somebody changed."""

    def __init__(self, *args: Any, rules: Rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rules = list(rules.by_key.values())
        self.channels = configured()
        for rule in self.rules:
            key = rule.kind.key
            self.fields[f"{key}-version"] = forms.IntegerField(widget=forms.HiddenInput, initial=rule.version)
            for channel in self.channels:
                self.fields[f"{key}-{channel}"] = _mode_field(channel, rule)
            for name, label in FLAGS.items():
                initial = getattr(rule, name)
                self.fields[f"{key}-{name}"] = forms.BooleanField(label=label, required=False, initial=initial)

    def rows(self) -> Iterator[RuleRow]:
        """The sheet's lines."""
        for rule in self.rules:
            names = [*self.channels, *FLAGS]
            fields = [self[f"{rule.kind.key}-{name}"] for name in names]
            yield RuleRow(rule, self[f"{rule.kind.key}-version"], fields)

    def headings(self) -> list[object]:
        """What stands above the fields of a row."""
        return [*(channel.label for channel in self.channels), *FLAGS.values()]

    def changes(self) -> Iterator[tuple[str, int, dict[str, Any]]]:
        """Kind, the version it was read at, and what is to hold from now on."""
        for rule in self.rules:
            key = rule.kind.key
            chosen = {str(channel): self.cleaned_data[f"{key}-{channel}"] for channel in self.channels}
            flags = {name: self.cleaned_data[f"{key}-{name}"] for name in FLAGS}
            facts = {**flags, "channels": dict(rule.modes) | chosen}
            if facts != {**{name: getattr(rule, name) for name in FLAGS}, "channels": dict(rule.modes)}:
                yield key, self.cleaned_data[f"{key}-version"], facts


def _mode_field(channel: Channel, rule: Rule) -> forms.ChoiceField:
    return forms.ChoiceField(label=channel.label, choices=NoticeRule.Mode.choices, initial=rule.modes[channel])


class ChoiceCell(NamedTuple):
    """One kind by one channel: a field to tick, or the office's word."""

    label: str
    field: BoundField | None
    word: str


class ChoicesForm(forms.Form):
    """A tick per kind and channel, where the office leaves it to the person."""

    def __init__(self, *args: Any, user: User, rules: Rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channels = configured()
        self.rules = [rule for rule in rules.by_key.values() if user.may(rule.kind.permission)]
        self.unreached = [channel.label for channel in self.channels if not PERSONAL[channel].address_of(user)]
        chosen = rules_of_people.chosen([user.pk])
        for rule in self.rules:
            for channel in self.channels:
                if rule.modes[channel] in FREE:
                    initial = rule.wants(user, channel, chosen)
                    self.fields[_place(rule, channel)] = forms.BooleanField(
                        label=channel.label, required=False, initial=initial
                    )

    def rows(self) -> Iterator[tuple[Rule, list[ChoiceCell]]]:
        """The sheet's lines."""
        for rule in self.rules:
            yield rule, [self._cell(rule, channel) for channel in self.channels]

    def wanted(self) -> dict[tuple[str, str], bool]:
        """Kind and channel → whether it is ticked."""
        return {
            (rule.kind.key, str(channel)): self.cleaned_data[_place(rule, channel)]
            for rule in self.rules
            for channel in self.channels
            if rule.modes[channel] in FREE
        }

    def _cell(self, rule: Rule, channel: Channel) -> ChoiceCell:
        if rule.modes[channel] in FREE:
            return ChoiceCell(channel.label, self[_place(rule, channel)], "")
        return ChoiceCell(channel.label, None, str(NoticeRule.Mode(rule.modes[channel]).label))


def configured() -> list[Channel]:
    """The channels to people that this portal has."""
    return [Channel(key) for key, gateway in PERSONAL.items() if gateway.is_configured()]


def _place(rule: Rule, channel: Channel) -> str:
    return f"{rule.kind.key}-{channel.value}"
