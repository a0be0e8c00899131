"""Leave room on the ledger's pages, so that a row whose colour changes stays where it is and no index is touched."""

from django.db import migrations


def leave_room(apps, schema_editor):
    """PostgreSQL only: SQLite has no such setting, and needs none."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE issues_issue SET (fillfactor = 60)")


class Migration(migrations.Migration):
    dependencies = [("issues", "0002_defaults")]

    operations = [migrations.RunPython(leave_room, migrations.RunPython.noop)]
