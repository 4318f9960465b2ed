"""Three phases of paying, through the sandbox over real HTTP."""

import pytest

from marketplace.payments import flight, rules, sender, service
from marketplace.payments.ports import Observation, Outcome
from marketplace.payments.queries import course
from marketplace.testing.payments import ACCOUNT
from tests.payments.orders import moved, now, run, stages

pytestmark = pytest.mark.usefixtures("books_balance")


def test_an_approved_order_is_paid_once_from_the_budget(runtime, work, sandbox, order):
    assert flight.run_due(runtime) == 1
    assert now(work, order).state == "paid"
    assert [(m["number"], m["amount_fen"]) for m in sandbox.moved()] == [(order.number, order.amount_fen)]
    assert stages(work, order) == {"paid": order.amount_fen}
    assert flight.run_due(runtime) == 0


def test_the_worker_pays_after_its_tick(runtime, work, sandbox, order):
    runtime.tick()
    assert now(work, order).state == "paid"


@pytest.mark.parametrize(
    ("fault", "exchanges"),
    [
        ("system_error_done", ["send", "query"]),
        ("dropped", ["send", "query"]),
        ("bad_gateway", ["send", "query"]),
        ("system_error_not_done", ["send", "query", "query", "send"]),
        ("bad_gateway_not_done", ["send", "query", "query", "send"]),
    ],
)
def test_an_unknown_outcome_is_asked_for_before_anything_is_sent_again(
    runtime, work, clock, sandbox, order, fault, exchanges
):
    sandbox.fault(fault, method="alipay.fund.trans.uni.transfer")
    flight.run_due(runtime)
    assert now(work, order).state == "unknown"
    assert stages(work, order) == {"transit": order.amount_fen}
    assert flight.run_due(runtime) == 0
    for minutes in (1, 10):
        clock.advance(minutes=minutes)
        flight.run_due(runtime)
    with work() as ctx:
        assert [a.what for a in course.attempts(ctx, order.id)] == exchanges
    assert moved(sandbox) == [order.amount_fen]
    assert stages(work, order) == {"paid": order.amount_fen}


def test_a_request_still_on_its_way_when_it_is_not_found_is_never_followed_by_another(
    runtime, work, clock, sandbox, order
):
    sandbox.set(dedupe="off")
    sandbox.fault("held", method="alipay.fund.trans.uni.transfer")
    flight.run_due(runtime)
    assert now(work, order).state == "unknown"
    for _ in range(4):  # asked again and again while the first request lies at the provider
        clock.advance(minutes=1)
        flight.run_due(runtime)
    with work() as ctx:
        told = [(a.what, a.outcome) for a in course.attempts(ctx, order.id)]
    assert told == [("send", "unknown"), ("query", "not_found")]
    sandbox.set(let_go="on")
    sandbox.settle()
    run(runtime, clock)
    assert moved(sandbox) == [order.amount_fen]
    assert now(work, order).state == "paid"


def test_not_found_is_believed_only_when_asked_after_the_last_send_has_settled(runtime, work, clock, order):
    def take(seconds, outcome):
        clock.advance(seconds=seconds)
        with work() as ctx:
            service.make_due_now(ctx, order.id)  # a notice may ask for it at any time
        claimed = sender.claim(runtime, order.id)
        source = "answer" if claimed.what == "send" else "query"
        sender.record(runtime, claimed, Observation(source, order.number, outcome))
        return claimed.what, now(work, order).next_what

    settled = rules.WIRE_SECONDS + 300
    assert take(0, Outcome.NOT_SENT) == ("send", "send")
    assert take(5, Outcome.UNKNOWN) == ("send", "query")
    assert take(30, Outcome.NOT_FOUND) == ("query", "query")
    assert take(settled - 31, Outcome.NOT_FOUND) == ("query", "query")
    assert take(1, Outcome.NOT_FOUND) == ("query", "send")
    assert take(0, Outcome.UNKNOWN) == ("send", "query")
    assert take(settled - 1, Outcome.NOT_FOUND) == ("query", "query")
    assert take(1, Outcome.NOT_FOUND) == ("query", "send")


@pytest.mark.parametrize("place", range(40, 400, 45))
def test_a_flipped_byte_in_the_answer_settles_nothing(runtime, work, sandbox, order, place):
    sandbox.fault("tampered", value=str(place))
    flight.run_due(runtime)
    assert now(work, order).state == "unknown"
    assert stages(work, order) == {"transit": order.amount_fen}


def test_a_listed_refusal_gives_the_money_back_and_only_a_new_number_may_follow(runtime, work, clock, sandbox, order):
    sandbox.refuse(ACCOUNT, "PAYEE_ACCOUNT_STATUS_ERROR")
    flight.run_due(runtime)
    assert now(work, order).state == "refused"
    assert stages(work, order) == {"due": order.amount_fen}
    sandbox.refuse(ACCOUNT, "")
    with work() as ctx:
        second = service.replace(ctx, order.id)
    assert second.replaces == order.id
    assert second.number != order.number
    run(runtime, clock, rounds=2)
    assert moved(sandbox) == []


def test_too_little_in_the_paying_account_waits_for_a_top_up_under_the_same_number(
    runtime, work, clock, sandbox, order
):
    sandbox.set(opening_fen="100")
    run(runtime, clock, rounds=3)
    assert now(work, order).state == "unknown"
    assert stages(work, order) == {"transit": order.amount_fen}
    sandbox.set(opening_fen=str(10**12))
    run(runtime, clock, rounds=2)
    assert now(work, order).state == "paid"
    assert [row["number"] for row in sandbox.moved()] == [order.number]


def test_one_number_is_sent_only_so_often_before_a_person_looks(runtime, work, clock, sandbox, order):
    sandbox.set(opening_fen="100")
    run(runtime, clock, rounds=12)
    with work() as ctx:
        sends = [a for a in course.attempts(ctx, order.id) if a.what == "send"]
    assert len(sends) == rules.MAX_SENDS
    assert now(work, order).attention


def test_a_bank_transfer_in_process_is_paid_when_the_bank_says_so(runtime, work, clock, sandbox, order):
    sandbox.set(status="DEALING")
    flight.run_due(runtime)
    assert now(work, order).state == "accepted"
    sandbox.finish(order.number, "SUCCESS")
    run(runtime, clock, rounds=2)
    assert now(work, order).state == "paid"


def test_a_sandbox_that_is_not_there_leaves_the_order_approved(runtime, work, clock, order):
    flight.run_due(runtime)
    found = now(work, order)
    assert (found.state, found.sends, found.attention) == ("approved", 0, False)
    with work() as ctx:
        assert service.hold(ctx, order.id, reason="渠道维护").state == "held"
    run(runtime, clock, rounds=2)
    with work() as ctx:
        assert len(course.attempts(ctx, order.id)) == 1
