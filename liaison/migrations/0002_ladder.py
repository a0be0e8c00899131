"""The default warning rule of visit duties."""

from django.db import migrations

from liaison.defaults import LADDER_KEY, LADDER_NAME, LADDER_RULE


def install(apps, schema_editor):
    """Write the first version where no version exists."""
    ladders = apps.get_model("clocks", "Ladder").objects
    if not ladders.filter(key=LADDER_KEY).exists():
        ladders.create(key=LADDER_KEY, name=LADDER_NAME, version=1, **LADDER_RULE)


class Migration(migrations.Migration):
    dependencies = [("liaison", "0001_initial"), ("clocks", "0001_initial")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
