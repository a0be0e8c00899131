"""Reading a year's official calendar: pasted lines, CSV, or holiday-cn style JSON; pure, errors by line in Chinese."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from foundation.clocks.localtime import ONE_DAY
from foundation.clocks.workdays import SpecialDay

MAX_SPAN = 31  # days one line may cover
MAX_LINES = 2_000
WORK_WORDS = {"班": True, "上班": True, "调休上班": True, "补班": True, "休": False, "放假": False, "休息": False}
_DATE = r"(?:(?P<y{n}>\d{{4}})\s*[-/.年]\s*)?(?P<m{n}>\d{{1,2}})\s*[-/.月]\s*(?P<d{n}>\d{{1,2}})\s*日?"
_NOTE = r"(?:\s*\((?:周|星期)?[一二三四五六日天]\))?"
_LINE = re.compile(
    rf"^{_DATE.format(n=1)}{_NOTE}"
    rf"(?:\s*(?:至|到|~|—+|–|--?(?=\s*\d))\s*{_DATE.format(n=2)}{_NOTE})?"
    r"\s*[::,,]?\s*(?P<word>调休上班|上班|补班|班|放假|休息|休)\s*[,,::]?\s*(?P<name>.*)$"
)


class LineError(NamedTuple):
    """What is wrong, and where: `line` counts from 1, 0 is the text as a whole."""

    line: int
    message: str

    def __str__(self) -> str:
        return _("第 %(line)d 行:%(message)s") % self._asdict() if self.line else self.message


@dataclass
class Parsed:
    """The special days a text names, and what could not be read."""

    days: dict[date, SpecialDay] = field(default_factory=dict)
    errors: list[LineError] = field(default_factory=list)
    year: int | None = None  # the year the text itself says it is for

    def put(self, line: int, day: date, special: SpecialDay) -> None:
        """Take a day over; one named twice with different meaning is an error."""
        known = self.days.get(day)
        if known is not None and known.working != special.working:
            self.errors.append(LineError(line, _("%(date)s 前面写的是另一种安排。") % {"date": day}))
        elif known is None or special.name:
            self.days[day] = special


def parse(text: str, year: int) -> Parsed:
    """Read a text in any of the three forms; every day must belong to the year or the December before it."""
    cleaned = text.lstrip("\ufeff")
    if cleaned.lstrip().startswith(("{", "[")):
        parsed = _parse_json(cleaned)
    elif _is_csv(cleaned):
        parsed = _parse_csv(cleaned)
    else:
        parsed = _parse_lines(cleaned, year)
    _check_year(parsed, year)
    return parsed


def as_lines(days: Mapping[date, SpecialDay]) -> str:
    """The days as lines that `parse` reads back, runs of equal days drawn together."""
    return "\n".join(
        f"{first} {_word(special)}".strip() if first == last else f"{first} 至 {last} {_word(special)}".strip()
        for first, last, special in _runs(days)
    )


def _word(special: SpecialDay) -> str:
    """How a day is written: 休 元旦."""
    return f"{'班' if special.working else '休'} {special.name}".strip()


def _runs(days: Mapping[date, SpecialDay]) -> Iterator[tuple[date, date, SpecialDay]]:
    """Unbroken runs of equal days, in order, none longer than a line may be."""
    run: tuple[date, date, SpecialDay] | None = None
    for day, special in sorted(days.items()):
        if run and run[2] == special and day == run[1] + ONE_DAY and (day - run[0]).days < MAX_SPAN:
            run = (run[0], day, special)
            continue
        if run:
            yield run
        run = (day, day, special)
    if run:
        yield run


def _parse_lines(text: str, year: int) -> Parsed:
    """Lines such as `2027-01-01 至 2027-01-03 休 元旦` and `2027-01-04 班`."""
    parsed = Parsed()
    for number, line in _numbered(text.splitlines(), parsed):
        found = _LINE.match(unicodedata.normalize("NFKC", line).strip())
        if not found:
            message = _("看不懂“%(text)s”,请写成“2027-01-01 至 2027-01-03 休 元旦”。") % {"text": _short(line)}
            parsed.errors.append(LineError(number, message))
            continue
        _take_span(parsed, number, found, year)
    return parsed


def _take_span(parsed: Parsed, number: int, found: re.Match[str], year: int) -> None:
    """Take over the days from one date to another."""
    parts = found.groupdict()
    first = _date(parts["y1"] or str(year), parts["m1"], parts["d1"])
    last = _date(parts["y2"] or parts["y1"] or str(year), parts["m2"], parts["d2"]) if parts["m2"] else first
    if first is None or last is None:
        parsed.errors.append(LineError(number, _("没有这一天,请核对日期。")))
    elif last < first:
        parsed.errors.append(LineError(number, _("结束日期早于开始日期。")))
    elif (last - first).days >= MAX_SPAN:
        parsed.errors.append(LineError(number, _("一行最多 %(days)d 天,请核对日期。") % {"days": MAX_SPAN}))
    else:
        special = SpecialDay(WORK_WORDS[parts["word"]], _name(parts["name"]))
        for offset in range((last - first).days + 1):
            parsed.put(number, first + timedelta(days=offset), special)


def _is_csv(text: str) -> bool:
    """Whether the first line is a heading with the columns of the CSV form."""
    heads = [head.strip().lower() for head in re.split(r"[,\t;]", text.lstrip().split("\n", 1)[0])]
    return "date" in heads and "is_workday" in heads


def _parse_csv(text: str) -> Parsed:
    """CSV with date, is_workday and perhaps name or holiday; plain days of a full list are left out."""
    parsed = Parsed()
    lines = text.splitlines()
    delimiter = next((mark for mark in ",\t;" if mark in lines[0]), ",")
    heads = [head.strip().lower() for head in lines[0].split(delimiter)]
    for number, line in _numbered(lines[1:], parsed, first=2):
        row = dict(zip(heads, next(csv.reader([line], delimiter=delimiter)), strict=False))
        day = _iso(row.get("date", ""))
        working = {"1": True, "true": True, "是": True, "0": False, "false": False, "否": False}.get(
            str(row.get("is_workday", "")).strip().lower()
        )
        if day is None:
            parsed.errors.append(LineError(number, _("“%(text)s”不是日期。") % {"text": _short(row.get("date", ""))}))
        elif working is None:
            parsed.errors.append(LineError(number, _("is_workday 须为 1 或 0。")))
        else:
            name = _name(row.get("name") or row.get("holiday") or "")
            if working != (day.weekday() < 5) or (name and not working):
                parsed.put(number, day, SpecialDay(working, name))
    return parsed


def _parse_json(text: str) -> Parsed:
    """JSON as holiday-cn publishes it: {"year": 2027, "days": [{"name", "date", "isOffDay"}]}."""
    parsed = Parsed()
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        parsed.errors.append(LineError(line, _("不是完整的 JSON,请核对文件。")))
        return parsed
    rows = content.get("days") if isinstance(content, dict) else content
    if isinstance(content, dict) and isinstance(content.get("year"), int):
        parsed.year = content["year"]
    if not isinstance(rows, list) or len(rows) > MAX_LINES:
        parsed.errors.append(LineError(0, _("JSON 里没有 days 列表。")))
        return parsed
    for number, row in enumerate(rows, 1):
        _take_json(parsed, number, row)
    return parsed


def _take_json(parsed: Parsed, number: int, row: Any) -> None:
    """Take over one day of the JSON form."""
    day = _iso(row.get("date")) if isinstance(row, dict) else None
    if day is None or not isinstance(row.get("isOffDay"), bool):
        message = _("days 的第 %(number)d 项须有 date(日期)和 isOffDay(true 或 false)。") % {"number": number}
        parsed.errors.append(LineError(0, message))
        return
    parsed.put(0, day, SpecialDay(not row["isOffDay"], _name(str(row.get("name") or ""))))


def _check_year(parsed: Parsed, year: int) -> None:
    """Refuse days of other years, and a text that says it is for another year."""
    if parsed.year is not None and parsed.year != year:
        message = _("文件是 %(file)d 年的,您选择的是 %(year)d 年。") % {"file": parsed.year, "year": year}
        parsed.errors.append(LineError(0, message))
        return
    for day in sorted(parsed.days):
        if not (day.year == year or (day.year == year - 1 and day.month == 12)):
            message = _("%(date)s 不在 %(year)d 年(及上年 12 月)内。") % {"date": day, "year": year}
            parsed.errors.append(LineError(0, message))
            return


def _numbered(lines: Iterable[str], parsed: Parsed, first: int = 1) -> Iterator[tuple[int, str]]:
    """The lines that say something, with their numbers; too many are an error."""
    for number, line in enumerate(lines, first):
        if number > MAX_LINES:
            parsed.errors.append(LineError(number, _("最多 %(most)d 行。") % {"most": MAX_LINES}))
            return
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line


def _iso(value: Any) -> date | None:
    """A date written 2027-01-01 or 2027/1/1; None otherwise."""
    found = re.fullmatch(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", unicodedata.normalize("NFKC", str(value)).strip())
    return _date(*found.groups()) if found else None


def _date(year: str, month: str, day: str) -> date | None:
    """A date from its parts; None where there is no such day."""
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _name(text: str) -> str:
    """A holiday's name on one line, without control characters, at most 20 characters."""
    return " ".join("".join(mark for mark in text if mark.isprintable() or mark.isspace()).split())[:20]


def _short(text: str) -> str:
    """The beginning of a text, for a message."""
    text = text.strip()
    return text if len(text) <= 30 else f"{text[:30]}…"
