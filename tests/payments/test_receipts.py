"""Treasury money: receipts on paper by two persons, and no second send by itself."""

from datetime import date

import pytest

from marketplace.kernel.ports import Actor
from marketplace.payments import errors, flight, queries, service
from marketplace.testing.payments import an_approved_order, some_payers
from tests.payments.orders import stages


def handed_over(runtime, work):
    payers = some_payers(work, source="treasury")
    order = an_approved_order(work, payers)
    flight.run_due(runtime)
    with work() as ctx:
        assert queries.order(ctx, order.id).state == "accepted"
    return payers, order


def enter(work, actor: Actor, order, outcome="paid", document="国支〔2026〕88号"):
    with work(actor) as ctx:
        return service.enter_receipt(ctx, order.id, outcome=outcome, document=document, occurred_on=date(2026, 3, 3))


def test_a_treasury_receipt_counts_once_a_second_person_confirms_it(runtime, work):
    payers, order = handed_over(runtime, work)
    receipt = enter(work, payers.maker, order)
    assert stages(work, order) == {"transit": order.amount_fen}
    with pytest.raises(errors.ReceiptSamePerson), work(payers.maker) as ctx:
        service.confirm_receipt(ctx, receipt.id)
    with work(payers.checker) as ctx:
        assert service.confirm_receipt(ctx, receipt.id).state == "paid"
    assert stages(work, order) == {"paid": order.amount_fen}
    with pytest.raises(errors.ReceiptNotFound), work(payers.checker) as ctx:
        service.confirm_receipt(ctx, receipt.id)


def test_money_the_bank_sent_back_is_due_again(runtime, work):
    payers, order = handed_over(runtime, work)
    for outcome, document in (("paid", "88号"), ("returned", "91号")):
        receipt = enter(work, payers.maker, order, outcome, document)
        with work(payers.checker) as ctx:
            service.confirm_receipt(ctx, receipt.id)
    assert stages(work, order) == {"due": order.amount_fen}
    with work(payers.maker) as ctx:
        assert service.replace(ctx, order.id).replaces == order.id


def test_a_rail_that_answers_by_itself_takes_no_paper_receipts(runtime, work, sandbox):
    payers = some_payers(work)
    order = an_approved_order(work, payers)
    sandbox.set(status="DEALING")
    flight.run_due(runtime)
    with pytest.raises(errors.ReceiptNotFitting):
        enter(work, payers.maker, order)


def test_the_treasury_is_never_asked_twice_by_itself(runtime, work, clock):
    payers, order = handed_over(runtime, work)
    with work() as ctx:
        gateway = queries.gateway(ctx, "treasury")
        queries.order(ctx, order.id).state = "unknown"
    (gateway.folder / "out" / f"{order.number}.json").unlink()
    for _ in range(4):
        clock.advance(hours=2)
        flight.run_due(runtime)
    with work() as ctx:
        found = queries.order(ctx, order.id)
        assert (found.state, found.attention, found.sends) == ("unknown", True, 1)
    with work(payers.checker) as ctx:
        service.resend(ctx, order.id, reason="国库经办人电话确认未收到")
    flight.run_due(runtime)
    with work() as ctx:
        assert (queries.order(ctx, order.id).state, queries.order(ctx, order.id).sends) == ("accepted", 2)
