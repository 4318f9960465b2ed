"""Pure rules of the catalogue: what a valid item is, and its form as CSV."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from marketplace.catalogue.errors import (
    CancellationIncomplete,
    CodeRepeated,
    CsvColumnMissing,
    CsvColumnUnknown,
    CsvRowRagged,
    CsvUnreadable,
    DayInvalid,
    ItemCodeInvalid,
    ItemTextMissing,
    ItemTextTooLong,
    ModeUnknown,
    PriceModeUnknown,
    QualificationMissing,
    QualificationNotNeeded,
    TimeLimitInvalid,
    YesNoInvalid,
)
from marketplace.kernel.errors import DomainError

MODES = {
    "licence": "行政许可",
    "cma": "资质认定",
    "register": "登记备案",
    "conditions": "自主声明条件",
    "none": "无要求",
}
PRICE_MODES = {"market": "市场调节价", "guided": "政府指导价", "fixed": "政府定价"}
NAMED_QUALIFICATION = frozenset({"licence", "cma", "register"})
CODE = re.compile(r"[A-Z]{2}-[0-9]{2,6}")
LONGEST = {"name": 100, "field": 60, "authority": 100, "basis": 1000, "result": 200, "parent_item": 200}
REQUIRED = ("name", "field", "authority", "basis", "result")


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """Every field of one version of an item. qualifications: any one of them suffices."""

    code: str
    name: str
    field: str
    authority: str
    basis: str
    qualification_mode: str
    qualifications: tuple[str, ...]
    result: str
    time_limit_workdays: int
    price_mode: str
    parent_item: str
    kept_from: date
    unconfirmed: bool = False
    cancelled_on: date | None = None
    cancel_reason: str = ""

    def data(self) -> dict[str, Any]:
        """JSON form: days as text, the list as a list."""
        plain = asdict(self)
        plain["qualifications"] = list(self.qualifications)
        plain["kept_from"] = self.kept_from.isoformat()
        plain["cancelled_on"] = self.cancelled_on.isoformat() if self.cancelled_on else None
        return plain


def changes(before: ItemFacts, after: ItemFacts) -> dict[str, list[Any]]:
    """Field → [before, after] for every field that differs, in JSON form."""
    old, new = before.data(), after.data()
    return {name: [old[name], new[name]] for name in old if old[name] != new[name]}


def problems(facts: ItemFacts) -> list[DomainError]:
    """Everything wrong with an item, each with its field; empty when it may be stored."""
    return [*_text_problems(facts), *_choice_problems(facts), *_cancellation_problems(facts)]


def _text_problems(facts: ItemFacts) -> list[DomainError]:
    found: list[DomainError] = []
    if not CODE.fullmatch(facts.code):
        found.append(ItemCodeInvalid(field="code", value=facts.code))
    for name, most in LONGEST.items():
        text = getattr(facts, name)
        if name in REQUIRED and not text.strip():
            found.append(ItemTextMissing(field=name))
        if len(text) > most:
            found.append(ItemTextTooLong(field=name, most=most))
    return found


def _choice_problems(facts: ItemFacts) -> list[DomainError]:
    found: list[DomainError] = []
    if facts.qualification_mode not in MODES:
        found.append(ModeUnknown(field="qualification_mode", value=facts.qualification_mode))
    if facts.qualification_mode in NAMED_QUALIFICATION and not facts.qualifications:
        found.append(QualificationMissing(field="qualifications"))
    if facts.qualification_mode == "none" and facts.qualifications:
        found.append(QualificationNotNeeded(field="qualifications"))
    if facts.price_mode not in PRICE_MODES:
        found.append(PriceModeUnknown(field="price_mode", value=facts.price_mode))
    if not 1 <= facts.time_limit_workdays <= 365:
        found.append(TimeLimitInvalid(field="time_limit_workdays"))
    return found


def _cancellation_problems(facts: ItemFacts) -> list[DomainError]:
    halves = bool(facts.cancelled_on) + bool(facts.cancel_reason.strip())
    early = facts.cancelled_on is not None and facts.cancelled_on < facts.kept_from
    return [CancellationIncomplete(field="cancelled_on")] if halves == 1 or early else []


# ---- CSV ------------------------------------------------------------------------------------------------------------

COLUMNS = {
    "code": "编号",
    "name": "事项名称",
    "field": "服务领域",
    "authority": "行业主管部门",
    "basis": "设立依据",
    "qualification_mode": "资质管理方式",
    "qualifications": "资质要求（满足其一）",
    "result": "服务成果",
    "time_limit_workdays": "服务时限（工作日）",
    "price_mode": "价格管理方式",
    "parent_item": "关联审批事项",
    "kept_from": "保留日期",
    "unconfirmed": "依据待核",
    "cancelled_on": "取消日期",
    "cancel_reason": "取消原因",
}
_FIELD_OF = {title: name for name, title in COLUMNS.items()}
_MODE_OF = {title: code for code, title in MODES.items()}
_PRICE_OF = {title: code for code, title in PRICE_MODES.items()}
_BETWEEN = "；"
# A spreadsheet would run a cell that begins so; a leading apostrophe makes it text (CWE-1236).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing wrong in a file. line: as a spreadsheet counts, the heading is 1. column: its heading, or empty."""

    line: int
    column: str
    error: DomainError


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith((*_FORMULA, "'")) else text


def unguarded(text: str) -> str:
    """What `guarded` was given; a lone apostrophe before ordinary text stays."""
    return text[1:] if text.startswith("'") and text[1:].startswith((*_FORMULA, "'")) else text


def write_csv(items: Iterable[ItemFacts]) -> str:
    """Items as CSV text with Chinese headings, safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS.values())
    for item in items:
        writer.writerow(guarded(cell) for cell in _cells(item))
    return out.getvalue()


def _cells(item: ItemFacts) -> list[str]:
    shown = item.data() | {
        "qualification_mode": MODES[item.qualification_mode],
        "price_mode": PRICE_MODES[item.price_mode],
        "qualifications": _BETWEEN.join(item.qualifications),
        "unconfirmed": "是" if item.unconfirmed else "否",
    }
    return [str(shown[name] if shown[name] is not None else "") for name in COLUMNS]


def decoded(data: bytes) -> str:
    """The text of a file in UTF-8, with or without a byte order mark. Raises CsvUnreadable."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CsvUnreadable(field="file") from error


def read_csv(text: str) -> tuple[list[tuple[int, ItemFacts]], list[RowError]]:
    """The items of a CSV text with their lines, and everything wrong with it.

    Headings may be Chinese or the field names, in any order. Raises CsvUnreadable.
    """
    rows = _rows(text)
    if not rows:
        raise CsvUnreadable(field="file")
    names = [_FIELD_OF.get(title.strip(), title.strip()) for title in rows[0][1]]
    errors = _heading_errors(names)
    if errors:
        return [], errors
    items: list[tuple[int, ItemFacts]] = []
    for line, cells in rows[1:]:
        if len(cells) != len(names):
            errors.append(RowError(line, "", CsvRowRagged(expected=len(names), found=len(cells))))
            continue
        plain = {name: unguarded(cell.strip()) for name, cell in zip(names, cells, strict=True)}
        facts, wrong = read_row(plain)
        errors += [RowError(line, COLUMNS.get(error.field or "", ""), error) for error in wrong]
        items.append((line, facts))
    return items, sorted(errors + _repeated(items), key=lambda error: error.line)


def _rows(text: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    found: list[tuple[int, list[str]]] = []
    try:
        for number, cells in enumerate(reader, start=1):
            if any(cell.strip() for cell in cells):
                found.append((number, cells))
    except csv.Error as error:
        raise CsvUnreadable(field="file") from error
    return found


def _heading_errors(names: Sequence[str]) -> list[RowError]:
    missing = [name for name in COLUMNS if name not in names]
    surplus = [name for place, name in enumerate(names) if name not in COLUMNS or name in names[:place]]
    return [RowError(1, COLUMNS[name], CsvColumnMissing(column=COLUMNS[name])) for name in missing] + [
        RowError(1, name, CsvColumnUnknown(column=COLUMNS.get(name, name))) for name in surplus
    ]


def _repeated(items: Iterable[tuple[int, ItemFacts]]) -> list[RowError]:
    first: dict[str, int] = {}
    found: list[RowError] = []
    for line, facts in items:
        if facts.code in first:
            found.append(RowError(line, COLUMNS["code"], CodeRepeated(value=facts.code, line=first[facts.code])))
        first.setdefault(facts.code, line)
    return found


def read_row(plain: Mapping[str, str]) -> tuple[ItemFacts, list[DomainError]]:
    """One item from texts by field name, and everything wrong with it."""
    wrong: list[DomainError] = []
    kept_from = _day(plain, "kept_from", wrong)
    if kept_from is None and not any(error.field == "kept_from" for error in wrong):
        wrong.append(ItemTextMissing(field="kept_from"))
    values: dict[str, Any] = {item.name: plain.get(item.name, "") for item in fields(ItemFacts)}
    values |= {
        "qualification_mode": _MODE_OF.get(values["qualification_mode"], values["qualification_mode"]),
        "price_mode": _PRICE_OF.get(values["price_mode"], values["price_mode"]),
        "qualifications": names_of(values["qualifications"]),
        "time_limit_workdays": int(values["time_limit_workdays"]) if values["time_limit_workdays"].isdecimal() else 0,
        "kept_from": kept_from or date.min,
        "cancelled_on": _day(plain, "cancelled_on", wrong),
        "unconfirmed": _yes(plain, wrong),
    }
    facts = ItemFacts(**values)
    seen = {error.field for error in wrong}
    return facts, wrong + [error for error in problems(facts) if error.field not in seen]


def names_of(text: str) -> tuple[str, ...]:
    """Names between semicolons or line breaks, each once."""
    return tuple(dict.fromkeys(name.strip() for name in re.split(r"[；;\n]", text) if name.strip()))


def _day(plain: Mapping[str, str], name: str, wrong: list[DomainError]) -> date | None:
    text = plain.get(name, "").replace("/", "-")
    if not text:
        return None
    try:
        year, month, day = text.split("-")
        return date(int(year), int(month), int(day))
    except ValueError:
        wrong.append(DayInvalid(field=name, value=text))
        return None


def _yes(plain: Mapping[str, str], wrong: list[DomainError]) -> bool:
    text = plain.get("unconfirmed", "")
    if text not in {"", "是", "否"}:
        wrong.append(YesNoInvalid(field="unconfirmed"))
    return text == "是"
