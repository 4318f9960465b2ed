"""Pure rules of paying."""

from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.payments import rules
from marketplace.payments.ports import Outcome

FINAL = {"paid", "refused", "returned", "withdrawn"}


@pytest.mark.parametrize(
    ("exchange", "code", "sub_code", "status", "outcome"),
    [
        ("transfer.send", "10000", "", "SUCCESS", Outcome.SUCCEEDED),
        ("transfer.send", "10000", "", "DEALING", Outcome.ACCEPTED),
        ("transfer.send", "10003", "", "", Outcome.ACCEPTED),
        ("transfer.send", "40004", "PAYEE_NOT_EXIST", "", Outcome.REFUSED),
        ("transfer.send", "40002", "isv.invalid-signature", "", Outcome.REFUSED),
        ("transfer.send", "40004", "SYSTEM_ERROR", "", Outcome.UNKNOWN),
        ("transfer.send", "20000", "isp.unknow-error", "", Outcome.UNKNOWN),
        ("transfer.send", "40004", "PAYER_BALANCE_NOT_ENOUGH", "", Outcome.UNKNOWN),
        ("transfer.send", "40004", "PAYMENT_INFO_INCONSISTENCY", "", Outcome.UNKNOWN),
        ("transfer.send", "40004", "A_CODE_OF_NEXT_YEAR", "", Outcome.UNKNOWN),
        ("transfer.send", "40004", "ORDER_NOT_EXIST", "", Outcome.UNKNOWN),
        ("transfer.query", "40004", "ORDER_NOT_EXIST", "", Outcome.NOT_FOUND),
        ("transfer.query", "10000", "", "FAIL", Outcome.REFUSED),
        ("transfer.query", "10000", "", "REFUND", Outcome.RETURNED),
        ("transfer.query", "40004", "PAYEE_NOT_EXIST", "", Outcome.UNKNOWN),
    ],
)
def test_a_code_means_what_the_table_says(exchange, code, sub_code, status, outcome):
    assert rules.classify(exchange, 200, code, sub_code, status) is outcome


@given(st.text(), st.integers(), st.text(), st.text(), st.text())
def test_whatever_the_table_does_not_list_is_unknown(exchange, http, code, sub_code, status):
    if (exchange, code, sub_code, status) not in rules.CLASSIFIER or http != 200:
        assert rules.classify(exchange, http, code, sub_code, status) is Outcome.UNKNOWN


@pytest.mark.parametrize("exchange", ["transfer.send", "transfer.query", "transfer.notice"])
@pytest.mark.parametrize(
    "code", [("40004", "NEVER_SEEN", ""), ("20000", "aop.unknown-error", ""), ("10000", "", "LOST")]
)
def test_a_code_that_nobody_has_seen_is_unknown(exchange, code):
    assert rules.classify(exchange, 200, *code) is Outcome.UNKNOWN


def test_nothing_but_http_200_is_read():
    assert rules.classify("send", 502, "10000", "", "SUCCESS") is Outcome.UNKNOWN


@given(st.sampled_from(sorted(rules.SENT)), st.lists(st.sampled_from(list(Outcome)), max_size=8))
def test_money_is_released_only_by_a_refusal(state, outcomes):
    for outcome in outcomes:
        before, state = state, rules.apply(state, outcome)
        if before in rules.SENT and state == "refused":
            assert outcome is Outcome.REFUSED
        if before in {"refused", "withdrawn"}:
            assert state == before


def test_facts_about_a_payment_give_one_result_in_any_order():
    facts = [Outcome.SUCCEEDED, Outcome.RETURNED, Outcome.UNKNOWN, Outcome.ACCEPTED, Outcome.SUCCEEDED]
    ends = set()
    for order in permutations(facts):
        state = "sending"
        for fact in order:
            state = rules.apply(state, fact)
        ends.add(state)
    assert ends == {"returned"}


@pytest.mark.parametrize("state", ["draft", "submitted", "approved", "held", "withdrawn"])
def test_money_that_moved_without_us_is_a_contradiction(state):
    assert rules.contradicts(state, Outcome.SUCCEEDED)
    assert rules.apply(state, Outcome.SUCCEEDED) == state


def test_a_refusal_after_payment_is_a_contradiction_and_changes_nothing():
    assert rules.contradicts("paid", Outcome.REFUSED)
    assert rules.apply("paid", Outcome.REFUSED) == "paid"


def test_only_not_found_leads_to_another_send_and_only_where_it_is_harmless():
    ways = {
        (outcome, rules.plan(outcome, tries=1, sends=1, may_repeat=may).what)
        for outcome in Outcome
        for may in (True, False)
    }
    assert {outcome for outcome, what in ways if what == "send"} == {Outcome.NOT_FOUND}
    assert rules.plan(Outcome.NOT_FOUND, tries=1, sends=1, may_repeat=False).attention


def test_not_found_leads_nowhere_while_the_last_send_may_still_be_under_way():
    left = timedelta(seconds=40)
    for may_repeat in (True, False):
        plan = rules.plan(Outcome.NOT_FOUND, tries=1, sends=1, may_repeat=may_repeat, settling=left)
        assert plan == rules.Plan("query", left)


def test_one_number_is_not_sent_for_ever():
    assert rules.plan(Outcome.NOT_FOUND, tries=9, sends=rules.MAX_SENDS, may_repeat=True).what == "query"


def test_what_never_left_may_be_sent():
    assert rules.plan(Outcome.NOT_SENT, tries=1, sends=0, may_repeat=False).what == "send"


def test_waiting_grows_to_an_hour():
    waits = [rules.back_off(tries) for tries in range(1, 9)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=1)


@pytest.mark.parametrize(
    ("today", "late", "interest"), [(date(2026, 4, 1), 0, 0), (date(2026, 4, 2), 1, 50), (date(2026, 4, 11), 10, 500)]
)
def test_interest_runs_by_the_day_after_the_last_day_in_time(today, late, interest):
    clock = rules.pay_clock(date(2026, 4, 1), today, 100_000, daily_bp=5, yearly_bp=None)
    assert (clock.days_late, clock.interest_fen, clock.late) == (late, interest, late > 0)


def test_interest_is_rounded_half_up_once():
    assert rules.pay_clock(date(2026, 4, 1), date(2026, 4, 2), 1_000, daily_bp=5, yearly_bp=None).interest_fen == 1


@pytest.mark.parametrize(
    ("kind", "account", "fits"),
    [
        ("bank_account", "6222020001112223334", True),
        ("bank_account", "62220200O1112223334", False),
        ("bank_account", "1234567", False),
        ("alipay_user_id", "2088123412341234", True),
        ("alipay_user_id", "3088123412341234", False),
        ("alipay_logon_id", "13912345678", True),
        ("alipay_logon_id", "pay@example.com", True),
        ("alipay_logon_id", "２０", False),
        ("cash", "1", False),
    ],
)
def test_an_account_must_look_like_one(kind, account, fits):
    assert rules.account_fits(kind, account) is fits


def test_people_see_only_the_end_of_an_account():
    assert rules.mask("6222020001112223334") == "••••3334"
    assert "1391" not in rules.mask("1391")
