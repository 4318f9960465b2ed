"""Several lines for one need, documents, and transfers by two persons."""

from datetime import date

import pytest

from marketplace.budgets import service, transfers
from marketplace.budgets.errors import (
    BudgetLineNotFound,
    BudgetLinesDiffer,
    BudgetTooSmall,
    DocumentDiffers,
    TransferSamePerson,
    TransferUnfit,
)
from marketplace.budgets.queries import balances, papers
from marketplace.kernel.errors import WrongState
from marketplace.ledger import queries as ledger
from marketplace.testing.budgets import a_line, an_obligation
from tests.budgets.lines import held, some_lines

pytestmark = pytest.mark.usefixtures("books_balance")


def test_a_need_draws_on_its_lines_in_order_and_gives_back_the_last_first(work, pair):
    with work() as ctx:
        first, second = some_lines(ctx, pair.department_id, 300, 500)
        row = service.reserve(ctx, line_id=first, amount_fen=700, reference="ZJ-1", further_lines=[second])
        assert (held(ctx, first), held(ctx, second)) == ({"reserved": 300}, {"available": 100, "reserved": 400})
        service.award(ctx, row.id, amount_fen=600)
        assert (held(ctx, first), held(ctx, second)) == ({"reserved": 300}, {"available": 200, "reserved": 300})
        service.obligate(ctx, row.id)
        service.make_due(ctx, row.id, amount_fen=400, reference="M-1")
        service.to_transit(ctx, row.id, amount_fen=350, reference="payment/1")
        service.settle(ctx, row.id, amount_fen=350, reference="payment/1")
        assert held(ctx, first) == {"paid": 300}
        assert held(ctx, second) == {"available": 200, "obligated": 200, "due": 50, "paid": 50}
        service.return_paid(ctx, row.id, amount_fen=350, reference="payment/1")
        assert held(ctx, first) == {"due": 300}
        assert balances.stages(ctx, row.id) == {"reserved": 0, "obligated": 200, "due": 400, "transit": 0, "paid": 0}


def test_a_payment_settles_on_the_lines_that_it_was_taken_from(work, pair):
    with work() as ctx:
        first, second = some_lines(ctx, pair.department_id, 100, 100)
        row = service.reserve(ctx, line_id=first, amount_fen=200, reference="ZJ-1", further_lines=[second])
        service.award(ctx, row.id, amount_fen=200)
        service.obligate(ctx, row.id)
        service.make_due(ctx, row.id, amount_fen=200, reference="M-1")
        service.to_transit(ctx, row.id, amount_fen=90, reference="a")
        service.to_transit(ctx, row.id, amount_fen=90, reference="b")
        service.settle(ctx, row.id, amount_fen=90, reference="b")
        assert (held(ctx, first)["paid"], held(ctx, second)["paid"]) == (10, 80)
        service.settle(ctx, row.id, amount_fen=90, reference="b")
        assert balances.stages(ctx, row.id)["paid"] == 90


def test_all_lines_together_must_hold_enough_and_belong_together(work, pair):
    with work() as ctx:
        first, second = some_lines(ctx, pair.department_id, 300, 500)
        other = a_line(ctx).id
    with pytest.raises(BudgetTooSmall) as refusal, work() as ctx:
        service.reserve(ctx, line_id=first, amount_fen=801, reference="ZJ-1", further_lines=[second])
    assert refusal.value.facts["available_fen"] == 800
    for further in ([other], [first]):
        with pytest.raises(BudgetLinesDiffer), work() as ctx:
            service.reserve(ctx, line_id=first, amount_fen=10, reference="ZJ-1", further_lines=further)


def test_an_increase_is_a_second_reservation_that_must_succeed_first(work, pair):
    with work() as ctx:
        (line_id,) = some_lines(ctx, pair.department_id, 1000)
        row = an_obligation(ctx, line_id, 600)
        with pytest.raises(BudgetTooSmall):
            service.increase(ctx, row.id, amount_fen=401, reference="HT-1/变更1")
        service.increase(ctx, row.id, amount_fen=300, reference="HT-1/变更1")
        assert held(ctx, line_id) == {"available": 100, "reserved": 300, "obligated": 600}
        service.obligate_increase(ctx, row.id, amount_fen=300, reference="HT-1/变更1")
        service.increase(ctx, row.id, amount_fen=100, reference="HT-1/变更2")
        service.drop_increase(ctx, row.id, amount_fen=100, reference="HT-1/变更2")
        assert held(ctx, line_id) == {"available": 100, "obligated": 900}


def test_a_reduction_at_acceptance_returns_to_the_line(work, pair):
    with work() as ctx:
        (line_id,) = some_lines(ctx, pair.department_id, 1000)
        row = an_obligation(ctx, line_id, 600)
        service.make_due(ctx, row.id, amount_fen=250, reference="HT-1/1")
        service.deduct(ctx, row.id, amount_fen=50, reference="HT-1/1")
        service.deduct(ctx, row.id, amount_fen=50, reference="HT-1/1")
        assert held(ctx, line_id) == {"available": 450, "obligated": 300, "due": 250}


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
        source, target = some_lines(ctx, pair.department_id, 300, 500)
    with work(pair.first) as ctx:
        asked = transfers.ask(ctx, source_id=source, target_id=target, amount_fen=120, reason="评估项目增加")
        assert held(ctx, source) == {"available": 300}
    with pytest.raises(TransferSamePerson), work(pair.first) as ctx:
        transfers.approve(ctx, asked.id)
    with work(pair.second) as ctx:
        transfers.approve(ctx, asked.id)
        assert (held(ctx, source), held(ctx, target)) == ({"available": 180}, {"available": 620})
        row = service.reserve(ctx, line_id=target, amount_fen=620, reference="ZJ-9")
        told = [step.posting.kind for step in ledger.trace(ctx, "ZJ-9")]
        assert told == ["reserve", "appropriate", "transfer", "transfer", "appropriate"]
        onward = [step.posting.reference for step in ledger.trace_on(ctx, f"transfer/{asked.id}/out")]
        assert onward[-1] == row.reference
    with pytest.raises(WrongState), work(pair.second) as ctx:
        transfers.approve(ctx, asked.id)


def test_a_transfer_stays_within_year_source_and_department(work, pair):
    with work() as ctx:
        (mine,) = some_lines(ctx, pair.department_id, 300)
        (own,) = [a_line(ctx, pair.department_id, amount_fen=5, name="自有", source="own").id]
        (later,) = some_lines(ctx, pair.department_id, 5, year=2027)
        foreign = a_line(ctx).id
        fit = a_line(ctx, pair.department_id, amount_fen=5, name="同源").id
    for target in (own, later, mine):
        with pytest.raises(TransferUnfit), work(pair.first) as ctx:
            transfers.ask(ctx, source_id=mine, target_id=target, amount_fen=1, reason="x")
    with pytest.raises(BudgetLineNotFound), work(pair.first) as ctx:
        transfers.ask(ctx, source_id=mine, target_id=foreign, amount_fen=1, reason="x")
    with pytest.raises(BudgetTooSmall), work(pair.first) as ctx:
        transfers.ask(ctx, source_id=mine, target_id=fit, amount_fen=301, reason="x")
