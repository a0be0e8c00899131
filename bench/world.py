"""A PostgreSQL database of its own with the demo district at measuring size; made once and kept."""

from __future__ import annotations

import os
import sys
import tempfile
from urllib.parse import urlparse

DEFAULT = "postgres://postgres@127.0.0.1:5432/liaison_bench"


def prepare(issues: int) -> None:
    """Set Django up on the bench database; builds the district where it is empty."""
    url = os.environ.setdefault("DATABASE_URL", os.environ.get("BENCH_DATABASE_URL", DEFAULT))
    os.environ.setdefault("SECRET_KEY", "bench")
    os.environ.setdefault("DEMO_PASSWORD", "bench-password")
    os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="liaison-bench-"))
    os.environ.setdefault("EMAIL_URL", "dummymail://")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    _create(url)
    import django
    from django.conf import settings

    settings.ROOT_URLCONF = "bench.urls"
    django.setup()
    from django.core.management import call_command

    from foundation.search.models import Document
    from issues.models import Issue

    call_command("migrate", verbosity=0)
    if not Issue.objects.exists():
        call_command("demo", f"--issues={issues}", stdout=sys.stderr)
    if Document.objects.count() < Issue.objects.open().count():
        call_command("reindex_search", stdout=sys.stderr)
    _analyze()


def _create(url: str) -> None:
    import psycopg2

    parts = urlparse(url)
    name = parts.path.lstrip("/")
    server = psycopg2.connect(
        host=parts.hostname, port=parts.port, user=parts.username, password=parts.password, dbname="postgres"
    )
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone():
            cursor.execute(f'CREATE DATABASE "{name}"')
    server.close()


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
