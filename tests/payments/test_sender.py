"""Three phases of paying, through the sandbox over real HTTP."""

import logging
import threading
import time
from dataclasses import replace

import pytest

from marketplace.budgets.queries import balances
from marketplace.kernel.money import Fen
from marketplace.ledger import check
from marketplace.payments import flight, queries, rules, sender, service
from marketplace.payments.ports import Observation, Outcome
from marketplace.payments.queries import course
from marketplace.payments.sandbox import Sandbox
from marketplace.testing.payments import ACCOUNT, an_approved_order, some_payers

pytestmark = pytest.mark.usefixtures("books_balance")


@pytest.fixture
def books_balance(work):
    """Whatever a test did, the ledger's invariants hold afterwards."""
    yield
    with work(write=False) as ctx:
        assert check.run(ctx) == []


@pytest.fixture
def order(work):
    return an_approved_order(work, some_payers(work))


def now(work, order):
    with work() as ctx:
        return queries.order(ctx, order.id)


def stages(work, order):
    with work() as ctx:
        return {k: v for k, v in balances.stages(ctx, order.encumbrance_id).items() if v}


def run(runtime, clock, *, rounds=6):
    for _ in range(rounds):
        flight.run_due(runtime)
        clock.advance(hours=2)


def moved(sandbox: Sandbox):
    return [row["amount_fen"] for row in sandbox.moved()]


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


def test_two_payers_at_once_make_one_payment(runtime, work, sandbox, order):
    sandbox.set(dedupe="off", latency_ms="50")
    start = threading.Barrier(4)

    def pay() -> None:
        start.wait()
        flight.run_due(runtime)

    threads = [threading.Thread(target=pay) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert moved(sandbox) == [order.amount_fen]
    with work() as ctx:
        assert [a.what for a in course.attempts(ctx, order.id)] == ["send"]


def test_a_worker_that_lost_its_lease_loses_the_wire_too(runtime, work, clock, sandbox, order):
    sandbox.set(dedupe="off")
    stopped = sender.claim(runtime, order.id)
    assert stopped is not None
    clock.advance(minutes=2)
    run(runtime, clock, rounds=2)
    assert moved(sandbox) == [order.amount_fen]
    # The stopped process wakes: its monotonic deadline has passed with its lease.
    late = replace(stopped, deadline=time.monotonic() - 1)
    sender.record(runtime, late, sender.exchange(late))
    assert moved(sandbox) == [order.amount_fen]
    assert now(work, order).state == "paid"


def test_what_waited_too_long_for_its_place_is_surely_not_sent(runtime, work, clock, sandbox, order):
    claimed = sender.claim(runtime, order.id)
    late = replace(claimed, deadline=time.monotonic() + rules.WIRE_SECONDS / 2 - 1)
    fact = sender.exchange(late)
    assert (fact.source, fact.outcome, fact.code) == ("answer", Outcome.NOT_SENT, "waited")
    sender.record(runtime, late, fact)
    assert now(work, order).state == "approved"
    assert moved(sandbox) == []
    run(runtime, clock, rounds=1)
    assert moved(sandbox) == []
    run(runtime, clock, rounds=1)
    assert moved(sandbox) == [order.amount_fen]


def test_an_overtaken_worker_may_not_release_money(runtime, work, clock, sandbox, order):
    stopped = sender.claim(runtime, order.id)
    clock.advance(minutes=2)
    current = sender.claim(runtime, order.id)
    refusal = Observation("answer", order.number, Outcome.REFUSED, code="PAYEE_NOT_EXIST")
    sender.record(runtime, stopped, refusal)
    assert now(work, order).state == "sending"
    assert stages(work, order) == {"transit": order.amount_fen}
    sender.record(runtime, current, replace(refusal, outcome=Outcome.SUCCEEDED, amount=Fen(order.amount_fen)))
    assert now(work, order).state == "paid"


def test_an_answer_about_another_amount_goes_to_a_person(runtime, work, clock, sandbox, order):
    claimed = sender.claim(runtime, order.id)
    wrong = Observation("answer", order.number, Outcome.SUCCEEDED, Fen(order.amount_fen + 1))
    sender.record(runtime, claimed, wrong)
    found = now(work, order)
    assert (found.state, found.attention) == ("sending", True)
    assert stages(work, order) == {"transit": order.amount_fen}


def test_a_broken_adapter_is_an_unknown_outcome(runtime, work, sandbox, order, caplog):
    class Broken:
        name, caps = "sandbox", sender.queries.gateway  # never asked

        def send(self, prepared, *, deadline):
            raise KeyError(ACCOUNT)

    claimed = sender.claim(runtime, order.id)
    fact = sender.exchange(replace(claimed, gateway=Broken()))
    assert (fact.outcome, fact.code) == (Outcome.UNKNOWN, "KeyError")
    assert ACCOUNT not in caplog.text


def test_a_fact_the_books_refuse_is_kept_and_calls_a_person(runtime, work, clock, sandbox, order, monkeypatch):
    from marketplace.budgets.errors import EncumbranceNotFound

    def refuse(*_args, **_facts):
        raise EncumbranceNotFound

    with monkeypatch.context() as patch:
        patch.setattr(sender.budgets, "settle_all", refuse)
        flight.run_due(runtime)
    found = now(work, order)
    assert (found.state, found.attention) == ("sending", True)
    with work() as ctx:
        assert [f.outcome for f in course.observations(ctx, order.id)] == ["succeeded"]
    run(runtime, clock, rounds=2)
    assert now(work, order).state == "paid"
    assert moved(sandbox) == [order.amount_fen]


def test_changed_payload_bytes_are_never_sent(runtime, work, sandbox, order):
    with work() as ctx:
        queries.order(ctx, order.id).payload = ctx.keys.encrypt(b'{"trans_amount":"1.00"}')
    with pytest.raises(RuntimeError):
        sender.claim(runtime, order.id)
    assert flight.run_due(runtime) == 0
    assert now(work, order).attention
    assert moved(sandbox) == []


def test_no_account_number_is_logged_or_stored_in_plain(runtime, work, clock, sandbox, order, caplog):
    from sqlalchemy import text

    from marketplace.kernel.base import Base

    caplog.set_level(logging.DEBUG)
    sandbox.fault("system_error_done")
    run(runtime, clock, rounds=2)
    runtime.settle()
    assert now(work, order).state == "paid"
    assert ACCOUNT not in caplog.text
    with work(write=False) as ctx:
        for table in Base.metadata.sorted_tables:
            for row in ctx.session.execute(text(f"SELECT * FROM {table.name}")):
                assert ACCOUNT not in str(tuple(row)), table.name
