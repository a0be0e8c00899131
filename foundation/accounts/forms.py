"""Forms of the account pages."""

import re
import unicodedata
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth import forms as auth_forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts import actions
from foundation.accounts.models import Department, User
from foundation.accounts.permissions import ADMIN_ROLES, Role

PHONE = re.compile(r"^(\+86[- ]?)?(1\d{10}|0\d{2,3}[- ]?\d{7,8}(-\d{1,5})?)$")


class PhoneField(forms.CharField):
    """A mobile or fixed-line number; spaces and full-width digits are put right."""

    def clean(self, value: Any) -> str:
        """The number in half-width digits."""
        text = super().clean(value)
        tidy = unicodedata.normalize("NFKC", text).strip()
        if tidy and not PHONE.match(tidy):
            raise forms.ValidationError(_("请填写 11 位手机号，或带区号的固定电话，例如 0791-88881234。"))
        return tidy


def choice(form: forms.BaseForm, name: str) -> forms.ModelChoiceField:
    """A field that chooses among rows."""
    return cast(forms.ModelChoiceField, form.fields[name])


class LoginForm(auth_forms.AuthenticationForm):
    """Account and password."""

    error_messages = {
        "invalid_login": gettext_lazy("账号或密码不对。请检查大小写后再试；忘记密码可用邮箱找回。"),
        "inactive": gettext_lazy("这个账号已停用，请联系本单位的安全管理员。"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("账号")
        self.fields["password"].label = _("密码")


class PasswordChangeForm(auth_forms.PasswordChangeForm):
    """The old password, and the new one twice."""

    def save(self, commit: bool = True) -> User:
        """Set the new password, with its audit row."""
        actions.set_password(user=self.user, password=self.cleaned_data["new_password1"], by=self.user)
        return self.user


class PasswordResetForm(auth_forms.PasswordResetForm):
    """Which mailbox the link goes to; says the same whether or not anyone has it."""

    email = forms.EmailField(
        label=gettext_lazy("电子邮箱"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=gettext_lazy("填写个人资料里登记的邮箱。没有登记邮箱的，请联系安全管理员重置。"),
    )


class PasswordSetForm(auth_forms.SetPasswordForm):
    """A new password twice, for the holder of a reset link."""

    def save(self, commit: bool = True) -> User:
        """Set the new password, with its audit row."""
        actions.set_password(user=self.user, password=self.cleaned_data["new_password1"], by=self.user)
        return self.user


class ProfileForm(forms.Form):
    """What people may change of themselves."""

    phone = PhoneField(label=gettext_lazy("手机"), required=False, max_length=30)
    email = forms.EmailField(
        label=gettext_lazy("电子邮箱"),
        required=False,
        help_text=gettext_lazy("用来接收提醒和找回密码。"),
    )
    notify_by_email = forms.BooleanField(label=gettext_lazy("同时用邮件接收提醒"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Reminders by mail need a mailbox."""
        data = super().clean() or {}
        if data.get("notify_by_email") and not data.get("email") and "email" not in self.errors:
            self.add_error("email", _("要用邮件接收提醒，请先填写邮箱；或取消下面的勾选。"))
        return data


def reset_context() -> dict[str, Any]:
    """What the mail of a password reset says besides the link."""
    return {
        "site_url": settings.SITE_URL,
        "product_name": settings.PRODUCT_NAME,
        "district_name": settings.DISTRICT_NAME,
        "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
    }


class PeopleFilter(forms.Form):
    """Filters of the list of accounts."""

    q = forms.CharField(
        label=gettext_lazy("姓名、账号、工号"), required=False, widget=forms.TextInput(attrs={"type": "search"})
    )
    department = forms.ModelChoiceField(
        label=gettext_lazy("部门"),
        required=False,
        queryset=Department.objects.none(),
        empty_label=gettext_lazy("全部部门"),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("角色"),
        required=False,
        choices=[("", gettext_lazy("全部角色")), *((role.value, role.label) for role in Role)],
    )
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[("", gettext_lazy("启用和停用")), ("active", gettext_lazy("启用")), ("off", gettext_lazy("停用"))],
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice(self, "department").queryset = Department.objects.visible_to(user)

    def chosen(self) -> dict[str, Any]:
        """What is filtered by; a value that makes no sense filters nothing."""
        self.is_valid()
        data = self.cleaned_data
        return {
            "words": data.get("q", ""),
            "department": data.get("department"),
            "role": data.get("role", ""),
            "state": data.get("state", ""),
        }


class PersonForm(forms.ModelForm):
    """The facts of an account; roles have verbs of their own."""

    phone = PhoneField(label=gettext_lazy("手机"), required=False, max_length=30)

    class Meta:
        model = User
        fields = ["name", "staff_number", "title", "department", "oversees", "phone", "email", "is_active"]
        help_texts = {
            "oversees": gettext_lazy("区领导填写；能看到这些部门及其下属的工作。按住 Ctrl 可多选。"),
            "is_active": gettext_lazy("停用后不能登录，历史记录保留。"),
        }
        widgets = {"oversees": forms.SelectMultiple(attrs={"size": 6})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = Department.objects.active()
        for name in ("department", "oversees"):
            choice(self, name).queryset = active
        choice(self, "department").empty_label = _("（无，企业用户）")

    def clean_staff_number(self) -> str | None:
        """Empty numbers are no number: only real ones must differ."""
        return self.cleaned_data.get("staff_number") or None


class EditPersonForm(PersonForm):
    """An account that exists."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class NewPersonForm(PersonForm):
    """A new account with its first roles."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("角色"),
        required=False,
        choices=[(role.value, role.label) for role in Role],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("系统管理员、安全管理员、审计员三者只能选一个。"),
    )

    class Meta(PersonForm.Meta):
        fields = ["username", "name", "staff_number", "title", "department", "phone", "email"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        forms.ModelForm.__init__(self, *args, **kwargs)
        choice(self, "department").queryset = Department.objects.active()
        choice(self, "department").empty_label = _("（无，企业用户）")

    def clean_roles(self) -> list[Role]:
        """The roles as the permission table knows them; one of the three administrators at most."""
        roles = [Role(key) for key in self.cleaned_data["roles"]]
        if len([role for role in roles if role in ADMIN_ROLES]) > 1:
            raise forms.ValidationError(_("系统管理员、安全管理员、审计员须由不同的人担任，只能选一个。"))
        return roles


class DepartmentForm(forms.ModelForm):
    """A department, town or park."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Department
        fields = ["code", "name", "short_name", "kind", "parent", "sort_order", "is_active"]
        help_texts = {
            "code": gettext_lazy("字母、数字、短横线；报表和接口用它，定后少改。"),
            "short_name": gettext_lazy("列表里显示的名字，如“区交通局”。"),
            "sort_order": gettext_lazy("数字小的排在前面。"),
            "is_active": gettext_lazy("停用后不再能选，历史记录保留。"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice(self, "parent").queryset = Department.objects.active()

    def clean(self) -> dict[str, Any]:
        """Everything but the district itself hangs under something."""
        data = super().clean() or {}
        kind, parent = data.get("kind"), data.get("parent")
        if kind != Department.Kind.DISTRICT and parent is None and "parent" not in self.errors:
            self.add_error("parent", _("请选择上级；只有区本级没有上级。"))
        return data
