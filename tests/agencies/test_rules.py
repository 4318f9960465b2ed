"""Pure rules: identity numbers, regions, certificates, warnings, bars."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.agencies import errors, rules
from marketplace.testing.agencies import an_identity_number

TODAY = date(2026, 3, 2)


@given(st.integers(0, 999), st.dates(date(1930, 1, 1), date(2008, 1, 1)))
def test_a_valid_identity_number_keeps_its_form(serial, born):
    number = an_identity_number(serial, born)
    assert rules.canonical_id_number(f" {number.lower()} ", TODAY) == number


@given(st.integers(0, 999), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_of_an_identity_number_is_noticed(serial, place, shift):
    number = an_identity_number(serial)
    digit = number[place]
    other = str((int(digit) + shift) % 10) if digit != "X" else str(shift)
    with pytest.raises(errors.IdNumberInvalid):
        rules.canonical_id_number(number[:place] + other + number[place + 1 :], TODAY)


@pytest.mark.parametrize("born", [date(2026, 3, 3), date(1800, 1, 1)])
def test_a_birth_date_in_the_future_or_long_ago_is_refused(born):
    with pytest.raises(errors.IdNumberInvalid):
        rules.canonical_id_number(an_identity_number(1, born), TODAY)


@pytest.mark.parametrize("text", ["", "32010219850601", "32010219851301001X", "０" * 18])
def test_what_is_no_identity_number_is_refused(text):
    with pytest.raises(errors.IdNumberInvalid):
        rules.canonical_id_number(text, TODAY)


@pytest.mark.parametrize(
    ("code", "known"), [("320000", True), ("110101", True), ("000000", False), ("32", False), ("99ab00", False)]
)
def test_every_province_is_known_and_nothing_else(code, known):
    assert rules.known_region(code) is known


def test_there_are_34_divisions_of_the_first_level():
    assert len(rules.PROVINCES) == 34


@pytest.mark.parametrize(
    ("code", "prefix"), [("000000", ""), ("320000", "32"), ("320500", "3205"), ("320509", "320509")]
)
def test_a_division_finds_everything_inside_it(code, prefix):
    assert rules.region_prefix(code) == prefix


@pytest.mark.parametrize(("left", "step"), [(61, None), (60, 60), (31, 60), (30, 30), (7, 7), (0, 7)])
def test_the_tightest_warning_step_is_told(left, step):
    assert rules.warning_level(left, [60, 30, 7]) == step


def test_a_certificate_counts_on_its_first_and_last_day():
    start, end = date(2026, 1, 1), date(2026, 6, 30)
    days = [date(2025, 12, 31), start, end, date(2026, 7, 1)]
    assert [rules.covers(start, end, day) for day in days] == [False, True, True, False]
    assert rules.covers(start, None, date(2099, 1, 1))


@pytest.mark.parametrize(
    ("standing", "barred", "after"),
    [
        ("active", True, "suspended"),
        ("suspended", False, "active"),
        ("left", True, "left"),
        ("expelled", False, "expelled"),
    ],
)
def test_suspensions_move_only_those_in_the_market(standing, barred, after):
    assert rules.standing_after(standing, barred) == after


def test_the_share_of_sampled_entries_is_the_rulebook_s():
    drawn = sum(rules.sampled(number.to_bytes(4, "big"), 10) for number in range(1000))
    assert drawn == 100


@pytest.mark.parametrize("phone", ["13912345678", "0518-85551234", "010 12345678", "400-123-4567", "021-12345678-801"])
def test_ordinary_telephone_numbers_are_accepted(phone):
    details = {"name": "x", "legal_representative": "x", "contact": "x", "phone": phone}
    assert list(rules.detail_problems(details)) == []


def test_every_bar_has_a_text_and_a_remedy():
    item = rules.ScopeItem("ZJ-03", "地质灾害危险性评估", "licence", kept=True)
    at = datetime(2027, 1, 1, tzinfo=UTC)
    bars = [
        *rules.standing_bars("left", None),
        *rules.standing_bars("expelled", at),
        rules.suspension_bar("all", "逾期", at, item.name),
        rules.suspension_bar("ZJ-03", "逾期", None, item.name),
        *rules.scope_bars(item, False, [], TODAY),
        *rules.scope_bars(item, True, [(date(2020, 1, 1), date(2021, 1, 1))], TODAY),
    ]
    assert len(bars) == 7
    assert all(bar.text and bar.remedy and "{" not in bar.text for bar in bars)


def test_an_item_without_statute_needs_no_certificate():
    for mode in ("register", "conditions", "none"):
        item = rules.ScopeItem("X", "某事项", mode, kept=True)
        assert list(rules.scope_bars(item, True, [], TODAY)) == []


def test_no_rule_knows_a_cap_or_a_region_limit():
    import inspect

    source = inspect.getsource(rules).lower()
    assert not [word for word in ("number_cap", "max_agencies", "quota", "local_branch") if word in source]
