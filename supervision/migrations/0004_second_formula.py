"""False closings become a component of their own; months scored so far keep their formula."""

from django.db import migrations

from foundation.clocks.localtime import today
from supervision.defaults import install_second


def forget_second(apps, editor):
    """Backwards only where no month was frozen by it: a frozen month keeps its formula."""
    formulas = apps.get_model("supervision", "Formula").objects.filter(version=2)
    formulas.filter(snapshots__isnull=True).delete()


class Migration(migrations.Migration):
    dependencies = [("supervision", "0003_rows_apart"), ("issues", "0020_referred_helped_listed")]
    operations = [migrations.RunPython(lambda apps, editor: install_second(apps, today()), forget_second)]
