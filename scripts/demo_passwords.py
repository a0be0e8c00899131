"""Give the demo accounts a new password: `demo_passwords.py`, OLD_PASSWORD and DEMO_PASSWORD in the environment.

Only an account that still has the old password gets the new one, so nobody's own password is lost.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.exceptions import ValidationError  # noqa: E402

from foundation.accounts.actions import set_password  # noqa: E402
from foundation.accounts.models import User  # noqa: E402


def change(names: list[str], old: str, new: str) -> int:
    """Set the new password where the old one holds; how many accounts changed."""
    changed = 0
    for user in User.objects.filter(username__in=names):
        if user.check_password(old):
            set_password(user=user, password=new, by=user)
            changed += 1
    return changed


if __name__ == "__main__":
    try:
        change(sys.argv[1:], os.environ["OLD_PASSWORD"], os.environ["DEMO_PASSWORD"])
    except ValidationError as error:
        sys.exit(" ".join(error.messages))
