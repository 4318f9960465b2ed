"""Tables of appropriations: tried first, booked whole or not at all, and hostile files refused."""

import io
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook, load_workbook

from marketplace.budgets import importing, queries, service, sheets, vouchers
from marketplace.budgets.errors import SheetHasFaults, SheetRefused
from marketplace.budgets.models import BudgetLine
from marketplace.budgets.queries import balances
from marketplace.budgets.trial import HEADINGS
from marketplace.ledger import check
from marketplace.testing.budgets import a_line, an_obligation

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

GOOD = ["2026", "财预〔2026〕15号", "2026-01-05", "评估费", "2110104", "30227", "X-1", "财政拨款", "1,200.50"]


def _row(**over):
    return [over.get(name, value) for name, value in zip(HEADINGS, GOOD, strict=True)]


def _csv(*rows, encoding="utf-8-sig"):
    return sheets.as_csv(HEADINGS, rows).decode("utf-8-sig").encode(encoding)


def _tried(work, pair, content):
    with work(write=False) as ctx:
        return importing.try_out(ctx, pair.department_id, content)


def _faults(trial):
    return [(fault.row, fault.column, fault.kind) for fault in trial.faults]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_csv_of_any_usual_encoding_says_the_same(work, pair, encoding):
    trial = _tried(work, pair, _csv(GOOD, encoding=encoding))
    assert not trial.faults
    assert (trial.wanted[0].name, trial.total_fen, trial.wanted[0].issued_on) == ("评估费", 120050, date(2026, 1, 5))


def test_an_excel_file_says_what_its_csv_says(work, pair):
    excel = sheets.as_excel("指标", HEADINGS, [GOOD])
    assert _tried(work, pair, excel) == _tried(work, pair, _csv(GOOD))


def test_numbers_and_days_of_excel_are_read_as_they_are_written(work, pair):
    book = Workbook()
    book.active.append(HEADINGS)
    book.active.append([2026, "甲", date(2026, 1, 5), "评估费", 2110104, 30227, None, "单位自有资金", 1200.5])
    book.active.append([2026, "乙", None, "评估费", 2110104, 30227, None, "单位自有资金", 12.345])
    stream = io.BytesIO()
    book.save(stream)
    trial = _tried(work, pair, stream.getvalue())
    assert [(row.amount_fen, row.issued_on) for row in trial.wanted] == [(120050, date(2026, 1, 5))]
    assert _faults(trial) == [(3, "金额", "amount")]


@pytest.mark.parametrize(("said", "fen"), [("1.15", 115), ("1,200.5", 120050), ("0.01", 1), ("4.35", 435)])
def test_an_amount_is_read_to_the_fen(work, pair, said, fen):
    assert _tried(work, pair, _csv(_row(金额=said))).total_fen == fen


def test_the_trial_lists_every_fault_by_row_and_column_and_writes_nothing(work, pair):
    content = _csv(
        _row(年度="26", 金额="-1"),
        _row(功能科目="21", 经济科目="x", 文件日期="昨天"),
        _row(资金来源="贷款", 指标名称=""),
        _row(指标名称="另" * 121),
        GOOD,
        _row(功能科目="2110105", 指标文号="又一号"),
        GOOD,
        _row(文件日期="2026-01-06", 指标名称="丙"),
    )
    trial = _tried(work, pair, content)
    assert _faults(trial) == [
        (2, "年度", "year"),
        (2, "金额", "amount"),
        (3, "文件日期", "day"),
        (3, "功能科目", "code"),
        (3, "经济科目", "code"),
        (4, "指标名称", "empty"),
        (4, "资金来源", "source"),
        (5, "指标名称", "too_long"),
        (7, "指标名称", "codes_differ"),
        (8, "指标文号", "twice"),
        (9, "文件日期", "day_differs"),
    ]
    with work() as ctx:
        with pytest.raises(SheetHasFaults):
            importing.book_content(ctx, pair.department_id, content)
        assert ctx.session.query(BudgetLine).count() == 0


def test_what_is_booked_already_is_known_and_what_differs_is_a_fault(work, pair):
    with work() as ctx:
        importing.book_content(ctx, pair.department_id, _csv(GOOD))
    trial = _tried(work, pair, _csv(GOOD, _row(指标名称="乙")))
    assert (trial.known, _faults(trial)) == (1, [])
    assert _faults(_tried(work, pair, _csv(_row(金额="9")))) == [(2, "金额", "booked_differs")]
    assert _faults(_tried(work, pair, _csv(_row(项目="Y", 指标文号="二号")))) == [(2, "指标名称", "line_differs")]


def test_an_export_can_be_imported_again_and_says_nothing_new(work, pair):
    with work() as ctx:
        importing.book_content(ctx, pair.department_id, _csv(GOOD, _row(指标名称="乙", 资金来源="企业缴存资金")))
    with work(write=False) as ctx:
        rows = importing.rows_of(ctx, pair.department_id, 2026)
    for content in (sheets.as_csv(HEADINGS, rows), sheets.as_excel("x", HEADINGS, rows)):
        trial = _tried(work, pair, content)
        assert (len(trial.wanted), trial.known, trial.faults) == (2, 2, [])
    with work() as ctx:
        assert check.run(ctx) == []


def test_an_uploaded_file_is_booked_once(work, pair):
    with work(pair.first) as ctx:
        row = importing.upload(ctx, name="指标.csv", content=_csv(GOOD))
        importing.book(ctx, row.id)
        importing.book(ctx, row.id)
        (line,) = queries.lines_of_year(ctx, pair.department_id, 2026)
        assert balances.available_fen(ctx, line.id) == 120050


def _zip(**parts):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return stream.getvalue()


def _with_part(name, change):
    """A good workbook with one part changed."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(sheets.as_excel("x", HEADINGS, [GOOD]))) as good,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for part in good.namelist():
            content = good.read(part)
            packed.writestr(part, change(content) if part.endswith(name) else content)
    return stream.getvalue()


BILLION = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
HOSTILE = {
    "a bomb": lambda: _with_part("sheet1.xml", lambda part: part + b" " * (sheets.MAX_UNPACKED + 1)),
    "entities": lambda: _with_part("sheet1.xml", lambda part: BILLION + part.split(b"?>", 1)[-1]),
    "a thousand parts": lambda: _zip(**{f"p{n}": b"x" for n in range(sheets.MAX_PARTS + 1)}),
    "macros": lambda: _zip(**{"xl/vbaProject.bin": b"x"}),
    "another zip": lambda: _zip(hello=b"x"),
    "half a zip": lambda: sheets.as_excel("x", HEADINGS, [GOOD])[:900],
    "old excel": lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600,
    "too much": lambda: b"," * (sheets.MAX_BYTES + 1),
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "no rows": _csv,
    "no headings": lambda: b"1,2,3\n",
    "doubled headings": lambda: sheets.as_csv([*HEADINGS, "金额"], [[*GOOD, "1"]]),
    "nothing": lambda: b"",
    "an open quote": lambda: _csv(GOOD) + b'"2026,',
    "too many rows": lambda: _csv(*[GOOD] * (sheets.MAX_ROWS + 1)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_words(work, pair, name):
    with pytest.raises(SheetRefused) as refusal, work(pair.first) as ctx:
        importing.upload(ctx, name="x.xlsx", content=HOSTILE[name]())
    assert refusal.value.say().startswith("无法读取该文件：")


def test_a_formula_is_a_fault_and_never_computed(work, pair):
    book = Workbook()
    book.active.append(HEADINGS)
    book.active.append([*GOOD[:-1], "=1+1"])
    stream = io.BytesIO()
    book.save(stream)
    assert _faults(_tried(work, pair, stream.getvalue())) == [(2, "金额", "formula")]
    content = ",".join(HEADINGS) + "\n" + ",".join([*GOOD[:-1], "=1+1"])
    assert _faults(_tried(work, pair, content.encode())) == [(2, "金额", "formula")]


def test_what_is_written_out_is_never_a_formula():
    rows = [["=HYPERLINK(1)", "+1+1", "-1+1", "@x", "-12.50", "正常"]]
    assert (
        sheets.as_csv(["a"] * 6, rows).decode("utf-8-sig").splitlines()[1]
        == "'=HYPERLINK(1),'+1+1,'-1+1,'@x,-12.50,正常"
    )
    cells = next(load_workbook(io.BytesIO(sheets.as_excel("x", list("abcdef"), rows))).active.iter_rows(min_row=2))
    assert {cell.data_type for cell in cells} == {"s"}


def _paid(ctx, line_id, reference="payment/1"):
    row = an_obligation(ctx, line_id, 600)
    service.make_due(ctx, row.id, amount_fen=600, reference="HT-1/1")
    service.to_transit(ctx, row.id, amount_fen=600, reference=reference)
    service.settle(ctx, row.id, amount_fen=600, reference=reference)
    return row


def test_vouchers_stand_in_both_books_and_keep_their_numbers(work, pair):
    with work() as ctx:
        row = _paid(ctx, a_line(ctx, pair.department_id, amount_fen=1000).id)
    with work(pair.first) as ctx:
        assert vouchers.number(ctx, pair.department_id, 2026) == 2
        first = vouchers.rows_of(ctx, pair.department_id, 2026)
        service.return_paid(ctx, row.id, amount_fen=600, reference="payment/1")
    with work(pair.second) as ctx:
        assert vouchers.number(ctx, pair.department_id, 2026) == 1
        assert vouchers.number(ctx, pair.department_id, 2026) == 0
        again = vouchers.rows_of(ctx, pair.department_id, 2026)
    assert again[: len(first)] == first
    told = [(row[0], row[3], row[4], row[6], row[10]) for row in again]
    assert told == [
        ("PZ-2026-000001", "财务会计", "借", "业务活动费用", "6.00"),
        ("PZ-2026-000001", "财务会计", "贷", "应付账款", "6.00"),
        ("PZ-2026-000002", "财务会计", "借", "应付账款", "6.00"),
        ("PZ-2026-000002", "财务会计", "贷", "财政拨款收入", "6.00"),
        ("PZ-2026-000002", "预算会计", "借", "行政支出", "6.00"),
        ("PZ-2026-000002", "预算会计", "贷", "财政拨款预算收入", "6.00"),
        ("PZ-2026-000003", "财务会计", "借", "应付账款", "-6.00"),
        ("PZ-2026-000003", "财务会计", "贷", "财政拨款收入", "-6.00"),
        ("PZ-2026-000003", "预算会计", "借", "行政支出", "-6.00"),
        ("PZ-2026-000003", "预算会计", "贷", "财政拨款预算收入", "-6.00"),
    ]
