"""How right the suggestions are, ready to print: on held-back history, pair by pair, and since they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from foundation.accounts.models import Department
from issues.models import Category, Issue, SuggestionModel, SuggestionRun
from issues.suggesting import history
from issues.suggesting.learning import LEAST_ROWS, SURE

RUNS_SHOWN = 10
PAIRS_SHOWN = 8
Target = SuggestionModel.Target


@dataclass(frozen=True)
class Share:
    """A part of a whole, with its percentage."""

    part: int
    whole: int

    @property
    def percent(self) -> str:
        return f"{100 * self.part / self.whole:.1f}%" if self.whole else "—"

    @property
    def figures(self) -> str:
        return f"{self.part} / {self.whole}" if self.whole else ""


@dataclass(frozen=True)
class Measured:
    """One question as the newest run measured it."""

    model: SuggestionModel
    first: Share
    third: Share
    majority: Share
    rule: Share | None  # there is a fixed rule for departments alone
    sure: Share


@dataclass(frozen=True)
class ByClass:
    """How cases of one department were found."""

    name: str
    found: Share  # of its held-back cases
    right: Share  # of the times it was suggested


@dataclass(frozen=True)
class Pair:
    """Two that are mistaken for each other, with cases that the reader may open."""

    target: str
    actual: str
    guessed: str
    cases: int
    issues: Sequence[Issue]


def measured(model: SuggestionModel) -> Measured:
    held = model.held_back
    return Measured(
        model=model,
        first=Share(model.first, held),
        third=Share(model.third, held),
        majority=Share(model.majority, held),
        rule=Share(model.rule, held) if model.target == Target.DEPARTMENT else None,
        sure=Share(model.sure_right, model.sure),
    )


def report(user: Any) -> dict[str, Any]:
    """Everything the page shows."""
    runs = list(
        SuggestionRun.objects.visible_to(user).select_related("requested_by").prefetch_related("models")[:RUNS_SHOWN]
    )
    newest = next((run for run in runs if run.state == SuggestionRun.State.DONE), None)
    models = sorted(newest.models.all(), key=lambda one: list(Target.values).index(one.target)) if newest else []
    names = _names()
    departments = next((one for one in models if one.target == Target.DEPARTMENT), None)
    since = history.followed()
    return {
        "open_run": next((run for run in runs if run.is_open), None),
        "runs": [(run, {one.target: Share(one.first, one.held_back) for one in run.models.all()}) for run in runs],
        "newest": newest,
        "measured": [measured(one) for one in models],
        "by_class": _by_class(departments, names) if departments else [],
        "pairs": _pairs(models, names, user),
        "followed": since,
        "taken": Share(since.taken, since.all),
        "taken_returned": Share(since.taken_returned, since.taken),
        "other_returned": Share(since.other_returned, since.other),
        "not_followed": history.not_followed(user) if since.other else [],
        "least": LEAST_ROWS,
        "sure": f"{SURE:.0%}",
    }


def _names() -> dict[str, str]:
    """What the keys of the models stand for: ids of departments, codes of categories."""
    found = {str(one.pk): one.label for one in Department.objects.all()}
    return found | {one.code: one.name for one in Category.objects.all()}


def _by_class(model: SuggestionModel, names: Mapping[str, str]) -> list[ByClass]:
    return [
        ByClass(_named(key, names), Share(found, cases), Share(found, guessed))
        for key, cases, found, guessed in model.by_class
    ]


def _pairs(models: Iterable[SuggestionModel], names: Mapping[str, str], user: Any) -> list[Pair]:
    """The most confused pairs; one query for the cases of all of them."""
    rows = [(model.get_target_display(), *row) for model in models for row in model.confused]
    rows = sorted(rows, key=lambda row: -row[3])[:PAIRS_SHOWN]
    wanted = [pk for row in rows for pk in row[4]]
    seen = Issue.objects.visible_to(user).only("pk", "number", "title").in_bulk(wanted) if wanted else {}
    return [
        Pair(target, _named(actual, names), _named(guessed, names), cases, [seen[pk] for pk in pks if pk in seen])
        for target, actual, guessed, cases, pks in rows
    ]


def _named(key: str, names: Mapping[str, str]) -> str:
    return names.get(key) or _("(已不存在)")
