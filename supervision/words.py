"""Figures as people read them."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from supervision.catalogue import Measure
from supervision.scoring import Figures, Part, Rule


def number(value: Decimal | int) -> str:
    """20, 2.5, 1,002: no zeros that say nothing."""
    return f"{Decimal(value).normalize():,f}"


def percent(figures: Figures, *, sign: bool = True) -> str:
    """91.4% — or a dash where there is nothing to count."""
    if not figures.denominator:
        return "—"
    return f"{100 * figures.ratio:.1f}" + ("%" if sign else "")


def mean(figures: Figures) -> str:
    """4.52 — or a dash."""
    return f"{figures.ratio:.2f}" if figures.denominator else "—"


def parts_of(figures: Figures, unit: str) -> str:
    """681 / 1,002 家."""
    return f"{number(figures.numerator)} / {number(figures.denominator)} {unit}"


def change(now: int, before: int) -> str:
    """▲ 3, ▼ 14 or nothing."""
    if now == before:
        return ""
    return f"{'▲' if now > before else '▼'} {number(abs(now - before))}"


def points(now: Figures, before: Figures) -> str:
    """▲ 1.2: percentage points against the period before; nothing where either has nothing to count."""
    if not now.denominator or not before.denominator:
        return ""
    step = 100 * (now.ratio - before.ratio)
    return f"{'▲' if step > 0 else '▼'} {abs(step):.1f}" if round(step, 1) else ""


def share(measure: Measure, part: Part) -> str:
    """The part's figure: a percentage, a mean, or a count."""
    if part.denominator == 0:
        return _("不计")
    figures = Figures(part.numerator, part.denominator)
    if measure.reckon == "mean":
        return _("平均 %(mean)s 分") % {"mean": mean(figures)}
    if measure.reckon == "penalty":
        return _("%(n)s 件") % {"n": number(part.numerator)}
    return percent(figures)


def how(measure: Measure, rule: Rule) -> str:
    """The reckoning of one component, in plain Chinese."""
    words = {
        "rate": _("得分 = %(full)s × %(n)s ÷ %(d)s"),
        "mean": _("得分 = %(full)s × 平均分 ÷ 5"),
        "inverse": _("得分 = %(full)s × (1 − %(n)s ÷ %(d)s)"),
        "penalty": _("得分 = %(full)s − %(penalty)s × %(n)s,最低 0 分"),
    }[measure.reckon] % {
        "full": number(rule.points),
        "penalty": number(rule.penalty),
        "n": measure.numerator,
        "d": measure.denominator,
    }
    sample = _(";不足 %(n)s 件时按全区平均补足") % {"n": rule.minimum_sample} if rule.minimum_sample else ""
    return words + sample


def sample_words(rules: tuple[Rule, ...]) -> str:
    """最少样本 5 件 — or nothing where the formula asks for none."""
    most = max((rule.minimum_sample for rule in rules), default=0)
    return _("最少样本 %(n)s 件") % {"n": most} if most else ""
