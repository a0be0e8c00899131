"""The base of every short form that belongs to a case."""

from __future__ import annotations

from typing import Any

from django import forms

from foundation.accounts.models import User
from issues.actions.base import TEXT_LIMIT
from issues.models import Issue


class VerbForm(forms.Form):
    """A verb's form: knows the case and the person."""

    def __init__(self, *args: Any, issue: Issue, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.issue, self.user = issue, user
        self.prepare()

    def prepare(self) -> None:
        """Narrow the choices to what fits this case."""


def long_text(label: Any, *, required: bool = True, rows: int = 3, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=TEXT_LIMIT,
        help_text=hint,
        widget=forms.Textarea(attrs={"rows": rows}),
    )
