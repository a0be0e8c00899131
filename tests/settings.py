"""The project's settings, with what a test run needs: its own folder, quick passwords, tasks at once.

Every test process has its own state folder, so runs may stand side by side. The database is SQLite
unless DATABASE_URL says otherwise.
"""

import atexit
import os
import shutil
import tempfile

_var = tempfile.mkdtemp(prefix="liaison-test-")
atexit.register(shutil.rmtree, _var, ignore_errors=True)
os.environ["VAR_DIR"] = _var
os.environ["SECRET_KEY"] = "a-key-for-tests-only"
os.environ["DEBUG"] = "0"
for _name in ("STATIC_ROOT", "MEDIA_ROOT", "EMAIL_URL", "HTTPS", "ALLOWED_HOSTS"):
    os.environ.pop(_name, None)

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = True
SWEEP_SILENCE = 10**7  # nothing runs by itself here
CELERY_TASK_EAGER_PROPAGATES = True

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in the embedded run: the live server's threads need connections of their own.
    DATABASES["default"]["TEST"] = {"NAME": f"{_var}/test.sqlite3"}
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0
