"""What a formula may count: for each entry one set of rows, from which both the figures and the drill-down come.

`rows(period, now)` gives every row of the district that counts, annotated with `unit` (the department it counts for)
and `hit` (what it adds to the numerator). The denominator is the number of rows. So a figure can never differ from
the rows shown for it.

A limit belongs to the period whose days it falls in: 24:00 of the 31st is the instant at which the next month begins,
and counts for the 31st. That is why bounds on due instants are open on the left and closed on the right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.clocks.models import Level, Warning
from issues.models import FollowUpCall, Handling, Issue
from liaison.models import VisitDuty
from supervision.periods import Period

RED_KINDS = ("issue.first_reply", "issue.resolve")
Words = str | Promise


@dataclass(frozen=True)
class Measure:
    """One thing that can be counted; `reckon` names how `supervision.scoring` turns it into points."""

    key: str
    name: Words
    definition: Words
    reckon: str  # rate: n/d · mean: mean of 1–5 over 5 · inverse: 1 − n/d · penalty: full marks less n × penalty
    numerator: Words
    denominator: Words
    rows: Callable[[Period, datetime], QuerySet]
    moments: tuple[tuple[Words, str], ...]  # the instants that decide, as the drill-down shows them: heading, field
    miss: Words = ""  # what a row outside the numerator is


def visits(period: Period, now: datetime) -> QuerySet:
    """Visit duties whose month ends in the period; logged before it ended is a hit."""
    duties = VisitDuty.objects.filter(cancelled_at__isnull=True, due_at__gt=period.start, due_at__lte=period.end)
    return marked(duties, Q(done_at__lt=F("due_at")), "department")


def accepted(period: Period, now: datetime) -> QuerySet:
    """Turns whose accept limit falls in the period; returned in time leaves them out, deemed acceptance is no hit."""
    sent_back = Q(accepted_at__isnull=True, ended_at__lt=F("accept_due_at"))
    settled = Q(accept_due_at__lte=now) | Q(accepted_at__lte=now)
    turns = Handling.objects.filter(settled, accept_due_at__gt=period.start, accept_due_at__lte=period.end)
    hit = Q(accepted_at__lt=F("accept_due_at"), accept_deemed=False)
    return marked(turns.exclude(sent_back), hit, "department")


def resolved(period: Period, now: datetime) -> QuerySet:
    """Turns whose resolve limit falls in the period, with extensions and pauses; moved on before: left out.

    A turn that waits for the enterprise has no limit yet and is left out, unless the limit had passed when it asked.
    What came back after it was closed was not solved: no hit if that was found by the end of the period. Found later,
    the turn counts once more, as a miss, in the period in which it was found; what an earlier one said stays.
    """
    moved_on = Q(resolved_at__isnull=True, ended_at__lt=F("resolve_due_at"))
    asked = Issue.objects.filter(pk=OuterRef("issue_id"), waiting_since__lt=OuterRef("resolve_due_at"))
    standing = Q(ended_at__isnull=True) & Exists(asked)
    settled = Q(resolve_due_at__lte=now) | Q(ended_at__lte=now)
    due = Q(resolve_due_at__gt=period.start, resolve_due_at__lte=period.end)
    came_back = Q(recurred_at__gte=period.start, recurred_at__lt=period.end, recurred_at__lte=now)
    turns = Handling.objects.filter(settled & due | came_back).exclude(moved_on).exclude(standing)
    known = Q(recurred_at__lt=period.end, recurred_at__lte=now)
    return marked(turns, due & Q(resolved_at__lt=F("resolve_due_at")) & ~known, "department")


def rated(period: Period, now: datetime) -> QuerySet:
    """Cases rated in the period; each adds its 1–5."""
    cases = Issue.objects.filter(rated_at__gte=period.start, rated_at__lt=period.end, department__isnull=False)
    return cases.annotate(unit=F("department_id"), hit=F("rating"))


def reopened(period: Period, now: datetime) -> QuerySet:
    """Turns resolved or rejected in the period; a rejected one is a hit, whoever found it. Of the first formula."""
    rejected = Q(rejected_at__gte=period.start, rejected_at__lt=period.end)
    turns = Handling.objects.filter(rejected | Q(resolved_at__gte=period.start, resolved_at__lt=period.end))
    return marked(turns, rejected, "department")


def rejected(period: Period, now: datetime) -> QuerySet:
    """The same without what follow-up calls found, which `refuted` counts."""
    sent_back = Q(rejected_at__gte=period.start, rejected_at__lt=period.end, false_closure=False)
    turns = Handling.objects.filter(sent_back | Q(resolved_at__gte=period.start, resolved_at__lt=period.end))
    return marked(turns, sent_back, "department")


def refuted(period: Period, now: datetime) -> QuerySet:
    """Turns whose closing was asked about in the period, with an answer; one that was not really solved is a hit."""
    answers = FollowUpCall.objects.filter(
        done_at__gte=period.start, done_at__lt=period.end, finding__in=FollowUpCall.ANSWERED
    )
    false = answers.filter(finding=FollowUpCall.Finding.UNSOLVED)
    turns = Handling.objects.filter(pk__in=answers.values("handling"))
    return marked(turns, Q(pk__in=false.values("handling")), "department")


def red(period: Period, now: datetime) -> QuerySet:
    """Turns in hand during the period; one that was given a red card for a limit of the period is a hit.

    The card's limit decides in which period it counts, as it does for the resolution: a card for the 31st is raised as
    the next month begins.
    """
    cards = Warning.objects.filter(
        level=Level.RED,
        due_at__gt=period.start,
        due_at__lte=period.end,
        raised_at__gte=period.start,
        raised_at__lte=now,
        clock__kind__in=RED_KINDS,
    )
    turns = Handling.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gte=period.start),
        dispatched_at__lt=min(period.end, now),
        is_following=False,  # its limits are those of the main case
    )
    return marked(turns, Q(pk__in=cards.values("clock__owner_id")), "department")


def marked(rows: QuerySet, hit: Q, unit: str) -> QuerySet:
    """The rows with `unit` and a `hit` of 0 or 1."""
    return rows.filter(**{f"{unit}__isnull": False}).annotate(
        unit=F(f"{unit}_id"), hit=Case(When(hit, then=Value(1)), default=Value(0), output_field=IntegerField())
    )


MEASURES: dict[str, Measure] = {
    measure.key: measure
    for measure in (
        Measure(
            "visits",
            _("走访完成"),
            _(
                "本期到期的走访任务中,期满前走访并登记的比例;期满后补登的不算按时。"
                "期满前因联系关系结束而取消的任务不计;期满前改派的任务计入新专员单位。"
            ),
            "rate",
            _("按时走访"),
            _("应走访"),
            visits,
            ((_("期限"), "due_at"), (_("登记走访"), "done_at")),
            _("未按时走访"),
        ),
        Measure(
            "accept",
            _("按时签收"),
            _(
                "签收期限落在本期的交办中,期限内签收的比例;到期未点、视为签收的不算按时。"
                "期限内退回的、重办的(无须再签收)不计。"
            ),
            "rate",
            _("按时签收"),
            _("应签收"),
            accepted,
            ((_("签收期限"), "accept_due_at"), (_("签收"), "accepted_at")),
            _("未按时签收"),
        ),
        Measure(
            "resolve",
            _("按时办结"),
            _(
                "办结期限(含已批准的延期和暂停)落在本期的承办中,期限内办结的比例;重办按新期限另计一件。"
                "期限前退回、并入别件的不计;正待企业补充的,待期限确定后计入期限所在的周期,超期后才请企业补充的照计。"
                "销号后 180 天内同一事项再次发生的不算按时办结;在以后的周期才认定的,在认定的周期另计一件未按时办结。"
            ),
            "rate",
            _("按时办结"),
            _("应办结"),
            resolved,
            ((_("办结期限"), "resolve_due_at"), (_("办结"), "resolved_at"), (_("认定再次发生"), "recurred_at")),
            _("未按时办结"),
        ),
        Measure(
            "satisfaction",
            _("企业满意度"),
            _(
                "企业在本期确认办结时所评分数的平均值(1–5 分);专班代为确认、逾期未确认的没有评分,不计。"
                "重办的案件原评分作废,以再次确认时的评分为准。评价件数不足最少样本时,不足部分按全区平均分补足。"
            ),
            "mean",
            _("评分合计"),
            _("评价件数"),
            rated,
            ((_("评价"), "rated_at"),),
        ),
        Measure(
            "reopen",
            _("退回重办"),
            _(
                "本期办结或被退回重办的承办中,被企业退回或专班重办的比例,越低越好;"
                "回访认定没有真正解决的(虚假销号)同样计入。"
                "计入被退回的周期,不追改办结时的周期。"
            ),
            "inverse",
            _("被退重办"),
            _("办结与重办"),
            reopened,
            ((_("办结"), "resolved_at"), (_("被退重办"), "rejected_at")),
            _("未被退"),
        ),
        Measure(
            "rejected",
            _("退回重办"),
            _(
                "本期办结或被退回重办的承办中,被企业退回或专班重办的比例,越低越好;"
                "回访认定没有真正解决的不在此计,另计入“虚假销号”。"
                "计入被退回的周期,不追改办结时的周期。"
            ),
            "inverse",
            _("被退重办"),
            _("办结与重办"),
            rejected,
            ((_("办结"), "resolved_at"), (_("被退重办"), "rejected_at")),
            _("未被退"),
        ),
        Measure(
            "refuted",
            _("虚假销号"),
            _(
                "本期回访问到结果的承办中,企业表示没有真正解决的比例,越低越好;未联系上的、不再回访的不计。"
                "计入回访当期,不追改办结时的周期。回访件数不足最少样本时,不足部分按全区平均补足。"
            ),
            "inverse",
            _("没有真正解决"),
            _("回访有结果"),
            refuted,
            ((_("办结"), "resolved_at"), (_("认定虚假销号"), "rejected_at")),
            _("真正解决或部分解决"),
        ),
        Measure(
            "red",
            _("红牌"),
            _(
                "本期在办的承办中,首次答复或办结期限在本期届满而亮红牌的件数;每件扣分,扣完为止。"
                "同一承办在本期亮几次都只计一件;亮牌后才批准的延期不销牌,延期后再次超期在再次届满的周期另计。"
            ),
            "penalty",
            _("亮红牌"),
            _("在办件数"),
            red,
            (
                (_("首次答复期限"), "reply_due_at"),
                (_("首次答复"), "replied_at"),
                (_("办结期限"), "resolve_due_at"),
                (_("办结"), "resolved_at"),
            ),
            _("未亮红牌"),
        ),
    )
}
