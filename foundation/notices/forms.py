"""What the office rules for every kind of notice, on one sheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from foundation.notices.rules import Rule, Rules


class RuleRow(NamedTuple):
    """The fields of one kind."""

    rule: Rule
    version: BoundField
    needs_ack: BoundField


class RulesForm(forms.Form):
    """A row of fields per kind; `changes` are the rows somebody changed."""

    def __init__(self, *args: Any, rules: Rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rules = list(rules.by_key.values())
        for rule in self.rules:
            key = rule.kind.key
            self.fields[f"{key}-version"] = forms.IntegerField(widget=forms.HiddenInput, initial=rule.version)
            self.fields[f"{key}-needs_ack"] = forms.BooleanField(
                label=_("须确认收到"), required=False, initial=rule.needs_ack
            )

    def rows(self) -> Iterator[RuleRow]:
        """The sheet's lines."""
        for rule in self.rules:
            key = rule.kind.key
            yield RuleRow(rule, self[f"{key}-version"], self[f"{key}-needs_ack"])

    def changes(self) -> Iterator[tuple[str, int, dict[str, Any]]]:
        """Kind, the version it was read at, and what is to hold from now on."""
        for rule in self.rules:
            key = rule.kind.key
            facts = {"needs_ack": self.cleaned_data[f"{key}-needs_ack"]}
            if any(getattr(rule, name) != value for name, value in facts.items()):
                yield key, self.cleaned_data[f"{key}-version"], facts
