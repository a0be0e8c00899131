"""The verbs at hand on the page of a case, each with its short form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from foundation.accounts.permissions import Permission
from issues import lifecycle
from issues.canned import OFFERED_IN
from issues.forms.base import VerbForm
from issues.forms.passing import PASSING_FORMS
from issues.forms.verbs import VERB_FORMS
from issues.lifecycle import Transition
from issues.models import CoHandling, Extension, Handling, Issue

FORMS = VERB_FORMS | PASSING_FORMS


@dataclass(frozen=True)
class Choice:
    """A verb the person may use now, with its short form; a folded one has none until it is asked for."""

    transition: Transition
    form: VerbForm | None
    url: str
    primary: bool
    open: bool = False  # the page was opened to do just this

    @property
    def phrases(self) -> str:
        """Where the replies kept ready for it are; empty where none are offered."""
        form = self.form if self.transition.verb in OFFERED_IN else None
        offered = form and form.user.may(Permission.CANNED_REPLY_KEEP)
        return reverse("issues:phrases", args=[form.issue.pk]) if form and offered else ""

    @property
    def multipart(self) -> bool:
        return bool(self.form and self.form.is_multipart())


def known(
    issue: Issue,
    user: Any,
    turn: Handling | None,
    extensions: list[Extension],
    helpings: list[CoHandling] | None = None,
) -> lifecycle.Case:
    """The case before this person, with what the page has read of it already."""
    case = lifecycle.Case(issue, user)
    case.handling = turn if turn and turn.ended_at is None else None
    case.extensions = extensions if case.handling else []
    if helpings is not None:
        case.helpings = [one for one in helpings if one.ended_at is None]
    return case


def choices(
    case: lifecycle.Case,
    failed: tuple[str, VerbForm] | None = None,
    *,
    opened: str = "",
    back: str = "",
    used: CoHandling | None = None,
) -> list[Choice]:
    """The verbs at hand, the primary one first, those seldom used last.

    `failed` is the form that came back with errors, `opened` the verb chosen on the page before, `back` the list to
    which the person returns. With `used`, a reply to the enterprise stands open with what a helping department said.
    """
    issue, user = case.issue, case.user
    at_hand = lifecycle.at_hand(case)
    first = _first(at_hand)
    ordered = sorted(at_hand, key=lambda t: (t is not first, t.folded))
    found = []
    for transition in ordered:
        form = failed[1] if failed and failed[0] == transition.verb else None
        using = used is not None and transition.verb == "reply"
        if form is None and not transition.folded:
            form = form_for(transition.verb, issue, user, **({"initial": {"text": used.reply}} if using else {}))
        url = reverse("issues:verb", args=[issue.pk, transition.verb]) + (f"?back={back}" if back else "")
        found.append(Choice(transition, form, url, transition is first, using or transition.verb == opened))
    return found


def primary(case: lifecycle.Case, *, back: str) -> Choice | None:
    """The verb to press next with its form, if there is one; afterwards the person returns to the tab `back`."""
    transition = _first(lifecycle.at_hand(case))
    if transition is None:
        return None
    url = reverse("issues:verb", args=[case.issue.pk, transition.verb])
    return Choice(transition, form_for(transition.verb, case.issue, case.user), f"{url}?back={back}", True)


def _first(at_hand: list[Transition]) -> Transition | None:
    """Of the verbs at hand, the one to press next."""
    asked = next((t for t in at_hand if t.verb == "approve_extension"), None)
    return asked or next((t for t in at_hand if t.primary), None)


def choice_of(verb: str, issue: Issue, user: Any) -> Choice | None:
    """One verb with its form, if it is at hand."""
    transition = lifecycle.find(verb)
    if transition not in lifecycle.available(issue, user):
        return None
    return Choice(transition, form_for(verb, issue, user), reverse("issues:verb", args=[issue.pk, verb]), False)


def form_for(verb: str, issue: Issue, user: Any, *args: Any, **more: Any) -> VerbForm:
    """The verb's form; ids are prefixed so that several stand on one page."""
    return FORMS[verb](*args, issue=issue, user=user, auto_id=f"{verb}_%s", **more)
