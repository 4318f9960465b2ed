"""Several lines for one need, transfers by two persons, and the end of the year."""

from datetime import date

import pytest

from marketplace.budgets import closing, queries, service, transfers
from marketplace.budgets.errors import (
    BudgetLineNotFound,
    BudgetLinesDiffer,
    BudgetTooSmall,
    ClosingBlocked,
    ClosingSamePerson,
    ClosingTooEarly,
    DocumentDiffers,
    TransferSamePerson,
    TransferUnfit,
    YearFrozen,
)
from marketplace.budgets.queries import balances, closings, papers
from marketplace.kernel.clock import at_shanghai
from marketplace.kernel.errors import WrongState
from marketplace.ledger import check
from marketplace.ledger import queries as ledger
from marketplace.testing.budgets import a_department_organisation, a_finance_pair, a_line, an_obligation


@pytest.fixture(autouse=True)
def _books_stay_sound(work):
    yield
    with work(write=False) as ctx:
        assert check.run(ctx) == []


@pytest.fixture
def pair(work):
    """Department id, and two of its finance clerks as actors."""
    with work() as ctx:
        return a_finance_pair(ctx)


def _lines(ctx, department_id, *amounts, source="treasury", year=2026):
    return [
        a_line(ctx, department_id, amount_fen=fen, name=f"指标{n}", source=source, fiscal_year=year).id
        for n, fen in enumerate(amounts, start=1)
    ]


def _held(ctx, line_id):
    return {stage: fen for stage, fen in balances.line_stages(ctx, line_id).items() if fen}


def test_a_need_draws_on_its_lines_in_order_and_gives_back_the_last_first(work, pair):
    with work() as ctx:
        first, second = _lines(ctx, pair.department_id, 300, 500)
        row = service.reserve(ctx, line_id=first, amount_fen=700, reference="ZJ-1", further_lines=[second])
        assert (_held(ctx, first), _held(ctx, second)) == ({"reserved": 300}, {"available": 100, "reserved": 400})
        service.award(ctx, row.id, amount_fen=600)
        assert (_held(ctx, first), _held(ctx, second)) == ({"reserved": 300}, {"available": 200, "reserved": 300})
        service.obligate(ctx, row.id)
        service.make_due(ctx, row.id, amount_fen=400, reference="M-1")
        service.to_transit(ctx, row.id, amount_fen=350, reference="payment/1")
        service.settle(ctx, row.id, amount_fen=350, reference="payment/1")
        assert _held(ctx, first) == {"paid": 300}
        assert _held(ctx, second) == {"available": 200, "obligated": 200, "due": 50, "paid": 50}
        service.return_paid(ctx, row.id, amount_fen=350, reference="payment/1")
        assert _held(ctx, first) == {"due": 300}
        assert balances.stages(ctx, row.id) == {"reserved": 0, "obligated": 200, "due": 400, "transit": 0, "paid": 0}


def test_a_payment_settles_on_the_lines_that_it_was_taken_from(work, pair):
    with work() as ctx:
        first, second = _lines(ctx, pair.department_id, 100, 100)
        row = service.reserve(ctx, line_id=first, amount_fen=200, reference="ZJ-1", further_lines=[second])
        service.award(ctx, row.id, amount_fen=200)
        service.obligate(ctx, row.id)
        service.make_due(ctx, row.id, amount_fen=200, reference="M-1")
        service.to_transit(ctx, row.id, amount_fen=90, reference="a")
        service.to_transit(ctx, row.id, amount_fen=90, reference="b")
        service.settle(ctx, row.id, amount_fen=90, reference="b")
        assert (_held(ctx, first)["paid"], _held(ctx, second)["paid"]) == (10, 80)
        service.settle(ctx, row.id, amount_fen=90, reference="b")
        assert balances.stages(ctx, row.id)["paid"] == 90


def test_all_lines_together_must_hold_enough_and_belong_together(work, pair):
    with work() as ctx:
        first, second = _lines(ctx, pair.department_id, 300, 500)
        other = a_line(ctx).id
    with pytest.raises(BudgetTooSmall) as refusal, work() as ctx:
        service.reserve(ctx, line_id=first, amount_fen=801, reference="ZJ-1", further_lines=[second])
    assert refusal.value.facts["available_fen"] == 800
    for further in ([other], [first]):
        with pytest.raises(BudgetLinesDiffer), work() as ctx:
            service.reserve(ctx, line_id=first, amount_fen=10, reference="ZJ-1", further_lines=further)


def test_an_increase_is_a_second_reservation_that_must_succeed_first(work, pair):
    with work() as ctx:
        (line_id,) = _lines(ctx, pair.department_id, 1000)
        row = an_obligation(ctx, line_id, 600)
        with pytest.raises(BudgetTooSmall):
            service.increase(ctx, row.id, amount_fen=401, reference="HT-1/变更1")
        service.increase(ctx, row.id, amount_fen=300, reference="HT-1/变更1")
        assert _held(ctx, line_id) == {"available": 100, "reserved": 300, "obligated": 600}
        service.obligate_increase(ctx, row.id, amount_fen=300, reference="HT-1/变更1")
        service.increase(ctx, row.id, amount_fen=100, reference="HT-1/变更2")
        service.drop_increase(ctx, row.id, amount_fen=100, reference="HT-1/变更2")
        assert _held(ctx, line_id) == {"available": 100, "obligated": 900}


def test_a_reduction_at_acceptance_returns_to_the_line(work, pair):
    with work() as ctx:
        (line_id,) = _lines(ctx, pair.department_id, 1000)
        row = an_obligation(ctx, line_id, 600)
        service.make_due(ctx, row.id, amount_fen=250, reference="HT-1/1")
        service.deduct(ctx, row.id, amount_fen=50, reference="HT-1/1")
        service.deduct(ctx, row.id, amount_fen=50, reference="HT-1/1")
        assert _held(ctx, line_id) == {"available": 450, "obligated": 300, "due": 250}


def test_a_document_is_kept_once_with_its_date_and_file(work, pair):
    paper = service.Paper(date(2026, 1, 5), "指标文.pdf", "ab" * 32)
    with work() as ctx:
        a_line(ctx, pair.department_id, name="甲", paper=paper)
        a_line(ctx, pair.department_id, name="乙", paper=service.Paper(date(2026, 1, 5)))
        kept = ctx.session.scalars(papers.appropriations(pair.department_id)).all()
        assert [(row.number, row.issued_on, row.file_sha256) for row in kept] == [
            ("财预〔2026〕15号", date(2026, 1, 5), "ab" * 32)
        ]
        with pytest.raises(DocumentDiffers):
            a_line(ctx, pair.department_id, name="丙", paper=service.Paper(date(2026, 1, 6)))


def test_a_transfer_moves_money_when_a_second_person_approves(work, pair):
    with work() as ctx:
        source, target = _lines(ctx, pair.department_id, 300, 500)
    with work(pair.first) as ctx:
        asked = transfers.ask(ctx, source_id=source, target_id=target, amount_fen=120, reason="评估项目增加")
        assert _held(ctx, source) == {"available": 300}
    with pytest.raises(TransferSamePerson), work(pair.first) as ctx:
        transfers.approve(ctx, asked.id)
    with work(pair.second) as ctx:
        transfers.approve(ctx, asked.id)
        assert (_held(ctx, source), _held(ctx, target)) == ({"available": 180}, {"available": 620})
        row = service.reserve(ctx, line_id=target, amount_fen=620, reference="ZJ-9")
        told = [step.posting.kind for step in ledger.trace(ctx, "ZJ-9")]
        assert told == ["reserve", "appropriate", "transfer", "transfer", "appropriate"]
        onward = [step.posting.reference for step in ledger.trace_on(ctx, f"transfer/{asked.id}/out")]
        assert onward[-1] == row.reference
    with pytest.raises(WrongState), work(pair.second) as ctx:
        transfers.approve(ctx, asked.id)


def test_a_transfer_stays_within_year_source_and_department(work, pair):
    with work() as ctx:
        (mine,) = _lines(ctx, pair.department_id, 300)
        (own,) = [a_line(ctx, pair.department_id, amount_fen=5, name="自有", source="own").id]
        (later,) = _lines(ctx, pair.department_id, 5, year=2027)
        foreign = a_line(ctx).id
        fit = a_line(ctx, pair.department_id, amount_fen=5, name="同源").id
    for target in (own, later, mine):
        with pytest.raises(TransferUnfit), work(pair.first) as ctx:
            transfers.ask(ctx, source_id=mine, target_id=target, amount_fen=1, reason="x")
    with pytest.raises(BudgetLineNotFound), work(pair.first) as ctx:
        transfers.ask(ctx, source_id=mine, target_id=foreign, amount_fen=1, reason="x")
    with pytest.raises(BudgetTooSmall), work(pair.first) as ctx:
        transfers.ask(ctx, source_id=mine, target_id=fit, amount_fen=301, reason="x")


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
        assert _held(ctx, treasury) == {"paid": 150, "lapsed": 400}
        after = closings.line_after(ctx, treasury)
        assert (after.fiscal_year, after.name) == (2027, "treasury（2026年结转）")
        assert _held(ctx, after.id) == {"obligated": 350, "due": 100}
        own, _ = lines["own"]
        assert _held(ctx, own) == {"paid": 100}
        assert _held(ctx, closings.line_after(ctx, own).id) == {"available": 400, "obligated": 350, "due": 150}
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
        first, second = _lines(ctx, pair.department_id, 300, 500)
        row = service.reserve(ctx, line_id=first, amount_fen=700, reference="ZJ-1", further_lines=[second])
        service.award(ctx, row.id, amount_fen=700)
        service.obligate(ctx, row.id)
        service.make_due(ctx, row.id, amount_fen=350, reference="M-1")
        service.to_transit(ctx, row.id, amount_fen=100, reference="payment/1")
        service.settle(ctx, row.id, amount_fen=100, reference="payment/1")
    _sealed(work, pair, clock)
    with work() as ctx:
        later = [closings.line_after(ctx, id).id for id in (first, second)]
        assert [_held(ctx, id) for id in later] == [{"due": 200}, {"obligated": 350, "due": 50}]
        service.to_transit(ctx, row.id, amount_fen=250, reference="payment/2")
        service.settle(ctx, row.id, amount_fen=250, reference="payment/2")
        service.return_paid(ctx, row.id, amount_fen=100, reference="payment/1")
        assert [_held(ctx, id) for id in later] == [{"due": 100, "paid": 200}, {"obligated": 350, "paid": 50}]
        assert (_held(ctx, first), _held(ctx, second)) == ({"paid": 100}, {"lapsed": 100})


def test_a_payment_that_comes_back_after_the_seal_is_due_in_the_next_year(work, pair, clock):
    with work() as ctx:
        treasury, need = _a_year(ctx, pair.department_id)["treasury"]
    _sealed(work, pair, clock)
    with work() as ctx:
        before = _held(ctx, treasury)
        service.return_paid(ctx, need, amount_fen=100, reference="payment/treasury")
        service.return_paid(ctx, need, amount_fen=100, reference="payment/treasury")
        assert _held(ctx, treasury) == before
        assert _held(ctx, closings.line_after(ctx, treasury).id)["due"] == 250


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
        source, target = _lines(ctx, pair.department_id, 300, 500)
    clock.set(at_shanghai(date(2026, 12, 20), 9))
    with work(pair.first) as ctx:
        asked = transfers.ask(ctx, source_id=source, target_id=target, amount_fen=120, reason="x")
        run = closing.announce(ctx, pair.department_id, 2026)
        with pytest.raises(ClosingBlocked) as refusal:
            closing.freeze(ctx, run.id)
        assert asked.number in refusal.value.say()
