"""What the enterprise's side may read, field by field, and marks on everything else.

`FIELDS` is the declared table: every text field of every model stands in it. A field that is added must be put here:

    public    the enterprise may read it, on the rows that `OWN` names (all rows where it names none)
    internal  no page, answer, mail, notice, file or search result of the enterprise's side ever holds it
    code      keys that programs use (kinds, addresses, digests): no words of people, left as they are
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from itertools import count
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from enterprises.models import Enterprise
from issues.models import Issue

FLOORS = ("foundation", "enterprises", "projects", "liaison", "issues", "supervision")
ALL_INTERNAL = "*"

FIELDS: dict[str, dict[str, str]] = {
    "accounts.Department": {"public": "name short_name", "internal": "code", "code": "path"},
    "accounts.User": {"public": "username name title phone email staff_number", "code": "password preferences"},
    "attachments.Attachment": {
        "public": "name",
        "internal": "sha256 sent_sha256",
        "code": "owner_type content_type finding",  # what a scanner calls what it found
    },
    "audit.AuditHead": {"code": "hash"},
    "audit.AuditRow": {
        "internal": "actor_label ip target_label data_json prev_hash hash",
        "code": "action target_type target_id",
    },
    "clocks.CalendarDay": {"public": "name"},
    "clocks.CalendarYear": {"public": "source"},
    "clocks.Clock": {"internal": "stop_reason", "code": "kind"},
    "clocks.ClockPause": {"internal": "reason"},
    "clocks.Ladder": {"internal": "name", "code": "key tell_yellow tell_red tell_escalated"},
    "clocks.Sweep": {"code": "kind"},
    "exports.Export": {"internal": "query name error", "code": "kind claim"},
    "enterprises.Contact": {"public": "name title phone email"},
    "enterprises.DuplicatePair": {"internal": "reasons"},
    "enterprises.Enterprise": {
        "public": "credit_code name enterprise_type legal_representative capital_currency business_scope address",
        "internal": "extra",
    },
    "enterprises.Industry": {"public": "name", "code": "code"},
    "enterprises.Merge": {"internal": "kept lost moves undo_left"},
    "enterprises.Registration": {
        "public": "credit_code enterprise_name person_name phone username reason",
        "internal": "address",
        "code": "password",
    },
    "enterprises.Park": {"public": "name", "internal": "code"},
    "enterprises.Pool": {"internal": "name code"},
    "imports.Batch": {"internal": ALL_INTERNAL},
    "imports.Chunk": {"internal": ALL_INTERNAL},
    "imports.RowEdit": {"internal": ALL_INTERNAL},
    "imports.SavedMapping": {"internal": ALL_INTERNAL},
    "heartbeats.Heartbeat": {"internal": "name"},
    "issues.AppealDraft": {"public": "title text contact_name contact_phone"},
    "issues.CannedReply": {"internal": "title text"},
    "issues.CallDraw": {"internal": "seed owed"},
    "issues.CallTry": {"internal": "note"},
    "issues.Category": {"public": "code name hint"},
    "issues.CoHandling": {"internal": "wanted reply end_reason"},
    "issues.Listing": {"internal": "reason end_reason"},
    "issues.DrawnCase": {"internal": "lot"},
    "issues.Event": {"public": "actor text", "internal": "data", "code": "verb"},
    "issues.Extension": {"internal": "reason decision_note"},
    "issues.FollowUpCall": {"internal": "note"},
    "issues.Issue": {
        "public": "number title text contact_name contact_phone resolution_text resolution_basis rating_comment",
        "code": "clock_kind rating_tags",
    },
    "issues.IssuePresence": {"code": "doing"},
    "issues.IssueCluster": {"internal": "title reason"},
    "issues.IssueLink": {"internal": "note", "code": "before"},
    "issues.PolicyGap": {"internal": "title missing"},
    "issues.PolicyGapStep": {"internal": "body document text"},
    "issues.SavedView": {"internal": "name query", "code": "columns"},
    "issues.SuggestionModel": {"internal": "by_class confused", "code": "digest"},
    "issues.Tag": {"internal": "name"},
    "liaison.Assignment": {"internal": "end_reason"},
    "liaison.Visit": {"internal": "companions met explained operating_facts summary"},
    "notices.Delivery": {"internal": "error", "code": "target said"},
    "notices.Notice": {"public": "subject body", "code": "kind url key about concerns"},
    "notices.NoticeChoice": {"code": "kind channel"},
    "notices.NoticeRule": {"code": "kind channels"},
    "projects.Project": {"internal": "code name summary"},
    "projects.StageChange": {"internal": "note"},
    "search.Document": {"code": "public internal public_tokens internal_tokens"},  # made of the others
    "search.FileText": {"code": "text"},
    "search.Progress": {"code": "name"},
    "supervision.Component": {"code": "key"},
    "supervision.Formula": {"internal": "name"},
    "supervision.Snapshot": {"internal": "inputs_hash", "code": "period"},
    "supervision.SnapshotScore": {"internal": "components rows"},
}
# Read by the enterprise on these rows alone; `{own}` is its record, `{staff}` its accounts.
OWN: dict[str, Any] = {
    "accounts.User": lambda own: Q(enterprise_staff__enterprise=own),
    "attachments.Attachment": lambda own: Q(
        owner_type="issues.issue", owner_id__in=Issue.objects.filter(enterprise=own).values("pk"), internal=False
    ),
    "enterprises.Contact": lambda own: Q(enterprise=own),
    "enterprises.Enterprise": lambda own: Q(pk=own.pk),
    "enterprises.Registration": lambda own: Q(pk__in=[]),  # other people's
    "issues.Event": lambda own: Q(issue__enterprise=own, internal=False),
    "issues.Issue": lambda own: Q(enterprise=own),
    "issues.AppealDraft": lambda own: Q(owner__enterprise_staff__enterprise=own),
    "notices.Notice": lambda own: Q(recipient__enterprise_staff__enterprise=own),
}
# Models around a case that must have a row to mark; a new one without a row in the story gets a bare one.
AROUND_A_CASE = ("issues", "liaison", "projects", "attachments")
# Keys of Event.data that programs read back; whatever else stands there is marked.
KEYS_OF_DATA = {
    "files",
    "first",
    "follow_up",
    "channel",
    "resolution",
    "level",
    "due_on",
    "days",
    "round",
    "count",
    "kind",
}
_numbers = count(1)


def ours() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.split(".")[0] in FLOORS]


def text_fields(model: type[models.Model]) -> list[models.Field]:
    """The fields that can hold words: those with choices cannot."""
    kinds = (models.CharField, models.TextField, models.JSONField)
    return [one for one in model._meta.concrete_fields if isinstance(one, kinds) and not one.choices]


def declared(label: str) -> dict[str, str]:
    """Field → its class, as the table says."""
    table = FIELDS.get(label, {})
    if table.get("internal") == ALL_INTERNAL:
        return dict.fromkeys((one.name for one in text_fields(apps.get_model(label))), "internal")
    return {name: kind for kind, names in table.items() for name in names.split()}


MARK = re.compile(r"zq\d{5}")  # a form's random token may hold "zq0" by chance, hardly ever five digits after it


def mark() -> str:
    """A word that stands nowhere else; short enough for the narrowest column."""
    return f"zq{next(_numbers):05d}"


def mark_everything_internal(own: Enterprise) -> dict[str, str]:
    """Put a mark into every text that the enterprise may not read; returns mark → where it stands."""
    marks: dict[str, str] = {}
    for model in ours():
        label = model._meta.label
        if label.startswith("audit."):  # the trail is closed to changes; nothing of it is drawn for an enterprise
            continue
        if model._meta.app_label in AROUND_A_CASE:
            ensure_row(model)
        public = set(rows_of(model, own).values_list("pk", flat=True))
        for field in text_fields(model):
            kind = declared(label).get(field.name)
            hidden = model._base_manager.all() if kind == "internal" else model._base_manager.exclude(pk__in=public)
            if kind != "code":
                for row in hidden:
                    marks |= mark_field(row, field)
    return marks


def rows_of(model: type[models.Model], own: Enterprise) -> QuerySet:
    """The rows whose public fields the enterprise may read."""
    condition = OWN.get(model._meta.label)
    return model._base_manager.filter(condition(own)) if condition else model._base_manager.all()


def mark_field(row: models.Model, field: models.Field) -> dict[str, str]:
    where = f"{row._meta.label}.{field.name}"
    found: dict[str, str] = {}

    def fresh() -> str:
        word = mark()
        found[word] = where
        return word

    before = getattr(row, field.name)
    value = marked_json(before, fresh) if isinstance(field, models.JSONField) else fresh()
    try:
        with transaction.atomic():
            type(row)._base_manager.filter(pk=row.pk).update(**{field.name: value})
    except IntegrityError:
        assert not before, f"{where} holds a text that cannot be marked"
        return {}  # a constraint keeps it empty
    return found


def marked_json(value: Any, fresh: Any) -> Any:
    """The same shape with a mark for every word, and one more where nothing stands."""
    if isinstance(value, dict):
        kept = {key: one if key in KEYS_OF_DATA else marked_json(one, fresh) for key, one in value.items()}
        return kept | {"zq": fresh()}
    if isinstance(value, list):
        return [marked_json(one, fresh) for one in value]
    return fresh() if isinstance(value, str) else value


def ensure_row(model: type[models.Model]) -> models.Model:
    """A row of this model, made bare where the story has none."""
    row = model._base_manager.order_by("-pk").first()
    return row if row is not None else model._base_manager.create(**dict(bare_facts(model)))


def bare_facts(model: type[models.Model]) -> Iterator[tuple[str, Any]]:
    """What a row needs at least; references lead to rows that are there."""
    for field in model._meta.concrete_fields:
        if field.primary_key or field.has_default() or (field.null and not isinstance(field, models.ForeignKey)):
            continue
        if isinstance(field, models.ForeignKey):
            if not field.null:
                yield field.name, ensure_row(field.related_model)
        elif field.choices:
            yield field.name, next(key for key, _label in field.flatchoices if key != "")
        elif isinstance(field, models.UUIDField):
            yield field.name, uuid.uuid4()
        elif isinstance(field, models.DateTimeField):
            yield field.name, timezone.now()
        elif isinstance(field, models.DateField):
            yield field.name, timezone.localdate()
        elif isinstance(field, models.CharField | models.TextField):
            yield field.name, "" if field.blank else mark()
        elif isinstance(field, models.IntegerField):
            yield field.name, 1
