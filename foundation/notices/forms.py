"""What the office rules for every kind of notice, on one sheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from foundation.notices.channels import PERSONAL
from foundation.notices.models import Channel, NoticeRule
from foundation.notices.rules import Rule, Rules


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
        self.channels = [Channel(key) for key, gateway in PERSONAL.items() if gateway.is_configured()]
        for rule in self.rules:
            key = rule.kind.key
            self.fields[f"{key}-version"] = forms.IntegerField(widget=forms.HiddenInput, initial=rule.version)
            for channel in self.channels:
                self.fields[f"{key}-{channel}"] = _mode_field(channel, rule)
            self.fields[f"{key}-needs_ack"] = forms.BooleanField(
                label=_("须确认收到"), required=False, initial=rule.needs_ack
            )

    def rows(self) -> Iterator[RuleRow]:
        """The sheet's lines."""
        for rule in self.rules:
            names = [*self.channels, "needs_ack"]
            fields = [self[f"{rule.kind.key}-{name}"] for name in names]
            yield RuleRow(rule, self[f"{rule.kind.key}-version"], fields)

    def headings(self) -> list[object]:
        """What stands above the fields of a row."""
        return [*(channel.label for channel in self.channels), _("须确认收到")]

    def changes(self) -> Iterator[tuple[str, int, dict[str, Any]]]:
        """Kind, the version it was read at, and what is to hold from now on."""
        for rule in self.rules:
            key = rule.kind.key
            chosen = {str(channel): self.cleaned_data[f"{key}-{channel}"] for channel in self.channels}
            needs_ack = self.cleaned_data[f"{key}-needs_ack"]
            if needs_ack != rule.needs_ack or any(rule.modes[channel] != mode for channel, mode in chosen.items()):
                facts = {"needs_ack": needs_ack, "channels": dict(rule.modes) | chosen}
                yield key, self.cleaned_data[f"{key}-version"], facts


def _mode_field(channel: Channel, rule: Rule) -> forms.ChoiceField:
    return forms.ChoiceField(label=channel.label, choices=NoticeRule.Mode.choices, initial=rule.modes[channel])
