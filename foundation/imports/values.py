"""What a cell means: text, codes, dates and amounts as people really type them. Pure functions.

Each reader takes a raw cell (str, int, float, bool, date, datetime or None) and returns `(value, note)`: the value
is None for a blank; the note is None or a Note that the person should see. A cell it cannot read raises CellError.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _
from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, ValidationError


class CellError(ValueError):
    """A cell that cannot be read: a stable code and a Chinese sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Note:
    """Something the person should see though the cell is taken; `doubtful` asks for confirmation."""

    code: str
    message: str
    doubtful: bool = False


Reading = tuple[Any, Note | None]

BLANKS = frozenset(
    [
        *("", "n/a", "na", "#n/a", "#ref!", "#value!", "#name?", "#null!", "#div/0!", "#num!"),
        *("null", "none", "nan", "-", "--", "—", "——", "－", "/", "\\", "无", "空", "暂无", "不详"),
    ]
)

_SPACES = "\t\n\r\x0b\x0c\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_GONE = (
    "".join(chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in _SPACES)
    + "\xad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff\ufffe\uffff"
    + "".join(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
)
_WIDE_LETTERS = {
    code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
}
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_CLEAN = {ord(char): " " for char in _SPACES} | dict.fromkeys(map(ord, _GONE)) | _WIDE_LETTERS
_FOLD = _CLEAN | _WIDE | {ord("—"): "-", ord("–"): "-", ord("−"): "-", ord("〇"): "〇"}

_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜǹńňḿ"
_PINYIN = re.compile(
    rf"(?<=[\u3400-\u9fff])\s*[(（]\s*(?=[a-zü\s]*[{_TONED}])[a-zü\s{_TONED}]{{1,12}}[)）]\s*", re.IGNORECASE
)
_TONE = re.compile(f"[{_TONED}]", re.IGNORECASE)
_CJK_GAP = re.compile(r"(?<=[\u3400-\u9fff（）])\s+(?=[\u3400-\u9fff（）])")
_RUNS = re.compile(r" {2,}")
_NOISE = re.compile(f"[{re.escape(_SPACES + _GONE)}０-９Ａ-Ｚａ-ｚ]|  |^ | $")


def plain(cell: Any) -> str:
    """A cell as the person sees it in one line of text, without judging it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def cleaned(cell: Any) -> str:
    """Text without control characters and odd spaces, wide letters and digits made narrow; one line."""
    text = cell if type(cell) is str else plain(cell)
    if _NOISE.search(text):
        text = _RUNS.sub(" ", text.translate(_CLEAN)).strip()
    return text


def folded(cell: Any) -> str:
    """Text for codes, dates and amounts: all full-width signs made narrow as well."""
    return _RUNS.sub(" ", plain(cell).translate(_FOLD)).strip()


def is_blank(text: str) -> bool:
    """Whether people mean "nothing" by this: N/A, -, 无 …"""
    return len(text) < 8 and text.lower() in BLANKS


def unpinyin(text: str) -> tuple[str, Note | None]:
    """Take out pinyin that a converter inserted, as in 區(qū)工委, and say so."""
    if not _TONE.search(text):
        return text, None
    bare = _PINYIN.sub("", text)
    if bare == text:
        return text, None
    return bare, Note("pinyin", _("去掉了夹在文字里的拼音:“%(text)s”") % {"text": text[:40]})


def text(cell: Any, limit: int = 0) -> Reading:
    """A text of at most `limit` characters (0: any length)."""
    value = cleaned(cell)
    if len(value) < 8 and value.lower() in BLANKS:
        return None, None
    value, note = unpinyin(value)
    if limit and len(value) > limit:
        raise CellError("too_long", _("有 %(n)s 个字，最多 %(limit)s 个字") % {"n": len(value), "limit": limit})
    return value, note


def name(cell: Any, limit: int = 0) -> Reading:
    """A name: as text, without the gaps that line up Chinese characters (陈　鹏)."""
    value, note = text(cell, limit)
    if value and " " in value:
        value = _CJK_GAP.sub("", value)
    return value, note


def match_key(value: str) -> str:
    """A name for comparing: brackets and signs folded, no spaces, lower case."""
    return folded(value).replace(" ", "").lower()


def phone(cell: Any, limit: int = 0) -> Reading:
    """A phone number, or several; fewer than seven digits make it doubtful."""
    if type(cell) is str and 7 <= len(cell) <= 12 and cell.isascii() and cell.isdigit():
        return cell, None
    value = folded(cell)
    if is_blank(value):
        return None, None
    if "*" in value:
        return None, Note("phone_masked", _("电话“%(value)s”被遮挡过，没有导入") % {"value": value[:40]})
    if limit and len(value) > limit:
        raise CellError("too_long", _("有 %(n)s 个字，最多 %(limit)s 个字") % {"n": len(value), "limit": limit})
    if sum(char.isdigit() for char in value) < 7:
        return value, Note("phone", _("“%(value)s”不像电话号码") % {"value": value[:40]}, doubtful=True)
    return value, None


def is_mobile(cell: Any) -> bool:
    """Whether a cell is a mobile phone number and nothing else."""
    return bool(_MOBILE.fullmatch(folded(cell).replace(" ", "").replace("-", "")))


_MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")


CODE_CHECK = "code_check"  # of a code that fails its check character


# -- Credit codes -----------------------------------------------------------------------------------------------------


_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1)
_SHAPE = re.compile(rf"[0-9]{{8}}[{_ALPHABET}]{{10}}")
_WEIGHED = [{char: place * weight for place, char in enumerate(_ALPHABET)} for weight in _WEIGHTS]


def _is_sound(code: str) -> bool:
    """Whether a code is written perfectly: what stdnum decides, several times as fast, for the thousands that are."""
    return (
        bool(_SHAPE.fullmatch(code))
        and sum([worth[char] for worth, char in zip(_WEIGHED, code, strict=True)]) % 31 == 0
    )


_IN_POWERS = re.compile(r"\d(?:\.\d*)?E\+?\d\d", re.IGNORECASE)  # 9.13601E+17


def credit_code(cell: Any) -> Reading:
    """An 18-character unified social credit code; one that fails only its check character is doubtful, not refused."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        raise _lost_digits(cell)
    if type(cell) is str and _is_sound(cell):
        return cell, None
    raw, note = unpinyin(folded(cell))
    if is_blank(raw):
        return None, None
    if _IN_POWERS.fullmatch(raw):
        raise _lost_digits(raw)
    code = raw.replace(" ", "").replace("-", "").replace("'", "").upper()
    _check_code(code)
    try:
        uscc.validate(code)
    except InvalidChecksum:
        return code, Note(CODE_CHECK, _("信用代码 %(code)s 的校验位不符，请核对") % {"code": code}, doubtful=True)
    except ValidationError as error:
        raise CellError("code_format", _("信用代码“%(code)s”的前 8 位应为数字") % {"code": code[:40]}) from error
    if note is None and code != plain(cell).strip():
        note = Note("code_normalised", _("信用代码已规范为 %(code)s") % {"code": code})
    return code, note


def is_doubtful_code(code: str) -> bool:
    """Whether a code that was taken fails its check character."""
    return not _is_sound(code)


def _lost_digits(shown: object) -> CellError:
    message = _("信用代码被表格存成了数字(%(value)s)，末尾几位已丢失。请把该列设为文本后重新填写")
    return CellError("code_number", message % {"value": str(shown)[:40]})


def _check_code(code: str) -> None:
    if len(code) == 15 and code.isdigit():
        raise CellError("code_old", _("“%(code)s”是 15 位的旧注册号，请换成 18 位统一社会信用代码") % {"code": code})
    if len(code) != 18:
        message = _("信用代码“%(code)s”有 %(n)s 位，应为 18 位")
        raise CellError("code_length", message % {"code": code[:40], "n": len(code)})
    wrong = sorted({char for char in code if char not in _ALPHABET})
    if wrong:
        message = _("信用代码“%(code)s”含有不允许的字符 %(wrong)s")
        raise CellError("code_alphabet", message % {"code": code, "wrong": "、".join(wrong)})


# -- Dates ------------------------------------------------------------------------------------------------------------

EPOCH = date(1899, 12, 30)
FIRST_DATE, LAST_DATE = date(1900, 3, 1), date(2100, 12, 31)
_DATE = re.compile(
    r"'?(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?[日号]?"
    r"(?:\s?\(?(?:星期|周)[一二三四五六日天]\)?)?(?:[T ]\s?(?:上午|下午)?\d{1,2}[:时点].*)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NO_DAY = re.compile(r"\d{4}\s?[-/.年]\s?\d{1,2}\s?月?|\d{4}\s?年?")
_NUMERALS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_AS_WRITTEN = str.maketrans("○◯Oo壹贰叁肆伍陆柒捌玖拾", "〇〇〇〇一二三四五六七八九十") | {
    ord("廿"): "二十",
    ord("卅"): "三十",
}
_DECIMALS = re.compile(r"(\d{4,8})\.0+")


def day(cell: Any) -> Reading:
    """A calendar day as ISO text: a date cell, a serial number, 2026-02-03, 2026年2月3日, 20260203."""
    if isinstance(cell, datetime):
        return _in_range(cell.date(), cell), None
    if isinstance(cell, date):
        return _in_range(cell, cell), None
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _serial(cell), None
    value = folded(cell)
    if is_blank(value):
        return None, None
    whole = _DECIMALS.fullmatch(value)
    digits = whole.group(1) if whole else value  # 45356.0, as other programs export
    if digits.isascii() and digits.isdigit():
        return _serial(int(digits)) if len(digits) <= 8 else _bad_date(value), None
    match = _DATE.fullmatch(value) or _DATE.fullmatch(_arabic(value.partition("星期")[0]))
    if match is None:
        if _NO_DAY.fullmatch(value):
            raise CellError("date_no_day", _("“%(value)s”没有写到日") % {"value": value})
        return _bad_date(value), None
    year, month, of_month = (int(part) for part in match.groups())
    return _in_range(_date(year, month, of_month, value), value), None


def is_day(cell: Any) -> bool:
    """Whether a cell is a day beyond doubt: bare numbers are not."""
    if isinstance(cell, date):
        return True
    if not isinstance(cell, str):
        return False
    value = folded(cell)
    return bool(_DATE.fullmatch(value) or _DATE.fullmatch(_arabic(value)))


def _arabic(value: str) -> str:
    """二〇二六年二月十三日 with arabic digits."""
    if "年" not in value:
        return value
    value = value.translate(_AS_WRITTEN)
    if not any(char in "一二三四五六七八九十" for char in value):
        return value
    value = re.sub(r"(?<=[二三])十(?=[一二三四五六七八九])", "", value)
    value = re.sub(r"(?<=[二三])十", "0", value)
    value = re.sub(r"十(?=[一二三四五六七八九])", "1", value).replace("十", "10")
    return value.translate(_NUMERALS)


def _date(year: int, month: int, of_month: int, shown: object) -> date:
    try:
        return date(year, month, of_month)
    except ValueError as error:
        raise CellError("date_impossible", _("“%(value)s”不是存在的日期") % {"value": shown}) from error


def _serial(number: float) -> str:
    """A spreadsheet's day number, or digits such as 20260203; 60 is the day that never was."""
    match = _COMPACT.fullmatch(f"{number:.0f}")
    if match is not None and number == int(number):
        year, month, of_month = (int(part) for part in match.groups())
        return _in_range(_date(year, month, of_month, int(number)), int(number))
    if not 60 < number < 80_000:
        raise CellError("date_serial", _("数字 %(value)s 不是有效的日期") % {"value": f"{number:g}"})
    if 1900 <= number <= 2100:
        raise CellError("date_no_day", _("“%(value)s”像是只有年份，没有月日") % {"value": f"{number:g}"})
    return _in_range(EPOCH + timedelta(days=int(number)), number)


def _in_range(value: date, shown: object) -> str:
    if not FIRST_DATE <= value <= LAST_DATE:
        raise CellError("date_range", _("日期 %(value)s 不在 1900 年 3 月至 2100 年之间") % {"value": shown})
    return value.isoformat()


def _bad_date(value: str) -> Any:
    raise CellError("date", _("“%(value)s”不是日期") % {"value": value[:40]})


# -- Amounts ----------------------------------------------------------------------------------------------------------

RENMINBI = "人民币"
CURRENCIES = {
    "人民币": RENMINBI, "rmb": RENMINBI, "cny": RENMINBI, "¥": RENMINBI, "美元": "美元", "美金": "美元", "usd": "美元",
    "$": "美元", "港币": "港元", "港元": "港元", "香港元": "港元", "hkd": "港元", "欧元": "欧元", "eur": "欧元",
    "日元": "日元", "日圆": "日元", "jpy": "日元", "英镑": "英镑", "gbp": "英镑", "澳元": "澳元", "澳大利亚元": "澳元",
    "加元": "加元", "加拿大元": "加元", "新加坡元": "新加坡元", "新元": "新加坡元", "韩元": "韩元",
    "瑞士法郎": "瑞士法郎", "台币": "新台币", "新台币": "新台币", "澳门元": "澳门元",
}  # fmt: skip
_AMOUNT = re.compile(
    r"(人民币|美元|[¥$]|RMB|CNY|USD|HKD|EUR|)[:\s]*(\d[\d,]*(?:\.\d+)?|\.\d+)\s?(.*)", re.DOTALL | re.IGNORECASE
)
_MAX_AMOUNT = Decimal(10) ** 12


@dataclass(frozen=True)
class Money:
    """An amount in units of ten thousand (万) of its currency, which has its Chinese name."""

    amount: Decimal
    currency: str


def money(cell: Any, *, unit: str = "万元") -> tuple[Money | None, Note | None]:
    """A sum such as 6,018(万元人民币) or 774(万美元); a bare number is in `unit`, which the heading may give."""
    value = folded(cell).replace("￥", "¥")
    if is_blank(value):
        return None, None
    match = _AMOUNT.fullmatch(value)
    if match is None:
        raise CellError("amount", _("“%(value)s”里没有金额数字") % {"value": value[:40]})
    sign, digits, tail = match.groups()
    note = None
    written = tail if tail in _PLAIN_UNITS else re.sub(r"[()\s]", "", tail).lower()
    written = written.removesuffix("整") if written.endswith("元整") else _WAN.sub("万", written)
    if written == "元/万元":
        note = Note("amount_unit", _("“%(value)s”的单位两可，按万元计") % {"value": value[:40]}, doubtful=True)
        written = "万元"
    found = _unit(written or unit)
    if found is None:
        message = _("看不懂“%(value)s”的单位“%(unit)s”")
        raise CellError("amount_unit", message % {"value": value[:40], "unit": written[:20]})
    scale, currency = found
    amount = Decimal(digits.replace(",", "")) * scale
    if amount >= _MAX_AMOUNT:
        raise CellError("amount_large", _("金额“%(value)s”过大，请核对单位") % {"value": value[:40]})
    return Money(amount, currency or CURRENCIES.get(sign.lower(), RENMINBI)), note


def is_money(cell: Any) -> bool:
    """Whether a cell is an amount that names its unit or currency."""
    if not isinstance(cell, str) or cell.strip()[-1:] not in tuple("元)）圆币"):
        return False
    try:
        return money(cell)[0] is not None
    except CellError:
        return False


_PLAIN_UNITS = ("", "万元", "万人民币", "万元人民币", "万美元")
_WAN = re.compile(r"^w(?=$|元)")  # 500w
_SCALES = (("亿", Decimal(10_000)), ("千万", Decimal(1_000)), ("百万", Decimal(100)), ("万", Decimal(1)))


@lru_cache(maxsize=1_000)
def _unit(words: str) -> tuple[Decimal, str] | None:
    """What one of the unit is in 万, and its currency, blank where none is named; None for words we don't know."""
    for word, scale in (*_SCALES, ("", Decimal("0.0001"))):
        if words.startswith(word):
            currency = _currency(words.removeprefix(word))
            return None if currency is None else (scale, currency)
    return None


def _currency(words: str) -> str | None:
    if words in ("", "元", "圆", "块"):
        return ""
    shapes = (words, words.removeprefix("元"), words.removesuffix("元"), words.removesuffix("圆"))
    return next((CURRENCIES[shape] for shape in shapes if shape in CURRENCIES), None)


def unit_of_heading(heading: str) -> str:
    """The unit that a heading gives its bare numbers, as in 注册资本(元); 万元 where it gives none that we know."""
    for words in re.findall(r"\(([^()]*)\)", folded(heading)):
        words = words.removeprefix("单位").lstrip(":： ").lower()
        if words and _unit(words) is not None:
            return words
    return "万元"


# -- Yes, no and one of several ---------------------------------------------------------------------------------------

_YES = frozenset(["是", "有", "对", "√", "✓", "✔", "y", "yes", "true", "1", "已", "规上", "规模以上"])
_NO = frozenset(["否", "不是", "没有", "×", "✗", "x", "n", "no", "false", "0", "未", "规下", "规模以下"])


def yes_no(cell: Any) -> Reading:
    """A truth value; 无 and - mean no."""
    value = folded(cell).lower()
    if value in _YES:
        return True, None
    if value in _NO or value in ("无", "-", "—"):
        return False, None
    if is_blank(value):
        return None, None
    raise CellError("yes_no", _("“%(value)s”应填“是”或“否”") % {"value": value[:40]})


def one_of(cell: Any, meanings: dict[str, Any], allowed: str) -> Reading:
    """The meaning of one of the words; `allowed` names them for the person."""
    value = cleaned(cell)
    if is_blank(value) and value not in meanings:
        return None, None
    try:
        return meanings[match_key(value)], None
    except KeyError as error:
        message = _("“%(value)s”应为下列之一:%(allowed)s") % {"value": value[:40], "allowed": allowed}
        raise CellError("choice", message) from error
