"""Credit records from a CSV file, as authorities export them from spreadsheets."""

import csv
import io
from collections.abc import Mapping
from datetime import date

from marketplace.credit.errors import FeedUnreadable
from marketplace.credit.ports import FeedContent, FeedProblem, FeedRecord

COLUMNS = {
    "统一社会信用代码": "uscc",
    "类别": "kind",
    "文号": "reference",
    "认定日期": "decided_on",
    "认定机关": "authority",
    "事由": "note",
}
OPTIONAL = frozenset({"事由"})


class CsvFeed:
    """One file with a heading line; UTF-8 (with or without mark) or GB18030."""

    code = "csv"
    label = "CSV文件"

    def read(self, content: bytes) -> FeedContent:
        """Every row as a record or as its problems. Raises FeedUnreadable."""
        reader = csv.DictReader(io.StringIO(_text(content), newline=""))
        headings = _headings(reader)
        if missing := [name for name in COLUMNS if name not in headings and name not in OPTIONAL]:
            raise FeedUnreadable(field="file", reason="、".join(missing))
        reader.fieldnames = headings
        records: list[FeedRecord] = []
        problems: list[FeedProblem] = []
        try:
            for row in reader:
                found = _problems(reader.line_num, row)
                problems += found
                if not found:
                    records.append(_record(reader.line_num, row))
        except csv.Error as error:
            raise FeedUnreadable(field="file", reason=str(error)) from error
        return FeedContent(tuple(records), tuple(problems))


def _headings(reader: "csv.DictReader[str]") -> list[str]:
    try:
        return [name.strip() for name in reader.fieldnames or []]
    except csv.Error as error:  # the heading line is read here: a field without end, a lone carriage return
        raise FeedUnreadable(field="file", reason=str(error)) from error


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FeedUnreadable(field="file", reason="UTF-8 / GB18030")


def _cell(row: Mapping[str, str | None], column: str) -> str:
    return (row.get(column) or "").strip()


def _problems(number: int, row: Mapping[str, str | None]) -> list[FeedProblem]:
    found = [
        FeedProblem(number, column, "此项必填")
        for column in COLUMNS
        if column not in OPTIONAL and not _cell(row, column)
    ]
    day = _cell(row, "认定日期")
    if day and _day(day) is None:
        found.append(FeedProblem(number, "认定日期", "请填写日期，例如 2026-03-02"))
    if len(_cell(row, "文号")) > 100:
        found.append(FeedProblem(number, "文号", "长度不符合要求"))
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return None


def _record(number: int, row: Mapping[str, str | None]) -> FeedRecord:
    day = _day(_cell(row, "认定日期"))
    assert day is not None
    return FeedRecord(
        row=number,
        uscc=_cell(row, "统一社会信用代码"),
        kind=_cell(row, "类别"),
        reference=_cell(row, "文号"),
        decided_on=day,
        authority=_cell(row, "认定机关"),
        note=_cell(row, "事由"),
    )
