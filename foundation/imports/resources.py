"""The base of every roster's declaration: which columns there are, by which headings, and where they are kept."""

from __future__ import annotations

import dataclasses
from collections import UserList
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.functional import Promise
from import_export.fields import Field
from import_export.resources import ModelResource

from foundation.accounts.permissions import Permission
from foundation.imports import bulk, lookups  # noqa: F401 - registers `any_of`
from foundation.imports.candidates import Resemblance
from foundation.imports.header import vocabulary
from foundation.imports.lines import Candidate, Remark
from foundation.imports.widgets import RosterWidget, Text

CHUNK = 1_000


class RosterField(Field):
    """A column: its heading, other headings for it (with spaces between), its widget, the database fields it fills.

    `sources` are look-up paths from the model, one unless the widget's value is a list; `related` marks a column that
    is kept on another table and written by the resource's `write_related`.
    """

    def __init__(
        self,
        heading: str,
        synonyms: str = "",
        *,
        widget: RosterWidget | None = None,
        sources: Sequence[str] = (),
        required: bool = False,
        related: bool = False,
        sensitive: bool = False,
        hint: str | Promise = "",
    ) -> None:
        super().__init__(attribute=sources[0] if sources else None, column_name=heading, widget=widget or Text())
        self.heading, self.synonyms = heading, tuple(synonyms.split())
        self.sources = tuple(sources)
        self.required, self.related, self.sensitive, self.hint = required, related, sensitive, hint

    def get_value(self, instance: Any) -> Any:
        """The value for export; a list where the column spans several fields."""
        if len(self.sources) == 1:
            return super().get_value(instance)
        return [getattr(instance, source) for source in self.sources]

    def spread(self, value: Any) -> dict[str, Any]:
        """{database field: value} of a canonical value."""
        return dict(zip(self.sources, value if len(self.sources) > 1 else [value], strict=True))


@dataclass(slots=True)
class Stored:
    """What the database holds of one object, in canonical values."""

    pk: Any
    version: int
    label: str
    values: dict[str, Any]
    missing: Any = None  # the day since when a full roster has not named it


@dataclass(slots=True)
class Entry:
    """One row of a file as it was read: what it says, what is wrong with it, and the object it is about."""

    number: int
    values: dict[str, Any]
    errors: list[Remark]
    notes: list[Remark]
    found: Stored | None = None
    candidates: list[Candidate] = dataclasses.field(default_factory=list)

    def refuse(self, column: str, code: str, message: str) -> None:
        """Have the row left out, with the reason."""
        self.errors.append(Remark(column, code, message))


class RosterResource(ModelResource):
    """Declare `Meta.model` and RosterFields; set `key` and what else differs."""

    fields: dict[str, RosterField]
    key = ""  # the field that identifies an object, unique in the database
    alternative = ""  # another field that identifies it where it names exactly one
    label_field = "name"
    resemblance: Resemblance | None = None  # which fields make a new row look like an object of the stock
    extra = ""  # a JSON field of the model for columns that nobody declared
    title: str | Promise = ""  # what people call this roster
    unit: str | Promise = "条"
    missing_field = ""  # a date of the model: since when the object is not in the latest roster; blank: not marked
    missing_batch = ""  # a link of the model: the batch that did not name it
    full_scope: Sequence[str] = ()  # fields whose one value in all rows makes a full roster that of one place
    list_url = ""  # names of the pages that show the objects
    detail_url = ""
    permission = Permission.IMPORT_ROSTER  # who may bring this roster in
    examples: dict[str, str] = {}  # {field: what an example row of the template says}
    opens_accounts = False  # its objects are people who need first passwords
    by: Any = None  # who answers for what is read and written; None is the system itself

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self._meta.fields:
            self.fields = {name: self.fields[name] for name in self._meta.fields}  # the order of an export
        for name, field in self.fields.items():
            if not field.sources and not field.related:
                field.sources, field.attribute = (name,), name

    @property
    def model(self) -> type[models.Model]:
        return self._meta.model

    def vocabulary(self) -> dict[str, str]:
        return vocabulary({name: (field.heading, *field.synonyms) for name, field in self.fields.items()})

    def heading_of(self, name: str) -> str:
        """The heading of a declared column; of an undeclared one its own."""
        return self.fields[name].heading if name in self.fields else name

    # -- Reading the stock --------------------------------------------------------------------------------------------

    def stock(self) -> models.QuerySet:
        """All objects, with whatever the fields' sources need."""
        return self.model._base_manager.all()

    def stored_by(self, name: str, keys: Iterable[Any], *, lock: bool = False) -> Iterator[Stored]:
        """The objects whose field `name` is among the keys, by one query per thousand."""
        keys = sorted(set(keys))
        for start in range(0, len(keys), CHUNK):
            asked = UserList(keys[start : start + CHUNK])
            part = self.stock().filter(**{f"{self.fields[name].sources[0]}__any_of": asked})
            yield from self.completed(list(self._stored(part.select_for_update(of=("self",)) if lock else part)))

    def stored_by_pk(self, keys: Sequence[Any], *, lock: bool = False) -> Iterator[Stored]:
        for start in range(0, len(keys), CHUNK):
            part = self.stock().filter(pk__any_of=keys[start : start + CHUNK]).order_by("pk")
            yield from self.completed(list(self._stored(part.select_for_update(of=("self",)) if lock else part)))

    def completed(self, found: list[Stored]) -> list[Stored]:
        """The same objects with the values of the columns that no source reaches."""
        return found

    def _stored(self, queryset: models.QuerySet) -> Iterator[Stored]:
        sources = [source for field in self.fields.values() for source in field.sources]
        more = [name for name in (self.extra, self.missing_field) if name]
        plan = self._plan()
        label = sources.index(self.label_field)
        for pk, version, *row in queryset.values_list("pk", "version", *sources, *more):
            missing = row.pop() if self.missing_field else None
            known = {name: stored(row[at] if width == 1 else row[at : at + width]) for name, stored, at, width in plan}
            if self.extra:
                known[self.extra] = row[-1] or {}
            yield Stored(pk, version, row[label], known, missing)

    def named(self, pk: Any, label: str) -> models.Model:
        """An object as the audit trail names it."""
        return self.model(pk=pk, **{self.label_field: label})

    def identity(self, values: dict[str, Any]) -> Hashable:
        """What two rows about one new object have in common."""
        return values.get(self.key)

    def settle(self, rows: Sequence[Entry]) -> None:
        """Judge the rows of a file once they are matched: fill in what follows, refuse what only this roster knows."""

    def _plan(self) -> list[tuple[str, Any, int, int]]:
        plan, at = [], 0
        for name, field in self.fields.items():
            plan.append((name, field.widget.stored, at, len(field.sources)))
            at += len(field.sources)
        return plan

    def roster_stock(self, scope: dict[str, Any]) -> Iterator[tuple[Any, Any, Any, Any]]:
        """(primary key, key, label, missing since) of all that a full roster of these places ought to name."""
        narrowed = {self.fields[name].sources[0]: value for name, value in scope.items()}
        names = ("pk", self.fields[self.key].sources[0], self.label_field, self.missing_field)
        return self.roster_members().filter(**narrowed).order_by("pk").values_list(*names).iterator()

    def roster_members(self) -> models.QuerySet:
        """All objects that stand in a full roster."""
        return self.model._base_manager.all()

    # -- Writing, in sets ---------------------------------------------------------------------------------------------

    def derived(self, columns: dict[str, list[Any]], suspects: set[Any]) -> dict[str, Sequence[Any]]:
        """Further database fields of new objects, {field: values}; `suspects` are the keys of the doubtful ones."""
        return {}

    def insert(self, columns: dict[str, list[Any]], count: int, suspects: set[Any]) -> list[Any]:
        """Create `count` objects from columns of canonical values and return their primary keys in order."""
        given = dict(self.derived(columns, suspects))
        for name, values in columns.items():
            if name == self.extra:
                given[name] = values
            elif not self.fields[name].related:
                sources = self.fields[name].sources
                for at, source in enumerate(sources):
                    several = len(sources) > 1
                    given[source] = [value and value[at] for value in values] if several else values
        keys = bulk.insert(self.model, given, count)
        self.insert_related(keys, columns)
        return keys

    def insert_related(self, keys: Sequence[Any], columns: dict[str, list[Any]]) -> None:
        """Write the `related` columns of new objects."""

    def change(self, changes: Sequence[tuple[Any, dict[str, Any], dict[str, Any]]]) -> None:
        """Set (primary key, new values, all values) and count each object's version up."""
        updates = []
        for key, new, _known in changes:
            record = self.following(new)
            for name, value in new.items():
                if name == self.extra:
                    record[name] = value
                elif not self.fields[name].related:
                    blank = [None] * len(self.fields[name].sources)
                    record.update(self.fields[name].spread(value if value is not None or len(blank) == 1 else blank))
            updates.append((key, record))
        bulk.update(self.model, updates)
        self.change_related(changes)

    def following(self, new: dict[str, Any]) -> dict[str, Any]:
        """Further database fields that follow from new values of an object, {field: value}."""
        return {}

    def change_related(self, changes: Sequence[tuple[Any, dict[str, Any], dict[str, Any]]]) -> None:
        """Write the `related` columns of changed objects."""

    # -- Undo ---------------------------------------------------------------------------------------------------------

    def is_as_created(self, stored: Stored, values: dict[str, Any]) -> bool:
        """Whether an object still is what these values made of it."""
        if stored.version == 1:
            return True
        return all(
            (values.get(name) if values.get(name) is not None else self._blank(name)) == held
            for name, held in stored.values.items()
        )

    def _blank(self, name: str) -> Any:
        """The canonical value of a column that a new object was not given."""
        if name == self.extra:
            return {}
        field = self.fields[name]
        if field.related:
            return None
        defaults = [self.model._meta.get_field(source).get_default() for source in field.sources]
        return field.widget.stored(defaults if len(defaults) > 1 else defaults[0])

    def dependents(self, keys: Sequence[Any]) -> bulk.Dependents:
        """What points at these objects: one at which something points cannot be taken back."""
        return bulk.dependents(self.model, keys, ignoring=self.owned_relations())

    def owned_relations(self) -> Sequence[str]:
        """Relations whose rows the import itself wrote."""
        return ()

    def remove(self, keys: Sequence[Any]) -> None:
        """Delete objects that nothing depends on."""
        for start in range(0, len(keys), CHUNK):
            self.model._base_manager.filter(pk__in=keys[start : start + CHUNK]).delete()
