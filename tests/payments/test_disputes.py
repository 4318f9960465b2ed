"""A department pays what it does not dispute in time; what it disputes waits as due, is paid after all, or goes back."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from marketplace.budgets.queries import balances
from marketplace.contracts import errors as contract_errors
from marketplace.contracts import queries as contract_queries
from marketplace.contracts import service as contracts
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.errors import DomainError, Kind, WrongState
from marketplace.ledger import check
from marketplace.overdue import queries as overdue
from marketplace.payments import errors, flight, queries, rules, service
from marketplace.payments.models import PaymentOrder
from marketplace.payments.queries import course
from marketplace.testing.payments import (
    a_checked_invoice,
    a_prepared_order,
    a_submitted_order,
    an_approved_order,
    some_payers,
)
from tests.payments.conftest import sandbox

__all__ = ["sandbox"]

PART = 800_000


def raise_it(work, payers, fen=PART):
    with work(payers.parties.buyer) as ctx:
        contracts.dispute(ctx, payers.milestone_id, disputed_fen=fen, reason="监测点位少做两处")


def end_it(work, payers, side):
    with work(getattr(payers.parties, side)) as ctx:
        return contracts.end_dispute(ctx, payers.milestone_id).state


def orders_of(ctx, payers):
    wanted = queries.orders().where(PaymentOrder.contract_id == payers.contract_id)
    return ctx.session.scalars(wanted.order_by(PaymentOrder.id)).all()


def orders(work, payers):
    with work() as ctx:
        assert check.run(ctx) == []
        found = orders_of(ctx, payers)
        return [(row.amount_fen, row.state, shanghai_date(row.due_at)) for row in found]


def late(work, payers):
    with work() as ctx:
        return [(item.unpaid_fen, item.days_late) for item in overdue.overdue(ctx) if item.unpaid_fen]


def pay(runtime, work, payers, order_id):
    with work(payers.maker) as ctx:
        service.submit(ctx, order_id)
    with work(payers.checker) as ctx:
        service.approve(ctx, order_id)
    runtime.settle()
    flight.run_due(runtime)


def test_the_rest_is_paid_in_time_and_a_withdrawn_part_is_late_from_the_first_day(runtime, work, clock, sandbox):
    payers = some_payers(work)
    order = a_prepared_order(work, payers)
    whole, due_on = order.amount_fen, shanghai_date(order.due_at)
    raise_it(work, payers)
    runtime.settle()
    a_checked_invoice(work, payers)
    assert orders(work, payers) == [(whole - PART, "draft", due_on)]
    with work(payers.maker) as ctx, pytest.raises(errors.DeductionDisputed):
        service.drop(ctx, order.id, queries.lines(ctx, order.id)[0].id)
    pay(runtime, work, payers, order.id)
    clock.advance(days=35)
    assert late(work, payers) == []
    assert end_it(work, payers, "buyer") == "withdrawn"
    runtime.settle()
    assert orders(work, payers) == [(whole - PART, "paid", due_on), (PART, "draft", due_on)]
    assert late(work, payers) == [(PART, 5)]
    with work() as ctx:
        assert service.follow_dispute(ctx, payers.milestone_id) is None
        rest = orders_of(ctx, payers)[1]
    pay(runtime, work, payers, rest.id)
    assert late(work, payers) == []
    assert [state for _, state, _ in orders(work, payers)] == ["paid", "paid"]


def test_what_the_agency_concedes_goes_back_to_the_line(runtime, work, clock):
    payers = some_payers(work)
    order = a_prepared_order(work, payers)
    with work() as ctx:
        before = balances.stages(ctx, order.encumbrance_id)["due"]
    raise_it(work, payers)
    runtime.settle()
    assert end_it(work, payers, "agency") == "conceded"
    runtime.settle()
    with work() as ctx:
        assert balances.stages(ctx, order.encumbrance_id)["due"] == before - PART
    assert orders(work, payers)[0][:2] == (order.amount_fen - PART, "draft")
    clock.advance(days=31)
    assert late(work, payers) == [(order.amount_fen - PART, 1)]


def test_an_order_submitted_before_the_dispute_goes_back_to_its_maker(work):
    payers = some_payers(work)
    order = a_submitted_order(work, payers)
    raise_it(work, payers)
    with work(payers.checker) as ctx, pytest.raises(errors.DisputeOpen):
        service.approve(ctx, order.id)
    with work(payers.checker) as ctx:
        service.send_back(ctx, order.id, reason="业主有争议")
    with work(payers.maker) as ctx:
        assert service.submit(ctx, order.id).amount_fen == order.amount_fen - PART
    with work(payers.checker) as ctx:
        service.approve(ctx, order.id)
    with pytest.raises(contract_errors.NotDisputable):
        raise_it(work, payers)


def test_where_all_is_disputed_nothing_is_paid_until_it_ends(runtime, work):
    payers = some_payers(work)
    with work() as ctx:
        due = service.prepare(ctx, payers.milestone_id)
    raise_it(work, payers, due.amount_fen)
    runtime.settle()
    with work(payers.maker) as ctx, pytest.raises(errors.NothingUndisputed):
        service.submit(ctx, due.id)
    end_it(work, payers, "buyer")
    runtime.settle()
    assert [(fen, state) for fen, state, _ in orders(work, payers)] == [(due.amount_fen, "draft")]


def approved(work, **over):
    payers = some_payers(work, **over)
    return payers, an_approved_order(work, payers)


def test_an_approved_order_is_stopped_and_the_undisputed_part_is_paid_in_time(runtime, work, clock, sandbox):
    payers, order = approved(work)
    whole, due_on = order.amount_fen, shanghai_date(order.due_at)
    raise_it(work, payers)
    flight.run_due(runtime)
    runtime.settle()
    assert orders(work, payers) == [(whole, "withdrawn", due_on), (whole - PART, "draft", due_on)]
    with work(payers.checker) as ctx:
        stopped, rest = orders_of(ctx, payers)
        assert (stopped.reason, rest.replaces) == ("争议：监测点位少做两处", stopped.id)
        with pytest.raises(WrongState):
            service.resume(ctx, stopped.id)
    pay(runtime, work, payers, rest.id)
    clock.advance(days=35)
    assert late(work, payers) == []
    assert [row["amount_fen"] for row in sandbox.moved()] == [whole - PART]
    end_it(work, payers, "buyer")
    runtime.settle()
    assert orders(work, payers)[2] == (PART, "draft", due_on)


@pytest.mark.once
@pytest.mark.parametrize(("side", "state"), [("buyer", "paid"), ("agency", "withdrawn")])
def test_an_order_disputed_as_a_whole_is_held_until_the_dispute_ends(runtime, work, clock, sandbox, side, state):
    payers, order = approved(work)
    raise_it(work, payers, order.amount_fen)
    flight.run_due(runtime)
    assert orders(work, payers)[0][1] == "held"
    with work(payers.checker) as ctx, pytest.raises(errors.DisputeOpen):
        service.resume(ctx, order.id)
    clock.advance(days=35)
    assert (late(work, payers), sandbox.moved()) == ([], [])
    end_it(work, payers, side)
    runtime.settle()
    flight.run_due(runtime)
    assert [row[1] for row in orders(work, payers)] == [state]
    assert len(sandbox.moved()) == (state == "paid")
    with work() as ctx:
        assert balances.stages(ctx, order.encumbrance_id)["transit"] == 0


@pytest.mark.once
def test_what_is_on_the_wire_is_only_put_on_record_and_what_is_paid_is_too_late(runtime, work, clock, sandbox):
    payers, order = approved(work)
    sandbox.set(status="DEALING")
    flight.run_due(runtime)
    raise_it(work, payers)
    with work() as ctx:
        assert contract_queries.dispute_of(ctx, payers.milestone_id).state == "sent"
        assert contract_queries.disputed_fen(ctx, payers.milestone_id) == 0
    with pytest.raises(contract_errors.NotDisputable):
        raise_it(work, payers)
    sandbox.finish(order.number, "SUCCESS")
    clock.advance(minutes=10)
    flight.run_due(runtime)
    assert orders(work, payers)[0][:2] == (order.amount_fen, "paid")
    with pytest.raises(contract_errors.DisputeTooLate):
        raise_it(work, payers)
    with pytest.raises(contract_errors.NotDisputable):
        end_it(work, payers, "agency")


@pytest.mark.parametrize("lead", [0, pytest.param(0.02, marks=pytest.mark.long)])
def test_a_dispute_against_the_sending_holds_it_or_says_that_it_left_never_both(runtime, work, sandbox, lead):
    payers, order = approved(work)

    def quarrel():
        time.sleep(lead)
        try:
            raise_it(work, payers)
        except DomainError as refusal:
            return refusal.kind
        return None

    with ThreadPoolExecutor(2) as pool:
        told, _ = pool.submit(quarrel), pool.submit(flight.run_due, runtime)
    assert told.result() in {None, Kind.CONFLICT}
    with work() as ctx:
        assert check.run(ctx) == []
        found = contract_queries.dispute_of(ctx, payers.milestone_id)
        state, moved = queries.order(ctx, order.id).state, [row["amount_fen"] for row in sandbox.moved()]
    said = found.state if found else "refused"
    assert (state, said, len(moved)) in {("withdrawn", "open", 0), ("paid", "sent", 1), ("paid", "refused", 1)}


def test_money_lawfully_kept_is_not_late_until_its_own_day(runtime, work, clock, sandbox):
    payers = some_payers(work)
    order = a_prepared_order(work, payers)
    a_checked_invoice(work, payers)
    kept, fine = 100_000, 50_000
    with work(payers.maker) as ctx:
        day = shanghai_date(ctx.now) + timedelta(days=60)
        service.deduct(ctx, order.id, kind="retention", amount_fen=kept, basis="合同第七条", release_on=day)
        service.deduct(ctx, order.id, kind="penalty", amount_fen=fine, basis="合同第九条，逾期三日")
    pay(runtime, work, payers, order.id)
    clock.advance(days=40)
    assert late(work, payers) == []
    clock.advance(days=55)
    runtime.settle()
    assert late(work, payers) == [(kept, 5)]
    with work() as ctx:
        back = orders_of(ctx, payers)[1]
    pay(runtime, work, payers, back.id)
    assert late(work, payers) == []


@pytest.mark.once
def test_an_order_bears_the_interest_that_its_contract_agreed(work, clock):
    payers = some_payers(work)
    order = a_prepared_order(work, payers)
    clock.advance(days=40)
    with work() as ctx:
        found = queries.order(ctx, order.id)
        by_law = course.clock_of(found, ctx.now).interest_fen
        found.late_rate_bp = 400
        agreed = course.clock_of(found, ctx.now).interest_fen
    assert by_law == rules.interest_fen(order.amount_fen, 10, daily_bp=5, yearly_bp=None)
    assert agreed == rules.interest_fen(order.amount_fen, 10, daily_bp=5, yearly_bp=400)


def test_both_sides_have_pages_for_a_dispute(runtime, work, client, sign_in):
    payers = some_payers(work, username="dis")
    sign_in(client, "dis-buyer")
    here = f"/buyer/contracts/{payers.contract_id}"
    door = f"/buyer/milestones/{payers.milestone_id}/dispute"
    assert door in client.get(here).text
    assert client.post(door, data={"amount": "x", "reason": ""}).status_code == 422
    too_much = client.post(door, data={"amount": "999999999.00", "reason": "少做"})
    assert (too_much.status_code, 'class="mk-error"' in too_much.text) == (422, True)
    assert client.post(door, data={"amount": "8000.00", "reason": "监测点位少做两处"}).status_code == 303
    assert "争议未了结" in client.get(here).text
    sign_in(client, "dis-agency")
    end = f"/agency/milestones/{payers.milestone_id}/dispute/end"
    assert end in client.get(f"/agency/contracts/{payers.contract_id}").text
    assert "认可争议" in client.get(end).text
    assert client.post(end).status_code == 303
    assert "Conceded by the agency" in client.get(f"/agency/contracts/{payers.contract_id}?lang=en").text
