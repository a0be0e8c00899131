"""What every form of words among officials shares: colleagues may be mentioned in them."""

from __future__ import annotations

from copy import deepcopy

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import User
from issues.forms.base import VerbForm
from issues.mentions import MOST, label_of

MENTION_HINT = _("写 @姓名 可以提醒看得到此件的同事。")


class MentioningForm(VerbForm):
    """Colleagues are mentioned in the field that `mentioned_in` names."""

    mentions = forms.ModelMultipleChoiceField(
        label=_("提醒谁"), queryset=User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    mentioned_in = "text"

    def prepare(self) -> None:
        """Whom to choose is asked only where a name means several; whether they see the case the action says."""
        super().prepare()
        self.fields[self.mentioned_in].widget.attrs["data-people"] = reverse("issues:people", args=[self.issue.pk])
        sent = self.data.getlist("mentions")[:MOST] if isinstance(self.data, QueryDict) else []
        asked = [key for key in sent if key.isascii() and key.isdigit() and len(key) <= 18]
        self.offer(User.objects.active().filter(pk__in=asked) if asked else User.objects.none())

    def offer(self, people: QuerySet[User]) -> None:
        """Let these be chosen; nobody, and there is no choice."""
        self.fields.pop("mentions", None)
        if not people:
            return
        field = self.fields["mentions"] = deepcopy(self.base_fields["mentions"])
        field.queryset = people.select_related("department")  # type: ignore[attr-defined]
        field.label_from_instance = label_of  # type: ignore[attr-defined]
        names = [name for name in self.fields if name != "mentions"]
        self.order_fields([*names[: names.index(self.mentioned_in) + 1], "mentions"])
