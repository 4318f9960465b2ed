"""The invariants find what they are for."""

import pytest
from sqlalchemy import insert, update

from marketplace.ledger import check, queries
from marketplace.ledger.errors import PostingNotFound
from marketplace.ledger.models import Balance, LedgerAccount
from marketplace.testing.ledger import a_posting, a_purse, a_source


def _books(ctx):
    line = a_purse(ctx, amount_fen=1000)
    reserved = a_purse(ctx, "reserved", "line/test/encumbrance/1")
    a_posting(ctx, id="reserve", debit_id=line.id, credit_id=reserved.id, amount_fen=300, reference="ZJ-1")
    return line, reserved


def test_sound_books_break_no_invariant(work):
    with work() as ctx:
        _books(ctx)
        assert check.run(ctx) == []


def test_a_balance_that_differs_from_its_postings_is_found(work):
    with work() as ctx:
        _line, reserved = _books(ctx)
        ctx.session.execute(update(Balance).where(Balance.account_id == reserved.id).values(credits_fen=301))
        found = {broken.invariant for broken in check.run(ctx)}
    assert found == {"sum_is_zero", "balances_equal_postings", "stages_add_up"}


def test_money_that_leaves_its_owner_is_found(work):
    with work() as ctx:
        line, _ = _books(ctx)
        other = a_purse(ctx, "available", "line/other")
        a_posting(ctx, id="leak", debit_id=line.id, credit_id=other.id, amount_fen=1)
        found = {broken.invariant for broken in check.run(ctx)}
    assert found == {"stages_add_up", "money_stays_with_its_owner"}


def test_a_floor_flag_that_was_taken_off_is_found(work):
    with work() as ctx:
        line, _ = _books(ctx)
        ctx.session.execute(update(Balance).where(Balance.account_id == line.id).values(floor0=False))
        assert [broken.invariant for broken in check.run(ctx)] == ["no_floor_is_broken"]


def test_a_posting_that_a_closed_year_took_is_found(work):
    from marketplace.ledger.models import ClosedYear

    with work() as ctx:
        _books(ctx)
        before = ctx.now.replace(year=2025)
        ctx.session.execute(insert(ClosedYear).values(book="budget", fiscal_year=2026, closed_at=before, closed_by="t"))
        assert {broken.invariant for broken in check.run(ctx)} == {"closed_years_are_quiet"}


def test_the_trial_balance_adds_up_to_zero(work):
    with work() as ctx:
        _books(ctx)
        lines = queries.trial_balance(ctx, 2026)
        assert sum(line.balance_fen for line in lines) == 0
        assert {line.kind: line.balance_fen for line in lines} == {
            "authority": -1000,
            "available": 700,
            "reserved": 300,
        }
        assert queries.trial_balance(ctx, 2020) == []


def test_a_trace_ends_at_the_appropriation_and_skips_foreign_releases(work):
    with work() as ctx:
        line, reserved = _books(ctx)
        other = a_purse(ctx, "reserved", "line/test/encumbrance/2")
        a_posting(ctx, id="foreign", debit_id=line.id, credit_id=other.id, amount_fen=100, reference="ZJ-2")
        a_posting(ctx, id="release", debit_id=other.id, credit_id=line.id, amount_fen=100, reference="ZJ-2")
        due = a_purse(ctx, "due", "line/test/encumbrance/1")
        a_posting(ctx, id="due", debit_id=reserved.id, credit_id=due.id, amount_fen=300, reference="M-1")
        steps = queries.trace(ctx, "M-1")
        assert [step.posting.kind for step in steps] == ["test", "test", "appropriate"]
        assert [step.posting.reference for step in steps] == ["M-1", "ZJ-1", "财预〔2026〕1号"]
        assert [step.depth for step in steps] == [0, 1, 2]


def test_nothing_is_traced_for_an_unknown_reference(work):
    with work() as ctx, pytest.raises(PostingNotFound):
        queries.trace(ctx, "nothing")


def test_accounts_of_one_owner_are_summed_by_kind(work):
    with work() as ctx:
        _books(ctx)
        a_source(ctx)
        assert queries.totals_by_root(ctx, ["line/test", "line/none"]) == {
            "line/test": {"available": 700, "reserved": 300},
            "line/none": {},
        }
        assert ctx.session.get(LedgerAccount, queries.trace(ctx, "ZJ-1")[0].source.id).root == "line/test"
