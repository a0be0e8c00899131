"""The enterprise's own forms: sending an appeal, and looking through past ones."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import User
from foundation.attachments.forms import held_of, list_held
from issues.forms.verbs import IntakeForm, long_text
from issues.models import AppealDraft, Category, Issue
from issues.titles import made_from


class AppealForm(IntakeForm):
    """Two things to fill in, the matter and its category; a title is made from the text, the contact is known."""

    title = forms.CharField(
        label=_("标题"), max_length=80, required=False, help_text=_("可以不填,不填时取内容的第一句话。")
    )
    text = long_text(_("遇到什么困难"), rows=5, hint=_("发生了什么、影响多大、希望怎么解决,用平常的话写就行。"))

    field_order = ["submission_key", "text", "category", "files", "title", "contact_name", "contact_phone"]

    def __init__(self, *args: Any, user: User, draft: AppealDraft | None = None, **kwargs: Any) -> None:
        initial: dict[str, Any] = {"contact_name": user.name, "contact_phone": user.phone}
        if draft is not None:
            written = {name: getattr(draft, name) for name in ("title", "text", "contact_name", "contact_phone")}
            initial |= {"submission_key": draft.key, "category": draft.category_id}
            initial |= {name: value for name, value in written.items() if value}
        super().__init__(*args, initial=initial, **kwargs)
        if draft is not None:
            list_held(self, draft.files)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("title") and data.get("text"):
            data["title"] = made_from(data["text"])
        return data

    @staticmethod
    def key_in(text: str) -> uuid.UUID | None:
        """A submission key, if this is one."""
        try:
            return uuid.UUID(text)
        except ValueError:
            return None

    def as_draft(self) -> dict[str, Any]:
        """What is written and uploaded so far, whether or not it could be sent; call `keep_files` before."""
        said = {name: str(self.data.get(name, "")) for name in ("title", "text", "contact_name", "contact_phone")}
        chosen = str(self.data.get("category", ""))
        known = chosen.isascii() and chosen.isdigit() and len(chosen) <= 18
        category = Category.objects.filter(pk=chosen, is_active=True).first() if known else None
        return said | {
            "key": self.key_in(str(self.data.get("submission_key", ""))) or uuid.uuid4(),
            "category": category,
            "files": held_of(self),
        }

    @property
    def folded(self) -> bool:
        """Whether title and contact may stay folded: nothing is missing or wrong there."""
        apart = ("title", "contact_name", "contact_phone")
        wrong = self.is_bound and any(name in self.errors for name in apart)
        known = all(self[name].value() for name in ("contact_name", "contact_phone"))
        return known and not wrong


class PastFilter(forms.Form):
    """Words, category and year, over the cases that are closed."""

    q = forms.CharField(
        label=_("编号、标题、内容"), required=False, max_length=80, widget=forms.TextInput(attrs={"type": "search"})
    )
    category = forms.ModelChoiceField(
        label=_("类别"), queryset=Category.objects.all(), required=False, empty_label=_("全部类别")
    )
    year = forms.ChoiceField(label=_("年份"), required=False)

    def __init__(self, data: Any, *, rows: QuerySet[Issue]) -> None:
        super().__init__(data)
        self._rows = rows
        years = [day.year for day in rows.dates("closed_at", "year", order="DESC")]
        self.fields["year"].choices = [("", _("全部年份")), *((str(year), str(year)) for year in years)]  # type: ignore[attr-defined]

    @cached_property
    def asked(self) -> dict[str, Any]:
        """What is looked for; nonsense narrows nothing."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def narrows(self) -> bool:
        return bool(self.asked)

    def rows(self) -> QuerySet[Issue]:
        found = self._rows
        if category := self.asked.get("category"):
            found = found.filter(category=category)
        if year := self.asked.get("year"):
            found = found.filter(closed_at__year=int(year))
        for word in self.asked.get("q", "").split():
            found = found.filter(Q(title__icontains=word) | Q(text__icontains=word) | Q(number__icontains=word))
        return found
