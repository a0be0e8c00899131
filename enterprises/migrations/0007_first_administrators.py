from django.db import migrations
from django.db.models import Min


def name_first(apps, schema_editor):
    """The first account of an enterprise becomes its administrator."""
    staff = apps.get_model("enterprises", "EnterpriseStaff")
    in_use = staff.objects.filter(user__is_active=True)
    first = in_use.order_by().values("enterprise").annotate(first=Min("pk")).values("first")
    staff.objects.filter(pk__in=list(first.values_list("first", flat=True))).update(is_admin=True)


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0006_registrations"), ("accounts", "0001_initial")]

    operations = [migrations.RunPython(name_first, migrations.RunPython.noop)]
