"""A verb that could not be done as it was sent: what happened meanwhile beside what the person wrote, nothing lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Model
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from foundation.accounts.permissions import Permission
from foundation.attachments.forms import hand_over
from issues import lifecycle
from issues.casefile import timeline, verbs
from issues.casefile.timeline import Entry
from issues.casefile.verbs import Choice
from issues.forms.base import VerbForm
from issues.models import Event

INSTEAD = ("supplement", "note")  # verbs that can always hold a text whose own verb has passed


@dataclass(frozen=True)
class Attempt:
    """A verb as somebody sent it, and why it was not done."""

    verb: str
    form: VerbForm
    reason: str
    stale: bool
    read_until: int | None  # the newest event on the page it was written on
    versions_behind: int


@dataclass(frozen=True)
class Unsent:
    """Both texts: what is new in the case, and what was typed, with the form that sends it after all."""

    label: str | Promise
    reason: str  # empty: somebody was faster
    since: list[Entry]
    kept: list[tuple[str, str]]  # what was typed, where its own form is gone
    choice: Choice | None
    instead: bool  # the form is another verb's


def of(attempt: Attempt, case: lifecycle.Case, events: Sequence[Event], files: dict[str, Any]) -> Unsent:
    """What the page shows first, above the case as it stands now."""
    possible = {transition.verb for transition in lifecycle.at_hand(case)}
    at_hand = attempt.verb in possible
    substitute = None if at_hand else _substitute(attempt.form, case, possible)
    return Unsent(
        label=lifecycle.find(attempt.verb).label,
        reason=attempt.reason,
        since=timeline.timeline(_since(attempt, events), files, outside=not case.user.may(Permission.ISSUE_VIEW)),
        kept=[] if at_hand else typed(attempt.form),
        choice=_choice(attempt.verb, attempt.form, case) if at_hand else substitute,
        instead=substitute is not None,
    )


def _since(attempt: Attempt, events: Sequence[Event]) -> Iterable[Event]:
    """The events that were not on the page yet; without a mark, one for each version."""
    if attempt.read_until is not None:
        return [event for event in events if event.pk > attempt.read_until]
    return events[: max(0, attempt.versions_behind)]


def _choice(verb: str, form: VerbForm, case: lifecycle.Case) -> Choice:
    return Choice(lifecycle.find(verb), form, reverse("issues:verb", args=[case.issue.pk, verb]), primary=True)


def _substitute(form: VerbForm, case: lifecycle.Case, possible: set[str]) -> Choice | None:
    """The form of a verb that is open and takes the text instead."""
    text = next((words for name, words in _texts(form)), "")
    verb = next((verb for verb in INSTEAD if verb in possible), "")
    if not text or not verb:
        return None
    instead = verbs.form_for(verb, case.issue, case.user, initial={"text": text})
    hand_over(form, instead)
    return _choice(verb, instead, case)


def _texts(form: VerbForm) -> list[tuple[str, str]]:
    """Name and words of the long texts that were typed."""
    found = ((name, str(form[name].value() or "").strip()) for name in form.fields)
    return [(name, words) for name, words in found if words and isinstance(form.fields[name].widget, forms.Textarea)]


def typed(form: VerbForm) -> list[tuple[str, str]]:
    """Label and words of everything that was filled in, as the person would read it."""
    return [
        (str(form[name].label), words)
        for name, field in form.fields.items()
        if not isinstance(field, forms.FileField) and (words := _words(form, name))
    ]


def _words(form: VerbForm, name: str) -> str:
    field, value = form.fields[name], form[name].value()
    chosen = form.cleaned_data.get(name) if form.is_bound and hasattr(form, "cleaned_data") else None
    if isinstance(chosen, Model):
        return str(chosen)
    if isinstance(field, forms.MultipleChoiceField):
        labels = dict(field.choices)  # type: ignore[arg-type]
        return "、".join(str(labels[key]) for key in value or [] if key in labels)
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        return str(dict(field.choices).get(value, "")) if value else ""  # type: ignore[arg-type, call-overload]
    if isinstance(field, forms.BooleanField):
        return _("是") if value else ""
    return str(value or "").strip() if not isinstance(field, forms.ModelChoiceField) else ""
