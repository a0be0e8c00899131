"""Forms of liaison: one for a visit, small ones for assignments."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.forms import BaseFormSet, formset_factory
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises.models import Enterprise
from foundation.accounts.models import Department, User
from foundation.attachments.forms import FilesField
from foundation.clocks import localtime
from liaison import holders, problems
from liaison.actions.rules import MOST_DAYS
from liaison.actions.visits import EDITABLE
from liaison.clocks import AUDIENCES
from liaison.models import Assignment, Visit
from liaison.problems import Problem

LONG = 4_000
MAX_PROBLEMS = 10


class MomentInput(forms.DateTimeInput):
    """The browser's own picker for day and time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class DayInput(forms.DateInput):
    """The browser's own picker for a day."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def text_area(label: Any, placeholder: Any = "", rows: int = 3, **more: Any) -> forms.CharField:
    """A longer text."""
    widget = forms.Textarea(attrs={"rows": rows, "placeholder": placeholder})
    return forms.CharField(label=label, required=False, max_length=LONG, widget=widget, **more)


class VisitForm(forms.Form):
    """What is written down of one visit."""

    submission_key = forms.CharField(widget=forms.HiddenInput, required=False)
    enterprise = forms.ModelChoiceField(
        label=gettext_lazy("企业"), queryset=Enterprise.objects.none(), empty_label=gettext_lazy("请选择企业")
    )
    visited_at = forms.DateTimeField(
        label=gettext_lazy("走访时间"), widget=MomentInput, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
    )
    form = forms.ChoiceField(label=gettext_lazy("方式"), choices=Visit.Form, widget=forms.RadioSelect)
    met = forms.CharField(
        label=gettext_lazy("会见人员"),
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("姓名、职务,例如 王厂长、财务李经理")}),
    )
    companions = forms.CharField(label=gettext_lazy("同行人员"), max_length=200, required=False)
    explained = text_area(gettext_lazy("政策宣讲"), gettext_lazy("讲了哪些政策,企业是否用得上"))
    operating_condition = forms.ChoiceField(
        label=gettext_lazy("经营状况"), choices=Enterprise.Condition, widget=forms.RadioSelect, required=False
    )
    employees = forms.IntegerField(label=gettext_lazy("用工人数"), min_value=0, max_value=1_000_000, required=False)
    output_value = forms.DecimalField(
        label=gettext_lazy("当月产值(万元)"), min_value=0, max_digits=14, decimal_places=2, required=False
    )
    operating_facts = text_area(gettext_lazy("生产经营情况"), gettext_lazy("订单、开工、用电、用工、资金等"))
    summary = text_area(gettext_lazy("走访小结"), rows=2)
    photos = FilesField(label=gettext_lazy("现场照片"), accept="image/jpeg,image/png", help_text="")
    documents = FilesField(label=gettext_lazy("其他附件"))

    def __init__(self, *args: Any, enterprises: Any = None, target: Any = None, **kwargs: Any) -> None:
        """`enterprises`: those to choose from; none when the target is fixed (a project, or a visit being edited)."""
        super().__init__(*args, **kwargs)
        if enterprises is None:
            del self.fields["enterprise"]
        else:
            self.fields["enterprise"].queryset = enterprises  # type: ignore[attr-defined]
            self.initial.setdefault("enterprise", getattr(target, "pk", None))
        self.initial.setdefault("submission_key", uuid.uuid4())
        self.initial.setdefault("visited_at", timezone.localtime().replace(second=0, microsecond=0))
        self.initial.setdefault("form", Visit.Form.ON_SITE)
        self.fields["photos"].widget.attrs["capture"] = "environment"
        self.fields["employees"].widget.attrs["inputmode"] = "numeric"
        self.fields["output_value"].widget.attrs["inputmode"] = "decimal"

    def clean_submission_key(self) -> uuid.UUID:
        """The key the form was handed out with; one that is none counts as a form of its own."""
        try:
            return uuid.UUID(self.cleaned_data["submission_key"])
        except ValueError:
            return uuid.uuid4()

    def clean_visited_at(self) -> datetime:
        """Not in the future; what a phone's clock may be fast is let through."""
        moment = self.cleaned_data["visited_at"]
        if localtime.local_date(moment) > localtime.today():
            raise forms.ValidationError(_("走访时间不能晚于现在,请核对日期。"))
        return moment

    def clean(self) -> dict[str, Any]:
        """The files together must not be too many."""
        cleaned = super().clean() or {}
        if len(self.uploads()) > settings.ATTACHMENT_MAX_COUNT:
            self.add_error(
                "documents", _("附件合计最多 %(n)d 个,请减少后再提交。") % {"n": settings.ATTACHMENT_MAX_COUNT}
            )
        return cleaned

    def uploads(self) -> list[UploadedFile]:
        """Photos and other files."""
        return [*(self.cleaned_data.get("photos") or []), *(self.cleaned_data.get("documents") or [])]

    def facts(self) -> dict[str, Any]:
        """The fields of the visit itself."""
        return {name: self.cleaned_data[name] for name in EDITABLE}


class ProblemForm(forms.Form):
    """One problem found; left empty it is none."""

    title = forms.CharField(
        label=gettext_lazy("问题"),
        max_length=80,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("一句话说清,例如 厂区变压器容量不足")}),
    )
    category = forms.ChoiceField(label=gettext_lazy("类别"))
    text = forms.CharField(
        label=gettext_lazy("具体情况"),
        max_length=LONG,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": gettext_lazy("事由、影响、企业的请求")}),
    )

    def __init__(self, *args: Any, categories: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [("", _("请选择类别")), *categories]  # type: ignore[attr-defined]

    def problem(self) -> Problem:
        """The problem as written."""
        data = self.cleaned_data
        return Problem(data["title"], data["text"], data["category"])


class ProblemForms(BaseFormSet):
    """The problems of one visit."""

    def problems(self) -> list[Problem]:
        """Those that were filled in."""
        return [form.problem() for form in self.forms if form.has_changed()]


_problem_forms = formset_factory(
    ProblemForm, formset=ProblemForms, extra=3, max_num=MAX_PROBLEMS, validate_max=True, absolute_max=MAX_PROBLEMS + 1
)


def problem_forms(data: Any = None) -> ProblemForms | None:
    """The repeatable block; None where nobody takes problems."""
    if not problems.accepts_problems():
        return None
    if data is not None and "problems-TOTAL_FORMS" not in data:  # a plain client that sends none
        data = {"problems-TOTAL_FORMS": "0", "problems-INITIAL_FORMS": "0"}
    kwargs = {"categories": problems.choices()}
    return _problem_forms(data, prefix="problems", form_kwargs=kwargs)  # type: ignore[return-value]


class EditVisitForm(VisitForm):
    """The correction of a visit."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class HolderForm(forms.Form):
    """Who gets one part: a department for the responsible one, else a person by name or account."""

    department = forms.ModelChoiceField(
        label=gettext_lazy("责任单位"),
        queryset=Department.objects.active(),
        empty_label=gettext_lazy("请选择单位"),
    )
    person = forms.CharField(
        label=gettext_lazy("人员"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": gettext_lazy("姓名、账号或工号")}),
    )
    started_on = forms.DateField(label=gettext_lazy("开始日期"), widget=DayInput)

    def __init__(self, *args: Any, kind: str, suggest_url: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        del self.fields["person" if kind == Assignment.Kind.RESPONSIBLE_DEPARTMENT else "department"]
        self.initial.setdefault("started_on", localtime.today())
        if "person" in self.fields:
            self.fields["person"].widget.attrs |= {"data-suggest": f"{suggest_url}?kind={kind}"}

    def clean_person(self) -> User:
        """The one person meant; where several bear the name, they are named."""
        words = self.cleaned_data["person"]
        found = list(holders.matching(self.kind, words)[:6])
        if len(found) == 1:
            return found[0]
        label = Assignment.Kind(self.kind).label
        if not found:
            raise forms.ValidationError(
                _("没有找到可担任%(kind)s的“%(words)s”,请核对姓名,或填写账号、工号。") % {"kind": label, "words": words}
            )
        names = "、".join(f"{one.name}({one.username},{one.department or ''})" for one in found)
        raise forms.ValidationError(_("有多位同名人员:%(names)s。请填写括号里的账号。") % {"names": names})

    def clean_started_on(self) -> Any:
        """Not later than today."""
        day = self.cleaned_data["started_on"]
        if day > localtime.today():
            raise forms.ValidationError(_("开始日期不能晚于今天。"))
        return day

    @property
    def holder(self) -> User | Department:
        """The person or department chosen."""
        return self.cleaned_data.get("person") or self.cleaned_data["department"]


class EndForm(forms.Form):
    """Why an assignment ends."""

    reason = forms.CharField(
        label=gettext_lazy("结束原因"),
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("例如 工作调动、企业迁出")}),
    )


class RuleForm(forms.Form):
    """When visits are reminded of, and who is told."""

    yellow_days = forms.IntegerField(
        label=gettext_lazy("提前提醒(工作日)"),
        min_value=0,
        max_value=MOST_DAYS,
        help_text=gettext_lazy("月底前还剩几个工作日时转黄并提醒。"),
    )
    tell_yellow = forms.MultipleChoiceField(
        label=gettext_lazy("月底将到时告知"),
        choices=list(AUDIENCES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    tell_red = forms.MultipleChoiceField(
        label=gettext_lazy("超期未访时告知"),
        choices=list(AUDIENCES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    @staticmethod
    def names(keys: Sequence[str]) -> str:
        """Audience keys as people read them."""
        return "、".join(str(AUDIENCES.get(key, key)) for key in keys) or _("不告知")
