"""What the history suggests: learned from the district's cases, and what it would have said of the newest ones."""

from __future__ import annotations

from collections.abc import Sequence

from config.demo.builder.world import World
from config.demo.routing import usual
from foundation.accounts.models import Department
from issues import actions
from issues.models import Category, Event, Handling, SuggestionRun
from issues.suggesting import history, learning, suggestions
from issues.suggesting.model import Model

LEARNED_UP_TO = 20_000  # cases; in a larger district the first beat learns, after the start


def name_defaults(departments: dict[str, Department]) -> None:
    """The department that a category falls to where nothing else is known."""
    for category in Category.objects.all():
        if code := usual(category.name):
            category.default_department = departments[code]
            category.save(update_fields=["default_department"])


def build(world: World) -> None:
    """A model in use, and the turns of the newest cases with what one learned from the older would have said."""
    if world.size.issues > LEARNED_UP_TO:
        return
    run = actions.train_now()
    if run is None or run.state != SuggestionRun.State.DONE:
        return
    rows = history.handled()
    older, newest = learning.split([row.sample("department") for row in rows])
    try:
        model = learning.learn(older)
    except learning.TooLittle:
        return
    _look_back(model, [row.pk for row in rows[len(rows) - len(newest) :]])


def _look_back(model: Model, cases: Sequence[int]) -> None:
    """Write down the suggestion with every turn that a dispatch began, as the verb does."""
    departments = suggestions.candidates()
    turns = Handling.objects.filter(issue__in=cases, is_redo=False).order_by("issue", "round")
    known = {(one.issue_id, one.at): one for one in Event.objects.filter(issue__in=cases, verb="dispatch")}
    returned: dict[int, set[int]] = {}
    changed, told = [], []
    for turn in turns.select_related("issue__category", "issue__enterprise", "department"):
        gone = returned.setdefault(turn.issue_id, set())
        event = known.get((turn.issue_id, turn.dispatched_at))
        advice = suggestions.advise(turn.issue, [one for one in departments if one.pk not in gone], model)
        if event and advice.first:
            turn.suggested = advice.first.department if advice.learned else None
            event.data |= suggestions.told(advice, turn.department)
            changed.append(turn)
            told.append(event)
        if turn.ended == Handling.Ended.RETURNED:
            gone.add(turn.department_id)
    Handling.objects.bulk_update(changed, ["suggested"], batch_size=500)
    Event.objects.bulk_update(told, ["data"], batch_size=500)
