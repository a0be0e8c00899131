"""Finding the groups of cases that are about one thing, and what the office makes of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from enterprises.models import Enterprise
from enterprises.successors import standing
from foundation.accounts.errors import Refused, Stale
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.audit.actions import record
from foundation.clocks.localtime import now
from issues import numbers
from issues.actions.base import cleaned
from issues.actions.intake import enter
from issues.actions.merging import merge
from issues.lifecycle.table import UNRESOLVED
from issues.models import Issue, IssueCluster, IssueClusterCase, IssueLink
from issues.repeats import clusters
from issues.repeats.clusters import Found

State = IssueCluster.State
BATCH = 500
FACTS = ["title", "category_id", "enterprise_id", "size", "open_size", "enterprises", "first_at", "last_at"]


def find_clusters(*, by: User | None) -> int:
    """Look through the last half year again and keep what is found; returns how many groups there are."""
    if by is not None:
        _check_may(by)
    at = now()
    dismissed: dict[str, set[int]] = defaultdict(set)
    looked_at = IssueClusterCase.objects.filter(cluster__state=State.DISMISSED)
    for kind, issue_id in looked_at.values_list("cluster__kind", "issue_id"):
        dismissed[kind].add(issue_id)
    found = clusters.find(clusters.facts(at), clusters.known_causes(), dismissed)
    with transaction.atomic():
        _keep(found, at)
        if by is not None:
            record(action="issues.find_clusters", target=by, by=by, clusters=len(found))
    return len(found)


def _keep(found: list[Found], at: datetime) -> None:
    """A group that begins with the same case keeps its number; its rows are written anew."""
    known = {(one.kind, one.anchor_id): one for one in IssueCluster.objects.current().select_for_update()}
    kept: list[IssueCluster] = []
    made: list[IssueCluster] = []
    changed: list[IssueCluster] = []
    for one in found:
        cluster = known.pop((one.kind.value, one.anchor.pk), None)
        if cluster is None:
            made.append(_described(IssueCluster(kind=one.kind, found_at=at), one))
            continue
        before = _facts(cluster)
        kept.append(_described(cluster, one))
        if _facts(cluster) != before:
            changed.append(cluster)
    gone = [cluster.pk for cluster in known.values()]
    for start in range(0, len(gone), BATCH):
        IssueCluster.objects.filter(pk__in=gone[start : start + BATCH]).delete()
    IssueCluster.objects.bulk_update(changed, FACTS, batch_size=200)
    IssueCluster.objects.bulk_create(made, batch_size=BATCH)
    IssueClusterCase.objects.filter(cluster__state=State.FOUND).delete()
    places = {(cluster.kind, cluster.anchor_id): cluster for cluster in (*kept, *made)}
    IssueClusterCase.objects.bulk_create(
        (
            IssueClusterCase(cluster=places[one.kind.value, one.anchor.pk], issue_id=case.pk, likeness=percent)
            for one in found
            for case, percent in one.members
        ),
        batch_size=1000,
    )


def _facts(cluster: IssueCluster) -> list[object]:
    return [getattr(cluster, name) for name in FACTS]


def _described(cluster: IssueCluster, one: Found) -> IssueCluster:
    cluster.anchor_id, cluster.title, cluster.category_id = one.anchor.pk, one.title, one.anchor.category_id
    cluster.enterprise_id = one.anchor.enterprise_id if one.kind == IssueCluster.Kind.ENTERPRISE else None
    cluster.size, cluster.enterprises = len(one.members), one.enterprises
    cluster.open_size = sum(case.open for case, _percent in one.members)
    cluster.first_at = min(case.registered_at for case, _percent in one.members)
    cluster.last_at = max(case.registered_at for case, _percent in one.members)
    return cluster


@transaction.atomic
def dismiss_cluster(*, cluster: IssueCluster, by: User, reason: str, version: int | None = None) -> IssueCluster:
    """Not the same after all: these cases are not brought together again."""
    current = _taken(cluster, State.FOUND, by, version)
    current.reason = cleaned(reason, label=_("理由"), limit=200)
    return _decided(current, State.DISMISSED, by)


@transaction.atomic
def restore_cluster(*, cluster: IssueCluster, by: User, version: int | None = None) -> IssueCluster:
    """Look at it again."""
    current = _taken(cluster, State.DISMISSED, by, version)
    if IssueCluster.objects.current().filter(kind=current.kind, anchor=current.anchor_id).exists():
        raise Refused(_("同样的一组已在待处理里。"), code="found_again")
    current.state, current.reason, current.decided_at, current.decided_by = State.FOUND, "", None, None
    current.version += 1
    current.save()
    record(action="issues.restore_cluster", target=current, by=by)
    return current


@transaction.atomic
def merge_cluster(
    *,
    cluster: IssueCluster,
    lead: Issue,
    issues: Sequence[Issue],
    by: User,
    note: str = "",
    version: int | None = None,
) -> int:
    """Merge the chosen cases of a group into one of them, all or none; returns how many."""
    numbers.lock_series(now())
    current = _taken(cluster, State.FOUND, by, version)
    chosen = [case for case in issues if case.pk != lead.pk]
    inside = set(current.cases.values_list("issue_id", flat=True))
    if not chosen or not {lead.pk, *(case.pk for case in chosen)} <= inside:
        raise Refused(_("请勾选要并入的诉求,并选定留下办理的主件。"), code="invalid_issues")
    _lock({lead.pk, *(case.pk for case in chosen)})
    for case in chosen:
        try:
            merge(issue=case, into=lead, by=by, note=note)
        except Refused as refused:
            raise Refused(f"{case.number}:{refused.message}", code=refused.code) from refused
    current.cases.filter(issue__in=[case.pk for case in chosen]).delete()
    _count_again(current)
    record(action="issues.merge_cluster", target=current, by=by, lead=lead.number, merged=len(chosen))
    return len(chosen)


@transaction.atomic
def open_cause(
    *,
    cluster: IssueCluster,
    enterprise: Enterprise,
    title: str,
    text: str,
    by: User,
    follow: bool = False,
    version: int | None = None,
) -> Issue:
    """Open a case for the cause, in the name of one of the enterprises; with `follow` the open ones are merged in."""
    enterprise = standing(enterprise, no_key=True)
    at, series = now(), numbers.lock_series(now())
    current = _taken(cluster, State.FOUND, by, version)
    cases = list(Issue.objects.filter(pk__in=current.cases.values("issue_id")).order_by("pk"))
    if enterprise.pk not in {case.enterprise_id for case in cases}:
        raise Refused(_("请从反映过的企业中选一家作代表。"), code="invalid_enterprise")
    _lock({case.pk for case in cases})
    cause = Issue(
        title=cleaned(title, label=_("标题"), limit=80),
        text=cleaned(text, label=_("内容")),
        category_id=current.category_id,
        enterprise=enterprise,
        channel=Issue.Channel.CAUSE,
    )
    enter(cause, by=by, at=at, series=series)
    link = {"kind": IssueLink.Kind.CAUSE, "target": cause, "added_at": at, "added_by": by}
    IssueLink.objects.bulk_create(IssueLink(source=case, **link) for case in cases)
    for case in cases if follow else ():
        if case.status in UNRESOLVED and not IssueLink.objects.filter(target=case, kind="duplicate").exists():
            merge(issue=case, into=cause, by=by)
    current.cause = cause
    _decided(current, State.HANDLED, by, cause=cause.number, cases=len(cases))
    return cause


def _lock(ids: set[int]) -> None:
    """All of them before the first row of the audit trail is written."""
    list(Issue.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk").values_list("pk"))


def _count_again(cluster: IssueCluster) -> None:
    """What is left of a group; too little is none."""
    left = list(cluster.cases.values_list("issue__enterprise_id", "issue__closed_at", "issue_id"))
    enterprises = len({enterprise for enterprise, _closed, _pk in left})
    enough = enterprises if cluster.kind == IssueCluster.Kind.CAUSE else len(left)
    cluster.size, cluster.enterprises, cluster.version = len(left), enterprises, cluster.version + 1
    cluster.open_size = sum(closed is None for _enterprise, closed, _pk in left)
    if enough < clusters.LEAST[IssueCluster.Kind(cluster.kind)]:
        IssueCluster.objects.filter(pk=cluster.pk).delete()
    else:
        cluster.save(update_fields=["size", "enterprises", "open_size", "version"])


def _check_may(by: User) -> None:
    if not by.may(Permission.ISSUE_DISPATCH):
        raise Refused(_("只有企业服务办公室能处理重复诉求。"), code="not_allowed")


def _taken(cluster: IssueCluster, state: IssueCluster.State, by: User, version: int | None) -> IssueCluster:
    """The group, locked; refused where stale or decided otherwise meanwhile."""
    _check_may(by)
    current = IssueCluster.objects.select_for_update().filter(pk=cluster.pk).first()
    if current is None:
        raise Refused(_("这一组已不在列表里,请回到列表重看。"), code="gone")
    if version is not None and version != current.version:
        raise Stale(current)
    if current.state != state:
        raise Refused(
            _("这一组现在是“%(state)s”,请刷新页面。") % {"state": current.get_state_display()}, code="wrong_status"
        )
    return current


def _decided(cluster: IssueCluster, state: IssueCluster.State, by: User, **data: object) -> IssueCluster:
    cluster.state, cluster.decided_at, cluster.decided_by = state, now(), by
    cluster.version += 1
    cluster.save()
    record(action=f"issues.cluster_{state.value}", target=cluster, by=by, reason=cluster.reason, **data)
    return cluster
