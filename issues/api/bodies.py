"""The bodies of registering and of each verb, made from the table of transitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rest_framework import serializers

from enterprises.models import Enterprise
from foundation.accounts.api import StrictSerializer
from foundation.accounts.models import Department, User
from issues import lifecycle, ratings
from issues.actions.base import TEXT_LIMIT
from issues.lifecycle import Transition
from issues.models import Category, Handling, Issue, IssueLink, PolicyGap, Tag
from projects.models import Project


class InSight(serializers.PrimaryKeyRelatedField):
    """A reference to an object by its id; what the asking user may not see does not exist."""

    def __init__(self, model: Any = None, **kwargs: Any) -> None:
        self.model = model
        super().__init__(queryset=model.objects.none(), **kwargs)

    def get_queryset(self) -> Any:
        request = self.context.get("request")
        return self.model.objects.visible_to(request.user) if request else self.model.objects.none()


def _text(limit: int) -> Callable[..., serializers.Field]:
    return lambda **options: serializers.CharField(
        max_length=limit, allow_blank=not options.get("required", True), **options
    )


def _choice(choices: Any) -> Callable[..., serializers.Field]:
    return lambda **options: serializers.ChoiceField(
        choices=choices, allow_blank=not options.get("required", True), **options
    )


def _files(**options: Any) -> serializers.Field:
    return serializers.ListField(child=serializers.FileField(), **options)


def _category(**options: Any) -> serializers.Field:
    active = Category.objects.filter(is_active=True)
    return serializers.SlugRelatedField(slug_field="code", queryset=active, allow_null=True, **options)


def _handler(**options: Any) -> serializers.Field:
    return serializers.PrimaryKeyRelatedField(queryset=User.objects.active(), allow_null=True, **options)


# How each name of the table's `needs` and `takes` is read; called with required=.
FIELDS: dict[str, Callable[..., serializers.Field]] = {
    "to": lambda **options: InSight(Department, allow_null=not options.get("required", True), **options),
    "handler": _handler,
    "note": _text(1000),
    "reason": _text(1000),
    "until": lambda **options: serializers.DateField(**options),
    "kind": _choice(Handling.ReturnKind.choices),
    "text": _text(TEXT_LIMIT),
    "comment": _text(300),
    "tags": lambda **options: serializers.ListField(
        child=serializers.ChoiceField(choices=list(ratings.TAGS)), max_length=len(ratings.TAGS), **options
    ),
    "left": _text(1000),
    "basis": _text(200),
    "days": lambda **options: serializers.IntegerField(min_value=1, max_value=250, **options),
    "rating": lambda **options: serializers.IntegerField(min_value=1, max_value=5, **options),
    "resolution": _choice(Issue.Resolution.choices),
    "level": _choice(Issue.PolicyLevel.choices),
    "gap": lambda **options: InSight(PolicyGap, allow_null=True, **options),
    "gap_title": _text(80),
    "body": _text(80),
    "document": _text(120),
    "told_way": _choice(Issue.Telling.choices),
    "told_on": lambda **options: serializers.DateField(allow_null=True, **options),
    "files": _files,
    "mentions": lambda **options: serializers.PrimaryKeyRelatedField(
        queryset=User.objects.active(), many=True, **options
    ),
    "labels": lambda **options: InSight(Tag, many=True, **options),
    "into": lambda **options: InSight(Issue, **options),
    "other": lambda **options: InSight(Issue, **options),
    "earlier": lambda **options: InSight(Issue, **options),
    "link": lambda **options: InSight(IssueLink, **options),
    "relation": _choice([(kind.value, kind.label) for kind in (IssueLink.Kind.RELATES, IssueLink.Kind.CAUSE)]),
    "title": _text(80),
    "category": _category,
}


def body_of(transition: Transition) -> type[StrictSerializer]:
    """The serializer of a verb's body: what it needs, what it takes, and the version that was read."""
    fields: dict[str, Any] = {name: FIELDS[name](required=True) for name in transition.needs}
    fields |= {name: FIELDS[name](required=False) for name in transition.takes}
    fields["version"] = serializers.IntegerField(min_value=0, required=False)
    name = "".join(word.capitalize() for word in transition.verb.split("_"))
    return type(f"Issue{name}Body", (StrictSerializer,), fields | {"__doc__": str(transition.hint)})


class RegisterBody(StrictSerializer):
    """A new case; the enterprise's own accounts may leave out `enterprise` and `channel`."""

    enterprise = InSight(Enterprise, required=False)
    category = serializers.SlugRelatedField(slug_field="code", queryset=Category.objects.filter(is_active=True))
    title = serializers.CharField(max_length=80)
    text = serializers.CharField(max_length=TEXT_LIMIT)
    channel = serializers.ChoiceField(choices=Issue.Channel.choices, required=False)
    contact_name = serializers.CharField(max_length=40, required=False, allow_blank=True)
    contact_phone = serializers.CharField(max_length=30, required=False, allow_blank=True)
    project = InSight(Project, required=False, allow_null=True)
    files = _files(required=False)
    submission_key = serializers.UUIDField(required=False)


BODIES = {
    t.verb: body_of(t) for t in lifecycle.TRANSITIONS if not (t.by_system or t.elsewhere) and t.verb != "register"
}
