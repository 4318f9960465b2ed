"""One fen is followed from the appropriation document to the receipt file, and back by the same stops."""

import hashlib
import re

import pytest

from marketplace.kernel.clock import shanghai_date
from marketplace.payments import fetching as receipts
from marketplace.payments import flight
from marketplace.payments import queries as payments
from marketplace.payments.errors import PaymentNotFound
from marketplace.reconciliation import fetching, trail
from marketplace.reconciliation.queries import statements
from marketplace.testing.payments import an_approved_order, some_payers
from tests.payments.conftest import sandbox

__all__ = ["sandbox"]


@pytest.fixture
def paid(runtime, work, clock, sandbox):
    payers = some_payers(work, username="fen")
    order = an_approved_order(work, payers)
    flight.run_due(runtime)
    return order


def reconcile(runtime, work, clock):
    with work() as ctx:
        fetching.want(ctx, "sandbox", shanghai_date(ctx.now))
    assert fetching.run_due(runtime) == 2
    for _ in range(2):
        clock.advance(minutes=2)
        receipts.run_due(runtime)


def test_every_fen_has_one_whole_path_and_the_way_back_is_the_same(runtime, work, clock, paid):
    reconcile(runtime, work, clock)
    with work(write=False) as ctx:
        order = payments.order(ctx, paid.id)
        there = trail.walk(ctx, order, fen=order.amount_fen)
        assert (there.missing, [stop.kind for stop in there.stops]) == ([], list(trail.STOPS))
        proof = {stop.kind: stop.proof for stop in there.stops}
        statement_id, seq = proof["statement"].split("/")
        back = trail.walk_back(ctx, statement_id, int(seq), fen=order.amount_fen)
        assert back.stops == there.stops
        amounts = {stop.kind: stop.amount_fen for stop in there.stops}
        assert {
            amounts[kind] for kind in ("encumbrance", "milestone", "order", "evidence", "statement", "receipt")
        } == {order.amount_fen}
        assert amounts["document"] >= order.amount_fen
        file = (statements.folder(ctx) / proof["book"]).read_bytes()
        assert hashlib.sha256(file).hexdigest() == proof["book"]
        last = payments.proof_of(ctx, order.id)
        assert hashlib.sha256(payments.receipt_file(ctx, order, last.id)[1]).hexdigest() == proof["receipt"]
        for beyond in (0, order.amount_fen + 1):
            with pytest.raises(PaymentNotFound):
                trail.walk(ctx, order, fen=beyond)


def test_a_trail_says_what_is_still_missing(work, paid):
    with work(write=False) as ctx:
        found = trail.walk(ctx, payments.order(ctx, paid.id))
    assert found.missing == ["statement", "book", "receipt"]
    assert not found.whole


def test_the_picture_has_a_twin_in_words(runtime, work, client, sign_in, clock, paid):
    reconcile(runtime, work, clock)
    sign_in(client, "fen-maker")
    page = client.get(f"/payments/{paid.number}/trace").text
    assert "链条完整" in page
    assert page.count("<rect") == len(trail.STOPS)
    assert client.get(re.search(r'href="(/payments/[^"]+/file)"', page)[1]).data.startswith(b"%PDF")
    assert page.count('<th scope="row"') == len(trail.STOPS)
    assert "every link holds" in client.get(f"/payments/{paid.number}/trace?lang=en").text
    assert client.get(f"/payments/{paid.number}/trace?fen=99999999999").status_code == 404
    some_payers(work, username="oth")
    sign_in(client, "oth-maker")
    assert client.get(f"/payments/{paid.number}/trace").status_code == 404
