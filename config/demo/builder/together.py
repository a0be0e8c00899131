"""Cases that hang together in the demo district: merged, related, and come back after they were closed."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from config.demo.builder.world import World
from foundation.accounts.models import User
from issues import lifecycle
from issues.models import Category, Event, Handling, Issue, IssueLink
from issues.repeats.similar import RECENT

Kind, S = IssueLink.Kind, Issue.Status
CATEGORY = "周边环境"
CAUSE = (
    ("园区东侧道路雨后积水,货车无法进出", "每逢大雨,园区东侧道路积水半米深,货车绕行十公里,当天出不了货。"),
    ("园区东侧道路积水,货车进出困难", "下雨后厂门口道路积水,货车进不来,员工上班要绕路。"),
    ("东侧道路雨后积水,影响货车进出", "道路排水口堵塞,雨后两天积水不退,影响原料进厂。"),
)
SAID = "与同类诉求合并办理。答复和办结结果会同时告知贵单位,办结后由贵单位单独确认。"
AGAIN = 6  # cases that came back, at most
FIELDS = ["title", "text", "category", "status", "version", "last_event_at", "last_public_event_at"]


def build(world: World) -> None:
    """The stories, as the verbs would have written them."""
    office = world.accounts.get("office", world.office[0])
    story = _Story(office)
    _merge(world, story)
    _come_back(story)
    _relate(story)
    story.write()
    world.say(f"关联诉求 {len(story.links)} 条")


class _Story:
    """What is going to be written."""

    def __init__(self, office: User) -> None:
        self.office = office
        self.issues: dict[int, Issue] = {}
        self.events: list[Event] = []
        self.links: list[IssueLink] = []
        self.turns: list[Handling] = []

    def say(self, issue: Issue, verb: str, at, text: str, *, by_portal: bool = False, **data: str) -> None:
        transition = lifecycle.find(verb)
        by = None if by_portal else self.office
        actor = "系统" if by is None else self.office.department.label if self.office.department else self.office.name
        public = {} if transition.public else {"internal": True}
        self.events.append(Event(issue=issue, at=at, verb=verb, by=by, actor=actor, text=text, data=data, **public))
        issue.version += 1
        issue.last_event_at = max(at, issue.last_event_at)
        if transition.public:
            issue.last_public_event_at = issue.last_event_at
        self.issues[issue.pk] = issue

    def link(self, kind: IssueLink.Kind, source: Issue, target: Issue, at, note: str = "", **more: object) -> None:
        self.links.append(
            IssueLink(kind=kind, source=source, target=target, note=note, added_at=at, added_by=self.office, **more)
        )

    def write(self) -> None:
        Issue.objects.bulk_update(self.issues.values(), FIELDS, batch_size=100)
        Event.objects.bulk_create(self.events)
        IssueLink.objects.bulk_create(self.links)
        Handling.objects.bulk_update(self.turns, ["recurred_at"])


def _merge(world: World, story: _Story) -> None:
    """Three enterprises ask for one road; the office lets two of them follow the first."""
    waiting = Issue.objects.filter(status=S.REGISTERED).exclude(enterprise=world.enterprises[0])
    chosen: dict[int, Issue] = {}
    for issue in waiting.order_by("registered_at", "pk"):
        chosen.setdefault(issue.enterprise_id, issue)
    cases = list(chosen.values())[: len(CAUSE)]
    if len(cases) < len(CAUSE):
        return
    at = max(case.registered_at for case in cases) + timedelta(minutes=8)
    if at > world.now:
        return
    category = Category.objects.get(name=CATEGORY)
    for case, (title, text) in zip(cases, CAUSE, strict=True):
        case.title, case.text, case.category = title, text, category
        story.issues[case.pk] = case
    lead, *others = cases
    for case in others:
        before = {"status": S.REGISTERED.value, "department": None, "handler": None, "waiting_since": "", "turn": None}
        story.link(Kind.DUPLICATE, case, lead, at, "同一路段", before=before)
        story.say(lead, "take_in", at, f"{case.number} {case.title}:同一路段", by_portal=True, case=case.number)
        story.say(case, "take_in", at, f"并入 {lead.number} {lead.title}:同一路段", by_portal=True)
        story.say(case, "merge", at, SAID, into=lead.number)
        case.status = S.MERGED


def _come_back(story: _Story) -> None:
    """Some matters that were closed as solved come up again within half a year."""
    later: dict[tuple[int, int], list[Issue]] = defaultdict(list)
    for issue in Issue.objects.filter(status__in=[S.DISPATCHED, S.HANDLING, S.CLOSED]).order_by("registered_at", "pk"):
        later[issue.enterprise_id, issue.category_id].append(issue)
    used: set[int] = set(story.issues)
    solved = Issue.objects.filter(status=S.CLOSED, resolution=Issue.Resolution.SOLVED).order_by("-closed_at", "-pk")
    for first in solved:
        closed_at = first.closed_at
        assert closed_at is not None
        after = (
            case
            for case in later[first.enterprise_id, first.category_id]
            if closed_at < case.registered_at <= closed_at + RECENT and case.pk not in used
        )
        again = next(after, None)
        if again is None or first.pk in used:
            continue
        used |= {first.pk, again.pk}
        at, days = again.registered_at, (again.registered_at - closed_at).days
        again.title, again.text = first.title, f"此前反映过,办结后又出现:{first.text}"
        note = f"同一事项,前一件销号后 {days} 天"
        story.link(Kind.RECURS, again, first, at, note)
        story.say(again, "recur", at, f"{first.number} {first.title}:{note}", earlier=first.number)
        story.say(first, "came_back", at, f"{again.number} {again.title}", by_portal=True, later=again.number)
        turn = first.handlings.filter(ended=Handling.Ended.RESOLVED).latest("round")
        turn.recurred_at = at
        story.turns.append(turn)
        if len(story.turns) == AGAIN:
            return


def _relate(story: _Story) -> None:
    """Two open cases that have to do with each other."""
    newest = Issue.objects.filter(status=S.HANDLING).order_by("-last_event_at", "-pk")[:8]
    cases = [case for case in newest if case.pk not in story.issues]
    for one, other in zip(cases[0:4:2], cases[1:4:2], strict=False):
        at = max(one.last_event_at, other.last_event_at)
        story.link(Kind.RELATES, one, other, at, "由同一个窗口经办,一并答复")
        for case, about in ((one, other), (other, one)):
            story.say(case, "link", at, f"{about.number} {about.title}:由同一个窗口经办,一并答复", other=about.number)
