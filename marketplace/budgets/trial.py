"""What a table of appropriations says, row by row, and what is wrong with it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.budgets.rules import SOURCE_WORDS, wrong_code
from marketplace.budgets.sheets import Line
from marketplace.kernel.errors import BadAmount
from marketplace.kernel.money import parse_yuan

HEADINGS = ("年度", "指标文号", "文件日期", "指标名称", "功能科目", "经济科目", "项目", "资金来源", "金额")
YEAR, NUMBER, DAY, NAME, FUNCTION, ECONOMIC, PROJECT, SOURCE, AMOUNT = HEADINGS
_LONGEST = {NUMBER: 80, NAME: 120, PROJECT: 40}
_MAY_BE_EMPTY = frozenset({DAY, PROJECT})


@dataclass(frozen=True, slots=True)
class Wanted:
    """One good row: what appropriate is told."""

    row: int
    fiscal_year: int
    document: str
    issued_on: date | None
    name: str
    function_code: str
    economic_code: str
    project: str
    source: str
    amount_fen: int

    @property
    def line_key(self) -> tuple[int, str]:
        """Which line a row is for."""
        return self.fiscal_year, self.name

    @property
    def codes(self) -> tuple[str, str, str, str]:
        """What a line keeps for ever."""
        return self.function_code, self.economic_code, self.project, self.source


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a row: its number in the file, the heading of the cell, what kind, and a fact to show."""

    row: int
    column: str
    kind: str
    fact: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a file would do: good rows, every fault, and how many rows are on the books already."""

    wanted: Sequence[Wanted]
    faults: Sequence[Fault]
    known: int = 0

    @property
    def total_fen(self) -> int:
        """What all good rows add up to."""
        return sum(row.amount_fen for row in self.wanted)


def faults_of(line: Line) -> list[Fault]:
    """What is wrong with the cells of one row by themselves."""
    said = line.cells
    faults = [Fault(line.number, name, "formula") for name in line.formulas if name in HEADINGS]
    marked = {fault.column for fault in faults}
    faults += [
        Fault(line.number, name, "empty")
        for name in HEADINGS
        if not said[name] and name not in _MAY_BE_EMPTY and name not in marked
    ]
    faults += [
        Fault(line.number, name, "too_long", str(longest))
        for name, longest in _LONGEST.items()
        if len(said[name]) > longest
    ]
    marked = {fault.column for fault in faults}
    for name in (YEAR, DAY, FUNCTION, ECONOMIC, SOURCE, AMOUNT):
        kind = "" if name in marked or not said[name] else _wrong(name, said[name])
        if kind:
            faults.append(Fault(line.number, name, kind, said[name][:40]))
    return faults


def _wrong(name: str, text: str) -> str:
    """The kind of fault of one cell, or nothing."""
    if name == YEAR:
        return "" if text.isascii() and text.isdecimal() and 2000 <= int(text[:9]) <= 2100 else "year"
    if name == DAY:
        return "" if _day(text) else "day"
    if name == SOURCE:
        return "" if text in SOURCE_WORDS else "source"
    if name == AMOUNT:
        return "" if _amount(text) else "amount"
    codes = (text, "00000") if name == FUNCTION else ("0000000", text)
    return "code" if wrong_code(*codes) else ""


def _amount(text: str) -> int:
    try:
        return parse_yuan(text)
    except BadAmount:
        return 0


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.replace("/", "-").replace(".", "-"))
    except ValueError:
        return None


def wanted_of(line: Line) -> Wanted:
    """A row without faults, read."""
    said = line.cells
    return Wanted(
        row=line.number,
        fiscal_year=int(said[YEAR]),
        document=said[NUMBER],
        issued_on=_day(said[DAY]) if said[DAY] else None,
        name=said[NAME],
        function_code=said[FUNCTION],
        economic_code=said[ECONOMIC],
        project=said[PROJECT],
        source=SOURCE_WORDS[said[SOURCE]],
        amount_fen=_amount(said[AMOUNT]),
    )


def between(wanted: Sequence[Wanted]) -> list[Fault]:
    """What rows say against each other."""
    faults: list[Fault] = []
    lines: dict[tuple[int, str], Wanted] = {}
    pairs: dict[tuple[int, str, str], Wanted] = {}
    days: dict[tuple[int, str], date] = {}
    for row in wanted:
        first = lines.setdefault(row.line_key, row)
        if first.codes != row.codes:
            faults.append(Fault(row.row, NAME, "codes_differ", str(first.row)))
        same = pairs.setdefault((*row.line_key, row.document), row)
        if same is not row:
            faults.append(Fault(row.row, NUMBER, "twice", str(same.row)))
        if row.issued_on and days.setdefault((row.fiscal_year, row.document), row.issued_on) != row.issued_on:
            faults.append(Fault(row.row, DAY, "day_differs", row.document))
    return faults
