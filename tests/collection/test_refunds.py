"""Refunds: what goes back never exceeds what came, and a request counts once."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.collection import errors, evidence, queries, sender
from marketplace.kernel.money import Fen
from marketplace.payments.ports import Observation, Outcome
from marketplace.testing.collection import an_offered_collection, now
from tests.collection.paying import give_back, held, paid, run


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
