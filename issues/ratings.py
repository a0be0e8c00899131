"""The enterprise's rating (好差评): five grades, and the tags that each grade offers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise
BAD = 2  # this grade and below is a bad rating: it says why, and the head of the department hears of it


class Tag(NamedTuple):
    """One ready-made reason for a rating."""

    key: str
    label: Words
    good: bool | None  # praise, complaint; None: could be better


class Grade(NamedTuple):
    """One of the five grades with the tags that fit it."""

    value: int
    label: Words
    tags: tuple[Tag, ...]


PRAISE = (
    Tag("solved", _("问题真正解决"), True),
    Tag("prompt", _("办理快"), True),
    Tag("once", _("一次办好"), True),
    Tag("proactive", _("主动联系上门"), True),
    Tag("clear", _("政策讲得清楚"), True),
    Tag("warm", _("态度热情"), True),
)
WISHES = (
    Tag("quicker", _("可以再快一些"), None),
    Tag("plainer", _("说明可以再清楚些"), None),
    Tag("closer", _("可以多主动联系"), None),
    Tag("firmer", _("结果还要再落实"), None),
)
COMPLAINTS = (
    Tag("unsolved", _("问题没有真正解决"), False),
    Tag("slow", _("办理太慢"), False),
    Tag("passed_on", _("推诿、来回跑"), False),
    Tag("papers", _("反复要材料"), False),
    Tag("unclear", _("没有说明理由"), False),
    Tag("rude", _("态度不好"), False),
)
GRADES = (
    Grade(5, _("非常满意"), PRAISE),
    Grade(4, _("满意"), PRAISE),
    Grade(3, _("基本满意"), WISHES),
    Grade(2, _("不满意"), COMPLAINTS),
    Grade(1, _("非常不满意"), COMPLAINTS),
)
TAGS = {tag.key: tag for tag in (*PRAISE, *WISHES, *COMPLAINTS)}
_BY_VALUE = {grade.value: grade for grade in GRADES}


def grade(value: int | None) -> Words:
    """The words of a grade; nothing where there is none."""
    return _BY_VALUE[value].label if value in _BY_VALUE else ""


def offered(value: int) -> tuple[str, ...]:
    """The keys of the tags that a grade offers."""
    return tuple(tag.key for tag in _BY_VALUE[value].tags) if value in _BY_VALUE else ()


def labels(keys: Iterable[str]) -> list[str]:
    """The tags as people read them; a key that is no longer offered is left out."""
    return [str(TAGS[key].label) for key in keys if key in TAGS]
