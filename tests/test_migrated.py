"""The database that the tests get was migrated once: never one of other migrations than today's."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests import migrated


@pytest.mark.django_db
def test_the_database_at_hand_lacks_no_migration():
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []


def test_whatever_a_migration_is_made_of_counts():
    counted = {str(path.relative_to(migrated.ROOT)) for path in migrated.sources()}
    written = {str(path.relative_to(migrated.ROOT)) for path in migrated.ROOT.glob("issues/migrations/*.py")}
    assert written <= counted
    assert {
        "config/settings.py",
        "issues/defaults.py",
        "issues/models/cases.py",
        "enterprises/industries.py",
    } <= counted
    assert "issues/actions/base.py" not in counted  # a change there makes no other database


def test_imports_are_followed_wherever_they_stand(tmp_path, monkeypatch):
    monkeypatch.setattr(migrated, "ROOT", tmp_path)
    for name in ("one/__init__.py", "one/two.py", "one/three.py", "one/four.py", "one/migrations/0001.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    path = tmp_path / "one/migrations/0001.py"
    path.write_text(
        "import django\nfrom one.two import x\ndef run():\n    from one import three\n    from ..four import y\n"
    )
    found = {str(one.relative_to(tmp_path)) for one in migrated.imported(path)}
    assert found == {"one/__init__.py", "one/two.py", "one/three.py", "one/four.py"}
