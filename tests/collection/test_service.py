"""An enterprise pays once, straight to the agency; what comes late has no owner; what goes back never exceeds it."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.collection import books, errors, evidence, queries, sender, service
from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.errors import WrongState
from marketplace.kernel.money import Fen
from marketplace.ledger import check
from marketplace.payments.models import GatewayNotice
from marketplace.payments.ports import Observation, Outcome
from marketplace.testing.collection import SELLER, a_collection, a_debtor, an_offered_collection, now


@pytest.fixture
def debtor(work):
    return a_debtor(work)


def held(work, row):
    with work() as ctx:
        assert check.run(ctx) == []
        return {kind: fen for kind, fen in books.held_fen(ctx, row).items() if fen}


def run(runtime, clock, rounds=6):
    for _ in range(rounds):
        sender.run_due(runtime)
        clock.advance(seconds=301)


def paid(runtime, work, sandbox, debtor):
    row = an_offered_collection(runtime, work, debtor)
    sandbox.pay(row.number, deliver=False)
    with work() as ctx:
        service.apply(ctx, row.id, fact(row, Outcome.SUCCEEDED))
    return now(work, row)


def fact(row, outcome, source="query", **over):
    facts = {"amount": Fen(row.amount_fen) if outcome is Outcome.SUCCEEDED else None, "code": outcome.value}
    return Observation(source, row.number, outcome, operation="payment", **{**facts, **over})


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


def give_back(work, debtor, row, amount, key="R1"):
    with work(debtor.parties.agency) as ctx:
        return service.refund(ctx, row.id, request_key=key, amount_fen=amount, reason="部分成果未使用")


def test_refunds_in_parts_never_exceed_what_was_paid_and_a_request_counts_once(runtime, work, clock, sandbox, debtor):
    row = paid(runtime, work, sandbox, debtor)
    first = give_back(work, debtor, row, 300_000)
    assert give_back(work, debtor, row, 300_000).id == first.id
    with pytest.raises(errors.RefundDiffers):
        give_back(work, debtor, row, 300_001)
    with pytest.raises(errors.RefundTooLarge):
        give_back(work, debtor, row, row.amount_fen - 299_999, "R2")
    give_back(work, debtor, row, row.amount_fen - 300_000, "R2")
    sandbox.fault("system_error_done", method="alipay.trade.refund")
    run(runtime, clock, 3)
    assert held(work, row) == {}
    with work() as ctx:
        assert {refund.state for refund in queries.refunds_of(ctx, row.id)} == {"refunded"}
    assert [t["refunded_fen"] for t in sandbox.trades()] == [row.amount_fen]


@pytest.mark.parametrize("dedupe", ["on", "off"])
def test_a_refund_still_on_its_way_when_it_is_not_found_is_never_followed_by_another(
    runtime, work, clock, sandbox, debtor, dedupe
):
    row = paid(runtime, work, sandbox, debtor)
    sandbox.set(dedupe=dedupe)
    sandbox.fault("held", method="alipay.trade.refund")
    made = give_back(work, debtor, row, 300_000)
    for _ in range(4):  # asked while the request lies at the provider
        sender.run_due(runtime)
        clock.advance(minutes=1)
    with work() as ctx:
        (found,) = queries.refunds_of(ctx, row.id)
        assert (found.state, found.next_what, found.sent_at) == ("accepted", "query", made.made_at)
    sandbox.set(let_go="on")
    sandbox.settle()
    run(runtime, clock, 3)
    assert held(work, row) == {"collected": row.amount_fen - 300_000}
    assert [t["refunded_fen"] for t in sandbox.trades()] == [300_000]


def test_a_refund_that_never_arrived_is_sent_again_once_that_is_certain(runtime, work, clock, sandbox, debtor):
    row = paid(runtime, work, sandbox, debtor)
    sandbox.set(dedupe="off")
    sandbox.fault("bad_gateway_not_done", method="alipay.trade.refund")
    give_back(work, debtor, row, 300_000)
    run(runtime, clock, 5)
    assert held(work, row) == {"collected": row.amount_fen - 300_000}
    assert [t["refunded_fen"] for t in sandbox.trades()] == [300_000]


def test_a_closed_collection_is_not_refunded_and_a_refused_refund_gives_the_money_free(
    runtime, work, clock, sandbox, debtor
):
    row = an_offered_collection(runtime, work, debtor)
    with pytest.raises(errors.NotRefundable):
        give_back(work, debtor, row, 100)
    clock.advance(hours=1)
    runtime.settle()
    with pytest.raises(errors.NotRefundable):
        give_back(work, debtor, row, 100)
    again = paid(runtime, work, sandbox, debtor)
    sandbox.fault("refused", method="alipay.trade.refund", value="ACQ.TRADE_HAS_FINISHED")
    give_back(work, debtor, again, 100)
    run(runtime, clock, 2)
    assert held(work, again) == {"collected": again.amount_fen}


def test_another_amount_than_asked_for_is_a_matter_for_a_person(runtime, work, sandbox, debtor):
    row = an_offered_collection(runtime, work, debtor)
    with work() as ctx:
        service.apply(ctx, row.id, fact(row, Outcome.SUCCEEDED, amount=Fen(row.amount_fen - 1)))
    assert (now(work, row).state, now(work, row).attention) == ("waiting", True)
    assert held(work, row) == {"unallocated": row.amount_fen - 1}


def test_a_worker_that_was_overtaken_may_show_money_and_nothing_else(runtime, work, sandbox, debtor):
    row = an_offered_collection(runtime, work, debtor)
    with work() as ctx:
        service.apply(ctx, row.id, fact(row, Outcome.REFUSED), fence=row.fence - 1)
    assert now(work, row).state == "waiting"
    with work() as ctx:
        service.apply(ctx, row.id, fact(row, Outcome.SUCCEEDED), fence=row.fence - 1)
    assert now(work, row).state == "paid"


SAID = [
    ("notice", Outcome.ACCEPTED), ("notice", Outcome.SUCCEEDED), ("notice", Outcome.REFUSED), ("query", Outcome.ACCEPTED),
    ("query", Outcome.SUCCEEDED), ("statement", Outcome.SUCCEEDED), ("query", Outcome.UNKNOWN), ("query", Outcome.NOT_FOUND),
]  # fmt: skip


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(
    order=st.lists(st.sampled_from(range(len(SAID))), max_size=8),
    seed=st.permutations(range(len(SAID))),
)
def test_any_order_and_repetition_of_facts_gives_one_result(runtime, work, sandbox, order, seed):
    debtor = a_debtor(work)
    row = an_offered_collection(runtime, work, debtor)
    for place in itertools.chain(order, seed):
        source, outcome = SAID[place]
        with work() as ctx:
            service.apply(ctx, row.id, fact(row, outcome, source))
    assert now(work, row).state == "paid"
    assert held(work, row) == {"collected": row.amount_fen}


BACK = [
    ("notice", Outcome.ACCEPTED), ("answer", Outcome.UNKNOWN), ("answer", Outcome.ACCEPTED), ("query", Outcome.NOT_FOUND),
    ("query", Outcome.SUCCEEDED), ("query", Outcome.UNKNOWN), ("statement", Outcome.SUCCEEDED), ("answer", Outcome.SUCCEEDED),
]  # fmt: skip


def test_any_order_and_repetition_of_facts_about_a_refund_gives_one_result(runtime, work, clock, sandbox, debtor):
    row, numbers = paid(runtime, work, sandbox, debtor), itertools.count(1)

    @settings(max_examples=10, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(BACK), max_size=8), st.permutations(BACK))
    def law(some, all_):
        made = give_back(work, debtor, row, 100, f"R{next(numbers)}")
        for source, outcome in [*some, *all_]:
            with work() as ctx:
                known = Fen(100) if outcome is Outcome.SUCCEEDED else None
                evidence.apply_refund(
                    ctx, made.id, Observation(source, made.number, outcome, known, operation="refund")
                )
        with work() as ctx:
            (found,) = [one for one in queries.refunds_of(ctx, row.id) if one.id == made.id]
            assert (found.state, found.attention, found.next_action_at) == ("refunded", False, None)

    law()
    assert held(work, row) == {"collected": row.amount_fen - 100 * (next(numbers) - 1)}


@pytest.mark.parametrize("first", [Outcome.REFUSED, Outcome.SUCCEEDED])
def test_a_fact_that_denies_the_end_of_a_refund_moves_nothing_and_calls_a_person(runtime, work, sandbox, debtor, first):
    row = paid(runtime, work, sandbox, debtor)
    made = give_back(work, debtor, row, 100)
    second = Outcome.SUCCEEDED if first is Outcome.REFUSED else Outcome.REFUSED
    for outcome in (first, second):
        with work() as ctx:
            evidence.apply_refund(ctx, made.id, Observation("query", made.number, outcome, operation="refund"))
        if outcome is first:
            before = held(work, row)
    assert held(work, row) == before
    with work() as ctx:
        (found,) = queries.refunds_of(ctx, row.id)
        assert found.attention
    assert now(work, row).attention


def post(client, body):
    return client.post("/payments/notices/sandbox", data=body, headers={"Sec-Fetch-Site": "cross-site"})


def test_a_notice_is_stored_first_and_settles_the_collection_when_applied(runtime, work, client, sandbox, debtor):
    row = an_offered_collection(runtime, work, debtor)
    notice = sandbox.pay(row.number, deliver=False)["notice"]
    for _ in range(3):
        assert post(client, notice).text == "success"
    assert now(work, row).state == "waiting"
    runtime.settle()
    assert now(work, row).state == "paid"
    assert post(client, notice).text == "success"
    runtime.settle()
    assert held(work, row) == {"collected": row.amount_fen}
    with work() as ctx:
        (stored,) = ctx.session.query(GatewayNotice).all()
        assert stored.state == "applied"
        assert ctx.keys.decrypt(stored.body).decode() == notice
        assert b"user-agent" in ctx.keys.decrypt(stored.headers).lower()


def test_forged_notices_are_kept_within_bounds_and_never_acknowledged(
    runtime, work, client, sandbox, debtor, monkeypatch
):
    monkeypatch.setattr("marketplace.payments.inbox.FORGED_AN_HOUR", 3)
    row = an_offered_collection(runtime, work, debtor)
    notice = sandbox.pay(row.number, deliver=False)["notice"]
    for n in range(5):
        assert post(client, notice.replace("sign=", f"sign={n}")).text != "success"
    assert post(client, notice).text == "success"
    runtime.settle()
    assert now(work, row).state == "paid"
    with work() as ctx:
        assert ctx.session.query(GatewayNotice).filter_by(state="rejected").count() == 3


def test_a_notice_that_names_nothing_of_ours_is_quarantined(runtime, work, client, sandbox, gateway, debtor):
    from marketplace.payments.gateways.sandbox import sandbox_gateway
    from tests.payments.paying import soon

    rail = sandbox_gateway(runtime.settings, runtime.clock)
    made = rail.prepare_payment(
        "SK-STRANGER", Fen(500), "x", expires_at=runtime.clock() + timedelta(hours=1), notify_url=""
    )
    rail.send(made, deadline=soon())
    assert post(client, sandbox.pay("SK-STRANGER", deliver=False)["notice"]).text == "success"
    runtime.settle()
    with work() as ctx:
        assert [row.state for row in ctx.session.query(GatewayNotice)] == ["quarantined"]


def test_the_trades_of_a_day_are_reconciled_and_tell_what_no_notice_said(runtime, work, clock, sandbox, debtor):
    from marketplace.reconciliation import fetching
    from marketplace.reconciliation import queries as recon
    from marketplace.reconciliation.queries import statements

    row = an_offered_collection(runtime, work, debtor)
    at = clock().astimezone(SHANGHAI)
    sandbox.pay(row.number, at=f"{at:%Y-%m-%d %H:%M:%S}", deliver=False)
    with work() as ctx:
        fetching.want(ctx, "sandbox", at.date())
    assert fetching.run_due(runtime) == 2
    assert now(work, row).state == "paid"
    with work() as ctx:
        day = recon.day_of(ctx, "sandbox:trade", at.date())
        assert statements.counts(ctx, day) == {"lines": 1, "matched": 1, "breaks": 0}
