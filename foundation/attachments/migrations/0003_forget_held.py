from django.db import migrations


def forget_held(apps, schema_editor):
    """Backwards only: files that no form has taken had no place in the table before."""
    apps.get_model("attachments", "Attachment").objects.filter(owner_type="").delete()


class Migration(migrations.Migration):
    dependencies = [("attachments", "0002_held_scanned_and_shown")]

    operations = [migrations.RunPython(migrations.RunPython.noop, forget_held)]
