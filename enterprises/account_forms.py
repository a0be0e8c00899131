"""Forms by which people come to act for an enterprise."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises.codes import checked_code
from enterprises.matching import Match
from foundation.accounts.errors import Refused
from foundation.accounts.forms import PhoneField
from foundation.accounts.models import User
from foundation.attachments.forms import FilesField

USERNAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.@-]{3,29}$")
PAPERS = ".jpg,.jpeg,.png,.pdf"


class UsernameField(forms.CharField):
    """A login name: letters, digits and a few signs."""

    def __init__(self, **kwargs: Any) -> None:
        given: dict[str, Any] = {
            "label": gettext_lazy("登录账号"),
            "max_length": 30,
            "help_text": gettext_lazy("4–30 位字母、数字,可含 . _ - @,如手机号。"),
            "widget": forms.TextInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
        }
        super().__init__(**given | kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if text and not USERNAME.match(text):
            raise ValidationError(_("登录账号须为 4–30 位字母、数字或 . _ - @,并以字母或数字开头。"))
        return text


class ColleagueForm(forms.Form):
    """A colleague who shall act for the enterprise, too."""

    name = forms.CharField(label=gettext_lazy("姓名"), max_length=40)
    phone = PhoneField(label=gettext_lazy("手机"), max_length=30)
    username = UsernameField()
    is_admin = forms.BooleanField(label=gettext_lazy("同时设为管理员,可以管理本企业账号"), required=False)


class RegisterForm(forms.Form):
    """Somebody without an account asks for one; says the same whoever is known here."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    credit_code = forms.CharField(
        label=gettext_lazy("统一社会信用代码"),
        max_length=60,
        help_text=gettext_lazy("营业执照上的 18 位代码。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )
    enterprise_name = forms.CharField(
        label=gettext_lazy("企业名称"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    person_name = forms.CharField(
        label=gettext_lazy("您的姓名"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    phone = PhoneField(label=gettext_lazy("手机"), max_length=30, widget=forms.TextInput(attrs={"autocomplete": "tel"}))
    username = UsernameField()
    password = forms.CharField(
        label=gettext_lazy("密码"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
        help_text=gettext_lazy("至少 10 位,不要全是数字,不要与姓名、账号相近。"),
    )
    files = FilesField(  # type: ignore[assignment]
        label=gettext_lazy("营业执照或授权书"),
        accept=PAPERS,
        ahead=False,
        required=True,
        help_text=gettext_lazy("照片或 PDF。法定代表人本人申请的传营业执照,他人申请的另附授权书。"),
    )

    def clean_credit_code(self) -> str:
        """A sound code: a slip of the pen is told at once, whether it is known here is not."""
        try:
            return checked_code(self.cleaned_data["credit_code"])[0]
        except Refused as refused:
            if refused.code == "invalid_check_character":
                raise ValidationError(_("信用代码的校验位不对,请对照营业执照逐位核对。")) from refused
            raise ValidationError(refused.message) from refused

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password"):
            person = User(username=data.get("username", ""), name=data.get("person_name", ""))
            try:
                validate_password(data["password"], person)
            except ValidationError as wrong:
                self.add_error("password", wrong)
        return data


class ApproveForm(forms.Form):
    """Which enterprise is meant, and the login name as it shall be."""

    NEW = "new"
    enterprise = forms.ChoiceField(label=gettext_lazy("关联到"), widget=forms.RadioSelect)
    username = UsernameField(help_text=gettext_lazy("与他人重复时改一个,申请人在进度页会看到。"))

    def __init__(self, *args: Any, found: list[Match], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(one.enterprise.pk), f"{one.enterprise.name}({one.enterprise.credit_code})") for one in found]
        taken = any(one.same_code for one in found)
        new = [] if taken else [(self.NEW, _("名册里没有:按申请新建企业"))]
        self.fields["enterprise"].choices = named + new  # type: ignore[attr-defined]
        if taken or not found:
            self.fields["enterprise"].initial = (named + new)[0][0]


class RefuseForm(forms.Form):
    """Why not: the applicant reads it."""

    reason = forms.CharField(
        label=gettext_lazy("不通过的理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
