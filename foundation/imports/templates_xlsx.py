"""Empty workbooks to fill in, one per roster, drawn from its declaration alone: what they ask for, an import reads."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from foundation.imports.resources import RosterField, RosterResource
from foundation.imports.widgets import (
    Choice,
    CreditCode,
    Day,
    Email,
    Identifier,
    Money,
    Phone,
    Reference,
    Several,
    Whole,
    YesNo,
)
from foundation.ui.sheets import sheet_name

LAST = 20_000  # the last row that offers choices
MOST_CHOICES = 3_000  # a longer list helps nobody
TEXT, DAY, WHOLE, AMOUNT = "@", "yyyy-mm-dd", "0", "#,##0.00"


@dataclass(frozen=True)
class Column:
    """One column of the workbook."""

    heading: str
    required: bool
    cells: str  # the spreadsheet's number format
    choices: Sequence[str]
    hint: str
    synonyms: Sequence[str]
    example: str

    @property
    def title(self) -> str:
        return f"{self.heading}*" if self.required else self.heading

    @property
    def width(self) -> int:
        return max(12, min(36, 2 * len(self.title) + 4), min(36, 2 * len(self.example) + 2))


def template(resource: RosterResource) -> bytes:
    """The .xlsx: the sheet to fill in, an example, the explanation, and hidden the choices."""
    columns = [_column(name, field, resource) for name, field in resource.fields.items()]
    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        empty = book.add_worksheet(sheet_name(str(resource.title)))
        example = book.add_worksheet(_("填写示例"))
        explained = book.add_worksheet(_("填写说明"))
        choices = book.add_worksheet(CHOICES)
        choices.hide()
        _fill_headings(book, empty, columns)
        _offer_choices(empty, choices, columns)
        _fill_headings(book, example, columns)
        for at, column in enumerate(columns):
            example.write_string(1, at, column.example, book.add_format({"num_format": TEXT}))
        _explain(book, explained, columns, resource)
        empty.activate()
    return out.getvalue()


CHOICES = "选项"


def _fill_headings(book: Any, sheet: Any, columns: Sequence[Column]) -> None:
    plain = {"bold": True, "bg_color": "#EAF1F9", "bottom": 1, "valign": "vcenter"}
    heading, required = book.add_format(plain), book.add_format({**plain, "font_color": "#B42318"})
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 24)
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width, book.add_format({"num_format": column.cells}))
        sheet.write_string(0, at, column.title, required if column.required else heading)


def _offer_choices(sheet: Any, choices: Any, columns: Sequence[Column]) -> None:
    """A drop-down where there is something to choose from; other words that an import knows stay allowed."""
    for at, column in enumerate(columns):
        rule: dict[str, Any] = {
            "validate": "any",
            "input_title": column.heading[:32],
            "input_message": column.hint[:255],
        }
        if column.choices:
            for row, word in enumerate(column.choices):
                choices.write_string(row, at, word)
            letter = xlsxwriter.utility.xl_col_to_name(at)
            source = f"='{CHOICES}'!${letter}$1:${letter}${len(column.choices)}"
            rule |= {"validate": "list", "source": source, "show_error": False}
        sheet.data_validation(1, at, LAST, at, rule)


def _explain(book: Any, sheet: Any, columns: Sequence[Column], resource: RosterResource) -> None:
    bold, wrap = book.add_format({"bold": True, "bottom": 1}), book.add_format({"text_wrap": True, "valign": "top"})
    title = book.add_format({"bold": True, "font_size": 13})
    sheet.write_string(0, 0, _("%(roster)s填写说明") % {"roster": resource.title}, title)
    for row, line in enumerate(_rules(resource), start=1):
        sheet.write_string(row, 0, line)
    first = len(_rules(resource)) + 2
    for at, (word, width) in enumerate([(_("列"), 18), (_("必填"), 8), (_("怎么填"), 64), (_("也认这些标题"), 48)]):
        sheet.set_column(at, at, width)
        sheet.write_string(first, at, word, bold)
    for row, column in enumerate(columns, start=first + 1):
        known = [column.heading, _("必填") if column.required else "", column.hint, "、".join(column.synonyms)]
        for at, text in enumerate(known):
            sheet.write_string(row, at, text, wrap)


def _rules(resource: RosterResource) -> list[str]:
    keys = "、".join(resource.fields[name].heading for name in (resource.key, resource.alternative) if name)
    return [
        _("一行一条，填在第一张工作表里；标题带 * 的列，新增时必须填写。"),
        _("按%(keys)s认出已有的记录；留空的单元格不改动已有内容。") % {"keys": keys},
        _("不需要的列可以删去，列的顺序可以换。"),
    ]


def _column(name: str, field: RosterField, resource: RosterResource) -> Column:
    choices = list(_choices(field.widget))
    example = resource.examples.get(name) or (choices[0] if choices and field.required else "")
    hint = "；".join(filter(None, (str(field.hint), _hint(field.widget))))
    return Column(field.heading, field.required, _cells(field.widget), choices, hint, field.synonyms, str(example))


def _cells(widget: Any) -> str:
    if isinstance(widget, Day):
        return DAY
    if isinstance(widget, Whole):
        return WHOLE
    return AMOUNT if isinstance(widget, Money) else TEXT


def _choices(widget: Any) -> Iterable[str]:
    if isinstance(widget, YesNo):
        return [_("是"), _("否")]
    if isinstance(widget, Choice | Several):
        return widget.labels.values()
    if isinstance(widget, Reference):
        found = widget.found_by_label()
        return found if len(found) <= MOST_CHOICES else []
    return []


def _hint(widget: Any) -> str:
    if isinstance(widget, Choice):
        return _("下列之一：%(words)s") % {"words": "、".join(widget.labels.values())}
    if isinstance(widget, Several):
        return _("下列之一或几个，用顿号隔开：%(words)s") % {"words": "、".join(widget.labels.values())}
    if isinstance(widget, Reference):
        return _("%(kind)s的名称、简称或代码，须已在系统里") % {"kind": widget.kind}
    if isinstance(widget, Identifier):
        return str(widget.says)
    return next((str(said) for kind, said in _HINTS if isinstance(widget, kind)), "")


_HINTS = (
    (Day, "日期，如 2026-03-15"),
    (YesNo, "填“是”或“否”"),
    (CreditCode, "18 位统一社会信用代码，单元格须是文本格式"),
    (Money, "数字，单位万元；外币写明币种，如 774(万美元)"),
    (Phone, "手机号，或带区号的固定电话"),
    (Email, "如 name@example.cn"),
    (Whole, "整数"),
)
