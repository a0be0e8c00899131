"""`manage.py demo`: a fictional district, deterministic by --seed, into an empty database."""

from __future__ import annotations

import json
import secrets
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from typing import Any

import environ
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from config.demo.builder import build, in_use
from config.demo.builder.world import Size
from foundation.clocks import localtime

env = environ.FileAwareEnv()


def between(least: int, most: int) -> Callable[[str], int]:
    """A whole number in a range."""

    def parse(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise ArgumentTypeError(f"must be a whole number from {least} to {most}")
        return int(text)

    return parse


class Command(BaseCommand):
    help = "Load the demo district into an empty database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        defaults = Size()
        parser.add_argument("--enterprises", type=between(1, 20_000), default=defaults.enterprises)
        parser.add_argument("--issues", type=between(0, 1_000_000), default=defaults.issues)
        parser.add_argument("--months", type=between(1, 36), default=defaults.months)
        parser.add_argument("--seed", type=between(0, 2**31), default=defaults.seed)
        parser.add_argument("--json", action="store_true", help="one JSON object of counts per model on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        if in_use():
            raise CommandError(
                _("数据库里已有数据,演示数据只能装入空库。请换一个空的数据库(DATABASE_URL)后再试。"), returncode=2
            )
        size = Size(**{name: options[name] for name in ("enterprises", "issues", "months", "seed")})
        started = time.monotonic()
        counts = build(size, password=self._password(), now=localtime.now(), say=self._say)
        self._say(_("完成,用时 %(seconds).1f 秒") % {"seconds": time.monotonic() - started})
        if options["json"]:
            self.stdout.write(json.dumps(counts, ensure_ascii=False))
            return
        for label, count in counts.items():
            self.stdout.write(f"{label:28} {count:>9}")

    def _say(self, text: str) -> None:
        """Progress, out of the way of what is printed on stdout."""
        self.stderr.write(f"[demo] {text}", self.style.NOTICE)
        self.stderr.flush()

    def _password(self) -> str:
        """The one password of the demo accounts: from DEMO_PASSWORD, or a fresh one that is shown."""
        given = env.str("DEMO_PASSWORD", default="")
        if given:
            return given
        fresh = secrets.token_urlsafe(9)
        self._say(_("演示账号的密码:%(password)s(可用 DEMO_PASSWORD 指定)") % {"password": fresh})
        return fresh
