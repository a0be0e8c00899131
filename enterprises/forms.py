"""Forms of enterprises, and the base of every form that saves over a version."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises.codes import checked_code
from enterprises.facts import CHOICES
from enterprises.industries import industry_of
from enterprises.models import Contact, Enterprise, Industry, Park, Pool
from foundation.accounts.errors import Refused
from foundation.accounts.models import Department


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class VersionedForm(forms.ModelForm):
    """A form over one object that knows which version was read, and can lay both texts side by side."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    apart: tuple[str, ...] = ("version",)  # fields that are not facts of the object

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["version"].required = True
            self.initial["version"] = self.instance.version

    def facts(self) -> dict[str, Any]:
        """What was entered, for the action."""
        return {name: value for name, value in self.cleaned_data.items() if name not in self.apart}

    def compare(self, current: Model) -> list[dict[str, str]]:
        """Rows of label, yours and theirs where the two differ (all rows where they don't).

        The next submission then counts as made in sight of `current`.
        """
        self.data = with_version(self.data, self.add_prefix("version"), current)
        rows = [
            {
                "label": str(self.fields[name].label),
                "yours": self.spoken(name, value),
                "theirs": self.spoken(name, stored(current, name)),
            }
            for name, value in self.facts().items()
        ]
        return [row for row in rows if row["yours"] != row["theirs"]] or rows

    def spoken(self, name: str, value: Any) -> str:
        """A value of a field as people read it."""
        choices = getattr(self.fields[name], "choices", ()) if isinstance(value, str) else ()
        return str(dict(choices).get(value, value)) if choices else spoken(value)


def with_version(data: Any, name: str, current: Any) -> Any:
    """A form's data in which the version is that of `current`."""
    copied = data.copy()
    copied[name] = str(current.version)
    return copied


def stored(obj: Model, name: str) -> Any:
    """What the database holds of a field; of many related rows, a list."""
    value = getattr(obj, name)
    return list(value.all()) if hasattr(value, "all") else value


def spoken(value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Decimal):
        return brief(value)
    if not isinstance(value, str) and isinstance(value, Iterable):
        return "、".join(sorted(str(one) for one in value))
    return str(value)


def brief(value: Decimal | int | str) -> str:
    """A figure without trailing zeros: 2500.0000 → 2500."""
    figure = f"{Decimal(value):f}"
    return figure.rstrip("0").rstrip(".") if "." in figure else figure


class IndustryField(forms.CharField):
    """A class of the classification, typed as code or name, helped by a list the browser offers."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=100, widget=forms.TextInput(attrs={"list": "industries"}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Industry):
            return str(value)
        code = value.replace("\x00", "") if isinstance(value, str) else ""
        found = Industry.objects.filter(pk=code).first() if code else None
        return str(found) if found else value

    def clean(self, value: Any) -> Industry | None:
        text = super().clean(value)
        if not text:
            return None
        found = industry_of(text)
        if found is None:
            raise forms.ValidationError(
                _("国民经济行业分类里没有“%(text)s”。请填代码(如 3962)或分类名称。") % {"text": text}
            )
        return found


class EnterpriseForm(VersionedForm):
    """All facts of an enterprise."""

    apart = ("version", "accept_doubtful")
    industry = IndustryField(
        label=gettext_lazy("行业"), required=False, help_text=gettext_lazy("GB/T 4754-2017 的代码或名称，如 3962。")
    )
    credit_code = forms.CharField(
        label=gettext_lazy("统一社会信用代码"),
        max_length=60,  # as typed: spaces and full-width characters are taken out
        help_text=gettext_lazy("18 位；全角、空格、小写会自动规范。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"unique": gettext_lazy("这个信用代码已属于另一家企业，请直接修改那家企业的资料。")},
    )
    accept_doubtful = forms.BooleanField(
        label=gettext_lazy("代码无误：已与营业执照核对"), required=False, widget=forms.HiddenInput
    )

    class Meta:
        model = Enterprise
        fields = [
            "name",
            "credit_code",
            "town",
            "park",
            "industry",
            "tier",
            "operating_condition",
            "legal_representative",
            "enterprise_type",
            "established_on",
            "registered_capital",
            "capital_currency",
            "address",
            "business_scope",
            "pools",
            "is_above_scale",
            "is_monitoring_point",
            "is_active",
        ]
        widgets = {
            "established_on": DateInput(),
            "business_scope": forms.Textarea(attrs={"rows": 3}),
            "pools": forms.CheckboxSelectMultiple,
        }
        help_texts = {
            "capital_currency": gettext_lazy("人民币、美元……"),
            "is_active": gettext_lazy("注销或迁出的企业取消勾选，历史仍保留。"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["town"].queryset = Department.objects.filter(kind=Department.Kind.TOWN)  # type: ignore[attr-defined]
        choices = self.fields["operating_condition"].choices  # type: ignore[attr-defined]
        self.fields["operating_condition"].choices = [("", _("未填")), *choices[1:]]  # type: ignore[attr-defined]
        if self.instance.registered_capital is not None:
            self.initial["registered_capital"] = brief(self.instance.registered_capital)
        for name in ("town", "park"):
            self.fields[name].empty_label = _("未定")  # type: ignore[attr-defined]

    def clean_credit_code(self) -> str:
        """The normalised code; one that fails only its check character wants a confirmation."""
        text = self.cleaned_data["credit_code"]
        if self.instance.pk and text == self.initial.get("credit_code"):
            return text
        accepted = self.data.get(self.add_prefix("accept_doubtful")) in ("on", "true", "True", "1")
        try:
            code, doubtful = checked_code(text, accept_doubtful=accepted)
        except Refused as error:
            if error.code == "invalid_check_character":
                self.fields["accept_doubtful"].widget = forms.CheckboxInput()
            raise forms.ValidationError(error.message, code=error.code) from error
        if doubtful:
            self.fields["accept_doubtful"].widget = forms.CheckboxInput()
        return code

    @property
    def accepted(self) -> bool:
        """Whether a clerk confirmed a code whose check character is wrong."""
        return bool(self.cleaned_data.get("accept_doubtful"))


class ContactForm(VersionedForm):
    """A person to call."""

    class Meta:
        model = Contact
        fields = ["name", "title", "phone", "email", "is_primary"]

    def clean_phone(self) -> str:
        """A number people can dial, with whatever separates its parts."""
        phone = self.cleaned_data["phone"].strip()
        if phone and sum(char.isdigit() for char in phone) < 5:
            raise forms.ValidationError(_("“%(phone)s”不像电话号码，请填手机号或带区号的座机。") % {"phone": phone})
        return phone


class ParkForm(VersionedForm):
    """A park and the office that runs it."""

    class Meta:
        model = Park
        fields = ["code", "name", "department"]


class PoolForm(forms.ModelForm):
    """A cultivation pool."""

    class Meta:
        model = Pool
        fields = ["code", "name"]


class MergeForm(forms.Form):
    """Which of two values is kept, fact by fact, and the versions that were read."""

    kept_version = forms.IntegerField(widget=forms.HiddenInput)
    lost_version = forms.IntegerField(widget=forms.HiddenInput)
    SIDES = (("keep", gettext_lazy("保留的记录")), ("other", gettext_lazy("并入的记录")))

    def __init__(self, survivor: Enterprise, loser: Enterprise, data: Any = None) -> None:
        super().__init__(data)
        for key in CHOICES:
            self.fields[f"pick_{key}"] = forms.ChoiceField(choices=self.SIDES, required=False)
        self.initial = {"kept_version": survivor.version, "lost_version": loser.version}

    def renew(self, survivor: Enterprise, loser: Enterprise) -> None:
        """Count what is sent next as chosen in sight of these."""
        self.data = with_version(self.data, "kept_version", survivor)
        self.data = with_version(self.data, "lost_version", loser)

    def picked(self) -> dict[str, str]:
        """The choices made, by key."""
        return {key: str(self.data.get(f"pick_{key}", "")) for key in CHOICES} if self.is_bound else {}

    @property
    def taken(self) -> list[str]:
        """The facts whose value the record that goes gives."""
        return [key for key in CHOICES if self.cleaned_data[f"pick_{key}"] == "other"]

    @property
    def versions(self) -> tuple[int, int]:
        return self.cleaned_data["kept_version"], self.cleaned_data["lost_version"]
