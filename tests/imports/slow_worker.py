"""A worker that commits one batch and is killed in the middle: `python -m tests.imports.slow_worker PK`."""

import sys
import time

import django

django.setup()

from enterprises.resources import EnterpriseResource  # noqa: E402
from foundation.imports import tasks  # noqa: E402


def insert_then_wait(self, *args):
    keys = INSERT(self, *args)
    print("written, not committed", flush=True)
    time.sleep(60)
    return keys


INSERT = EnterpriseResource.insert
EnterpriseResource.insert = insert_then_wait  # type: ignore[method-assign]
tasks.commit(int(sys.argv[1]))
