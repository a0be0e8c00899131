"""Learning the suggestions: asked for by somebody, or due at night; claimed once, whoever comes to it first."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.audit.actions import record
from foundation.clocks.localtime import now, start_of_day, today
from issues.models import SuggestionModel, SuggestionRun
from issues.suggesting import history, learning
from issues.suggesting.learning import Accuracy
from issues.suggesting.model import Model
from issues.suggesting.suggestions import digest_of

log = logging.getLogger(__name__)
State = SuggestionRun.State
NIGHT = timedelta(hours=3)  # after midnight in Shanghai
STUCK = timedelta(minutes=15)  # a run that takes longer has lost its process
CONFUSED_KEPT, CASES_KEPT = 10, 12


@transaction.atomic
def request_training(*, by: User) -> SuggestionRun:
    """Have a worker learn the suggestions anew; while that is under way already, it is the same run."""
    if not by.may(Permission.SUGGESTION_VIEW):
        raise Refused(_("您不能训练建议。请联系企业服务办公室或系统管理员。"), code="not_allowed")
    run = _ask(by)
    transaction.on_commit(_enqueue, robust=True)
    return run


@transaction.atomic
def _ask(by: User | None) -> SuggestionRun:
    """The run that is under way, or a new one that waits; `by` None is the system."""
    known = SuggestionRun.objects.select_for_update().filter(state__in=SuggestionRun.OPEN).first()
    if known:
        return known
    run = SuggestionRun.objects.create(requested_at=now(), requested_by=by)
    record(action="issues.request_training", target=run, by=by)
    return run


def _enqueue() -> None:
    """Let a worker begin at once; a lost message is made up for within a minute."""
    from issues import tasks

    tasks.train_suggestions.delay()


def train_now() -> SuggestionRun | None:
    """Learn here and now; None while another process is at it."""
    return _train(_ask(None))


def train_due() -> SuggestionRun | None:
    """Do what is asked for; once a night, and where nothing was ever learned, ask for it first."""
    _give_up_stuck()
    newest = SuggestionRun.objects.order_by("-requested_at", "-pk").first()
    if newest is None or (newest.requested_at < _last_night() and not newest.is_open):
        newest = _ask(None)
    return _train(newest) if newest.state == State.QUEUED else None


def _last_night() -> datetime:
    """The latest three o'clock in the morning that has passed."""
    at = start_of_day(today()) + NIGHT
    return at if at <= now() else at - timedelta(days=1)


def _give_up_stuck() -> None:
    lost = SuggestionRun.objects.filter(state=State.RUNNING, started_at__lt=now() - STUCK)
    if lost.update(state=State.FAILED, finished_at=now()):
        log.warning("a training run was lost and has been given up")


def _train(run: SuggestionRun) -> SuggestionRun | None:
    """Carry out a queued run; None where another process has it."""
    if not SuggestionRun.objects.filter(pk=run.pk, state=State.QUEUED).update(state=State.RUNNING, started_at=now()):
        return None
    run.refresh_from_db()
    try:
        rows = history.handled()
        rule = history.default_departments()
        learned = [_learn(target, rows, rule) for target in SuggestionModel.Target]
        _finish(run, learned)
    except Exception:
        log.exception("training run %s", run.pk)
        SuggestionRun.objects.filter(pk=run.pk, state=State.RUNNING).update(state=State.FAILED, finished_at=now())
    run.refresh_from_db()
    return run


@dataclass(frozen=True)
class _Learned:
    """What became of one question; the model where there was enough to learn from."""

    target: SuggestionModel.Target
    rows: int
    model: Model | None = None
    accuracy: Accuracy | None = None
    confused: Sequence[Any] = ()

    @property
    def verdict(self) -> SuggestionModel.Verdict:
        if self.accuracy is None:
            return SuggestionModel.Verdict.TOO_LITTLE
        return SuggestionModel.Verdict.USEFUL if self.accuracy.is_useful else SuggestionModel.Verdict.NO_BETTER


def _learn(target: SuggestionModel.Target, rows: Sequence[history.Handled], rule: dict[str, str]) -> _Learned:
    """Measure on the newest cases what the older ones teach, then learn from all of them."""
    samples = [row.sample(target) for row in rows]
    older, newest = learning.split(samples)
    try:
        tried = learning.learn(older)
        model = learning.learn(samples)
    except learning.TooLittle:
        return _Learned(target, len(rows))
    fixed = (
        (lambda facts: rule.get(facts.category, ""))
        if target == SuggestionModel.Target.DEPARTMENT
        else (lambda facts: "")
    )
    accuracy = learning.measure(tried, older, newest, fixed)
    ids = [row.pk for row in rows[len(older) :]]
    confused = [
        [key, guess, len(places), [ids[place] for place in places[-CASES_KEPT:]]]
        for key, guess, places in accuracy.confused[:CONFUSED_KEPT]
    ]
    return _Learned(target, len(rows), model, accuracy, confused)


@transaction.atomic
def _finish(run: SuggestionRun, learned: Sequence[_Learned]) -> None:
    """Put what was learned into use, instead of what was before."""
    current = SuggestionRun.objects.select_for_update().get(pk=run.pk)
    if current.state != State.RUNNING or current.started_at != run.started_at:
        return  # given up meanwhile
    SuggestionModel.objects.filter(Q(in_use=True) | Q(packed__isnull=False)).update(
        in_use=False, packed=None, digest=""
    )
    models = [SuggestionModel.objects.create(run=run, **_figures(one)) for one in learned]
    current.state, current.finished_at = State.DONE, now()
    current.save(update_fields=["state", "finished_at"])
    told = {one.target: {"verdict": one.verdict, "rows": one.rows, "digest": one.digest} for one in models}
    record(action="issues.train_suggestions", target=current, by=run.requested_by, models=told)


def _figures(one: _Learned) -> dict[str, Any]:
    """The columns of one model."""
    found: dict[str, Any] = {"target": one.target, "verdict": one.verdict, "rows": one.rows}
    accuracy, model = one.accuracy, one.model
    if accuracy is None or model is None:
        return found
    for name in ("held_back", "first", "third", "majority", "rule", "sure", "sure_right"):
        found[name] = getattr(accuracy, name)
    found |= {
        "classes": len(model.classes),
        "words": len(model.features),
        "by_class": [[key, *numbers] for key, numbers in accuracy.by_class.items()],
        "confused": one.confused,
    }
    if one.verdict == SuggestionModel.Verdict.USEFUL:
        packed = model.pack()
        found |= {"in_use": True, "packed": packed, "digest": digest_of(packed)}
    return found
