"""电子回单: asked for after the money moved, with an end; kept under its hash, shown to who may see, never replaced."""

import json

import pytest

from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.events import EventRow
from marketplace.payments import errors, fetching, flight, queries, receipts, rules, service
from marketplace.testing.payments import an_approved_order, some_payers
from tests.payments.conftest import sandbox
from tests.payments.test_treasury_doors import receipt as treasury_file

__all__ = ["sandbox"]


@pytest.fixture
def paid(runtime, work, sandbox):
    payers = some_payers(work, username="rec")
    order = an_approved_order(work, payers)
    flight.run_due(runtime)
    return payers, order


def rounds(runtime, clock, count, **wait):
    for _ in range(count):
        clock.advance(**(wait or {"days": 1}))
        fetching.run_due(runtime)


def kept(work, order):
    with work(write=False) as ctx:
        request, (found,) = queries.receipt_request(ctx, order.id), queries.receipts(ctx, order.id)
        ctx.session.expunge_all()
        return request, found, queries.receipt_file(ctx, order, found.id)[1]


def logged(work, type):
    with work(write=False) as ctx:
        return [
            json.loads(row.body)["data"]
            for row in ctx.session.query(EventRow).filter_by(type=f"payment.receipt.{type}")
        ]


def test_the_receipt_comes_after_the_money_is_kept_by_its_hash_and_never_replaced(runtime, work, clock, sandbox, paid):
    payers, order = paid
    fetching.run_due(runtime)
    with work(write=False) as ctx:
        assert queries.receipt_request(ctx, order.id) is None
    clock.advance(minutes=2)
    assert fetching.claim(runtime, order.id) is not None
    assert fetching.claim(runtime, order.id) is None
    rounds(runtime, clock, 2)
    request, first, file = kept(work, order)
    assert (request.state, request.tries, first.confirmed_by) == ("kept", 3, "sandbox")
    assert file.startswith(b"%PDF")
    assert order.number.encode("utf-16-be").hex().encode() in file
    assert [(fact["sha256"], fact["size"]) for fact in logged(work, "kept")] == [(first.sha256, len(file))]
    with work(write=False) as ctx:
        assert b"PDF" not in bytes.fromhex((queries.receipt_folder(ctx) / first.sha256).read_text())
        assert (queries.receipts_due(ctx, 9), list(queries.changed_files(ctx))) == ([], [])
    for how, state in (("ready", "kept"), ("changed", "differs")):
        sandbox.set(receipt=how)
        with work(payers.maker) as ctx:
            receipts.ask_again(ctx, order.id)
        rounds(runtime, clock, 2)
        request, again, stays = kept(work, order)
        assert (request.state, again.sha256, stays) == (state, first.sha256, file)
    assert [fact["kept"] for fact in logged(work, "differs")] == [first.sha256]


@pytest.mark.once
def test_asking_has_an_end_and_a_person_begins_anew(runtime, work, clock, sandbox, paid):
    payers, order = paid
    for trouble, count in (("later", 4), ("failed", 4), ("damaged", 5)):
        sandbox.set(receipt=trouble)
        rounds(runtime, clock, count)
    with work() as ctx:
        request = queries.receipt_request(ctx, order.id)
        assert (request.state, request.tries) == ("given_up", rules.RECEIPT_TRIES)
        assert queries.receipts(ctx, order.id) == []
    assert len(logged(work, "given_up")) == 1
    sandbox.set(receipt="ready")
    with work(payers.maker) as ctx:
        receipts.ask_again(ctx, order.id)
    rounds(runtime, clock, 2)
    assert kept(work, order)[0].state == "kept"


@pytest.mark.once
def test_who_may_see_the_receipt_and_what_a_changed_file_says(runtime, work, clock, client, sign_in, paid):
    _, order = paid
    rounds(runtime, clock, 2)
    _, found, file = kept(work, order)
    door, api = f"/payments/{order.number}/receipts/{found.id}/file", f"/api/v1/payments/{order.id}/receipts"
    for person, page in (("rec-maker", f"/dept/payments/{order.number}"), ("rec-agency", "/agency/payments")):
        sign_in(client, person)
        assert door in client.get(page).text
        answer = client.get(door)
        assert (answer.data, answer.mimetype, answer.headers["Cache-Control"]) == (file, "application/pdf", "no-store")
        (listed,) = client.get(api).json
        assert (listed["sha256"], client.get(f"{api}/{found.id}/file").data) == (found.sha256, file)
    assert client.post(f"/dept/payments/{order.number}/receipts/ask").status_code == 403
    some_payers(work, username="str")
    sign_in(client, "str-maker")
    assert {client.get(at).status_code for at in (door, api, f"{api}/{found.id}/file")} == {404}
    with work() as ctx:
        (queries.receipt_folder(ctx) / found.sha256).write_text(ctx.keys.encrypt(file + b" "))
        assert [one.id for one in queries.changed_files(ctx)] == [found.id]
    sign_in(client, "rec-maker")
    assert (client.get(door).status_code, client.get(f"{api}/{found.id}/file").status_code) == (503, 503)
    assert client.post(f"/dept/payments/{order.number}/receipts/ask").status_code == 303
    assert client.post(f"{api}/ask").json["state"] == "asked"


@pytest.mark.once
def test_a_treasury_file_is_the_receipt_and_paper_is_one_without(runtime, work, clock, client, sign_in):
    payers = some_payers(work, source="treasury", username="tre")
    order = an_approved_order(work, payers)
    flight.run_due(runtime)
    with work(payers.maker) as ctx, pytest.raises(errors.ReceiptNotOffered):
        receipts.ask_again(ctx, order.id)
    sign_in(client, "tre-maker")
    sent = treasury_file(order, "paid")
    raw = sent["file"][0].getvalue()
    assert client.post("/dept/treasury", data=sent).status_code == 303
    clock.advance(minutes=1)
    with work(payers.maker) as ctx:
        service.enter_receipt(ctx, order.id, outcome="paid", document="国支91", occurred_on=shanghai_date(ctx.now))
        first, paper = queries.receipts(ctx, order.id)
        assert (queries.proof_of(ctx, order.id), paper.sha256) == (None, None)
        assert queries.receipt_file(ctx, order, first.id)[1] == raw
        with pytest.raises(errors.PaymentNotFound):
            queries.receipt_file(ctx, order, paper.id)
    with work(payers.checker) as ctx:
        service.confirm_receipt(ctx, first.id)
    rounds(runtime, clock, 2)
    with work() as ctx:
        assert queries.receipt_request(ctx, order.id) is None
        assert queries.proof_of(ctx, order.id).sha256 == first.sha256
