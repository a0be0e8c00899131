"""`@姓名` in what officials write among themselves: whom it means, and only people who see the case.

A name may be followed by what tells namesakes apart in brackets, as in `@李丽(区交通局)`: a department, a staff number
or an account.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from issues.models import Issue
from issues.watching import in_sight

MOST = 20  # people in one text
SHORTEST = 2  # characters of a name
OFFERED, LOOKED_AT = 8, 24
STOPS = r"\s@\uff20,.!?;:<>()\"'\u3001\u3002\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f\u300a\u300b\u201c\u201d"
# An address such as a@b.cn mentions nobody. What stands in brackets behind the name tells namesakes apart.
_AT = re.compile(
    rf"(?<![A-Za-z0-9._%+-])[@\uff20]([^{STOPS}]{{1,40}})(?:[(\uff08]([^()\uff08\uff09\n]{{1,60}})[)\uff09])?"
)


class Mention(NamedTuple):
    """A person, and the words that mean them."""

    user: User
    said: str


class Ambiguous(Refused):
    """Several people who see the case have the name; `people` are to choose from."""

    def __init__(self, message: str, people: Sequence[User]) -> None:
        super().__init__(message, code="invalid_mention_ambiguous")
        self.people = list(people)


def resolve(issue: Issue, text: str, chosen: Iterable[User] = ()) -> list[Mention]:
    """Everybody the text mentions, and those chosen besides; Refused where a name means nobody, or several."""
    found = [(match, _named(match[1])) for match in _AT.finditer(text)]
    by_name = _by_name(name for _match, names in found for name in names)
    sees = cache(lambda user: bool(in_sight(user, [issue.pk])))
    picked = {user.pk: user for user in chosen}
    if any(not sees(user) for user in picked.values()):
        raise Refused(_("只能提到看得到此件的同事,请去掉看不到的人。"), code="invalid_mention")
    mentions: dict[int, Mention] = {}
    for match, names in found:
        for mention in _meant(match, names, by_name, sees, picked):
            mentions.setdefault(mention.user.pk, mention)
    for user in picked.values():
        mentions.setdefault(user.pk, Mention(user, f"@{user.name}"))
    if len(mentions) > MOST:
        raise Refused(_("一次最多提到 %(most)d 人。") % {"most": MOST}, code="invalid_mention")
    return list(mentions.values())


def _named(run: str) -> list[str]:
    """The names the words after an @ may begin with, the longest first: nothing parts a name from what follows it."""
    return [run[:length] for length in range(len(run), SHORTEST - 1, -1)]


def _by_name(names: Iterable[str]) -> dict[str, list[User]]:
    wanted = set(names)
    found: dict[str, list[User]] = {}
    if wanted:
        for user in User.objects.active().filter(name__in=wanted).select_related("department").order_by("pk"):
            found.setdefault(user.name, []).append(user)
    return found


def _meant(match: re.Match[str], names: list[str], by_name: Mapping, sees: Any, picked: Mapping) -> list[Mention]:
    """Whom one @ means."""
    name = next((name for name in names if any(sees(user) for user in by_name.get(name, ()))), "")
    if not name:
        if match[1].isascii():
            return []
        raise Refused(
            _("没有找到叫“%(name)s”、看得到此件的同事,没有提交。请核对姓名;不是要提醒人的,请去掉“@”。")
            % {"name": match[1][:8]},
            code="invalid_mention",
        )
    people = [user for user in by_name[name] if sees(user)]
    told_apart = [user for user in people if name == match[1] and match[2] in _marks(user)]
    if told_apart:
        return [Mention(told_apart[0], match[0])] if len(told_apart) == 1 else _several(name, told_apart, picked)
    return [Mention(people[0], f"@{name}")] if len(people) == 1 else _several(name, people, picked)


def _several(name: str, people: list[User], picked: Mapping) -> list[Mention]:
    meant = [user for user in people if user.pk in picked]
    if meant:
        return [Mention(user, f"@{name}") for user in meant]
    written = "、".join(f"@{name}({mark_of(user, people)})" for user in people)
    words = _("有 %(count)d 位“%(name)s”看得到此件,请勾选要提醒的人,或写成:%(written)s。")
    raise Ambiguous(words % {"count": len(people), "name": name, "written": written}, people)


def _marks(user: User) -> set[str | None]:
    """What in brackets tells this person from namesakes."""
    department = {user.department.name, user.department.short_name} if user.department else set()
    return {user.username, user.staff_number, *department} - {None, ""}


def mark_of(user: User, namesakes: Iterable[User]) -> str:
    """The shortest thing to write behind the name: the department, or the account within one department."""
    same = [other for other in namesakes if other.department_id == user.department_id]
    return user.department.label if user.department and len(same) < 2 else user.username


def label_of(user: User) -> str:
    """A person among namesakes, for a choice."""
    return f"{user.name} · {user.department.label if user.department else ''} {user.title}".rstrip(" ·")


# -- completion -------------------------------------------------------------------------------------------------------


class Offer(NamedTuple):
    """A line of the completion list, and what it writes."""

    name: str
    where: str
    insert: str


def offers(issue: Issue, words: str, by: User) -> list[Offer]:
    """Who may be mentioned and whose name begins so; without words, those who have to do with the case."""
    near = _begin_with(words) if words else _around(issue)
    people = [user for user in near.exclude(pk=by.pk)[:LOOKED_AT] if in_sight(user, [issue.pk])][:OFFERED]
    found = []
    for user in people:
        namesakes = [other for other in people if other.name == user.name]
        mark = f"({mark_of(user, namesakes)})" if len(namesakes) > 1 else ""
        where = " ".join(filter(None, (user.department.label if user.department else "", user.title)))
        found.append(Offer(user.name, where, f"@{user.name}{mark}"))
    return found


def _begin_with(words: str) -> QuerySet[User]:
    rows = User.objects.active().filter(name__startswith=words, enterprise_staff__isnull=True)
    return rows.select_related("department").order_by("name", "pk")


def _around(issue: Issue) -> QuerySet[User]:
    """Who acted on the case, and the department that has it."""
    acted = issue.events.filter(by__isnull=False).order_by().values("by_id")
    near = User.objects.active().filter(pk__in=acted)
    if issue.department_id:
        near |= User.objects.active().filter(department=issue.department_id)
    return near.filter(enterprise_staff__isnull=True).select_related("department").order_by("name", "pk")


# -- on the timeline --------------------------------------------------------------------------------------------------


def kept(mentions: Iterable[Mention]) -> list[dict[str, Any]]:
    """As an event keeps them."""
    return [{"user": mention.user.pk, "said": mention.said} for mention in mentions]


def marked(text: str, mentioned: Iterable[Mapping[str, Any]]) -> str | SafeString:
    """The text with its mentions marked; as it is where there are none."""
    said = sorted({str(one["said"]) for one in mentioned}, key=len, reverse=True)
    if not said:
        return text
    pattern = "|".join(re.escape(str(escape(words))) for words in said)
    drawn = re.sub(pattern, lambda match: f'<b class="at">{match[0]}</b>', str(escape(text)))
    return mark_safe(drawn)  # noqa: S308 - escaped before
