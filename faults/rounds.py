"""What is done to the processes, round after round, in shuffled order."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from redis.exceptions import RedisError

from faults.points import POINTS
from faults.portal import Portal
from faults.servers import Mail, Postgres, Redis
from scripts.processes import http_status


class Rounds:
    """The ways of breaking one portal."""

    def __init__(
        self, portal: Portal, postgres: Postgres, redis: Redis, mail: Mail, *, still: float, points: Path
    ) -> None:
        self.portal, self.postgres, self.redis, self.mail = portal, postgres, redis, mail
        self.still, self.points = still, points
        self.without_redis: list[int] = []

    def all(self) -> dict[str, Callable[[], None]]:
        kills = {
            f"kill -9 {name}": self._killing(name) for name in ("worker1", "worker2", "beat1", "beat2", "web1", "web2")
        }
        points = {f"die {point}": self._dying(point) for point in POINTS}
        return kills | points | {
            "kill -9 a pool child": self.pool_child,
            "kill -9 redis, back with its file": self.redis_down,
            "kill -9 redis, back empty": self.redis_empty,
            "kill -9 postmaster": self.postmaster,
            "SIGSTOP worker and beat": self.stopped,
            "FLUSHALL": self.flushed,
            "every message three times": self.replayed,
            "redis full": self.redis_full,
            "mail server hangs": self.mail_hangs,
        }  # fmt: skip

    def shuffled(self, chance: random.Random) -> Iterator[tuple[str, Callable[[], None]]]:
        """All of them in some order, again and again."""
        while True:
            names = sorted(self.all())
            chance.shuffle(names)
            yield from ((name, self.all()[name]) for name in names)

    def _killing(self, name: str) -> Callable[[], None]:
        return lambda: self.portal.signal(name, signal.SIGKILL)

    def _dying(self, point: str) -> Callable[[], None]:
        return lambda: (self.points / point).touch()

    def pool_child(self) -> None:
        for pid in self.portal.pool_children("worker1")[:1]:
            os.kill(pid, signal.SIGKILL)

    def redis_down(self) -> None:
        """People go on meanwhile."""
        self.redis.kill()
        self.without_redis += [http_status(f"{url}/accounts/login/") for url in self.portal.urls]
        time.sleep(2)
        self.redis.start()

    def redis_empty(self) -> None:
        self.redis.kill()
        self.redis.forget()
        self.redis.start()

    def postmaster(self) -> None:
        self.postgres.kill()
        time.sleep(1)
        self.postgres.start()

    def stopped(self) -> None:
        for name in ("worker1", "beat1"):
            self.portal.signal(name, signal.SIGSTOP)
        time.sleep(self.still)
        for name in ("worker1", "beat1"):
            self.portal.signal(name, signal.SIGCONT)

    def flushed(self) -> None:
        self.redis.client().flushall()

    def replayed(self) -> None:
        """Every message that lies in the queue lies there three times."""
        client = self.redis.client()
        for message in client.lrange("celery", 0, -1):
            client.lpush("celery", message, message)
        self.portal.manage("shell", "-c", SENT_THRICE)

    def redis_full(self) -> None:
        client = self.redis.client()
        client.config_set("maxmemory", "1mb")
        time.sleep(3)
        client.config_set("maxmemory", "0")

    def mail_hangs(self) -> None:
        self.mail.hanging.set()
        time.sleep(self.still)
        self.mail.hanging.clear()

    def mend(self) -> None:
        """Whatever a round left behind: points nobody has reached, processes that stand still."""
        self.mail.hanging.clear()
        for point in POINTS:
            (self.points / point).unlink(missing_ok=True)
        for name in self.portal.children:
            self.portal.signal(name, signal.SIGCONT)
        try:
            self.redis.client().config_set("maxmemory", "0")
        except RedisError:
            self.redis.start()


SENT_THRICE = """
from foundation.clocks.tasks import sweep
from foundation.notices.tasks import deliver
for _ in range(3):
    sweep.delay()
    deliver.delay()
"""
