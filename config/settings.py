"""One settings file, driven by the environment; a secret NAME may also come from the file named in NAME_FILE."""

import json
import os
from pathlib import Path

import environ
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured

from config.storages import private_storage

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "Set SECRET_KEY (or SECRET_KEY_FILE); `make run` generates one for the embedded run."
        )
    SECRET_KEY = "insecure-development-key"  # noqa: S105 - only with DEBUG

VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env("SITE_URL", default="http://localhost:8000").rstrip("/")

PRODUCT_NAME = env("PRODUCT_NAME", default="政企直通")
PRODUCT_SLOGAN = env("PRODUCT_SLOGAN", default="千名干部联千企")
DISTRICT_NAME = env("DISTRICT_NAME", default="青岭区")
ISSUE_NUMBER_PREFIX = env("ISSUE_NUMBER_PREFIX", default="QL")

INSTALLED_APPS = [
    "foundation.ui",
    "foundation.accounts",
    "foundation.heartbeats",
    "foundation.audit",
    "foundation.notices",
    "foundation.clocks",
    "foundation.attachments",
    "foundation.exports",
    "foundation.imports",
    "foundation.search",
    "enterprises",
    "projects",
    "liaison",
    "issues",
    "supervision",
    "config",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "django_filters",
    "import_export",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "foundation.accounts.access.NoStoreMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "foundation.accounts.access.DeclaredPermissionMiddleware",
    "foundation.accounts.first_password.FirstPasswordMiddleware",
    "foundation.audit.origin.OriginMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.navigation.shell",
            ],
            "builtins": ["foundation.ui.templatetags.ui"],
        },
    },
]

FORM_RENDERER = "foundation.ui.forms.Renderer"

# -- Database ---------------------------------------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A writer takes the lock when its transaction begins and waits its turn, instead of failing half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["models.W040"]  # SQLite leaves out the added columns of an index: it may

# -- People -----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["foundation.accounts.backends.OneRead"]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "accounts:login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60
REGISTRATIONS_PER_HOUR = env.int("REGISTRATIONS_PER_HOUR", default=10)  # requests for an account, from one address
REGISTRATION_KEEP_DAYS = env.int("REGISTRATION_KEEP_DAYS", default=30)  # refused ones are deleted after that

# -- Language and time ------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
USE_THOUSAND_SEPARATOR = False

# -- Files ------------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not STATIC_ROOT.exists()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": private_storage(env("ATTACHMENTS_STORAGE_URL", default="")),  # attachments and exports
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if WHITENOISE_USE_FINDERS
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_ROOT = Path(
    env("MEDIA_ROOT", default=str(VAR_DIR / "media"))
)  # outside the web root: served only by checked views
ATTACHMENT_MAX_BYTES = env.int("ATTACHMENT_MAX_BYTES", default=20 * 1024 * 1024)
ATTACHMENT_MAX_COUNT = env.int("ATTACHMENT_MAX_COUNT", default=9)
ATTACHMENT_MAX_TOTAL_BYTES = env.int("ATTACHMENT_MAX_TOTAL_BYTES", default=100 * 1024 * 1024)  # of one form
ATTACHMENT_MAX_PIXELS = env.int("ATTACHMENT_MAX_PIXELS", default=64_000_000)  # of one picture, unpacked in memory
ATTACHMENT_HELD_HOURS = env.int("ATTACHMENT_HELD_HOURS", default=24)  # sent, but its form not accepted yet
CLAMD_URL = env(
    "CLAMD_URL", default=""
)  # tcp://host:3310 or unix:///run/clamav/clamd.ctl; empty: files are not scanned
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=20 * 1024 * 1024)
EXPORT_AT_ONCE = env.int("EXPORT_AT_ONCE", default=2000)  # rows; a longer list is written in the background
EXPORT_KEEP_DAYS = env.int("EXPORT_KEEP_DAYS", default=7)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640

# -- Mail -------------------------------------------------------------------------------------------------------------

_mail = env.email("EMAIL_URL", default="filemail:///" + str(VAR_DIR / "mail").lstrip("/"))
vars().update(_mail)
if _mail["EMAIL_BACKEND"].endswith("filebased.EmailBackend"):
    EMAIL_FILE_PATH = "/" + str(_mail["EMAIL_FILE_PATH"]).lstrip("/")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="liaison@localhost")

# -- Messages by other ways (see docs/operator.md) ---------------------------------------------------------------------

SMS_URL = env("SMS_URL", default="")  # empty: no text messages; {phone} {text} {id} {secret} are filled in
SMS_METHOD = env("SMS_METHOD", default="") or "POST"
SMS_HEADERS = json.loads(env("SMS_HEADERS", default="") or '{"Content-Type": "application/json"}')
SMS_BODY = env("SMS_BODY", default="")
if not SMS_BODY and SMS_METHOD != "GET":
    SMS_BODY = '{"phone": "{phone}", "text": "{text}", "id": "{id}"}'
SMS_SECRET = env("SMS_SECRET", default="").strip()
SMS_OK = env("SMS_OK", default="")  # a regular expression that a good answer matches; empty: any 2xx is good
WEBHOOK_GROUPS = json.loads(env("WEBHOOK_GROUPS", default="").strip() or "[]")  # robots of chat groups

# -- Background work --------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="filesystem://")
if CELERY_BROKER_URL.startswith("filesystem"):
    for folder in ("queue", "control"):
        (VAR_DIR / "broker" / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "broker" / "queue"),
        "data_folder_out": str(VAR_DIR / "broker" / "queue"),
        "control_folder": str(VAR_DIR / "broker" / "control"),
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "foundation.clocks.tasks.sweep", "schedule": 60.0},
    "deliver": {"task": "foundation.notices.tasks.deliver", "schedule": 60.0},
    "resume-imports": {"task": "foundation.imports.tasks.resume_stuck", "schedule": 60.0},
    "sweep-attachments": {"task": "foundation.attachments.tasks.sweep", "schedule": 60.0},
    "sweep-orphans": {"task": "foundation.attachments.tasks.sweep_orphans", "schedule": crontab(minute=30, hour=4)},
    "sweep-exports": {"task": "foundation.exports.tasks.sweep", "schedule": 60.0},
    "index": {"task": "foundation.search.tasks.catch_up", "schedule": 10.0},
    "find-duplicates": {"task": "enterprises.tasks.find_duplicates", "schedule": crontab(minute=40, hour=2)},
    "train-suggestions": {"task": "issues.tasks.train_suggestions", "schedule": 60.0},
    "forget-marks": {"task": "issues.tasks.forget_marks", "schedule": crontab(minute=20, hour=3)},
    "draw-calls": {"task": "issues.tasks.draw_calls", "schedule": crontab(minute=50, hour=3)},
    "forget-registrations": {"task": "enterprises.tasks.forget_registrations", "schedule": crontab(minute=20, hour=3)},
    "find-clusters": {"task": "issues.tasks.find_clusters", "schedule": crontab(minute=10, hour=3)},
    "forget-gone-workers": {"task": "foundation.heartbeats.tasks.forget_gone", "schedule": crontab(minute=0, hour=4)},
    "open-month": {"task": "liaison.tasks.open_month", "schedule": crontab(minute=5, hour="*/6")},
}

SWEEP_SILENCE = env.int("SWEEP_SILENCE", default=180)  # seconds without a sweep after which /readyz says so

# -- API --------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["foundation.accounts.api_permission.SignedIn"],
    "DEFAULT_PERMISSION_CLASSES": ["foundation.accounts.api_permission.DeclaredPermission"],
    "DEFAULT_PARSER_CLASSES": ["foundation.accounts.api_permission.JsonBody"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "config.api_schema.Schema",
    "EXCEPTION_HANDLER": "foundation.accounts.problems.handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": PRODUCT_NAME,
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "DepartmentKindEnum": "foundation.accounts.models.Department.Kind",
        "ProjectKindEnum": "projects.models.Project.Kind",
        "ProjectStageEnum": "projects.models.Project.Stage",
        "AssignmentKindEnum": "liaison.models.Assignment.Kind",
        "PolicyLevelEnum": "issues.models.Issue.PolicyLevel",
        "TellingEnum": "issues.models.Issue.Telling",
        "ClusterStateEnum": "issues.models.IssueCluster.State",
        "PolicyGapStateEnum": "issues.models.PolicyGap.State",
        "SuggestionRunStateEnum": "issues.models.SuggestionRun.State",
        "RegistrationStateEnum": "enterprises.models.Registration.State",
        "AttachmentStateEnum": "foundation.attachments.models.Attachment.State",
    },
}

# -- Security ---------------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
HTTPS = env.bool("HTTPS", default=False)  # true behind a TLS proxy
if HTTPS:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 60 * 60 * 10
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "INFO")},
}
