"""What people made of the ledger in the demo district: tags on cases, views kept and shared."""

from __future__ import annotations

from config.demo.builder.world import World
from foundation.accounts.models import User
from issues.models import Issue, IssueTag, SavedView, Tag, ViewFollow

TAGS = (("重点企业", 6), ("领导批示", 2), ("共性问题", 5), ("跨部门", 4), ("信访转办", 1))
Shared = SavedView.Shared


def build(world: World) -> None:
    """A few of each, as an office would have them after some months."""
    rng = world.rng("desk")
    office = world.accounts.get("office", world.office[0])
    tags = Tag.objects.bulk_create([Tag(name=name) for name, _weight in TAGS])
    weights = [weight for _name, weight in TAGS]
    cases = list(Issue.objects.order_by("pk").values_list("pk", "last_event_at"))
    links = {(pk, rng.choices(tags, weights)[0].pk): at for pk, at in cases for _ in range(2) if rng.random() < 0.06}
    IssueTag.objects.bulk_create(
        [IssueTag(issue_id=pk, tag_id=tag, at=at, by=office) for (pk, tag), at in links.items()], batch_size=500
    )
    _views(world, office, tags[0])
    world.say(f"标签 {len(tags)} 个,视图 {SavedView.objects.count()} 个")


def _views(world: World, office: User, tag: Tag) -> None:
    """One that everybody may use, one of the office's own, and one of a department."""
    week = SavedView(owner=office, name="7 天内到期", query="view=open&due=7d", position=1, shared=Shared.DISTRICT)
    own = SavedView(owner=office, name="重点企业本月", query=f"view=all&label={tag.pk}&registered_in=month", position=2)
    own.columns = "level,title,tags,enterprise,department,handler,stage,limit,registered"
    views = [week, own]
    head, handler = world.accounts.get("department_head"), world.accounts.get("handler")
    if head is not None and head.department is not None:
        late = SavedView(owner=head, name="本部门逾期", query="view=department&due=overdue", position=1)
        late.shared, late.department = Shared.DEPARTMENT, head.department
        views.append(late)
    SavedView.objects.bulk_create(views)
    if handler is not None:
        ViewFollow.objects.bulk_create([ViewFollow(user=handler, view=view) for view in views if view.shared])
