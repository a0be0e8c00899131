"""`make bench`: prints each measure with its ratio and its goal; never fails for being slow."""

from __future__ import annotations

import argparse
import platform
from importlib import import_module


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--issues", type=int, default=100_000, help="size of the district, where it is built anew")
    # the last goes over to another database
    parts = ["pages", "search", "similar", "scoring", "sweeps", "imports", "million"]
    parser.add_argument("--only", action="append", choices=parts, default=[])
    options = parser.parse_args()

    from bench import world

    world.prepare(options.issues)
    from bench.measure import HEADER
    from issues.models import Issue

    print(f"{Issue.objects.count():,} issues, PostgreSQL, Python {platform.python_version()}; medians of whole runs")
    print(HEADER)
    for name in parts:
        if not options.only or name in options.only:
            for result in import_module(f"bench.{name}").measure():
                print(result, flush=True)


if __name__ == "__main__":
    main()
