"""The Celery application; every option is a CELERY_* setting."""

import os

from celery import Celery

from config import broker
from foundation.heartbeats import celery as heartbeats

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

broker.install()
app = Celery("liaison")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
heartbeats.connect()
