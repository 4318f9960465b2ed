"""An enterprise pays once, straight to the agency; what comes late has no owner."""

import pytest

from marketplace.collection import errors, queries, sender, service
from marketplace.kernel.errors import WrongState
from marketplace.payments.ports import Outcome
from marketplace.testing.collection import SELLER, a_collection, a_debtor, an_offered_collection, now
from tests.collection.paying import fact, held, paid, run


def test_a_code_is_offered_scanned_paid_and_counts_once(runtime, work, clock, sandbox, debtor):
    row = an_offered_collection(runtime, work, debtor)
    assert (row.state, row.action.endswith(row.number)) == ("waiting", True)
    sandbox.pay(row.number, deliver=False)
    assert [(t["seller"], t["amount_fen"]) for t in sandbox.trades()] == [(SELLER, row.amount_fen)]
    clock.advance(seconds=10)
    sender.run_due(runtime)
    assert now(work, row).state == "paid"
    assert held(work, row) == {"collected": row.amount_fen}
    with pytest.raises(errors.NothingToCollect):
        a_collection(work, debtor)


def test_only_one_code_is_open_at_a_time_and_only_its_buyer_asks(work, debtor):
    a_collection(work, debtor)
    with pytest.raises(errors.AlreadyCollecting):
        a_collection(work, debtor)
    other = a_debtor(work, merchant=False)
    with pytest.raises(errors.MerchantMissing):
        a_collection(work, other)
    with pytest.raises(errors.CollectionNotFound), work(other.parties.buyer) as ctx:
        service.ask(ctx, debtor.milestone_id)


def test_a_page_needs_no_exchange(runtime, work, sandbox, debtor):
    row = an_offered_collection(runtime, work, debtor, "page")
    assert row.state == "waiting"
    assert "alipay.trade.page.pay" in row.action
    assert sandbox.trades() == []


def test_what_was_not_paid_in_time_is_closed_at_the_provider_and_may_be_asked_anew(
    runtime, work, clock, sandbox, debtor
):
    row = an_offered_collection(runtime, work, debtor)
    clock.advance(minutes=29)
    runtime.settle()
    assert now(work, row).state == "waiting"
    clock.advance(minutes=3)
    runtime.settle()
    assert now(work, row).state == "closed"
    assert a_collection(work, debtor).number != row.number


def test_a_code_that_was_given_up_may_still_be_paid_until_it_is_closed(runtime, work, clock, sandbox, debtor):
    row = an_offered_collection(runtime, work, debtor)
    with work(debtor.parties.buyer) as ctx:
        service.cancel(ctx, row.id)
    sandbox.pay(row.number, deliver=False)
    run(runtime, clock, 2)
    assert now(work, row).state == "paid"
    with pytest.raises(WrongState), work(debtor.parties.buyer) as ctx:
        service.cancel(ctx, row.id)


@pytest.mark.parametrize("fault", ["system_error_done", "system_error_not_done", "bad_gateway", "dropped", "tampered"])
def test_a_code_whose_fate_is_open_was_shown_to_nobody_and_is_closed(runtime, work, clock, sandbox, debtor, fault):
    sandbox.fault(fault, method="alipay.trade.precreate")
    row = an_offered_collection(runtime, work, debtor)
    run(runtime, clock, 2)
    assert now(work, row).state == "closed"
    again = an_offered_collection(runtime, work, debtor)
    assert again.state == "waiting"


def test_money_that_comes_late_has_no_owner_until_somebody_allocates_it(runtime, work, clock, sandbox, debtor):
    from marketplace.testing.reconciliation import two_clerks

    clerk, _ = two_clerks(work)
    row = an_offered_collection(runtime, work, debtor)
    clock.advance(hours=1)
    runtime.settle()
    for _ in range(3):
        with work() as ctx:
            service.apply(ctx, row.id, fact(row, Outcome.SUCCEEDED, "notice"))
    assert now(work, row).state == "closed"
    assert held(work, row) == {"unallocated": row.amount_fen}
    with work() as ctx:
        ((receipt, _),) = ctx.session.execute(queries.receipts("waiting")).all()
    with pytest.raises(errors.CollectionReasonNeeded), work(clerk) as ctx:
        service.allocate(ctx, receipt.id, reason="")
    with work(clerk) as ctx:
        assert service.allocate(ctx, receipt.id, reason="付款人确认用于本节点").state == "paid"
    assert held(work, row) == {"collected": row.amount_fen}
    with pytest.raises(errors.ReceiptUnknown), work(clerk) as ctx:
        service.give_back_receipt(ctx, receipt.id, reason="x")


def test_late_money_for_what_is_paid_can_only_go_back(runtime, work, clock, sandbox, debtor):
    from marketplace.testing.reconciliation import two_clerks

    clerk, _ = two_clerks(work)
    first = an_offered_collection(runtime, work, debtor)
    clock.advance(hours=1)
    runtime.settle()
    second = paid(runtime, work, sandbox, debtor)
    sandbox.set(late_pay="on")
    sandbox.pay(first.number, deliver=False)
    with work() as ctx:
        service.apply(ctx, first.id, fact(first, Outcome.SUCCEEDED))
        ((receipt, _),) = ctx.session.execute(queries.receipts("waiting")).all()
    with pytest.raises(errors.ReceiptNotWanted), work(clerk) as ctx:
        service.allocate(ctx, receipt.id, reason="重复付款")
    with work(clerk) as ctx:
        service.give_back_receipt(ctx, receipt.id, reason="重复付款")
    run(runtime, clock, 2)
    assert held(work, first) == {}
    assert held(work, second) == {"collected": second.amount_fen}
    with work() as ctx:
        assert queries.receipt_of(ctx, first.id).state == "refunded"
    assert [t["refunded_fen"] for t in sandbox.trades() if t["number"] == first.number] == [first.amount_fen]
