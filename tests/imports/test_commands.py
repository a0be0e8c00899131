"""import_roster and undo_import: their JSON, their exit status, and that nothing is half done."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from enterprises.models import Enterprise
from foundation.accounts.permissions import Role
from foundation.imports.models import Batch
from tests.accounts.factories import UserFactory
from tests.imports.files import HEADINGS, code, companies, company, xlsx
from tests.projects.factories import ProjectFactory
from tests.shared_data import shared_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(capsys, tmp_path):
    """`run(rows_or_path, *options)` → (exit status, the JSON object)."""

    def do(source, *options, command="import_roster"):
        if isinstance(source, list):
            path = tmp_path / "花名册.xlsx"
            path.write_bytes(xlsx(source).getvalue())
            source = path
        capsys.readouterr()
        status = 0
        try:
            call_command(command, str(source), "--json", *options)
        except SystemExit as stop:
            status = stop.code
        except CommandError as error:
            status = error.returncode
        return status, json.loads(capsys.readouterr().out)

    return do


BAD = [HEADINGS, company(1), company(2, 成立日期="2026年2月")]


def test_without_commit_it_only_says_what_would_happen(run):
    status, answer = run(companies(3))
    assert status == 0
    assert {key: answer[key] for key in ("rows", "create", "update", "unchanged", "duplicate", "errors")} == {
        "rows": 3, "create": 3, "update": 0, "unchanged": 0, "duplicate": 0, "errors": [],
    }  # fmt: skip
    assert Batch.objects.get(pk=answer["batch"]).state == "previewed"
    assert not Enterprise.objects.exists()


def test_commit_writes_and_says_who(run):
    clerk = UserFactory(username="office", roles=[Role.OFFICE])
    status, answer = run(companies(3), "--commit", "--by", "office")
    assert (status, answer["create"], Enterprise.objects.count()) == (0, 3, 3)
    batch = Batch.objects.get(pk=answer["batch"])
    assert (batch.state, batch.by, batch.committed_by, batch.original_name) == (
        "committed",
        clerk,
        clerk,
        "花名册.xlsx",
    )


def test_with_a_bad_row_nothing_is_written_and_the_exit_is_1(run):
    status, answer = run(BAD, "--commit")
    assert status == 1
    assert answer["errors"] == [
        {"row": 3, "column": "成立日期", "code": "date_no_day", "message": "“2026年2月”没有写到日"}
    ]
    assert not Enterprise.objects.exists()


def test_skip_errors_writes_the_good_rows_and_still_exits_1(run):
    status, answer = run(BAD, "--commit", "--skip-errors")
    assert (status, answer["create"]) == (1, 1)
    assert Enterprise.objects.get().credit_code == code(1)


@pytest.mark.parametrize(
    ("source", "options", "word"),
    [
        ("/nowhere/roster.xlsx", (), "file"),
        ([["甲"], ["乙"]], (), "no_header"),
        ([HEADINGS, company(1)], ("--sheet", "没有"), "sheet_missing"),
        ([HEADINGS, company(1)], ("--by", "nobody"), "unknown_user"),
    ],
)
def test_what_could_not_run_exits_2_and_says_why(run, source, options, word):
    status, answer = run(source, "--commit", *options)
    assert (status, answer["error"]["code"]) == (2, word)
    assert not Enterprise.objects.exists()


def test_without_json_it_speaks_sentences(tmp_path, capsys):
    path = tmp_path / "x.xlsx"
    path.write_bytes(xlsx(BAD).getvalue())
    with pytest.raises(SystemExit):
        call_command("import_roster", str(path))
    said = capsys.readouterr()
    assert "新增 1" in said.out
    assert "第 3 行 成立日期" in said.err


def test_undo_takes_the_batch_back(run):
    _status, answer = run(companies(3), "--commit")
    status, undone = run(answer["batch"], command="undo_import")
    assert (status, undone) == (0, {"deleted": 3, "restored": 0, "marks": 0, "refused": []})
    assert not Enterprise.objects.exists()


def test_undo_names_what_must_stay_and_exits_1(run):
    _status, answer = run(companies(2), "--commit")
    Enterprise.objects.filter(credit_code=code(1)).update(name="改过", version=2)
    status, undone = run(answer["batch"], command="undo_import")
    assert (status, undone["deleted"]) == (1, 1)
    pk = Enterprise.objects.get().pk
    kept = {"row": 2, "key": code(1), "name": "青岭测试1号有限公司", "reason": "导入之后又被修改过"}
    assert undone["refused"] == [{**kept, "pk": pk, "depends": []}]


def test_undo_of_an_unknown_or_uncommitted_batch_exits_2(run):
    assert run(999, command="undo_import")[0] == 2
    _status, answer = run(companies(1))
    assert run(answer["batch"], command="undo_import")[0] == 2


def test_undo_says_which_rows_of_which_kind_keep_an_enterprise(run):
    _status, answer = run(companies(1), "--commit")
    enterprise = Enterprise.objects.get()
    project = ProjectFactory(enterprise=enterprise)
    status, undone = run(answer["batch"], command="undo_import")
    (kept,) = undone["refused"]
    assert (status, kept["pk"], kept["reason"]) == (1, enterprise.pk, "已有项目 1 条")
    assert kept["depends"] == [{"model": "projects.project", "kind": "项目", "count": 1, "some": [str(project.pk)]}]


@pytest.mark.parametrize(
    ("policy", "told", "name"),
    [("overwrite", {"update": 1, "skipped": 0}, "新名"), ("fill", {"update": 0, "skipped": 1}, "青岭测试1号有限公司"),
     ("skip", {"update": 0, "skipped": 1}, "青岭测试1号有限公司")],
)  # fmt: skip
def test_the_policy_decides_what_happens_to_what_is_there(run, policy, told, name):
    run(companies(1), "--commit")
    status, answer = run([HEADINGS, company(1, 企业名称="新名"), company(2)], "--commit", "--policy", policy)
    assert (status, answer["create"], answer["policy"]) == (0, 1, policy)
    assert {key: answer[key] for key in told} == told
    assert Enterprise.objects.get(credit_code=code(1)).name == name


def test_full_marks_what_the_file_does_not_name_and_undo_takes_the_marks_away(run):
    run(companies(3), "--commit")
    status, answer = run(companies(1), "--commit", "--full")
    assert (status, answer["missing"], answer["full"], answer["scope"]) == (0, 2, True, "")
    assert Enterprise.objects.filter(roster_missing_since__isnull=False).count() == 2
    assert run(answer["batch"], command="undo_import")[1]["marks"] == 2
    assert not Enterprise.objects.filter(roster_missing_since__isnull=False).exists()


def test_the_real_roster_through_the_command(run):
    status, answer = run(shared_file("rosters/青山湖区_4062.csv"), "--commit")
    assert (status, answer["rows"], answer["create"], answer["errors"]) == (0, 4062, 4062, [])
    status, answer = run(shared_file("rosters/青山湖区_4062.csv"), "--commit")
    assert (status, answer["create"], answer["unchanged"]) == (0, 0, 4062)
