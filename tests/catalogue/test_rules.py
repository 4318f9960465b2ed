"""What a valid item is, and its form as CSV."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.catalogue import rules
from marketplace.catalogue.errors import CsvUnreadable
from marketplace.catalogue.rules import ItemFacts

ITEM = ItemFacts(
    code="CS-01",
    name="节能评估报告编制",
    field="节能评估",
    authority="发展改革部门",
    basis="《中华人民共和国节约能源法》第十五条",
    qualification_mode="licence",
    qualifications=("甲级", "乙级"),
    result="节能报告",
    time_limit_workdays=15,
    price_mode="market",
    parent_item="",
    kept_from=date(2026, 3, 2),
)

words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).map(str.strip).filter(bool)
names = words.filter(lambda word: not set("；;\n") & set(word))
items = st.builds(
    ItemFacts,
    code=st.from_regex(r"[A-Z]{2}-[0-9]{2,6}", fullmatch=True),
    name=words,
    field=words,
    authority=words,
    basis=words,
    qualification_mode=st.sampled_from(["licence", "cma", "register"]),
    qualifications=st.lists(names, min_size=1, max_size=3, unique=True).map(tuple),
    result=words,
    time_limit_workdays=st.integers(1, 365),
    price_mode=st.sampled_from(list(rules.PRICE_MODES)),
    parent_item=words | st.just(""),
    kept_from=st.dates(date(1990, 1, 1), date(2026, 1, 1)),
    unconfirmed=st.booleans(),
)


@given(st.lists(items, max_size=5, unique_by=lambda item: item.code))
def test_what_is_written_is_read_back_whole(facts: Any) -> None:
    found, errors = rules.read_csv(rules.write_csv(facts))
    assert errors == []
    assert [item for _, item in found] == facts


@given(st.text())
def test_no_cell_is_a_formula_and_every_cell_is_read_back(text: Any) -> None:
    cell = rules.guarded(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert rules.unguarded(cell) == text


@pytest.mark.parametrize("attack", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', "＝1"])
def test_an_exported_attack_is_text(attack: Any) -> None:
    text = rules.write_csv([replace(ITEM, name=attack)])
    assert f"'{attack.split(chr(34))[0]}" in text
    cells = next(iter(rules._rows(text)[1:]))[1]
    assert cells[1] == "'" + attack


@given(st.text())
def test_any_text_is_read_or_refused_but_never_breaks(text: Any) -> None:
    try:
        found, errors = rules.read_csv(text)
    except CsvUnreadable:
        return
    assert isinstance(found, list)
    assert errors or text.lstrip("\ufeff").strip()


@given(st.binary())
def test_any_bytes_are_read_or_refused(data: Any) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        with pytest.raises(CsvUnreadable):
            rules.decoded(data)
    else:
        assert rules.decoded(data) == data.decode("utf-8").removeprefix("\ufeff")


def test_a_byte_order_mark_is_accepted() -> None:
    text = rules.write_csv([ITEM])
    assert rules.decoded(text.encode("utf-8-sig")) == text
    assert rules.read_csv("\ufeff" + text) == ([(2, ITEM)], [])


def test_field_names_serve_as_headings_in_any_order() -> None:
    columns = sorted(rules.COLUMNS)
    shown = dict(zip(rules.COLUMNS, rules._cells(ITEM), strict=True))
    text = ",".join(columns) + "\n" + ",".join(f'"{shown[name]}"' for name in columns)
    assert rules.read_csv(text) == ([(2, ITEM)], [])


def test_a_day_may_be_written_as_spreadsheets_do() -> None:
    facts, wrong = rules.read_row({"kept_from": "2026/3/2", "code": "CS-01"})
    assert facts.kept_from == date(2026, 3, 2)
    assert "kept_from" not in {error.field for error in wrong}


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"code": "zj-1"}, "code", "item_code_invalid"),
        ({"code": ""}, "code", "item_code_invalid"),
        ({"name": " "}, "name", "item_text_missing"),
        ({"name": "长" * 101}, "name", "item_text_too_long"),
        ({"basis": ""}, "basis", "item_text_missing"),
        ({"qualification_mode": "cap"}, "qualification_mode", "mode_unknown"),
        ({"qualifications": ()}, "qualifications", "qualification_missing"),
        ({"qualification_mode": "none"}, "qualifications", "qualification_not_needed"),
        ({"time_limit_workdays": 0}, "time_limit_workdays", "time_limit_invalid"),
        ({"time_limit_workdays": 366}, "time_limit_workdays", "time_limit_invalid"),
        ({"price_mode": "any"}, "price_mode", "price_mode_unknown"),
        ({"cancelled_on": date(2026, 3, 3)}, "cancelled_on", "cancellation_incomplete"),
        ({"cancel_reason": "废止"}, "cancelled_on", "cancellation_incomplete"),
        ({"cancelled_on": date(2026, 3, 1), "cancel_reason": "废止"}, "cancelled_on", "cancellation_incomplete"),
    ],
)
def test_each_thing_wrong_is_named_at_its_field(change: Any, field: Any, code: Any) -> None:
    assert rules.problems(ITEM) == []
    (found,) = rules.problems(replace(ITEM, **change))
    assert (found.field, found.code) == (field, f"catalogue.{code}")


def test_every_error_of_a_file_is_listed_by_line_and_column() -> None:
    lines = rules.write_csv([ITEM, replace(ITEM, code="CS-02"), ITEM]).splitlines()
    lines[1] = lines[1].replace("行政许可", "随意").replace("2026-03-02", "2026-02-30")
    lines[2] += ",多余"
    _, errors = rules.read_csv("\r\n".join(lines))
    assert [(error.line, error.column, error.error.code.split(".")[1]) for error in errors] == [
        (2, "保留日期", "day_invalid"),
        (2, "资质管理方式", "mode_unknown"),
        (3, "", "csv_row_ragged"),
        (4, "编号", "code_repeated"),
    ]


def test_missing_and_unknown_headings_are_listed_before_any_row() -> None:
    text = rules.write_csv([ITEM]).replace("设立依据", "依据", 1)
    found, errors = rules.read_csv(text)
    assert found == []
    assert [(error.line, error.column, error.error.code) for error in errors] == [
        (1, "设立依据", "catalogue.csv_column_missing"),
        (1, "依据", "catalogue.csv_column_unknown"),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", '"unfinished', "\ufeff"])
def test_what_is_no_table_is_refused(text: Any) -> None:
    with pytest.raises(CsvUnreadable):
        rules.read_csv(text)


def test_blank_lines_do_not_disturb_the_line_numbers() -> None:
    lines = rules.write_csv([ITEM, replace(ITEM, code="x")]).splitlines()
    _, errors = rules.read_csv("\n".join([lines[0], "", lines[1], "", lines[2]]))
    assert [error.line for error in errors] == [5]


def test_changes_name_what_differs() -> None:
    after = replace(ITEM, time_limit_workdays=10, kept_from=date(2026, 4, 1))
    assert rules.changes(ITEM, after) == {
        "time_limit_workdays": [15, 10],
        "kept_from": ["2026-03-02", "2026-04-01"],
    }
