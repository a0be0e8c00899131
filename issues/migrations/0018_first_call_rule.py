"""The shares that follow-up calls start with, and the ladder of their limit."""

from django.db import migrations

LADDER = {
    "name": "回访时限",
    "yellow_days": 1,
    "short_limit": 5,
    "short_yellow_days": 1,
    "escalate_after": 3,
    "tell_yellow": ["office"],
    "tell_red": ["office"],
    "tell_escalated": ["office", "supervisor"],
}


def install(apps, schema_editor):
    """Write what no version exists of."""
    ladders, rules = apps.get_model("clocks", "Ladder"), apps.get_model("issues", "CallRule")
    if not ladders.objects.filter(key="call").exists():
        ladders.objects.create(key="call", version=1, **LADDER)
    if not rules.objects.exists():
        rules.objects.create(version=1)


class Migration(migrations.Migration):
    dependencies = [("issues", "0017_follow_up_calls"), ("clocks", "0001_initial")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
