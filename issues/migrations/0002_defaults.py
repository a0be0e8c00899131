"""The categories, limits and ladders of a fresh installation."""

from django.db import migrations

from issues.defaults import LADDERS, install_categories


def install(apps, schema_editor):
    """Write what no version exists of."""
    ladder_model = apps.get_model("clocks", "Ladder")
    for key, (name, rule) in LADDERS.items():
        if not ladder_model.objects.filter(key=key).exists():
            ladder_model.objects.create(key=key, name=name, version=1, **rule)
    install_categories(apps.get_model("issues", "Category"), apps.get_model("issues", "CategoryRule"), ladder_model)


class Migration(migrations.Migration):
    dependencies = [("issues", "0001_initial"), ("clocks", "0001_initial")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
