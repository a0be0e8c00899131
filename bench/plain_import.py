"""The same file through django-import-export as it comes: row by row, and with `use_bulk`."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from import_export.fields import Field
from import_export.formats.base_formats import XLSX
from import_export.resources import ModelResource
from import_export.widgets import BooleanWidget, DateWidget, Widget

from enterprises.models import Enterprise

CONDITIONS = {"较好": "good", "一般": "fair", "困难": "difficult"}


class YesNo(BooleanWidget):
    TRUE_VALUES, FALSE_VALUES = ["是"], ["否"]


class Amount(Widget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Decimal | None:
        digits = re.match(r"[\d.]+", str(value or ""))
        return Decimal(digits.group()) if digits else None


class Condition(Widget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return CONDITIONS.get(str(value), "")


class Plain(ModelResource):
    """The columns of the file that lie on the enterprise; its contact is left out."""

    name = Field("name", "企业名称")
    credit_code = Field("credit_code", "统一社会信用代码")
    established_on = Field("established_on", "注册日期", widget=DateWidget("%Y-%m-%d"))
    enterprise_type = Field("enterprise_type", "企业类型")
    legal_representative = Field("legal_representative", "法定代表人")
    registered_capital = Field("registered_capital", "注册资本", widget=Amount())
    business_scope = Field("business_scope", "经营范围")
    address = Field("address", "注册地址")
    is_above_scale = Field("is_above_scale", "是否规上", widget=YesNo())
    operating_condition = Field("operating_condition", "经营状况", widget=Condition())

    class Meta:
        model = Enterprise
        import_id_fields = ["credit_code"]
        fields = (
            "name", "credit_code", "established_on", "enterprise_type", "legal_representative", "registered_capital",
            "business_scope", "address", "is_above_scale", "operating_condition",
        )  # fmt: skip


class PlainInBulk(Plain):
    class Meta(Plain.Meta):
        use_bulk = True
        skip_diff = True


def run(resource: type[Plain], path: Path) -> None:
    """From the file to the rows, as its admin page does it without the preview."""
    dataset = XLSX().create_dataset(path.read_bytes())
    result = resource().import_data(dataset, raise_errors=True, use_transactions=True)
    created = result.totals["new"]
    assert created == len(dataset), result.totals
