"""History as another system exports it: one line a tender, checked before anything is written. Pure."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.errors import BadAmount
from marketplace.kernel.money import parse_yuan

COLUMNS = (
    "采购编号",
    "项目名称",
    "项目业主代码",
    "服务事项编号",
    "区划代码",
    "选取方式",
    "最高限价",
    "发布时间",
    "截止时间",
    "结果",
    "服务内容",
)
RESULTS = {"已中选": "awarded", "流标": "failed", "已取消": "cancelled"}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one line: its number in the file, the column, and why."""

    line: int
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Known:
    """What a line may name. buyers: code → id; methods: word or code → code."""

    buyers: Mapping[str, str]
    items: Collection[str]
    methods: Mapping[str, str]
    numbers: Collection[str]
    now: datetime


class Unreadable(ValueError):
    """A file that is no list of tenders; the argument says why."""


def lines_of(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The lines with their numbers, cells in the order of COLUMNS. Raises Unreadable."""
    try:
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        heading = next(rows, [])
        if [name.strip() for name in heading] != list(COLUMNS):
            raise Unreadable("表头应为：" + ",".join(COLUMNS))
        for number, row in enumerate(rows, start=2):
            if row:
                yield number, [cell.strip() for cell in row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unreadable(str(error)[:80]) from error


def checked(line: int, cells: list[str], known: Known, seen: set[str]) -> dict[str, Any] | list[Problem]:
    """The columns of a tender from one line, or everything that is wrong with it. seen: numbers so far, added to."""
    if len(cells) != len(COLUMNS):
        return [Problem(line, "", f"应有{len(COLUMNS)}列，实际{len(cells)}列")]
    number, title, buyer, item, region, method, ceiling, published, closes, result, content = cells
    from_, until = _instant(published), _instant(closes)
    facts: dict[str, Any] = {
        "number": number,
        "title": title,
        "buyer_id": known.buyers.get(buyer),
        "item_code": item,
        "region": region,
        "method": known.methods.get(method),
        "ceiling_fen": _fen(ceiling),
        "published_at": from_,
        "closes_at": until,
        "stage": RESULTS.get(result),
        "content": content,
    }
    wrong = (
        (not number or len(number) > 32, 0, "须填写，最多32个字"),
        (number in seen or number in known.numbers, 0, "编号重复或者已经存在"),
        (not title or len(title) > 200, 1, "须填写，最多200个字"),
        (facts["buyer_id"] is None, 2, "没有找到该项目业主，请先登记"),
        (item not in known.items, 3, "目录中没有该事项"),
        (len(region) != 6 or not (region.isascii() and region.isdigit()), 4, "须为六位数字"),
        (facts["method"] is None, 5, "没有该选取方式"),
        (not facts["ceiling_fen"], 6, "须为大于零的金额，最多两位小数"),
        (from_ is None, 7, "须为时间，例如 2025-03-02 09:00"),
        (until is None, 8, "须为时间，例如 2025-03-09 17:00"),
        (not _in_order(from_, until, known.now), 8, "须晚于发布时间、早于现在"),
        (facts["stage"] is None, 9, "可填：" + "、".join(RESULTS)),
    )
    seen.add(number)
    return [Problem(line, COLUMNS[place], why) for bad, place, why in wrong if bad] or facts


def _fen(text: str) -> int | None:
    try:
        return parse_yuan(text)
    except BadAmount:
        return None


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)


def _in_order(published: datetime | None, closes: datetime | None, now: datetime) -> bool:
    return published is None or closes is None or published <= closes <= now
