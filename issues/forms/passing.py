"""The forms of the verbs by which a case goes from one hand to another."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import Department, User
from foundation.accounts.permissions import Role
from foundation.attachments.forms import FilesField
from issues.actions.gaps import FACTS_LIMIT
from issues.actions.helping import MOST_DAYS, WANTED_LIMIT
from issues.forms.base import VerbForm
from issues.forms.gaps import prose
from issues.forms.mentions import MENTION_HINT, MentioningForm
from issues.forms.verbs import InternalForm, long_text, offer_gaps
from issues.models import CoHandling, Handling, Issue, PolicyGap

ABOVE = [choice for choice in Issue.PolicyLevel.choices if choice[0] != Issue.PolicyLevel.DISTRICT]


class ReturnForm(VerbForm):
    kind = forms.ChoiceField(label=_("退回类型"), choices=Handling.ReturnKind.choices, widget=forms.RadioSelect)
    reason = long_text(_("具体理由"), hint=_("写明依据,以及您认为应由谁主办。"))


class TransferForm(VerbForm):
    handler = forms.ModelChoiceField(
        label=_("承办人"), queryset=User.objects.none(), required=False, empty_label=_("由接收单位自定")
    )
    to = forms.ModelChoiceField(
        label=_("下属单位"), queryset=Department.objects.none(), required=False, empty_label=_("仍由现单位主办")
    )
    note = long_text(_("说明"), required=False, rows=2)

    def prepare(self) -> None:
        """The people and the units of the person's own department."""
        own = Department.objects.active().under(*([self.user.department] if self.user.department else []))
        units = own.exclude(pk=self.issue.department_id).exclude(kind=Department.Kind.DISTRICT)
        staff = User.objects.with_role(Role.HANDLER).filter(department__in=own).select_related("department")
        self.fields["handler"].queryset = staff.exclude(pk=self.issue.handler_id)  # type: ignore[attr-defined]
        self.fields["handler"].label_from_instance = _person  # type: ignore[attr-defined]
        self.fields["to"].queryset = units  # type: ignore[attr-defined]
        if not units.exists():
            del self.fields["to"]
            self.fields["handler"].required = True
            self.fields["handler"].empty_label = _("请选择承办人")  # type: ignore[attr-defined]


def _person(user: User) -> str:
    return f"{user.name}({user.department.label})" if user.department else user.name


class ReassignForm(VerbForm):
    to = forms.ModelChoiceField(label=_("改由"), queryset=Department.objects.none(), empty_label=_("请选择部门"))
    reason = long_text(_("改派理由"), rows=2, hint=_("两个部门都会看到。"))

    def prepare(self) -> None:
        rows = Department.objects.active().exclude(kind=Department.Kind.DISTRICT)
        self.fields["to"].queryset = rows.exclude(pk=self.issue.department_id)  # type: ignore[attr-defined]


class ListForm(VerbForm):
    until = forms.DateField(label=_("整改期限"), help_text=_("当天 24:00 前整改到位。"))
    reason = prose(_("挂牌理由"), 300)


class OffListForm(VerbForm):
    reason = prose(_("摘牌理由"), 300)


class InviteForm(MentioningForm):
    to = forms.ModelChoiceField(label=_("协办部门"), queryset=Department.objects.none(), empty_label=_("请选择部门"))
    text = prose(_("请对方做什么"), WANTED_LIMIT, hint=_("例如:请核实地块权属并出具意见。写 @姓名 可以提醒同事。"))
    days = forms.IntegerField(label=_("几个工作日内回复"), min_value=1, max_value=MOST_DAYS, initial=3)
    files = FilesField()  # type: ignore[assignment]

    def prepare(self) -> None:
        super().prepare()
        rows = Department.objects.active().exclude(kind=Department.Kind.DISTRICT)
        asked = CoHandling.objects.open().filter(issue=self.issue).values("department_id")
        rows = rows.exclude(pk=self.issue.department_id).exclude(pk__in=asked)
        self.fields["to"].queryset = rows  # type: ignore[attr-defined]


class HelpForm(InternalForm):
    text = long_text(_("协办回复"), hint=MENTION_HINT)


class WithdrawInvitationForm(MentioningForm):
    to = forms.ModelChoiceField(label=_("协办部门"), queryset=Department.objects.none(), empty_label=None)
    reason = prose(_("理由"), 300)
    mentioned_in = "reason"

    def prepare(self) -> None:
        super().prepare()
        asked = CoHandling.objects.open().filter(issue=self.issue).values("department_id")
        self.fields["to"].queryset = Department.objects.filter(pk__in=asked)  # type: ignore[attr-defined]


class ReferForm(VerbForm):
    level = forms.ChoiceField(label=_("反映到哪一级"), choices=ABOVE, widget=forms.RadioSelect)
    body = forms.CharField(label=_("报给"), max_length=80, help_text=_("例如:市经信局。"))
    text = prose(_("反映什么"), FACTS_LIMIT, hint=_("卡在哪里、缺什么依据、建议怎么定。企业看不到。"))
    document = forms.CharField(label=_("文号"), max_length=120, required=False)
    gap = forms.ModelChoiceField(label=_("归入政策缺口"), queryset=PolicyGap.objects.none(), required=False)
    gap_title = forms.CharField(
        label=_("新缺口名称"), max_length=80, required=False, help_text=_("不选已有缺口时使用,不填则用本件标题。")
    )
    files = FilesField()  # type: ignore[assignment]

    def prepare(self) -> None:
        offer_gaps(self.fields["gap"], self.issue, self.user)


class AboveForm(VerbForm):
    text = prose(_("上级怎么答复"), FACTS_LIMIT)
    document = forms.CharField(label=_("文号"), max_length=120, required=False)
    files = FilesField()  # type: ignore[assignment]


PASSING_FORMS: dict[str, type[VerbForm]] = {
    "return": ReturnForm,
    "transfer": TransferForm,
    "reassign": ReassignForm,
    "put_on_list": ListForm,
    "take_off_list": OffListForm,
    "invite": InviteForm,
    "co_reply": HelpForm,
    "withdraw_invitation": WithdrawInvitationForm,
    "refer": ReferForm,
    "answer_from_above": AboveForm,
}
