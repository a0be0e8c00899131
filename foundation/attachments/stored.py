"""Which columns name stored files, and under which folder each kind lies: what no row names is an orphan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.core.files.storage import Storage
from django.db.models import FileField, Model, Q

AT_ONCE = 500


@dataclass(frozen=True)
class Stored:
    """The file columns of one model, whose names are `<folder>/3f/3f2a…`."""

    model: type[Model]
    fields: tuple[str, ...]
    folder: str

    @property
    def storage(self) -> Storage:
        field = self.model._meta.get_field(self.fields[0])
        assert isinstance(field, FileField)
        return field.storage

    def there(self) -> Iterator[list[str]]:
        """The names of the files that lie there, folder by folder."""
        for shelf in _listed(self.storage, self.folder)[0]:
            yield [f"{self.folder}/{shelf}/{name}" for name in _listed(self.storage, f"{self.folder}/{shelf}")[1]]

    def named(self, names: list[str]) -> set[str]:
        """Those of the names that a row holds."""
        found: set[str] = set()
        for start in range(0, len(names), AT_ONCE):
            some = names[start : start + AT_ONCE]
            for field in self.fields:
                rows = self.model._base_manager.filter(Q(**{f"{field}__in": some}))
                found.update(rows.values_list(field, flat=True))
        return found


_kinds: dict[str, Stored] = {}


def register_stored(model: type[Model], *fields: str, folder: str) -> None:
    """Let the nightly sweep look for files under `folder` that none of these columns names."""
    _kinds[folder] = Stored(model, fields, folder)


def kinds() -> Iterable[Stored]:
    return _kinds.values()


def _listed(storage: Storage, path: str) -> tuple[list[str], list[str]]:
    try:
        folders, names = storage.listdir(path)
    except FileNotFoundError:  # a folder in which nothing was ever stored
        return [], []
    return sorted(filter(None, folders)), sorted(filter(None, names))
