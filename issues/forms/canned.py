"""The form of a reply kept ready."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import Department
from issues.actions.canned import TEXT_LIMIT
from issues.canned import PLACES, kept_by
from issues.models import CannedReply


class CannedForm(forms.Form):
    department = forms.ModelChoiceField(label=_("供哪个部门使用"), queryset=Department.objects.none(), empty_label=None)
    title = forms.CharField(label=_("名称"), max_length=40, help_text=_("在菜单里显示,例如:已受理。"))
    text = forms.CharField(label=_("内容"), max_length=TEXT_LIMIT, widget=forms.Textarea(attrs={"rows": 5}))
    version = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: Any, reply: CannedReply | None = None, **kwargs: Any) -> None:
        if reply:
            kwargs["initial"] = {"title": reply.title, "text": reply.text, "version": reply.version}
        super().__init__(*args, **kwargs)
        self.fields["text"].help_text = _("可以用 %(places)s,插入时按诉求填好。") % {
            "places": " ".join(f"{{{word}}}" for word in PLACES)
        }
        if reply:
            del self.fields["department"]
        else:
            del self.fields["version"]
            self.fields["department"].queryset = kept_by(user)  # type: ignore[attr-defined]
            self.fields["department"].initial = user.department_id

    def compare(self, current: CannedReply) -> list[dict[str, str]]:
        """What stands now beside what was typed; the next submission counts as made in sight of it."""
        rows = [
            {"label": str(self.fields[name].label), "theirs": getattr(current, name), "yours": self.cleaned_data[name]}
            for name in ("title", "text")
        ]
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data["version"] = str(current.version)  # type: ignore[index]
        return rows
