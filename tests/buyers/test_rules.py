"""Telephone numbers, commitments and terms: pure questions."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.buyers import errors, rules


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("13912345678", "13912345678"),
        (" 139 1234 5678 ", "13912345678"),
        ("１３９１２３４５６７８", "13912345678"),
        ("0518-85551234", "0518-85551234"),
        ("01088886666-801", "01088886666-801"),
    ],
)
def test_a_number_that_can_be_called_is_kept_without_spaces(written, kept):
    assert rules.canonical_phone(written) == kept


@pytest.mark.parametrize("written", ["", "12345678901", "139123", "call me", "13912345678x", "+8613912345678901"])
def test_a_number_that_cannot_be_called_is_refused_at_its_field(written):
    with pytest.raises(errors.BuyerPhoneInvalid) as refused:
        rules.canonical_phone(written)
    assert refused.value.field == "phone"


def test_an_enterprise_commits_and_a_department_need_not():
    with pytest.raises(errors.BuyerCommitmentMissing):
        rules.check_commitment("enterprise", committed=False)
    assert rules.check_commitment("department", committed=False) is None


def test_only_enterprises_and_departments_buy():
    assert {rules.check_kind(kind) for kind in rules.KINDS} == {"enterprise", "department"}
    with pytest.raises(errors.BuyerKindUnknown):
        rules.check_kind("agency")


def test_a_delegation_ends_with_its_last_day_in_shanghai():
    last = date(2026, 3, 2)
    end = datetime(2026, 3, 2, 16, tzinfo=UTC)
    assert rules.term_ends(last) == end
    assert rules.acts(last, None, end - timedelta(seconds=1))
    assert not rules.acts(last, None, end)


def test_an_ended_delegation_no_longer_acts():
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert not rules.acts(date(2027, 1, 1), now, now)


@given(st.dates(date(2025, 1, 1), date(2030, 1, 1)), st.integers(-400, 400))
def test_a_term_begins_today_at_the_earliest(today, days):
    last = today + timedelta(days=days)
    refused = False
    try:
        rules.check_term(last, today)
    except errors.DelegateTermInvalid:
        refused = True
    assert refused == (days < 0)
