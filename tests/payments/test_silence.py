"""Nothing secret or personal in any log: a whole run of paying, with faults, at the most talkative level."""

import logging
from urllib.parse import quote

import pytest

from marketplace.collection import queries as collections
from marketplace.collection import sender
from marketplace.collection import service as collecting
from marketplace.kernel.clock import SHANGHAI
from marketplace.payments import flight, queries
from marketplace.payments.sandbox import Sandbox
from marketplace.reconciliation import fetching
from marketplace.testing.collection import SELLER, a_debtor, an_offered_collection, now
from marketplace.testing.payments import ACCOUNT, an_approved_order, approved_parts, some_payers

FAULTS = ["system_error_done", "dropped", "bad_gateway", "tampered", "unsigned", "other_number", "refused"]
NAME = "江苏诚达咨询有限公司"


@pytest.fixture
def talkative(caplog, monkeypatch):
    """Every logger says all it can; only SQLAlchemy's own, which prints rows when told to, stays as it is shipped."""
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        if not name.startswith("sqlalchemy"):
            logger = logging.getLogger(name)
            logger.setLevel(logging.DEBUG)
            monkeypatch.setattr(logger, "disabled", False)  # a server started by another test may have silenced it
            monkeypatch.setattr(logger, "propagate", True)
    return caplog


def keys_of(runtime, sandbox: Sandbox):
    """Lines of the merchant's private key, and the market's own secret."""
    private = (sandbox.folder / "app_private_key.pem").read_text().split("\n")[1:4]
    return ["BEGIN RSA", *private, runtime.settings["MARKETPLACE_SECRET"]]


def test_no_log_of_a_whole_run_tells_an_account_a_name_or_a_key(
    runtime, work, clock, sandbox: Sandbox, client, talkative
):
    payers = some_payers(work)
    orders = [an_approved_order(work, payers)]
    for fault in FAULTS:
        orders += approved_parts(work, some_payers(work), 1)
        sandbox.fault(fault, value="90" if fault == "tampered" else "")
        for _ in range(2):
            flight.run_due(runtime)
            clock.advance(hours=2)
    (broken,) = approved_parts(work, some_payers(work), 1)
    with work() as ctx:  # a worker complains about what it cannot read
        queries.order(ctx, broken.id).payload = ctx.keys.encrypt(f'{{"identity":"{ACCOUNT}"}}'.encode())
    flight.run_due(runtime)
    notice = sandbox.finish(orders[0].number, "REFUND")["notice"]
    for body in (notice, notice[:-9], notice + "&x=1", f"identity={ACCOUNT}"):
        client.post("/payments/notices/sandbox", data=body, content_type="application/x-www-form-urlencoded")
    client.get(f"/dept/payments/{orders[0].number}")
    runtime.settle()
    with work() as ctx:
        assert {queries.order(ctx, order.id).state for order in orders} >= {"paid", "refused", "returned"}
        payloads = [ctx.keys.decrypt(order.payload).decode() for order in orders]
    said = talkative.text + "\n".join(record.getMessage() for record in talkative.records)
    secret = [ACCOUNT, NAME, quote(NAME), *payloads, *keys_of(runtime, sandbox)]
    assert f"payment order {broken.id}: RuntimeError" in said, "the worker has complained"
    assert [word[:12] for word in secret if word in said] == []
    assert "sign=" not in said


PAYER = "2088000000000999"  # whom the sandbox names as the buyer
FATES = ["system_error_done", "dropped", "bad_gateway", "tampered", "unsigned", "other_wrapper"]


def test_no_log_of_a_whole_collection_tells_a_merchant_a_payer_or_a_key(
    runtime, work, clock, sandbox: Sandbox, client, talkative
):
    debtor = a_debtor(work)
    for fault in FATES:  # a code whose fate is open is closed, and another is asked for
        sandbox.fault(fault, method="alipay.trade.precreate", value="90" if fault == "tampered" else "")
        row = an_offered_collection(runtime, work, debtor)
        for _ in range(2):
            sender.run_due(runtime)
            clock.advance(minutes=6)
        assert now(work, row).state == "closed"
    row, at = an_offered_collection(runtime, work, debtor), clock().astimezone(SHANGHAI)
    notice = sandbox.pay(row.number, at=f"{at:%Y-%m-%d %H:%M:%S}", deliver=False)["notice"]
    for body in (notice[:-9], notice + "&x=1", f"seller_id={SELLER}&buyer_id={PAYER}", notice):
        client.post("/payments/notices/sandbox", data=body, content_type="application/x-www-form-urlencoded")
    runtime.settle()
    for number, fault in enumerate(FATES):
        sandbox.fault(fault, method="alipay.trade.refund", value="90" if fault == "tampered" else "")
        with work(debtor.parties.agency) as ctx:
            collecting.refund(ctx, row.id, request_key=f"R{number}", amount_fen=100, reason="多付")
        sender.run_due(runtime)
    for _ in range(4):
        clock.advance(minutes=6)
        sender.run_due(runtime)
    with work() as ctx:
        fetching.want(ctx, "sandbox", at.date())
    assert fetching.run_due(runtime) == 2
    client.get(f"/collections/{row.number}")
    with work() as ctx:
        assert {refund.state for refund in collections.refunds_of(ctx, row.id)} == {"refunded"}
        payloads = [ctx.keys.decrypt(found.payload).decode() for found in [row, *collections.refunds_of(ctx, row.id)]]
    said = talkative.text + "\n".join(record.getMessage() for record in talkative.records)
    secret = [SELLER, PAYER, NAME, quote(NAME), row.title, *payloads, *keys_of(runtime, sandbox)]
    assert [word[:12] for word in secret if word in said] == []
    assert "sign=" not in said
