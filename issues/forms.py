"""The short form of each verb, and the forms that bring a case in."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise
from foundation.accounts.models import Department, User
from foundation.accounts.permissions import Role
from foundation.attachments.forms import FilesField
from issues import gaps
from issues.actions.base import TEXT_LIMIT
from issues.models import Category, Issue, PolicyGap
from projects.models import Project

RATINGS = [(5, _("5 非常满意")), (4, _("4 满意")), (3, _("3 基本满意")), (2, _("2 不满意")), (1, _("1 非常不满意"))]


def long_text(label: Any, *, required: bool = True, rows: int = 3, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=TEXT_LIMIT,
        help_text=hint,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class VerbForm(forms.Form):
    """The base of a verb's form: knows the case and the person."""

    def __init__(self, *args: Any, issue: Issue, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.issue, self.user = issue, user
        self.prepare()

    def prepare(self) -> None:
        """Narrow the choices to what fits this case."""


class DispatchForm(VerbForm):
    to = forms.ModelChoiceField(label=_("主办部门"), queryset=Department.objects.none(), empty_label=_("请选择部门"))
    note = long_text(_("交办意见"), required=False, rows=2)

    def prepare(self) -> None:
        self.fields["to"].queryset = Department.objects.active().exclude(kind=Department.Kind.DISTRICT)  # type: ignore[attr-defined]
        self.fields["to"].initial = self.issue.category.default_department_id


class RuleForm(DispatchForm):
    note = long_text(_("裁定意见"), rows=2)


class ReasonForm(VerbForm):
    reason = long_text(_("理由"))


class TextForm(VerbForm):
    text = long_text(_("内容"))
    files = FilesField()  # type: ignore[assignment]


class AcceptForm(VerbForm):
    handler = forms.ModelChoiceField(
        label=_("承办人"), queryset=User.objects.none(), required=False, empty_label=_("由我承办")
    )

    def prepare(self) -> None:
        staff = User.objects.with_role(Role.HANDLER).filter(department=self.issue.department)
        self.fields["handler"].queryset = staff.exclude(pk=self.user.pk)  # type: ignore[attr-defined]


class ExtensionForm(VerbForm):
    days = forms.IntegerField(label=_("延期工作日"), min_value=1, max_value=60)
    reason = long_text(_("理由"), rows=2)


class ApproveForm(VerbForm):
    note = long_text(_("审批意见"), required=False, rows=2)


class NoteForm(VerbForm):
    note = long_text(_("说明"), rows=2)


class ResolveForm(VerbForm):
    resolution = forms.ChoiceField(label=_("办结类型"), choices=Issue.Resolution.choices, widget=forms.RadioSelect)
    basis = forms.CharField(
        label=_("政策依据"), max_length=200, required=False, help_text=_("依现有政策解决的,写明文件名称或文号。")
    )
    level = forms.ChoiceField(
        label=_("所需政策层级"),
        choices=[("", _("不涉及")), *Issue.PolicyLevel.choices],
        required=False,
        help_text=_("暂无政策依据的,写明需要哪一级出台政策。"),
    )
    gap = forms.ModelChoiceField(
        label=_("归入政策缺口"),
        queryset=PolicyGap.objects.none(),
        required=False,
        help_text=_("暂无政策依据的,选已有的同一缺口;没有的列为新的缺口。"),
    )
    gap_title = forms.CharField(
        label=_("新缺口名称"), max_length=80, required=False, help_text=_("不选已有缺口时使用,不填则用本件标题。")
    )
    text = long_text(_("答复企业的办结说明"), rows=4)
    files = FilesField()  # type: ignore[assignment]

    def prepare(self) -> None:
        offer_gaps(self.fields["gap"], self.issue, self.user)


def offer_gaps(field: Any, issue: Issue, user: User) -> None:
    """Let a choice hold every gap that takes cases in, and show those the case is like."""
    field.queryset = PolicyGap.objects.visible_to(user).ongoing()
    field.choices = gaps.choices(gaps.offered(issue, user), issue.category_id)


class ConfirmForm(VerbForm):
    rating = forms.TypedChoiceField(label=_("评分"), choices=RATINGS, coerce=int, widget=forms.RadioSelect)
    comment = forms.CharField(label=_("评价"), max_length=300, required=False)


VERB_FORMS: dict[str, type[VerbForm]] = {
    "dispatch": DispatchForm,
    "decline": ReasonForm,
    "accept": AcceptForm,
    "return": ReasonForm,
    "rule": RuleForm,
    "reply": TextForm,
    "ask": TextForm,
    "answer": TextForm,
    "request_extension": ExtensionForm,
    "approve_extension": ApproveForm,
    "refuse_extension": NoteForm,
    "resolve": ResolveForm,
    "confirm": ConfirmForm,
    "reject": ReasonForm,
    "close": NoteForm,
    "reopen": ReasonForm,
    "note": TextForm,
}


class IntakeForm(forms.Form):
    """What every new case needs, whoever brings it in."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    category = forms.ModelChoiceField(
        label=_("类别"), queryset=Category.objects.none(), widget=forms.RadioSelect, empty_label=None
    )
    title = forms.CharField(
        label=_("标题"), max_length=80, help_text=_("一句话说清什么事,例如:专线增容申请受理后无进展。")
    )
    text = long_text(_("内容"), rows=6, hint=_("发生了什么、影响多大、希望怎么解决。"))
    files = FilesField()  # type: ignore[assignment]
    contact_name = forms.CharField(label=_("联系人"), max_length=40)
    contact_phone = forms.CharField(label=_("联系电话"), max_length=30)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = Category.objects.filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["category"].label_from_instance = _category_label  # type: ignore[attr-defined]


def _category_label(category: Category) -> str:
    return format_html('<span class="two"><b>{}</b><small>{}</small></span>', category.name, category.hint)


class AppealForm(IntakeForm):
    """The enterprise's own form."""


class RegisterForm(IntakeForm):
    """The office or a cadre registers what came by another channel."""

    channel = forms.ChoiceField(label=_("来源渠道"), choices=[])
    enterprise = forms.ModelChoiceField(
        label=_("企业"),
        queryset=Enterprise.objects.none(),
        widget=forms.HiddenInput,
        error_messages={"required": _("请先选择企业。"), "invalid_choice": _("没有找到这家企业,请重新选择。")},
    )
    project = forms.ModelChoiceField(
        label=_("涉及项目"), queryset=Project.objects.none(), required=False, empty_label=_("不涉及")
    )

    field_order = ["submission_key", "enterprise", "channel", "category", "title", "text", "project"]

    def __init__(self, *args: Any, user: User, enterprise: Enterprise | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = (Issue.Channel.PORTAL, Issue.Channel.VISIT)
        self.fields["channel"].choices = [pair for pair in Issue.Channel.choices if pair[0] not in own]  # type: ignore[attr-defined]
        self.fields["enterprise"].queryset = Enterprise.objects.visible_to(user)  # type: ignore[attr-defined]
        self.fields["contact_name"].required = self.fields["contact_phone"].required = False
        projects = (
            Project.objects.visible_to(user).filter(enterprise=enterprise) if enterprise else Project.objects.none()
        )
        self.fields["project"].queryset = projects  # type: ignore[attr-defined]
        if not projects.exists():
            del self.fields["project"]


class SaveViewForm(forms.Form):
    name = forms.CharField(label=_("视图名称"), max_length=20)
    query = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)
