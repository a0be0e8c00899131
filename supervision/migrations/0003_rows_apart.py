"""The rows behind a frozen score stand in a column of their own: a ranking need not read them."""

from django.db import migrations, models


def move(apps, editor):
    """Take the rows out of the components they were kept in."""
    for score in apps.get_model("supervision", "SnapshotScore").objects.iterator():
        score.rows = {part["key"]: part.pop("rows", []) for part in score.components}
        score.save(update_fields=["components", "rows"])


class Migration(migrations.Migration):
    dependencies = [("supervision", "0002_first_formula")]
    operations = [
        migrations.AddField("snapshotscore", "rows", models.JSONField(default=dict, verbose_name="计入的记录")),
        migrations.RunPython(move, migrations.RunPython.noop),
    ]
