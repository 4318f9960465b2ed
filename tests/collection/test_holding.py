"""The provider holds what is paid ahead; acceptance or two persons let it go, once; what nobody accepts goes back."""

import pytest

from marketplace.collection import books, errors, holding, queries, sender, service
from marketplace.contracts import service as contracts
from marketplace.ledger import check
from marketplace.testing.collection import SELLER, now
from marketplace.testing.contracts import a_contract, deliver, parts_of, some_parties
from marketplace.testing.identity import a_colleague
from tests.payments.conftest import sandbox

__all__ = ["sandbox"]


@pytest.fixture
def runtime(runtime):
    runtime.settings["MARKETPLACE_HOLD_DAYS"] = "90"
    return runtime


@pytest.fixture
def parties(runtime, work):
    with work() as ctx:
        made = some_parties(ctx, username="hol")
        service.set_merchant(ctx, made.agency_id, seller=SELLER)
        return made


@pytest.fixture
def part(work, parties):
    return parts_of(work, a_contract(work, parties))[0]


def held(runtime, work, clock, sandbox, parties, part):
    with work(parties.buyer) as ctx:
        made = service.ask(ctx, part.id, hold=True)
    sender.run_due(runtime)
    sandbox.pay(made.number, deliver=False)
    clock.advance(seconds=10)
    runtime.settle()
    row = now(work, made)
    assert (row.state, row.hold_state) == ("paid", "held")
    return row


def stands(work, row):
    with work() as ctx:
        assert check.run(ctx) == []
        return {kind: fen for kind, fen in books.held_fen(ctx, row).items() if fen}


def accept(runtime, work, parties, part):
    deliver(work, parties, part.id)
    with work(parties.buyer) as ctx:
        contracts.accept(ctx, part.id)
    runtime.settle()


def settled(sandbox):
    return [(row["seller"], row["settled_fen"], row["refunded_fen"]) for row in sandbox.trades()]


def test_acceptance_lets_it_go_once_and_nothing_is_due_again(runtime, work, clock, sandbox, parties, part):
    row = held(runtime, work, clock, sandbox, parties, part)
    assert (stands(work, row), settled(sandbox)) == ({"held": row.amount_fen}, [(SELLER, 0, 0)])
    sandbox.fault("system_error_done", method="alipay.trade.settle.confirm")
    accept(runtime, work, parties, part)
    with work(parties.agency) as ctx, pytest.raises(errors.NotRefundable):
        service.refund(ctx, row.id, request_key="r", amount_fen=1, reason="多付")
    clock.advance(minutes=1)
    runtime.settle()
    assert (stands(work, row), now(work, row).hold_state) == ({"collected": row.amount_fen}, "settled")
    assert settled(sandbox) == [(SELLER, row.amount_fen, 0)]
    with work(parties.buyer) as ctx:
        assert [one.cause for one in holding.settlements_of(ctx, row.id)] == ["acceptance"]
        with pytest.raises(errors.NothingToCollect):
            service.ask(ctx, part.id)
    clock.advance(days=100)
    runtime.settle()
    assert settled(sandbox) == [(SELLER, row.amount_fen, 0)]


def test_two_persons_of_the_payer_let_it_go_and_a_refund_before_takes_its_part(
    runtime, work, clock, sandbox, parties, part
):
    row = held(runtime, work, clock, sandbox, parties, part)
    with work(parties.agency) as ctx:
        service.refund(ctx, row.id, request_key="r1", amount_fen=1_000, reason="少做一处")
    with work() as ctx:
        second = a_colleague(ctx, parties.buyer.organisation_id)
    with work(parties.buyer) as ctx, pytest.raises(errors.ReleaseNotAsked):
        holding.confirm_release(ctx, row.id)
    with work(parties.buyer) as ctx:
        holding.ask_release(ctx, row.id, reason="机构资金周转")
    with work(parties.buyer) as ctx, pytest.raises(errors.ReleaseSamePerson):
        holding.confirm_release(ctx, row.id)
    runtime.settle()
    with work(second) as ctx:
        assert holding.confirm_release(ctx, row.id).hold_state == "settling"
    runtime.settle()
    assert settled(sandbox) == [(SELLER, row.amount_fen - 1_000, 1_000)]
    assert stands(work, row) == {"collected": row.amount_fen - 1_000}


@pytest.mark.once
def test_what_nobody_accepts_goes_back_before_the_provider_would_settle_it(
    runtime, work, clock, sandbox, parties, part
):
    row = held(runtime, work, clock, sandbox, parties, part)
    clock.advance(days=88)
    runtime.settle()
    assert settled(sandbox) == [(SELLER, 0, 0)]
    clock.advance(days=1, hours=1)
    runtime.settle()
    assert settled(sandbox) == [(SELLER, 0, row.amount_fen)]
    assert (stands(work, row), now(work, row).hold_state) == ({}, "returned")
    with work() as ctx:
        assert queries.paid_fen(ctx, part.id) == 0


@pytest.mark.once
def test_without_the_operators_contract_nothing_is_held(runtime, work, parties, part):
    runtime.settings["MARKETPLACE_HOLD_DAYS"] = "0"
    with work(parties.buyer) as ctx:
        assert queries.held_parts(ctx, parties.buyer.organisation_id) == []
        with pytest.raises(errors.HoldingOff):
            service.ask(ctx, part.id, hold=True)


@pytest.mark.once
def test_the_pages_say_who_holds_the_money_and_two_persons_press_the_buttons(
    runtime, work, clock, sandbox, parties, part, client, sign_in
):
    with work() as ctx:
        a_colleague(ctx, parties.buyer.organisation_id, username="hol-second")
    sign_in(client, "hol-buyer")
    assert "先付款、验收后结算" in client.get("/buyer/payments").text
    made = client.post("/buyer/payments", data={"milestone_id": part.id, "way": "qr", "hold": "true"})
    number = made.location.partition("?")[0].rpartition("/")[2]
    sender.run_due(runtime)
    sandbox.pay(number, deliver=False)
    clock.advance(seconds=10)
    runtime.settle()
    here = f"/collections/{number}"
    assert "支付机构保管" in client.get(here).text
    assert client.post(f"{here}/release", data={"reason": ""}).status_code == 422
    assert client.post(f"{here}/release", data={"reason": "机构资金周转"}).status_code == 303
    assert "确认提前结算" not in client.get(here).text
    sign_in(client, "hol-second")
    assert "确认提前结算" in client.get(here).text
    assert client.post(f"{here}/release/confirm").status_code == 303
    assert client.post(f"/api/v1{here}/release/confirm").json["code"] == "collection.release_not_asked"
    runtime.settle()
    assert [one["state"] for one in client.get(f"/api/v1{here}/settlements").json] == ["settled"]
    assert "Settled to the agency" in client.get(f"{here}?lang=en").text
