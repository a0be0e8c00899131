"""A new installation can score at once."""

from django.db import migrations

from supervision.defaults import install_formula


class Migration(migrations.Migration):
    dependencies = [("supervision", "0001_initial")]
    operations = [
        migrations.RunPython(lambda apps, editor: install_formula(apps), migrations.RunPython.noop),
    ]
