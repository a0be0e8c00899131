"""The roster of departments, towns and parks: each row names its place in the tree, in whatever order they come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models.functions import Length
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.errors import Refused
from foundation.accounts.models import Department
from foundation.accounts.permissions import Permission
from foundation.audit.actions import Act, record_many
from foundation.imports import bulk, registry
from foundation.imports.lines import Remark
from foundation.imports.resources import Entry, RosterField, RosterResource, Stored
from foundation.imports.values import Reading, match_key, text
from foundation.imports.widgets import Choice, Identifier, Name, Reference, Whole

Kind = Department.Kind
MOST = 2_000  # rows of one file: the tree is judged and written as a whole
PATH = Department._meta.get_field("path").max_length or 0


def active_departments() -> Iterator[tuple[Any, str, Sequence[str] | None]]:
    """By name, short name or code; one that is closed is shown but not found."""
    for key, name, short, code, is_active in Department.objects.values_list(
        "pk", "name", "short_name", "code", "is_active"
    ):
        yield (key, name, [short, code]) if is_active else (key, _("%(name)s（已停用）") % {"name": name}, None)


def _by_code() -> Iterator[tuple[Any, str, Sequence[str]]]:
    for code, name, short in Department.objects.values_list("code", "name", "short_name"):
        yield code, name, [short, code]


class Parent(Reference):
    """The code of the department above; one that is not there may come in the same file and is kept as written."""

    def read(self, cell: Any) -> Reading:
        value, note = super().read(cell)
        return (value, None) if note is None else (text(cell)[0], None)

    def stored(self, value: Any) -> Any:
        return value or None


class DepartmentResource(RosterResource):
    """Departments by code, or where a row has none by name."""

    key = "code"
    alternative = "name"
    title = gettext_lazy("部门名册")
    unit = gettext_lazy("个")
    list_url = "accounts:departments"
    permission = Permission.DEPARTMENT_EDIT
    examples = {
        "code": "GXJ-YXK",
        "name": "区工业和信息化局运行科",
        "short_name": "运行科",
        "kind": "区直部门",
        "sort_order": "20",
    }

    code = RosterField(
        "部门代码",
        "代码 机构代码 单位代码 部门编码 编码",
        widget=Identifier(20, r"[A-Za-z0-9_-]+", gettext_lazy("只能用字母、数字、短横线和下划线")),
        required=True,
    )
    name = RosterField("部门名称", "名称 单位名称 机构名称 部门 单位 全称", widget=Name(limit=60), required=True)
    short_name = RosterField("简称", "部门简称 单位简称", widget=Name(limit=20))
    kind = RosterField(
        "类型",
        "部门类型 类别 单位类型 机构类型",
        widget=Choice(
            Kind, {"区本级": "district", "部门": "bureau", "镇": "town", "街道": "town", "乡": "town", "乡镇": "town"}
        ),
    )
    parent = RosterField(
        "上级",
        "上级部门 上级单位 主管部门 隶属 所属上级 上级代码",
        widget=Parent(_by_code, "上级"),
        sources=["parent__code"],
        related=True,
        hint=gettext_lazy("可以是同一文件里的部门；留空则放在区本级之下"),
    )
    sort_order = RosterField("排序", "排序号 顺序 显示顺序", widget=Whole(most=32_767))

    class Meta:
        model = Department
        fields = ("code", "name", "short_name", "kind", "parent", "sort_order")

    # -- Judging ------------------------------------------------------------------------------------------------------

    def settle(self, rows: Sequence[Entry]) -> None:
        """Codes and names that are taken, parents from the same file, rows that would hang in the air or in a ring."""
        if len(rows) > MOST:
            message = _("部门名册一次最多导入 %(most)s 行，请分成几个文件。")
            raise Refused(message % {"most": MOST}, code="too_many_rows")
        self._refuse_taken_names(rows)
        tree = _Tree()
        self._name_parents(rows, tree)
        while _refuse_hanging(rows, tree):
            pass

    def _refuse_taken_names(self, rows: Sequence[Entry]) -> None:
        """A name belongs to one code."""
        owners = {stored.values["name"]: stored.values["code"] for stored in self.stored_by("name", _named(rows))}
        for row in rows:
            name, code = row.values.get("name"), _code_of(row)
            if name is None or code is None:
                continue
            if (owner := owners.setdefault(name, code)) != code:
                message = _("名称“%(name)s”已属于代码为 %(code)s 的部门，请核对代码")
                row.refuse(self.fields["name"].heading, "name_taken", message % {"name": name, "code": owner})

    def _name_parents(self, rows: Sequence[Entry], tree: _Tree) -> None:
        """Replace what the file calls a parent by its code; a new bureau without one stands under the district."""
        written = self._written(rows)
        for row in rows:
            values, heading = row.values, self.fields["parent"].heading
            parent = values.get("parent")
            if parent and parent not in tree.parents:
                values["parent"] = written.get(match_key(parent))
                if values["parent"] is None:
                    message = _("没有找到上级“%(name)s”，名册和本文件里都没有这个部门")
                    row.refuse(heading, "unknown_parent", message % {"name": parent[:40]})
            elif not parent and row.found is None and values.get("kind") != Kind.DISTRICT and tree.root:
                values["parent"] = tree.root
                said = _("没有填写上级，放在%(name)s之下") % {"name": self.fields["parent"].widget.shown(tree.root)}
                row.notes.append(Remark(heading, "parent_assumed", said))

    def _written(self, rows: Sequence[Entry]) -> dict[str, str]:
        """{code or name of a row: its code}, where a name means one code."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            if code := _code_of(row):
                for word in filter(None, (code, row.values.get("name"), row.values.get("short_name"))):
                    found[match_key(word)].add(code)
        return {word: codes.pop() for word, codes in found.items() if len(codes) == 1}

    # -- Writing ------------------------------------------------------------------------------------------------------

    def insert(self, columns: dict[str, list[Any]], count: int, suspects: set[Any]) -> list[Any]:
        """Level by level from the top, so that every parent is there before what hangs under it."""
        rows = [{name: values[at] for name, values in columns.items()} for at in range(count)]
        tree = Department.objects.select_for_update().values_list("pk", "code", "path")
        known: dict[str, tuple[Any, str]] = {code: (pk, path) for pk, code, path in tree}
        waiting = list(rows)
        while waiting:
            ready = [row for row in waiting if not row.get("parent") or row["parent"] in known]
            if not ready:
                raise Refused(_("有部门的上级没有一起导入，整批没有导入。请重新读取、核对。"), code="stale_preview")
            self._insert_level(ready, known)
            waiting = [row for row in waiting if row["code"] not in known]
        keys = [known[row["code"]][0] for row in rows]
        record_many(
            [
                Act(
                    "accounts.create_department",
                    Department(pk=key, name=row["name"]),
                    {"code": row["code"], "path": known[row["code"]][1], "is_active": True},
                )
                for key, row in zip(keys, rows, strict=True)
            ],
            by=self.by,
        )
        return keys

    def _insert_level(self, rows: Sequence[dict[str, Any]], known: dict[str, tuple[Any, str]]) -> None:
        above = [known.get(row.get("parent") or "", (None, "")) for row in rows]
        given: bulk.Columns = {name: [row.get(name) for row in rows] for name in self.fields if name != "parent"}
        paths = [f"{path}{row['code']}/" for row, (_pk, path) in zip(rows, above, strict=True)]
        given |= {"parent": [pk for pk, _path in above], "path": paths}
        keys = bulk.insert(Department, given, len(rows))
        known |= {row["code"]: (key, path) for row, key, path in zip(rows, keys, paths, strict=True)}

    def change_related(self, changes: Sequence[tuple[Any, dict[str, Any], dict[str, Any]]]) -> None:
        """Hang departments elsewhere; the paths of everything below them follow."""
        moved = {key: new["parent"] for key, new, _known in changes if "parent" in new}
        if not moved:
            return
        tree = list(Department.objects.select_for_update().order_by("pk"))
        by_code = {department.code: department for department in tree}
        for department in tree:
            if department.pk in moved:
                parent = by_code.get(moved[department.pk] or "")
                department.parent_id = parent.pk if parent else None
        _repath(tree)
        Department.objects.bulk_update(tree, ["parent", "path"], batch_size=200)

    # -- Undo ---------------------------------------------------------------------------------------------------------

    def is_as_created(self, stored: Stored, values: dict[str, Any]) -> bool:
        return super().is_as_created(stored, {"parent": stored.values["parent"], **values})

    def dependents(self, keys: Sequence[Any]) -> bulk.Dependents:
        """What points at these departments; those below that can go as well do not hold them."""
        found = bulk.dependents(Department, keys, ignoring=["children"])
        wanted = set(keys)
        below = Department.objects.filter(parent__in=keys).order_by("-path")  # the lowest come first
        for pk, parent in below.values_list("pk", "parent_id"):
            if pk not in wanted or found.get(pk):
                found[parent][Department].append(pk)
        return found

    def remove(self, keys: Sequence[Any]) -> None:
        """From the bottom up."""
        rows = Department.objects.filter(pk__in=keys).annotate(depth=Length("path")).order_by("-depth")
        for pk in list(rows.values_list("pk", flat=True)):
            Department.objects.filter(pk=pk).delete()


class _Tree:
    """{code: code of the parent} of the stock, and the one root where there is one."""

    def __init__(self) -> None:
        rows = Department.objects.values_list("code", "parent__code")
        self.parents: dict[str, str | None] = dict(rows)
        roots = [code for code, parent in self.parents.items() if parent is None]
        self.root = roots[0] if len(roots) == 1 else None

    def with_rows(self, rows: Sequence[Entry]) -> dict[str, str | None]:
        """The tree as the file would make it."""
        after = dict(self.parents)
        for row in rows:
            code = _code_of(row)
            if code and not row.errors and (row.values.get("parent") or code not in after):
                after[code] = row.values.get("parent")
        return after


def _refuse_hanging(rows: Sequence[Entry], tree: _Tree) -> bool:
    """Refuse rows under nothing, under a refused row, in a ring or too deep; whether there were any."""
    after = tree.with_rows(rows)
    refused = False
    for row in rows:
        if row.errors or not (code := _code_of(row)):
            continue
        held = row.found.values if row.found else {}
        parent = row.values.get("parent") or held.get("parent")
        kind = row.values.get("kind") or held.get("kind")
        if said := _hanging(code, parent, kind, after):
            row.refuse(_("上级"), *said)
            refused = True
    return refused


def _hanging(code: str, parent: str | None, kind: str | None, after: dict[str, str | None]) -> tuple[str, str] | None:
    """(stable code, sentence) of what is wrong with a department's place."""
    if parent is None:
        return None if kind == Kind.DISTRICT else ("no_parent", _("没有填写上级；只有区本级没有上级"))
    if parent not in after:
        return "parent_refused", _("上级所在的行没有被接受，请先改正那一行")
    above: list[str] = [code]
    while parent is not None:
        if parent in above:
            return "department_cycle", _("上级不能是本部门或其下属部门")
        above.append(parent)
        parent = after.get(parent)
    if sum(len(part) + 1 for part in above) > PATH:
        return "too_deep", _("层级太多，或代码太长")
    return None


def _repath(tree: Sequence[Department]) -> None:
    """Work every path out afresh."""
    by_pk = {department.pk: department for department in tree}
    for department in tree:
        codes, above = [department.code], department.parent_id
        while above is not None:
            codes.append(by_pk[above].code)
            above = by_pk[above].parent_id
        department.path = "".join(f"{code}/" for code in reversed(codes))


def _code_of(row: Entry) -> str | None:
    return row.values.get("code") or (row.found.values["code"] if row.found else None)


def _named(rows: Sequence[Entry]) -> set[str]:
    return {row.values["name"] for row in rows if row.values.get("name")}


registry.register("departments", DepartmentResource)
