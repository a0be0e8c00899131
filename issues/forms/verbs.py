"""The short form of each verb, and the forms that bring a case in."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise
from foundation.accounts.models import Department, User
from foundation.accounts.permissions import Role
from foundation.attachments.forms import FilesField
from foundation.clocks.localtime import today
from issues import gaps
from issues.forms.base import VerbForm, long_text
from issues.forms.desk import RemindForm, TagForm
from issues.forms.links import LINK_FORMS
from issues.forms.mentions import MENTION_HINT, MentioningForm
from issues.forms.outcome import ConfirmForm, PartlyForm
from issues.models import Category, Issue, PolicyGap
from issues.suggesting import suggestions
from projects.models import Project


class DispatchForm(VerbForm):
    to = forms.ModelChoiceField(label=_("主办部门"), queryset=Department.objects.none(), empty_label=_("请选择部门"))
    note = long_text(_("交办意见"), required=False, rows=2)

    def prepare(self) -> None:
        field: Any = self.fields["to"]
        departments = suggestions.candidates()
        field.queryset = Department.objects.filter(pk__in=[one.pk for one in departments])
        advice = suggestions.for_issue(self.issue, departments)
        field.choices = suggestions.choices(advice, departments, field.empty_label)
        field.initial = advice.first.department.pk if advice.first else None
        field.help_text = SimpleLazyObject(lambda: self._reasons(advice))

    def _reasons(self, advice: suggestions.Advice) -> str:
        """Why these are suggested, under the field."""
        target = self.auto_id % "to" if isinstance(self.auto_id, str) else ""
        return render_to_string("issues/parts/suggestion.html", {"advice": advice, "target": target})


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
    told_way = forms.ChoiceField(
        label=_("怎样向企业说明的"),
        choices=[("", _("请选择")), *Issue.Telling.choices],
        required=False,
        help_text=_("不能解决的,须先向企业说明;说明的原文填在下面的办结说明里。"),
    )
    told_on = forms.DateField(label=_("说明日期"), required=False, initial=today)
    text = long_text(_("答复企业的办结说明"), rows=4)
    files = FilesField()  # type: ignore[assignment]

    def prepare(self) -> None:
        offer_gaps(self.fields["gap"], self.issue, self.user)


def offer_gaps(field: Any, issue: Issue, user: User) -> None:
    """Let a choice hold every gap that takes cases in, and show those the case is like."""
    field.queryset = PolicyGap.objects.visible_to(user).ongoing()
    field.choices = gaps.choices(gaps.offered(issue, user), issue.category_id)


class InternalForm(MentioningForm, TextForm):
    """A text among officials."""

    text = long_text(_("内容"), hint=MENTION_HINT)


VERB_FORMS: dict[str, type[VerbForm]] = {
    "dispatch": DispatchForm,
    "decline": ReasonForm,
    "accept": AcceptForm,
    "rule": RuleForm,
    "reply": TextForm,
    "ask": TextForm,
    "answer": TextForm,
    "request_extension": ExtensionForm,
    "approve_extension": ApproveForm,
    "refuse_extension": NoteForm,
    "resolve": ResolveForm,
    "confirm": ConfirmForm,
    "confirm_partly": PartlyForm,
    "reject": ReasonForm,
    "close": NoteForm,
    "reopen": ReasonForm,
    "note": InternalForm,
    "supplement": TextForm,
    "withdraw": ReasonForm,
    "remind": RemindForm,
    "tag": TagForm,
    **LINK_FORMS,
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
        own = (Issue.Channel.PORTAL, Issue.Channel.VISIT, Issue.Channel.FOLLOW_UP, Issue.Channel.CAUSE)
        self.fields["channel"].choices = [pair for pair in Issue.Channel.choices if pair[0] not in own]  # type: ignore[attr-defined]
        self.fields["enterprise"].queryset = Enterprise.objects.visible_to(user)  # type: ignore[attr-defined]
        self.fields["contact_name"].required = self.fields["contact_phone"].required = False
        projects = (
            Project.objects.visible_to(user).filter(enterprise=enterprise) if enterprise else Project.objects.none()
        )
        self.fields["project"].queryset = projects  # type: ignore[attr-defined]
        if not projects.exists():
            del self.fields["project"]
