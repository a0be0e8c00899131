"""Cases that could not be solved: the text was sent through the portal on the day it was written; from now on it is said."""

from zoneinfo import ZoneInfo

from django.db import migrations, models
from django.db.models.functions import TruncDate


def say_how(apps, schema_editor):
    """What was known until now: the resolution's text reached the enterprise through the portal."""
    cases = apps.get_model("issues", "Issue").objects.filter(resolution="cannot", resolution_told_on__isnull=True)
    cases.update(
        resolution_told_way="portal",
        resolution_told_on=TruncDate("resolved_at", tzinfo=ZoneInfo("Asia/Shanghai")),
    )


class Migration(migrations.Migration):
    dependencies = [("issues", "0007_second_key")]

    operations = [
        migrations.RunPython(say_how, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resolution', 'cannot'), ('resolution_told_on__isnull', False), models.Q(('resolution_told_way', ''), _negated=True)), models.Q(models.Q(('resolution', 'cannot'), _negated=True), ('resolution_told_on__isnull', True), ('resolution_told_way', '')), _connector='OR'), name='issue_cannot_says_how_it_was_told'),
        ),
    ]
