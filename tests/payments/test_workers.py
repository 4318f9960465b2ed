"""Workers that pay at the same time, overtake each other, or wait too long; facts that nobody may believe."""

import logging
import threading
import time
from dataclasses import replace

import pytest

from marketplace.kernel.money import Fen
from marketplace.payments import flight, queries, rules, sender
from marketplace.payments.ports import Observation, Outcome
from marketplace.payments.queries import course
from marketplace.testing.payments import ACCOUNT
from tests.payments.orders import moved, now, run, stages

pytestmark = pytest.mark.usefixtures("books_balance")


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
