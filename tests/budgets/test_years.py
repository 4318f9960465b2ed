"""The end of a year, step by step, and what goes on in the next."""

from datetime import date

import pytest

from marketplace.budgets import closing, queries, service, transfers
from marketplace.budgets.errors import (
    BudgetLineNotFound,
    ClosingBlocked,
    ClosingSamePerson,
    ClosingTooEarly,
    YearFrozen,
)
from marketplace.budgets.queries import balances, closings
from marketplace.kernel.clock import at_shanghai
from marketplace.kernel.errors import WrongState
from marketplace.ledger import queries as ledger
from marketplace.testing.budgets import a_department_organisation, a_line, an_obligation
from tests.budgets.lines import held, some_lines

pytestmark = pytest.mark.usefixtures("books_balance")


def _a_year(ctx, department_id):
    """A treasury line and an own line, each with a running contract of which a part is paid and a part is due."""
    lines = {}
    for source in ("treasury", "own"):
        line = a_line(ctx, department_id, amount_fen=1000, name=source, source=source)
        row = an_obligation(ctx, line.id, 600, reference=f"ZJ-{source}")
        service.make_due(ctx, row.id, amount_fen=250, reference="M-1")
        service.to_transit(ctx, row.id, amount_fen=100, reference=f"payment/{source}")
        service.settle(ctx, row.id, amount_fen=100, reference=f"payment/{source}")
        lines[source] = (line.id, row.id)
    return lines


def test_the_year_is_closed_step_by_step(work, pair, clock):
    with work() as ctx:
        lines = _a_year(ctx, pair.department_id)
        treasury, need = lines["treasury"]
        service.to_transit(ctx, need, amount_fen=50, reference="payment/late")
    with pytest.raises(ClosingTooEarly), work(pair.first) as ctx:
        closing.announce(ctx, pair.department_id, 2026)
    clock.set(at_shanghai(date(2026, 12, 20), 9))
    with work(pair.first) as ctx:
        run = closing.announce(ctx, pair.department_id, 2026)
        closing.freeze(ctx, run.id)
    with pytest.raises(YearFrozen), work() as ctx:
        service.reserve(ctx, line_id=treasury, amount_fen=1, reference="ZJ-late")
    with pytest.raises(YearFrozen), work() as ctx:
        a_line(ctx, pair.department_id, name="新")
    with pytest.raises(ClosingBlocked) as refusal, work(pair.first) as ctx:
        closing.empty_transit(ctx, run.id)
    assert "ZJ-treasury（0.50元）" in refusal.value.say()
    with work() as ctx:
        service.settle(ctx, need, amount_fen=50, reference="payment/late")
    with pytest.raises(ClosingTooEarly), work(pair.first) as ctx:
        closing.empty_transit(ctx, run.id)
        closing.settle_lines(ctx, run.id)
    clock.set(at_shanghai(date(2027, 1, 4), 9))
    with work(pair.first) as ctx:
        closing.empty_transit(ctx, run.id)
        assert closing.settle_lines(ctx, run.id, limit=1) == 1
        assert closing.settle_lines(ctx, run.id) == 0
    with pytest.raises(ClosingSamePerson), work(pair.first) as ctx:
        closing.sign(ctx, run.id)
    with work(pair.second) as ctx:
        closing.sign(ctx, run.id)
        sealed = closing.seal(ctx, run.id)
        assert (sealed.state, len(sealed.tree_root)) == ("sealed", 64)
    with work() as ctx:
        assert held(ctx, treasury) == {"paid": 150, "lapsed": 400}
        after = closings.line_after(ctx, treasury)
        assert (after.fiscal_year, after.name) == (2027, "treasury（2026年结转）")
        assert held(ctx, after.id) == {"obligated": 350, "due": 100}
        own, _ = lines["own"]
        assert held(ctx, own) == {"paid": 100}
        assert held(ctx, closings.line_after(ctx, own).id) == {"available": 400, "obligated": 350, "due": 150}
        service.to_transit(ctx, need, amount_fen=100, reference="payment/next")
        service.settle(ctx, need, amount_fen=100, reference="payment/next")
        told = [step.posting.reference for step in ledger.trace(ctx, "payment/next")]
        assert told[-1] == "财预〔2026〕15号"


def _sealed(work, pair, clock):
    clock.set(at_shanghai(date(2027, 1, 4), 9))
    with work(pair.first) as ctx:
        run = closing.announce(ctx, pair.department_id, 2026)
        closing.freeze(ctx, run.id)
        closing.empty_transit(ctx, run.id)
        closing.settle_lines(ctx, run.id)
    with work(pair.second) as ctx:
        closing.sign(ctx, run.id)
        closing.seal(ctx, run.id)
    return run.id


def test_a_need_on_two_lines_goes_on_on_two_lines_and_comes_back_to_the_first(work, pair, clock):
    with work() as ctx:
        first, second = some_lines(ctx, pair.department_id, 300, 500)
        row = service.reserve(ctx, line_id=first, amount_fen=700, reference="ZJ-1", further_lines=[second])
        service.award(ctx, row.id, amount_fen=700)
        service.obligate(ctx, row.id)
        service.make_due(ctx, row.id, amount_fen=350, reference="M-1")
        service.to_transit(ctx, row.id, amount_fen=100, reference="payment/1")
        service.settle(ctx, row.id, amount_fen=100, reference="payment/1")
    _sealed(work, pair, clock)
    with work() as ctx:
        later = [closings.line_after(ctx, id).id for id in (first, second)]
        assert [held(ctx, id) for id in later] == [{"due": 200}, {"obligated": 350, "due": 50}]
        service.to_transit(ctx, row.id, amount_fen=250, reference="payment/2")
        service.settle(ctx, row.id, amount_fen=250, reference="payment/2")
        service.return_paid(ctx, row.id, amount_fen=100, reference="payment/1")
        assert [held(ctx, id) for id in later] == [{"due": 100, "paid": 200}, {"obligated": 350, "paid": 50}]
        assert (held(ctx, first), held(ctx, second)) == ({"paid": 100}, {"lapsed": 100})


def test_a_payment_that_comes_back_after_the_seal_is_due_in_the_next_year(work, pair, clock):
    with work() as ctx:
        treasury, need = _a_year(ctx, pair.department_id)["treasury"]
    _sealed(work, pair, clock)
    with work() as ctx:
        before = held(ctx, treasury)
        service.return_paid(ctx, need, amount_fen=100, reference="payment/treasury")
        service.return_paid(ctx, need, amount_fen=100, reference="payment/treasury")
        assert held(ctx, treasury) == before
        assert held(ctx, closings.line_after(ctx, treasury).id)["due"] == 250


def test_a_sealed_year_refuses_every_posting_even_past_the_service(work, pair, clock):
    from sqlalchemy import update
    from sqlalchemy.exc import DBAPIError

    from marketplace.ledger.errors import YearClosed
    from marketplace.ledger.models import Balance
    from marketplace.testing.ledger import a_posting

    with work() as ctx:
        treasury, _ = _a_year(ctx, pair.department_id)["treasury"]
    _sealed(work, pair, clock)
    with work(write=False) as ctx:
        line = queries.line(ctx, treasury)
        source, target = (balances.account_of(line, "", stage) for stage in ("lapsed", "available"))
    with pytest.raises(YearClosed), work() as ctx:
        a_posting(ctx, id="late", debit_id=source, credit_id=target, amount_fen=1)
    with pytest.raises(DBAPIError, match="the account is closed"), work() as ctx:
        ctx.session.execute(update(Balance).where(Balance.account_id == source).values(credits_fen=10**6))


def test_a_run_can_be_called_off_until_lines_are_settled(work, pair, clock):
    with work() as ctx:
        treasury, _ = _a_year(ctx, pair.department_id)["treasury"]
    clock.set(at_shanghai(date(2026, 12, 20), 9))
    with work(pair.first) as ctx:
        run = closing.announce(ctx, pair.department_id, 2026)
        closing.freeze(ctx, run.id)
        closing.call_off(ctx, run.id)
        service.reserve(ctx, line_id=treasury, amount_fen=1, reference="ZJ-late")
        assert closing.announce(ctx, pair.department_id, 2026).state == "announced"
        closing.freeze(ctx, run.id)
        closing.empty_transit(ctx, run.id)
        with pytest.raises(WrongState):
            closing.call_off(ctx, run.id)
    with work() as ctx:
        foreign = a_department_organisation(ctx).id
    with pytest.raises(BudgetLineNotFound), work(pair.first) as ctx:
        closing.announce(ctx, foreign, 2026)


def test_a_pending_transfer_blocks_the_freeze_and_says_which(work, pair, clock):
    with work() as ctx:
        source, target = some_lines(ctx, pair.department_id, 300, 500)
    clock.set(at_shanghai(date(2026, 12, 20), 9))
    with work(pair.first) as ctx:
        asked = transfers.ask(ctx, source_id=source, target_id=target, amount_fen=120, reason="x")
        run = closing.announce(ctx, pair.department_id, 2026)
        with pytest.raises(ClosingBlocked) as refusal:
            closing.freeze(ctx, run.id)
        assert asked.number in refusal.value.say()
