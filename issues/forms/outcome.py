"""The enterprise's second key: confirming, in whole or in part, with a rating and its tags."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from issues import ratings
from issues.actions.outcome import LEFT_LIMIT
from issues.forms.base import VerbForm
from issues.ratings import Tag

RATINGS = [(grade.value, grade.label) for grade in ratings.GRADES]
GROUPS = ("praise", "wishes", "complaints")


def _tags(label: Any, tags: tuple[Tag, ...]) -> forms.MultipleChoiceField:
    choices = [(tag.key, tag.label) for tag in tags]
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple(attrs={"class": "chips"})
    )


class ConfirmForm(VerbForm):
    """Grade, tags and words; the page shows the tags that fit the grade, and only those are kept."""

    rating = forms.TypedChoiceField(label=_("评价"), choices=RATINGS, coerce=int, widget=forms.RadioSelect)
    praise = _tags(_("满意在哪里"), ratings.PRAISE)
    wishes = _tags(_("哪里可以更好"), ratings.WISHES)
    complaints = _tags(_("哪里不满意"), ratings.COMPLAINTS)
    comment = forms.CharField(label=_("想说的话"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        """One list of tags instead of three: of those ticked, what belongs to the grade chosen in the end."""
        facts = dict(super().clean() or {})
        ticked = [key for group in GROUPS for key in facts.pop(group, None) or []]
        offered = ratings.offered(facts.get("rating") or 0)
        return facts | {"tags": [key for key in ticked if key in offered]}


class PartlyForm(ConfirmForm):
    """The same, and what is left to do."""

    left = forms.CharField(
        label=_("还没有解决的"),
        max_length=LEFT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("会另立一件后续诉求,交同一部门按新的时限办理。"),
    )
    field_order = ["left"]
