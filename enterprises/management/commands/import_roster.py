"""Bring an enterprise roster in."""

from foundation.imports.commandline import ImportCommand


class Command(ImportCommand):
    help = "Preview an enterprise roster; with --commit, write it, all or nothing."
    resource = "enterprises"
