"""Forms of projects."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises.forms import DateInput, VersionedForm
from enterprises.models import Enterprise
from foundation.clocks.localtime import today
from projects.models import Project


class EnterpriseField(forms.CharField):
    """An enterprise by its credit code or its name, among those the user may see."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=140, **kwargs)
        self.user: Any = None

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            found = Enterprise.objects.filter(pk=value).first()
            return f"{found.credit_code} {found.name}" if found else ""
        return value

    def clean(self, value: Any) -> Enterprise | None:
        text = super().clean(value)
        if not text:
            return None
        rows = Enterprise.objects.visible_to(self.user)
        code, _space, name = text.partition(" ")
        found = rows.filter(credit_code=code.upper()).first()
        if found is not None and (not name or found.name == name.strip()):
            return found
        same = list(rows.filter(name=text)[:2])
        if len(same) != 1:
            raise forms.ValidationError(
                _("名册里没有找到“%(text)s”。请填写统一社会信用代码或企业全称。") % {"text": text}, code="no_enterprise"
            )
        return same[0]


class ProjectForm(VersionedForm):
    """All facts of a project but its stage, which moves by a verb of its own."""

    code = forms.CharField(
        label=gettext_lazy("编号"), max_length=30, required=False, help_text=gettext_lazy("留空由系统编号。")
    )
    enterprise = EnterpriseField(
        label=gettext_lazy("企业"),
        required=False,
        help_text=gettext_lazy("统一社会信用代码或企业全称；尚未确定可以留空。"),
    )

    class Meta:
        model = Project
        fields = [
            "name",
            "code",
            "kind",
            "enterprise",
            "park",
            "responsible_department",
            "investment",
            "invested",
            "planned_start",
            "planned_completion",
            "summary",
            "is_active",
        ]
        widgets = {
            "planned_start": DateInput(),
            "planned_completion": DateInput(),
            "summary": forms.Textarea(attrs={"rows": 4}),
        }
        help_texts = {"is_active": gettext_lazy("终止的项目取消勾选，历史仍保留。")}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["enterprise"].user = user  # type: ignore[attr-defined]
        if self.instance.pk:
            self.fields["code"].required = True
            self.fields["code"].help_text = ""
        else:
            self.fields["stage"] = forms.ChoiceField(label=_("阶段"), choices=Project.Stage.choices)
        for name in ("investment", "invested"):
            self.fields[name].widget.attrs["min"] = 0
        self.fields["park"].empty_label = _("未定")  # type: ignore[attr-defined]
        self.fields["responsible_department"].empty_label = _("请选择")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What the database would refuse anyway, said at the field."""
        data = super().clean() or self.cleaned_data
        whole, done = data.get("investment"), data.get("invested")
        for name in ("investment", "invested"):
            if data.get(name) is not None and data[name] < 0:
                self.add_error(name, _("投资额不能小于 0。"))
        if whole is not None and done is not None and done > whole * 2 and done > 0:
            self.add_error("invested", _("已完成投资是总投资的两倍以上，请核对单位是否为万元。"))
        start, completion = data.get("planned_start"), data.get("planned_completion")
        if start and completion and completion < start:
            self.add_error("planned_completion", _("计划投产不能早于计划开工。"))
        return data

    def validate_constraints(self) -> None:
        """`clean` has said it at the field."""


class StageForm(forms.Form):
    """One step along the stages: to which, when, and why."""

    to = forms.ChoiceField(widget=forms.HiddenInput, choices=Project.Stage.choices)
    on = forms.DateField(label=gettext_lazy("到达日期"), widget=DateInput(), required=False)
    note = forms.CharField(label=gettext_lazy("说明"), max_length=300, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def forward(cls, project: Project, day: date | None = None) -> StageForm | None:
        """An empty form to the next stage, or None at the last."""
        following = project.next_stage
        if following is None:
            return None
        initial = {"to": following, "on": day or today(), "version": project.version}
        return cls(initial=initial, auto_id=f"step{project.pk}_%s")

    @classmethod
    def back(cls, project: Project) -> StageForm | None:
        """An empty form to the stage before, which wants a reason; None at the first."""
        before = project.previous_stage
        if before is None:
            return None
        form = cls(initial={"to": before, "version": project.version}, auto_id=f"back{project.pk}_%s")
        return form.for_return()

    def for_return(self) -> StageForm:
        """A return is noted today and must be explained."""
        del self.fields["on"]
        self.fields["note"].label = _("退回原因")
        self.fields["note"].required = True
        return self
