"""Where private files lie: a folder outside the web root, or a bucket of an S3-compatible store."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

LOCAL = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
EXAMPLE = "s3://KEY:SECRET@host:9000/bucket?scheme=http&region=us-east-1&addressing=path"
KNOWN = {"scheme", "region", "addressing", "verify"}


def private_storage(url: str) -> dict[str, Any]:
    """The entry of STORAGES for `ATTACHMENTS_STORAGE_URL`; without one the local folder."""
    if not url:
        return LOCAL
    parts = urlsplit(url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    bucket = parts.path.strip("/")
    if parts.scheme != "s3" or not parts.hostname or not bucket or "/" in bucket or set(asked) - KNOWN:
        raise ImproperlyConfigured(f"ATTACHMENTS_STORAGE_URL must look like {EXAMPLE}")
    host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "access_key": unquote(parts.username or "") or None,
            "secret_key": unquote(parts.password or "") or None,
            "endpoint_url": f"{asked.get('scheme', 'https')}://{host}",
            "region_name": asked.get("region", "us-east-1"),
            "addressing_style": asked.get("addressing", "path"),
            "verify": asked.get("verify") or None,  # the file of a district's own certificate authority
            "default_acl": None,
            "file_overwrite": False,
            "querystring_auth": True,
            "max_memory_size": 4 * 1024 * 1024,  # beyond that a file is spooled to the disk
        },
    }
