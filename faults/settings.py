"""The portal's own settings with short intervals, so that minutes hold what a month holds."""

import os

from config.settings import *  # noqa: F403
from config.settings import CELERY_BEAT_SCHEDULE as EVERY
from config.settings import INSTALLED_APPS as APPS

INTERVAL = float(os.environ["FAULTS_INTERVAL"])
INSTALLED_APPS = [*APPS, "faults.points.PointsConfig"]
SHORT = ("sweep", "deliver")
CELERY_BEAT_SCHEDULE = {name: entry | {"schedule": INTERVAL} for name, entry in EVERY.items() if name in SHORT}
CELERY_BEAT_MAX_LOOP_INTERVAL = INTERVAL
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
EMAIL_TIMEOUT = 5
