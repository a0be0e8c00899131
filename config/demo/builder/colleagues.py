"""Several people in one case: replies kept ready, who watches what, who called whom in a note, what is still unread."""

from __future__ import annotations

from datetime import timedelta

from config.demo import phrases
from config.demo.builder.world import World
from foundation.accounts.models import Department, User
from foundation.accounts.permissions import Role
from foundation.notices.models import Notice
from issues.mentions import Mention, kept
from issues.models import CannedReply, Event, Issue, IssueSeen, IssueWatch
from issues.telling import url_for

READ_UNTIL = timedelta(hours=20)  # what is newer is unread to the demo accounts
CALLED, WATCHED = 8, 12
WATCHERS = (Role.OFFICE, Role.SUPERVISOR, Role.LEADER, Role.HANDLER, Role.DEPARTMENT_HEAD)


def build(world: World) -> None:
    """All of it, for the demo accounts and for every department."""
    _canned(world)
    _calls(world)
    _watches(world)
    people = {user.pk: user for user in (*world.accounts.values(), *world.speakers.values())}.values()
    IssueSeen.objects.bulk_create([IssueSeen(user=user, until=world.now - READ_UNTIL) for user in people])


def _canned(world: World) -> None:
    """What each department keeps, and what the office keeps for all."""
    rng, kept_since = world.rng("canned"), world.now - timedelta(days=60)

    def reply(department: Department, by: User, title: str, text: str, used: int) -> CannedReply:
        times = round(used * rng.uniform(0.3, 1.4))
        return CannedReply(
            department=department, title=title, text=text, used=times, changed_by=by, changed_at=kept_since
        )

    root = next(iter(world.departments.values()))
    rows = [reply(root, world.office[0], *facts) for facts in phrases.DISTRICT]
    for department in world.departments.values():
        staff = world.staff.get(department.pk)
        if staff and staff.handlers:
            rows += [reply(department, staff.head, *facts) for facts in phrases.CANNED]
    CannedReply.objects.bulk_create(rows)


def _calls(world: World) -> None:
    """In the newest cases of the demo handler's department, the head calls the handler in a note."""
    head, handler = world.accounts[Role.DEPARTMENT_HEAD], world.accounts[Role.HANDLER]
    rng = world.rng("calls")
    rows = Issue.objects.filter(department=head.department_id, status=Issue.Status.HANDLING)
    events, notices, cases = [], [], list(rows.order_by("-last_event_at", "pk")[:CALLED])
    for issue in cases:
        at = max(issue.last_event_at, world.now - timedelta(hours=rng.uniform(1, 30)))
        text = rng.choice(phrases.CALLS).format(name=handler.name)
        issue.last_event_at, issue.version = at, issue.version + 1
        data = {"mentions": kept([Mention(handler, f"@{handler.name}")])}
        label = head.department.label if head.department else head.name
        events.append(Event(issue=issue, at=at, verb="note", by=head, actor=label, text=text, internal=True, data=data))
    Event.objects.bulk_create(events)
    for event in events:
        issue = event.issue
        notices.append(
            Notice(
                recipient=handler,
                kind="issue.mention",
                subject=f"{head.name}提到了您:{issue.title}({issue.number})"[:200],
                body=event.text,
                url=url_for(issue.pk, enterprise=False),
                key=f"issue:{issue.pk}:{event.pk}",
                created_at=event.at,
            )
        )
    Notice.objects.bulk_create(notices)
    Issue.objects.bulk_update(cases, ["last_event_at", "version"])


def _watches(world: World) -> None:
    """Some of the open cases each of these sees, the reddest first."""
    rng = world.rng("watches")
    rows = []
    for role in WATCHERS:
        user = world.accounts[role]
        seen = Issue.objects.visible_to(user).open().order_by("-level", "due_at", "pk")[: WATCHED * 2]
        ids = list(seen.values_list("pk", flat=True))
        chosen = rng.sample(ids, min(WATCHED, len(ids)))
        rows += [IssueWatch(user=user, issue_id=pk, since=world.now - timedelta(days=2)) for pk in sorted(chosen)]
    IssueWatch.objects.bulk_create(rows)
