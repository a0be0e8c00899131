"""The forms of a group of cases: merge the chosen, open one for the cause, say that they are not the same."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise
from foundation.accounts.models import User
from issues.forms.base import long_text
from issues.models import Issue, IssueCluster


class ClusterForm(forms.Form):
    """Knows the group and the person."""

    def __init__(self, *args: Any, cluster: IssueCluster, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cluster, self.user = cluster, user
        self.prepare()

    @property
    def cases(self) -> Any:
        return Issue.objects.visible_to(self.user).filter(pk__in=self.cluster.cases.values("issue_id"))

    def prepare(self) -> None:
        """Narrow the choices to this group."""


class MergeForm(ClusterForm):
    """`lead` and `issues` are chosen in the table of cases."""

    lead = forms.ModelChoiceField(label=_("主件"), queryset=Issue.objects.none())
    issues = forms.ModelMultipleChoiceField(label=_("并入的诉求"), queryset=Issue.objects.none())
    note = forms.CharField(label=_("说明"), max_length=200, required=False)

    def prepare(self) -> None:
        self.fields["lead"].queryset = self.fields["issues"].queryset = self.cases  # type: ignore[attr-defined]


class CauseForm(ClusterForm):
    title = forms.CharField(label=_("标题"), max_length=80)
    text = long_text(_("内容"), hint=_("写共同的原因和要求。代表企业会看到,请不要写出其他企业的名称。"))
    enterprise = forms.ModelChoiceField(
        label=_("代表企业"),
        queryset=Enterprise.objects.none(),
        empty_label=None,
        help_text=_("由它确认办结结果。"),
    )
    follow = forms.BooleanField(label=_("未办结的都并入这一件"), required=False)

    def prepare(self) -> None:
        asked = self.cases.order_by("registered_at").values("enterprise_id")
        self.fields["enterprise"].queryset = Enterprise.objects.filter(pk__in=asked)  # type: ignore[attr-defined]
        self.fields["title"].initial = self.cluster.title


class DismissForm(ClusterForm):
    reason = forms.CharField(label=_("理由"), max_length=200)


class RestoreForm(ClusterForm):
    """Nothing to say."""


CLUSTER_FORMS: dict[str, type[ClusterForm]] = {
    "merge": MergeForm,
    "cause": CauseForm,
    "dismiss": DismissForm,
    "restore": RestoreForm,
}
