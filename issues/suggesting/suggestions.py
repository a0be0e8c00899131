"""What the office is shown: which department a case is likely for and why, and which category a text is likely of."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from enterprises.models import Enterprise
from foundation.accounts.models import Department
from issues.models import Category, Handling, Issue, SuggestionModel
from issues.suggesting.features import Facts
from issues.suggesting.learning import LEAST_ROWS, SURE
from issues.suggesting.model import Damaged, Guess, Model, unpack

log = logging.getLogger(__name__)
SHOWN = 3
OTHERS_FROM = 0.08  # a second or third guess below this is noise
LIKELY, VERY_LIKELY = 0.6, 0.8
# A case returned for another reason, say as incomplete, may well be for the same department.
NOT_THEIRS = (Handling.ReturnKind.NOT_OURS, Handling.ReturnKind.OTHER_LEAD)
Target = SuggestionModel.Target
_kept: dict[str, tuple[str, Model]] = {}  # by target: the digest of what is in use, and what it holds


# -- the model in use -------------------------------------------------------------------------------------------------


def digest_of(packed: bytes) -> str:
    """What shows that stored numbers are those this installation learned: keyed with its own secret."""
    return salted_hmac("issues.suggestions", packed, algorithm="sha256").hexdigest()


def current(target: str) -> Model | None:
    """The model in use, read once per process; None while there is none, or where it was tampered with."""
    row = SuggestionModel.objects.filter(in_use=True, target=target).values_list("pk", "digest").first()
    if row is None:
        return None
    pk, digest = row
    if target in _kept and _kept[target][0] == digest:
        return _kept[target][1]
    model = _load(pk, digest)
    if model is not None:  # a damaged one is read again: it may be restored under the digest it had
        _kept[target] = (digest, model)
    return model


def _load(pk: int, digest: str) -> Model | None:
    packed = SuggestionModel.objects.filter(pk=pk).values_list("packed", flat=True).first()
    stored = bytes(packed or b"")
    if not constant_time_compare(digest_of(stored), digest):
        log.error("suggestion model %s is not what was stored: it is not used", pk)
        return None
    try:
        return unpack(stored)
    except Damaged as error:
        log.error("suggestion model %s is damaged: %s", pk, error)
        return None


# -- departments ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Suggestion:
    """One department, with how likely it is in words, and why."""

    department: Department
    certainty: str
    because: str
    probability: float | None = None  # None: not learned, but the category's rule


@dataclass(frozen=True)
class Advice:
    """What to suggest for one case."""

    options: Sequence[Suggestion] = ()
    learned: bool = False  # whether the first is what the history says
    note: str = ""  # why it is only the rule

    @property
    def first(self) -> Suggestion | None:
        """The one to choose unless somebody knows better: the others are worth a look at most."""
        return self.options[0] if self.options and self.options[0].certainty else None


def facts_of(issue: Issue) -> Facts:
    """What the suggestion looks at; the enterprise is read with the case."""
    return facts(issue.title, issue.text, issue.enterprise, issue.category.code)


def facts(title: str, text: str, enterprise: Enterprise | None, category: str = "") -> Facts:
    if enterprise is None:
        return Facts(title, text, category)
    park, town = str(enterprise.park_id or ""), str(enterprise.town_id or "")
    return Facts(title, text, category, park, town, enterprise.industry_id or "")


def candidates() -> list[Department]:
    """The departments a case may be given to."""
    return list(Department.objects.active().exclude(kind=Department.Kind.DISTRICT))


def sent_back_by(*issues: Issue) -> dict[int, set[int]]:
    """By case: the departments that returned it as not theirs, while the office may still choose among the others."""
    asked = [one.pk for one in issues if one.return_count and one.status != Issue.Status.ARBITRATION]
    found: dict[int, set[int]] = {pk: set() for pk in asked}
    if asked:
        rows = Handling.objects.filter(issue__in=asked, return_kind__in=NOT_THEIRS)
        for pk, department in rows.values_list("issue_id", "department_id"):
            found[pk].add(department)
    return found


def for_issue(issue: Issue, departments: Iterable[Department] | None = None) -> Advice:
    """Departments for a case; never one that is closed, nor one that has sent the case back."""
    given = candidates() if departments is None else departments
    without = sent_back_by(issue).get(issue.pk, set())
    return advise(issue, [one for one in given if one.pk not in without], current(Target.DEPARTMENT))


def for_queue(pks: Sequence[int]) -> dict[int, Advice]:
    """The same for a page of cases, with the same few queries for one and for fifty."""
    rows = list(Issue.objects.filter(pk__in=pks).select_related("category", "enterprise"))
    if not rows:
        return {}
    given, model, without = candidates(), current(Target.DEPARTMENT), sent_back_by(*rows)
    return {row.pk: advise(row, [one for one in given if one.pk not in without.get(row.pk, ())], model) for row in rows}


def advise(issue: Issue, departments: Iterable[Department], model: Model | None) -> Advice:
    """The same from what was read before."""
    open_to = {str(one.pk): one for one in departments}
    told = facts_of(issue)
    guesses = model.guess(told, frozenset(open_to), SHOWN) if model else []
    kept = [g for place, g in enumerate(guesses) if place == 0 or g.probability >= OTHERS_FROM]
    if model and kept and kept[0].probability >= SURE:
        return Advice([_suggestion(g, open_to[g.key], issue, told, model) for g in kept], learned=True)
    rule = open_to.get(str(issue.category.default_department_id))
    options = [] if rule is None else [Suggestion(rule, _("默认"), _("类别的默认主办部门"))]
    if model:
        rest = [g for g in kept if g.probability >= OTHERS_FROM and open_to[g.key] != rule]
        options += [_suggestion(g, open_to[g.key], issue, told, model, unsure=True) for g in rest]
    return Advice(options, note=_why_rule(model, rule, issue))


def choices(advice: Advice, departments: Iterable[Department], nothing: Any) -> list[Any]:
    """The options of a form: the suggested ones first, then all of them."""
    everyone = [(one.pk, str(one)) for one in departments]
    if not advice.options:
        return [("", nothing), *everyone]
    offered = [(one.department.pk, _option(one)) for one in advice.options]
    return [("", nothing), (_("建议"), offered), (_("全部部门"), everyone)]


def _option(one: Suggestion) -> str:
    name = str(one.department)
    return _("%(name)s(%(certainty)s)") % {"name": name, "certainty": one.certainty} if one.certainty else name


def told(advice: Advice, to: Department) -> dict[str, Any]:
    """What the event of handing over keeps of it: the suggestion, where it came from, and whether it was followed."""
    if advice.first is None:
        return {}
    source = "history" if advice.learned else "rule"
    suggested = advice.first.department
    return {"suggested": suggested.label, "suggested_by": source, "followed": suggested == to}


def _suggestion(
    guess: Guess, department: Department, issue: Issue, told: Facts, model: Model, unsure: bool = False
) -> Suggestion:
    certainty = "" if unsure else certainty_of(guess.probability)
    because = [words_said(guess.words)] if guess.words else []
    if alike := model.alike(told, guess.key):
        place = _("同园区") if told.park else _("同镇街")
        because.append(
            _("%(place)s“%(category)s”类曾办结 %(n)d 件")
            % {"place": place, "category": issue.category.name, "n": alike}
        )
    return Suggestion(department, certainty, ";".join(because), guess.probability)


def certainty_of(probability: float) -> str:
    """How likely, in a word; below `SURE` nothing is claimed."""
    if probability >= VERY_LIKELY:
        return _("很可能")
    if probability >= LIKELY:
        return _("较可能")
    return _("可能") if probability >= SURE else ""


def words_said(words: Sequence[str]) -> str:
    return _("提到“%(words)s”") % {"words": "、".join(words)}


def _why_rule(model: Model | None, rule: Department | None, issue: Issue) -> str:
    """Why the history suggests nothing, and what is done instead."""
    if model is None:
        why = _("还没有可用的历史建议(办结满 %(n)d 件后自动学习)") % {"n": LEAST_ROWS}
    else:
        why = _("历史上少有说法相近的件,把握不足")
    name = {"why": why, "category": issue.category.name}
    if rule is None:
        return _("%(why)s;类别“%(category)s”没有可用的默认主办部门,请自行选择。") % name
    return _("%(why)s,先按类别“%(category)s”的默认主办部门。") % name


# -- category ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CategoryHint:
    """The category a text is likely of."""

    category: Category
    because: str


def for_text(title: str, text: str, enterprise: Enterprise | None = None) -> CategoryHint | None:
    """The likely category of what is being written; None where nothing can be said with some certainty."""
    if len(title.strip()) + len(text.strip()) < LEAST_TEXT:
        return None
    model = current(Target.CATEGORY)
    if model is None:
        return None
    known = {one.code: one for one in Category.objects.filter(is_active=True)}
    guesses = model.guess(facts(title, text, enterprise), frozenset(known), 1)
    if not guesses or guesses[0].probability < SURE:
        return None
    return CategoryHint(known[guesses[0].key], words_said(guesses[0].words) if guesses[0].words else "")


LEAST_TEXT = 4  # characters before a category is suggested
