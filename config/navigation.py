"""What stands around every page: the navigation by role, badges, the product's name."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from config.alerts import alerts
from foundation.accounts.permissions import Permission as P
from foundation.audit.memory import until_next_act
from foundation.clocks.localtime import today
from foundation.exports.kinds import may_export
from foundation.ui.badges import Badge, badge

CARE_COOKIE = "care"
ISSUES = ("issues:detail", "issues:new", "issues:verb", "issues:proof")
CALLS = ("issues:call", "issues:call_sampling", "issues:call_draw", "issues:call_verb")
REGISTRATIONS = ("enterprises:registration", "enterprises:registration_approve", "enterprises:registration_refuse")
CLUSTERS = ("issues:cluster", "issues:cluster_verb")
GAPS = ("issues:gap", "issues:gap_new", "issues:gap_verb")
APPEALS = ("issues:appeal", "issues:submit", "issues:autosave", "issues:discard_draft")
VISITS = ("liaison:visit", "liaison:visit_new", "liaison:visit_edit", "liaison:rule")
ASSIGNMENTS = ("liaison:people", "liaison:bulk", "liaison:assign", "liaison:end")
MESSAGES = ("notices:rules", "notices:sending")
CANNED = ("issues:canned_edit",)
SCORES = ("supervision:score", "supervision:rows", "supervision:change")
PEOPLE = ("accounts:user", "accounts:user_new", "accounts:user_edit")
DEPARTMENTS = ("accounts:department_new", "accounts:department_edit")


@dataclass(frozen=True)
class Item:
    """An entry of the navigation: shown when its page exists and the person may open it."""

    label: str | Promise
    url_name: str
    icon: str
    permission: P
    match: tuple[str, ...] = ()  # view names, or namespaces ending in ":", under which the entry is lit
    badge: str = ""
    phone: str | Promise = ""  # label in the bottom bar of the phone; empty = not there

    def url(self) -> str:
        """The page's address, empty while no such page exists."""
        return address(self.url_name)

    def lit(self, view_name: str) -> bool:
        """Whether the page being shown belongs to this entry."""
        prefixes = tuple(name for name in self.match if name.endswith(":"))
        return view_name in (self.url_name, *self.match) or (bool(prefixes) and view_name.startswith(prefixes))


@dataclass(frozen=True)
class Section:
    """Entries under one heading."""

    label: str | Promise
    items: tuple[Item, ...]


SECTIONS = (
    Section("", (Item(_("工作台"), "workbench", "home", P.SIGNED_IN, phone=_("工作台")),)),
    Section(
        _("服务企业"),
        (
            Item(_("我的诉求"), "issues:appeals", "messages", P.APPEAL_SUBMIT, APPEALS, "appeals", _("诉求")),
            Item(_("诉求台账"), "issues:list", "list-check", P.ISSUE_VIEW, ISSUES, "issues", _("诉求")),
            Item(_("重复诉求"), "issues:clusters", "copy", P.ISSUE_DISPATCH, CLUSTERS),
            Item(_("走访"), "liaison:visits", "calendar-check", P.VISIT_VIEW, VISITS, "visits", _("走访")),
            Item(_("企业"), "enterprises:list", "building", P.ENTERPRISE_VIEW, ("enterprises:",), phone=_("企业")),
            Item(_("企业账号申请"), "enterprises:registrations", "user", P.ENTERPRISE_EDIT, REGISTRATIONS),
            Item(_("本企业账号"), "enterprises:colleagues", "users", P.APPEAL_SUBMIT, phone=_("账号")),
            Item(_("项目"), "projects:list", "chart-bar", P.PROJECT_VIEW, ("projects:",)),
            Item(_("挂点联系"), "liaison:assignments", "users", P.ASSIGNMENT_VIEW, ASSIGNMENTS),
            Item(_("回访"), "issues:calls", "phone", P.CALL_VIEW, CALLS, "calls"),
            Item(_("政策缺口"), "issues:gaps", "book", P.POLICY_GAP_VIEW, GAPS),
        ),
    ),
    Section(
        _("督导"),
        (
            Item(_("督导看板"), "supervision:dashboard", "eye", P.DASHBOARD_VIEW),
            Item(_("考核排名"), "supervision:ranking", "trophy", P.SCORE_VIEW, SCORES),
            Item(_("走访月表"), "liaison:matrix", "table", P.VISIT_MATRIX),
        ),
    ),
    Section(
        _("管理"),
        (
            Item(_("名册导入"), "imports:list", "upload", P.IMPORT, ("imports:",), "imports"),
            Item(_("工作日历"), "clocks:calendar", "calendar", P.CALENDAR_VIEW, ("clocks:",)),
            Item(_("标签"), "issues:tags", "flag", P.TAG_EDIT),
            Item(_("常用语"), "issues:canned", "bookmark", P.CANNED_REPLY_KEEP, CANNED),
            Item(_("时限规则"), "issues:rules", "adjustments", P.RULE_VIEW, ("issues:rule", "issues:ladder")),
            Item(_("建议准确率"), "issues:suggestions", "chart-bar", P.SUGGESTION_VIEW),
            Item(_("回访比例"), "issues:call_rule", "adjustments", P.CALL_RULE),
            Item(_("消息管理"), "notices:unacknowledged", "bell", P.NOTICE_MANAGE, MESSAGES),
            Item(_("账号与角色"), "accounts:users", "key", P.USER_VIEW, PEOPLE),
            Item(_("部门"), "accounts:departments", "sitemap", P.DEPARTMENT_EDIT, DEPARTMENTS),
            Item(_("拦截的附件"), "attachments:blocked", "paperclip", P.ATTACHMENT_RELEASE),
            Item(_("审计记录"), "audit:list", "shield", P.AUDIT_VIEW, ("audit:",)),
            Item(_("后台设置"), "admin:index", "settings", P.ADMIN_SITE),
        ),
    ),
)

MINE = Item(_("我的"), "accounts:profile", "user", P.SIGNED_IN, ("accounts:password_change",), phone=_("我的"))
PHONE_ORDER = (
    "workbench",
    "enterprises:list",
    "liaison:visits",
    "issues:list",
    "issues:appeals",
    "enterprises:colleagues",
)


@dataclass(frozen=True)
class Entry:
    """An item as this person sees it now."""

    item: Item
    url: str
    on: bool
    badge: Badge | None


Badges = tuple[tuple[str, Badge], ...]


def badges_of(user: Any) -> Badges:
    """What is counted beside the entries this person has, where there is anything; counted again after any act."""
    keys = [item.badge for section in SECTIONS for item in section.items if item.badge and user.may(item.permission)]
    return until_next_act(f"badges:{user.pk}:{today()}", lambda: _counted(keys, user)) if keys else ()


def _counted(keys: Iterable[str], user: Any) -> Badges:
    return tuple((key, found) for key in keys if (found := badge(key, user)))


def entries(items: Iterable[Item], permissions: frozenset[P], view_name: str, badges: Badges = ()) -> list[Entry]:
    """The items that exist and that these permissions open."""
    counted = dict(badges)
    found = []
    for item in items:
        url = item.url() if item.permission is P.SIGNED_IN or item.permission in permissions else ""
        if url:
            found.append(Entry(item, url, item.lit(view_name), counted.get(item.badge)))
    return settle(found, view_name)


def settle(found: list[Entry], view_name: str) -> list[Entry]:
    """An entry that names the page puts out those that are lit by their namespace only."""
    named = [entry for entry in found if view_name in (entry.item.url_name, *entry.item.match)]
    if any(entry.item.url_name == view_name for entry in named):
        named = [entry for entry in named if entry.item.url_name == view_name]
    return [Entry(e.item, e.url, e in named, e.badge) for e in found] if named else found


def sections(permissions: frozenset[P], view_name: str, badges: Badges) -> list[tuple[str, list[Entry]]]:
    """The navigation of one person; headings without entries are left out."""
    drawn = [(str(section.label), entries(section.items, permissions, view_name, badges)) for section in SECTIONS]
    return [(label, found) for label, found in drawn if found]


def phone_bar(drawn: list[tuple[str, list[Entry]]], permissions: frozenset[P], view_name: str) -> list[Entry]:
    """The bottom bar: at most five, the person's own page last."""
    known = {entry.item.url_name: entry for _label, found in drawn for entry in found}
    bar = [known[name] for name in PHONE_ORDER if name in known][:4]
    return bar + entries((MINE,), permissions, view_name)


class Navigation(NamedTuple):
    """The two drawn parts: the list at the left, and the bar at the bottom of a phone."""

    side: SafeString
    bar: SafeString


@lru_cache(maxsize=512)
def navigation(permissions: frozenset[P], view_name: str, badges: Badges) -> Navigation:
    """The entries as HTML, which depends on nothing but these three and is on every page: so drawn once."""
    drawn = sections(permissions, view_name, badges)
    return Navigation(
        render_to_string("parts/navigation.html", {"sections": drawn}),
        render_to_string("parts/phone_bar.html", {"entries": phone_bar(drawn, permissions, view_name)}),
    )


@lru_cache
def address(name: str) -> str:
    """The address of a page, or nothing while it does not exist; asked for on every page, so remembered."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of templates/base.html; counts are fetched only when the navigation is drawn."""
    user = getattr(request, "user", None)
    match = request.resolver_match
    view_name = match.view_name if match else ""
    common = {
        "PRODUCT_NAME": settings.PRODUCT_NAME,
        "DISTRICT_NAME": settings.DISTRICT_NAME,
        "care_mode": request.COOKIES.get(CARE_COOKIE) == "1",
    }
    if user is None or not user.is_authenticated:
        return common
    return {
        **common,
        "navigation": SimpleLazyObject(lambda: navigation(user.permissions, view_name, badges_of(user))),
        "notice_badge": SimpleLazyObject(lambda: badge("notices", user) or Badge(0)),
        "alerts": SimpleLazyObject(lambda: alerts(user)),
        "search_url": address("search"),
        "notices_url": address("notices:list"),
        "exports_url": address("exports:list") if may_export(user) else "",
    }
