"""`manage.py create_user NAME --role system_admin`: the first accounts of a new installation."""

import getpass
import os
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from foundation.accounts.actions import create_user
from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Role


class Command(BaseCommand):
    help = "Create an account; the password is asked for, or taken from the variable NEW_PASSWORD."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="")
        parser.add_argument("--role", action="append", default=[], choices=[role.value for role in Role])

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get("NEW_PASSWORD") or getpass.getpass("Password: ")
        try:
            user = create_user(
                username=options["username"],
                name=options["name"] or options["username"],
                password=password,
                roles=[Role(role) for role in options["role"]],
                by=None,
            )
        except (ValidationError, Refused, IntegrityError) as error:
            raise CommandError("; ".join(getattr(error, "messages", [str(error)])), returncode=2) from error
        self.stderr.write(f"{user.username}: {', '.join(user.role_names) or '-'}")
