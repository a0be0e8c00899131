"""The index: GIN over tsvector on PostgreSQL; FTS5 beside the table, kept by triggers, on SQLite."""

import django.db.models.deletion
from django.db import migrations, models

import foundation.search.models

POSTGRESQL = [
    "CREATE INDEX search_public ON search_document USING gin (public_tokens)",
    "CREATE INDEX search_internal ON search_document USING gin (internal_tokens)",
    # read for every row that is looked at, so kept in the row; the texts move out instead
    "ALTER TABLE search_document ALTER public_tokens SET STORAGE MAIN, ALTER internal_tokens SET STORAGE MAIN",
    # how rare a pair of characters is decides whether the index or the order of the rows is read first
    "ALTER TABLE search_document ALTER public_tokens SET STATISTICS 1000",
    "ALTER TABLE search_document ALTER internal_tokens SET STATISTICS 1000",
]
OLD = "INSERT INTO search_fts(search_fts, rowid, public_tokens, internal_tokens) VALUES ('delete', old.id, old.public_tokens, old.internal_tokens);"
NEW = "INSERT INTO search_fts(rowid, public_tokens, internal_tokens) VALUES (new.id, new.public_tokens, new.internal_tokens);"
SQLITE = [
    "CREATE VIRTUAL TABLE search_fts USING fts5(public_tokens, internal_tokens, content='search_document',"
    " content_rowid='id', tokenize='ascii', detail='column')",
    f"CREATE TRIGGER search_added AFTER INSERT ON search_document BEGIN {NEW} END",
    f"CREATE TRIGGER search_deleted AFTER DELETE ON search_document BEGIN {OLD} END",
    f"CREATE TRIGGER search_changed AFTER UPDATE ON search_document BEGIN {OLD} {NEW} END",
]
BACK = {
    "postgresql": ["DROP INDEX search_public", "DROP INDEX search_internal"],
    "sqlite": [
        "DROP TRIGGER search_added",
        "DROP TRIGGER search_deleted",
        "DROP TRIGGER search_changed",
        "DROP TABLE search_fts",
    ],
}


def _run(schema_editor, statements):
    for statement in statements:
        schema_editor.execute(statement, params=None)


def forwards(apps, schema_editor):
    _run(schema_editor, {"postgresql": POSTGRESQL, "sqlite": SQLITE}[schema_editor.connection.vendor])


def backwards(apps, schema_editor):
    _run(schema_editor, BACK[schema_editor.connection.vendor])


class Migration(migrations.Migration):
    initial = True
    dependencies = [("attachments", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("object_id", models.BigIntegerField()),
                ("public", models.TextField()),
                ("internal", models.TextField(blank=True)),
                ("public_tokens", foundation.search.models.TokensField()),
                ("internal_tokens", foundation.search.models.TokensField(blank=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={"verbose_name": "检索条目", "verbose_name_plural": "检索条目"},
        ),
        migrations.CreateModel(
            name="Progress",
            fields=[
                ("name", models.CharField(max_length=30, primary_key=True, serialize=False)),
                ("position", models.BigIntegerField(default=0)),
                ("done", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="FileText",
            fields=[
                (
                    "attachment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="words",
                        serialize=False,
                        to="attachments.attachment",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "待读取"), ("read", "已读取"), ("unreadable", "无法读取")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("text", models.TextField(blank=True)),
            ],
            options={
                "verbose_name": "附件文字",
                "verbose_name_plural": "附件文字",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["attachment"], name="file_text_waiting"
                    )
                ],
            },
        ),
        migrations.RunPython(forwards, backwards),
    ]
