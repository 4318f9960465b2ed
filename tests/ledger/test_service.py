"""Postings on a database."""

from datetime import date

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.ledger import queries, service
from marketplace.ledger.errors import (
    AlreadyReversed,
    AmountNotPositive,
    BooksDiffer,
    LedgerAccountNotFound,
    Overdrawn,
    PostingDiffers,
    PostingNotFound,
    PostingNotReversible,
    SameLedgerAccount,
    YearClosed,
)
from marketplace.ledger.models import Balance, Posting
from marketplace.testing.ledger import a_posting, a_purse, a_source


def _pair(ctx, amount_fen=100):
    return a_purse(ctx, amount_fen=amount_fen), a_purse(ctx, "reserved", "line/test/encumbrance/1")


def test_a_posting_moves_money_from_the_debited_to_the_credited_account(work):
    with work() as ctx:
        source, target = _pair(ctx)
        a_posting(ctx, id="p", debit_id=source.id, credit_id=target.id, amount_fen=60)
    with work() as ctx:
        assert queries.balances_fen(ctx, [source.id, target.id]) == {source.id: 40, target.id: 60}


def test_opening_an_account_again_returns_the_same_one(work):
    with work() as ctx:
        first = a_purse(ctx, amount_fen=100)
        assert a_purse(ctx).id == first.id
        assert queries.balance_fen(ctx, first.id) == 100


def test_more_than_there_is_is_refused_with_the_available_amount(work):
    with work() as ctx:
        source, target = _pair(ctx)
    with pytest.raises(Overdrawn) as refusal, work() as ctx:
        a_posting(ctx, id="p", debit_id=source.id, credit_id=target.id, amount_fen=101)
    assert (refusal.value.facts["available_fen"], refusal.value.facts["needed_fen"]) == (100, 101)
    with work() as ctx:
        assert queries.balance_fen(ctx, source.id) == 100


def test_a_refused_posting_leaves_nothing_behind_even_when_the_caller_goes_on(work):
    with work() as ctx:
        source, target = _pair(ctx)
        with pytest.raises(Overdrawn):
            a_posting(ctx, id="p", debit_id=source.id, credit_id=target.id, amount_fen=101)
    with work() as ctx:
        assert queries.posting(ctx, "p") is None
        assert queries.balances_fen(ctx, [source.id, target.id]) == {source.id: 100, target.id: 0}


def test_the_same_posting_twice_moves_money_once(work):
    with work() as ctx:
        source, target = _pair(ctx)
        a_posting(ctx, id="p", debit_id=source.id, credit_id=target.id, amount_fen=60)
    with work() as ctx:
        a_posting(ctx, id="p", debit_id=source.id, credit_id=target.id, amount_fen=60, business_date=date(2026, 4, 1))
        assert queries.balance_fen(ctx, target.id) == 60


@pytest.mark.parametrize(
    "other", [{"amount_fen": 61}, {"kind": "else"}, {"reference": "else"}, {"fiscal_year": 2027}], ids=str
)
def test_the_same_id_with_other_content_is_refused(work, other):
    with work() as ctx:
        source, target = _pair(ctx, 1000)
        facts = {"id": "p", "debit_id": source.id, "credit_id": target.id, "amount_fen": 60}
        a_posting(ctx, **facts)
    with pytest.raises(PostingDiffers), work() as ctx:
        a_posting(ctx, **{**facts, **other})


@pytest.mark.parametrize("amount", [0, -1, True, 1.5])
def test_an_amount_is_a_positive_whole_number_of_fen(work, amount):
    with pytest.raises(AmountNotPositive), work() as ctx:
        source, target = _pair(ctx)
        a_posting(ctx, id="p", debit_id=source.id, credit_id=target.id, amount_fen=amount)


def test_debit_and_credit_are_two_accounts(work):
    with pytest.raises(SameLedgerAccount), work() as ctx:
        source, _ = _pair(ctx)
        a_posting(ctx, id="p", debit_id=source.id, credit_id=source.id, amount_fen=1)


def test_an_account_that_was_never_opened_takes_nothing(work):
    with pytest.raises(LedgerAccountNotFound), work() as ctx:
        source, _ = _pair(ctx)
        a_posting(ctx, id="p", debit_id=source.id, credit_id="0" * 32, amount_fen=1)


def test_a_posting_stays_in_one_book(work):
    with pytest.raises(BooksDiffer), work() as ctx:
        source, _ = _pair(ctx)
        cash = service.open_account(ctx, book="cash", kind="bank", owner="bank/1", fiscal_year=2026)
        a_posting(ctx, id="p", debit_id=source.id, credit_id=cash.id, amount_fen=1)


def test_a_reversal_is_a_new_posting_the_other_way_round(work):
    with work() as ctx:
        source, target = _pair(ctx)
        a_posting(ctx, id="p", debit_id=source.id, credit_id=target.id, amount_fen=60)
        back = service.reverse(ctx, "p", id="p/reverse", business_date=date(2026, 3, 3))
        assert (back.debit_id, back.credit_id, back.reverses) == (target.id, source.id, "p")
        assert queries.balances_fen(ctx, [source.id, target.id]) == {source.id: 100, target.id: 0}


def test_a_posting_is_reversed_once(work):
    with work() as ctx:
        source, target = _pair(ctx)
        a_posting(ctx, id="p", debit_id=source.id, credit_id=target.id, amount_fen=60)
        service.reverse(ctx, "p", id="r", business_date=date(2026, 3, 3))
        service.reverse(ctx, "p", id="r", business_date=date(2026, 3, 3))
        assert queries.balance_fen(ctx, target.id) == 0
        with pytest.raises(AlreadyReversed):
            service.reverse(ctx, "p", id="r2", business_date=date(2026, 3, 3))
        with pytest.raises(PostingNotReversible):
            service.reverse(ctx, "r", id="rr", business_date=date(2026, 3, 3))
        with pytest.raises(PostingNotFound):
            service.reverse(ctx, "nothing", id="n", business_date=date(2026, 3, 3))


def test_a_closed_year_takes_no_posting_but_repeats_are_quiet(work):
    with work() as ctx:
        source, target = _pair(ctx)
        facts = {"debit_id": source.id, "credit_id": target.id, "amount_fen": 10}
        a_posting(ctx, id="p", **facts)
        service.close_year(ctx, book="budget", fiscal_year=2026)
        service.close_year(ctx, book="budget", fiscal_year=2026)
        a_posting(ctx, id="p", **facts)
        assert queries.balance_fen(ctx, target.id) == 10
        with pytest.raises(YearClosed):
            a_posting(ctx, id="q", **facts)


@pytest.mark.parametrize("statement", [update(Posting).values(amount_fen=1), delete(Posting)], ids=["update", "delete"])
def test_the_database_refuses_to_change_a_posting(work, statement):
    with work() as ctx:
        source, target = _pair(ctx)
        a_posting(ctx, id="p", debit_id=source.id, credit_id=target.id, amount_fen=60)
    with pytest.raises(DBAPIError, match="append-only"), work() as ctx:
        ctx.session.execute(statement)
    with work() as ctx:
        assert queries.posting(ctx, "p").amount_fen == 60


def test_the_database_refuses_a_balance_below_zero(work):
    with work() as ctx:
        source, _ = _pair(ctx)
        control = a_source(ctx)
    with pytest.raises(IntegrityError), work() as ctx:
        ctx.session.execute(update(Balance).where(Balance.account_id == source.id).values(debits_fen=101))
    with work() as ctx:
        ctx.session.execute(update(Balance).where(Balance.account_id == control.id).values(debits_fen=1000))


@pytest.mark.parametrize("wrong", [{"amount_fen": 0}, {"credit_id": None}], ids=["zero", "same account"])
def test_the_database_refuses_a_posting_without_two_sides(work, wrong):
    with work() as ctx:
        source, target = _pair(ctx)
        row = {
            "id": "x",
            "debit_id": source.id,
            "credit_id": target.id,
            "amount_fen": 5,
            "kind": "t",
            "reference": "t",
            "business_date": date(2026, 3, 2),
            "fiscal_year": 2026,
            "actor": "t",
            "created_at": ctx.now,
        }
    row |= {key: source.id if value is None else value for key, value in wrong.items()}
    with pytest.raises(IntegrityError), work() as ctx:
        ctx.session.execute(insert(Posting).values(row))
