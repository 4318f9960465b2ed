"""The life of department money, verb by verb."""

import pytest

from marketplace.budgets import service
from marketplace.budgets.errors import (
    AboveObligation,
    AboveReservation,
    BadClassification,
    BadFiscalYear,
    BudgetLineDiffers,
    BudgetLineNotFound,
    BudgetTooSmall,
    EncumbranceNotFound,
    ReferenceTaken,
)
from marketplace.budgets.queries import balances
from marketplace.kernel.errors import WrongState
from marketplace.ledger import queries as ledger
from marketplace.ledger.errors import Overdrawn, PostingDiffers
from marketplace.testing.budgets import a_department_organisation, a_line, an_encumbrance, an_obligation

pytestmark = pytest.mark.usefixtures("books_balance")


@pytest.fixture
def line_id(work):
    with work() as ctx:
        return a_line(ctx, amount_fen=100_000).id


def _stages(work, line_id):
    with work(write=False) as ctx:
        return {stage: fen for stage, fen in balances.line_stages(ctx, line_id).items() if fen}


def test_an_appropriation_opens_a_line_with_its_money_available(work, line_id):
    assert _stages(work, line_id) == {"available": 100_000}


def test_the_same_document_is_booked_once(work):
    with work() as ctx:
        department = a_department_organisation(ctx).id
        first = a_line(ctx, department, amount_fen=500)
        assert a_line(ctx, department, amount_fen=500).id == first.id
        assert balances.available_fen(ctx, first.id) == 500
        with pytest.raises(PostingDiffers):
            a_line(ctx, department, amount_fen=501)


def test_another_document_adds_to_the_line(work):
    with work() as ctx:
        department = a_department_organisation(ctx).id
        line = a_line(ctx, department, amount_fen=500)
        a_line(ctx, department, amount_fen=300, document="财预〔2026〕88号")
        assert balances.available_fen(ctx, line.id) == 800


def test_a_line_keeps_its_codes(work):
    with work() as ctx:
        department = a_department_organisation(ctx).id
        a_line(ctx, department)
        with pytest.raises(BudgetLineDiffers):
            a_line(ctx, department, economic_code="30226", document="财预〔2026〕88号")


@pytest.mark.parametrize(
    ("over", "refusal", "field"),
    [
        ({"function_code": "21"}, BadClassification, "function_code"),
        ({"economic_code": "21"}, BadClassification, "economic_code"),
        ({"fiscal_year": 26}, BadFiscalYear, "fiscal_year"),
    ],
)
def test_a_line_is_classified_and_dated(work, over, refusal, field):
    with pytest.raises(refusal) as error, work() as ctx:
        a_line(ctx, **over)
    assert error.value.field == field


def test_a_reservation_takes_from_available(work, line_id):
    with work() as ctx:
        row = an_encumbrance(ctx, line_id, 60_000)
        assert row.state == "reserved"
        assert balances.stages(ctx, row.id)["reserved"] == 60_000
    assert _stages(work, line_id) == {"available": 40_000, "reserved": 60_000}


def test_a_reservation_beyond_the_line_is_refused_with_what_there_is(work, line_id):
    with pytest.raises(BudgetTooSmall) as refusal, work() as ctx:
        an_encumbrance(ctx, line_id, 100_001)
    facts = refusal.value.facts
    assert (facts["line"], facts["available_fen"], facts["needed_fen"]) == ("环境影响技术评估费", 100_000, 100_001)
    assert refusal.value.text == "预算指标“环境影响技术评估费”可用额度不足：可用1,000.00元，需要1,000.01元"


def test_one_need_is_reserved_once_per_line(work, line_id):
    with work() as ctx:
        an_encumbrance(ctx, line_id, 10)
    with pytest.raises(ReferenceTaken), work() as ctx:
        an_encumbrance(ctx, line_id, 10)
    assert _stages(work, line_id) == {"available": 99_990, "reserved": 10}


def test_an_award_below_the_ceiling_gives_the_difference_back(work, line_id):
    with work() as ctx:
        row = service.award(ctx, an_encumbrance(ctx, line_id, 60_000).id, amount_fen=45_000)
        assert row.state == "awarded"
    assert _stages(work, line_id) == {"available": 55_000, "reserved": 45_000}


def test_a_reserve_candidate_may_follow_at_a_higher_price_within_the_ceiling(work, line_id):
    with work() as ctx:
        id = an_encumbrance(ctx, line_id, 60_000).id
        for price in (45_000, 55_000, 45_000, 60_000):
            service.award(ctx, id, amount_fen=price)
        with pytest.raises(AboveReservation):
            service.award(ctx, id, amount_fen=60_001)
    assert _stages(work, line_id) == {"available": 40_000, "reserved": 60_000}


def test_the_difference_cannot_be_taken_again_when_others_have_it(work, line_id):
    with work() as ctx:
        id = an_encumbrance(ctx, line_id, 100_000).id
        service.award(ctx, id, amount_fen=50_000)
        an_encumbrance(ctx, line_id, 50_000, "ZJ-2026-000002")
    with pytest.raises(BudgetTooSmall), work() as ctx:
        service.award(ctx, id, amount_fen=50_001)
    assert _stages(work, line_id) == {"reserved": 100_000}


def test_a_contract_obligates_what_was_awarded(work, line_id):
    with work() as ctx:
        assert an_obligation(ctx, line_id, 60_000).state == "obligated"
    assert _stages(work, line_id) == {"available": 40_000, "obligated": 60_000}


def test_nothing_is_obligated_before_an_award(work, line_id):
    with pytest.raises(WrongState), work() as ctx:
        service.obligate(ctx, an_encumbrance(ctx, line_id, 10).id)


def _paid(ctx, id, amount_fen, milestone, order):
    service.make_due(ctx, id, amount_fen=amount_fen, reference=milestone)
    service.to_transit(ctx, id, amount_fen=amount_fen, reference=order)
    return service.settle(ctx, id, amount_fen=amount_fen, reference=order)


def test_acceptance_and_payment_carry_the_money_to_paid(work, line_id):
    with work() as ctx:
        id = an_obligation(ctx, line_id, 60_000).id
        assert _paid(ctx, id, 20_000, "M-1", "ZF-1").state == "obligated"
        closed = _paid(ctx, id, 40_000, "M-2", "ZF-2")
        assert (closed.state, closed.closed_at) == ("closed", ctx.now)
    assert _stages(work, line_id) == {"available": 40_000, "paid": 60_000}


def test_more_than_the_contract_is_never_due(work, line_id):
    with work() as ctx:
        id = an_obligation(ctx, line_id, 60_000).id
    with pytest.raises(AboveObligation), work() as ctx:
        service.make_due(ctx, id, amount_fen=60_001, reference="M-1")


def test_every_step_is_booked_once_per_reference(work, line_id):
    with work() as ctx:
        id = an_obligation(ctx, line_id, 60_000).id
        for _ in range(2):
            _paid(ctx, id, 60_000, "M-1", "ZF-1")
        with pytest.raises(PostingDiffers):
            service.settle(ctx, id, amount_fen=1, reference="ZF-1")
    assert _stages(work, line_id) == {"available": 40_000, "paid": 60_000}


def test_money_that_is_not_in_transit_is_not_settled(work, line_id):
    with work() as ctx:
        id = an_obligation(ctx, line_id, 60_000).id
    with pytest.raises(Overdrawn), work() as ctx:
        service.settle(ctx, id, amount_fen=1, reference="ZF-1")


def test_a_refused_payment_is_due_again_and_paid_by_another_order(work, line_id):
    with work() as ctx:
        id = an_obligation(ctx, line_id, 60_000).id
        service.make_due(ctx, id, amount_fen=60_000, reference="M-1")
        service.to_transit(ctx, id, amount_fen=60_000, reference="ZF-1")
        service.back_to_due(ctx, id, amount_fen=60_000, reference="ZF-1")
        assert balances.stages(ctx, id)["due"] == 60_000
        service.to_transit(ctx, id, amount_fen=60_000, reference="ZF-2")
        assert service.settle(ctx, id, amount_fen=60_000, reference="ZF-2").state == "closed"


def test_a_returned_payment_reopens_what_was_closed(work, line_id):
    with work() as ctx:
        id = an_obligation(ctx, line_id, 60_000).id
        _paid(ctx, id, 60_000, "M-1", "ZF-1")
        row = service.return_paid(ctx, id, amount_fen=60_000, reference="ZF-1")
        assert (row.state, row.closed_at, balances.stages(ctx, id)["due"]) == ("ending", None, 60_000)
        service.to_transit(ctx, id, amount_fen=60_000, reference="ZF-2")
        assert service.settle(ctx, id, amount_fen=60_000, reference="ZF-2").state == "closed"


def test_a_failed_tender_gives_everything_back(work, line_id):
    with work() as ctx:
        row = service.release(ctx, an_encumbrance(ctx, line_id, 60_000).id, reason="流标")
        assert (row.state, row.reason) == ("cancelled", "流标")
    assert _stages(work, line_id) == {"available": 100_000}


def test_a_contract_that_ends_early_keeps_what_is_due_payable(work, line_id):
    with work() as ctx:
        id = an_obligation(ctx, line_id, 60_000).id
        service.make_due(ctx, id, amount_fen=25_000, reference="M-1")
        assert service.release(ctx, id, reason="双方协商解除").state == "ending"
        with pytest.raises(WrongState):
            service.make_due(ctx, id, amount_fen=1, reference="M-2")
        service.to_transit(ctx, id, amount_fen=25_000, reference="ZF-1")
        assert service.settle(ctx, id, amount_fen=25_000, reference="ZF-1").state == "closed"
    assert _stages(work, line_id) == {"available": 75_000, "paid": 25_000}


def test_a_contract_that_ends_after_its_last_payment_is_closed(work, line_id):
    with work() as ctx:
        id = an_obligation(ctx, line_id, 60_000).id
        _paid(ctx, id, 25_000, "M-1", "ZF-1")
        assert service.release(ctx, id, reason="双方协商解除").state == "closed"


def test_a_payment_is_traced_back_to_its_appropriation(work, line_id):
    with work() as ctx:
        id = an_obligation(ctx, line_id, 60_000).id
        _paid(ctx, id, 60_000, "M-1", "ZF-1")
        other = an_encumbrance(ctx, line_id, 5_000, "ZJ-2026-000002")
        service.release(ctx, other.id, reason="流标")
        steps = ledger.trace(ctx, f"{id}/settle/ZF-1")
        assert [step.posting.kind for step in steps] == [
            "settle",
            "transit",
            "due",
            "obligate",
            "reserve",
            "appropriate",
        ]
        assert steps[-1].posting.reference == "财预〔2026〕15号"


def test_unknown_lines_and_encumbrances_are_not_found(work):
    with work() as ctx:
        with pytest.raises(BudgetLineNotFound):
            an_encumbrance(ctx, "0" * 32)
        with pytest.raises(EncumbranceNotFound):
            service.obligate(ctx, "0" * 32)


def test_the_posting_form_offers_this_years_lines_with_what_is_available(work):
    with work() as ctx:
        department = a_department_organisation(ctx).id
        line = a_line(ctx, department, amount_fen=700)
        a_line(ctx, department, amount_fen=900, fiscal_year=2025)
        an_encumbrance(ctx, line.id, 200)
        assert [(row.id, fen) for row, fen in balances.lines_to_choose(ctx, department, ctx.now)] == [(line.id, 500)]
