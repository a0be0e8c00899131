"""The policy-gap register of the demo district: cases without a policy, gathered by what they lack."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from config.demo import speech
from config.demo.builder.world import World
from foundation.accounts.models import User
from foundation.clocks.localtime import local_date
from issues.models import Event, Issue, PolicyGap, PolicyGapCase, PolicyGapStep

Kind, State = PolicyGapStep.Kind, PolicyGap.State
ABOVE = {
    "state": "国家有关部委(经省级转报)",
    "province": "省级主管部门",
    "city": "市级主管部门",
    "district": "区政府常务会议",
}
SHARES = ((State.OPEN, State.SENT, State.ANSWERED, State.AVAILABLE, State.CLOSED), (30, 28, 18, 16, 8))
ANSWERS = (
    "已列入本年度政策调研计划,出台前请做好企业解释。",
    "现行办法正在修订,你区意见已转起草处室研究。",
    "需会同财政部门测算后再定,请补充涉及企业户数和金额。",
)
COMMON = {words for _level, words in speech.COMMON_GAPS}
REASON = "与上位规定不一致,本地不具备出台条件,已逐户说明。"


class Row(NamedTuple):
    """A gap with the cases that lack it and what happened to it."""

    gap: PolicyGap
    cases: list[PolicyGapCase]
    steps: list[PolicyGapStep]


def build(world: World) -> None:
    """One gap for each category, level and want that cases name."""
    rng = world.rng("gaps")
    office = world.accounts.get("office", world.office[0])
    found: dict[tuple[int, str, str], list[Issue]] = defaultdict(list)
    rows = Issue.objects.filter(resolution=Issue.Resolution.NEEDS_POLICY).select_related("category", "resolved_by")
    for issue in rows.order_by("resolved_at", "pk"):
        found[issue.category_id, issue.resolution_level, want(issue.resolution_text)].append(issue)
    made = _referred()
    made += [_gap(world.now, rng, office, lacks, issues) for (_, _, lacks), issues in found.items()]
    PolicyGap.objects.bulk_create([row.gap for row in made], batch_size=500)
    PolicyGapCase.objects.bulk_create([one for row in made for one in row.cases], batch_size=500)
    PolicyGapStep.objects.bulk_create([step for row in made for step in row.steps], batch_size=500)
    world.say(f"政策缺口 {len(made)} 条")


def want(text: str) -> str:
    """What the department says is missing: the sentence that proposes something."""
    sentence = next((part for part in text.split("。") if "建议" in part), text)
    return sentence.removeprefix("我单位已向上级反映该事项,")


class _Story:
    """One gap, played forward until now."""

    def __init__(self, now: datetime, rng: Random, office: User, gap: PolicyGap) -> None:
        self.now, self.rng, self.office, self.gap = now, rng, office, gap
        self.steps: list[PolicyGapStep] = []
        self.at = gap.opened_at

    def write(self, kind: PolicyGapStep.Kind, by: User, **facts: Any) -> None:
        self.steps.append(PolicyGapStep(gap=self.gap, kind=kind, at=self.at, by=by, **facts))
        self.gap.last_step_at = self.at

    def later(self, days: tuple[int, int]) -> bool:
        """Some days on, at the same hour; whether that has come."""
        at = self.at + timedelta(days=self.rng.randint(*days))
        if at > self.now:
            return False
        self.at = at
        return True

    def letter(self, kind: PolicyGapStep.Kind, state: PolicyGap.State, document: str, text: str) -> None:
        body = ABOVE[self.gap.level]
        self.write(kind, self.office, body=body, on=local_date(self.at), document=document, text=text)
        self.gap.state, self.gap.version = state, self.gap.version + 1

    def play(self, goal: PolicyGap.State) -> list[PolicyGapStep]:
        """As far towards the goal as time allows."""
        self.write(Kind.OPENED, self.gap.opened_by)
        if goal == State.OPEN or not self.later((4, 20)):
            return self.steps
        number = self.rng.randint(3, 96)
        proposal = f"关于{self.gap.category.name}问题的请示({self.at.year} 年第 {number} 号)"
        self.letter(Kind.SENT, State.SENT, proposal, f"{self.gap.missing}。")
        if goal == State.SENT or not self.later((15, 55)):
            return self.steps
        if goal == State.AVAILABLE:
            named = f"《{self.gap.category.name}服务保障若干措施》({self.at.year} 年第 {number + 7} 号)"
            self.letter(Kind.AVAILABLE, State.AVAILABLE, named, "自印发之日起施行,符合条件的企业可以申报。")
            return self.steps
        self.letter(Kind.ANSWERED, State.ANSWERED, "", self.rng.choice(ANSWERS))
        if goal == State.CLOSED and self.later((10, 30)):
            self.write(Kind.CLOSED, self.office, text=REASON)
            self.gap.state, self.gap.version = State.CLOSED, self.gap.version + 1
        return self.steps


def _referred() -> list[Row]:
    """One gap for each case that was reported upward and waits for the answer."""
    made = []
    rows = Event.objects.filter(verb="refer", issue__status=Issue.Status.REFERRED)
    for event in rows.select_related("issue__category", "by").order_by("pk"):
        issue, at, by = event.issue, event.at, event.by
        assert by is not None
        text = Event.objects.get(issue=issue, verb="note", at=at).text.split(":", 1)[1]
        gap = PolicyGap(
            title=text.split(",建议")[0][:80],
            category=issue.category,
            level=event.data["level"],
            missing=text,
            state=State.SENT,
            opened_at=at,
            opened_by=by,
            last_step_at=at,
            version=2,
        )
        sent = {"body": ABOVE[gap.level], "on": local_date(at), "text": text}
        steps = [
            PolicyGapStep(gap=gap, kind=Kind.OPENED, at=at, by=by),
            PolicyGapStep(gap=gap, kind=Kind.SENT, at=at, by=by, **sent),
        ]
        made.append(Row(gap, [PolicyGapCase(gap=gap, issue=issue, attached_at=at, attached_by=by)], steps))
    return made


def _gap(now: datetime, rng: Random, office: User, lacks: str, issues: list[Issue]) -> Row:
    first = issues[0]
    assert first.resolved_at is not None and first.resolved_by is not None
    title = lacks.split(",建议")[0]
    if lacks in COMMON:
        title = f"{first.category.name}:{title}"
    gap = PolicyGap(
        title=title[:80],
        category=first.category,
        level=first.resolution_level,
        missing=lacks,
        opened_at=first.resolved_at,
        opened_by=first.resolved_by,
        last_step_at=first.resolved_at,
    )
    steps = _Story(now, rng, office, gap).play(rng.choices(*SHARES)[0])
    cases = [
        PolicyGapCase(gap=gap, issue=issue, attached_at=issue.resolved_at or now, attached_by=issue.resolved_by)
        for issue in issues
    ]
    return Row(gap, cases, steps)
