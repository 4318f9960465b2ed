"""Nothing secret or personal in any log: a whole run of paying, with faults, at the most talkative level."""

import logging
from urllib.parse import quote

import pytest

from marketplace.payments import flight, queries
from marketplace.payments.sandbox import Sandbox
from marketplace.testing.payments import ACCOUNT, an_approved_order, some_payers

FAULTS = ["system_error_done", "dropped", "bad_gateway", "tampered", "unsigned", "other_number", "refused"]


@pytest.mark.parametrize("fault", FAULTS)
def test_no_log_of_a_whole_run_tells_an_account_a_name_or_a_key(runtime, work, clock, sandbox: Sandbox, client, caplog, fault):
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        logging.getLogger(name).setLevel(logging.DEBUG)
    order = an_approved_order(work, some_payers(work))
    sandbox.fault(fault, value="90" if fault == "tampered" else "")
    for _ in range(3):
        flight.run_due(runtime)
        clock.advance(hours=2)
    with work() as ctx:
        state = queries.order(ctx, order.id).state
    if state == "paid":
        notice = sandbox.finish(order.number, "REFUND")["notice"]
        for body in (notice, notice[:-9], notice + "&x=1", ACCOUNT):
            client.post("/payments/notices/sandbox", data=body, content_type="application/x-www-form-urlencoded")
        runtime.settle()
    with work() as ctx:
        row = queries.order(ctx, order.id)
        payload, name = ctx.keys.decrypt(row.payload).decode(), row.payee_name
    said = caplog.text + "\n".join(record.getMessage() for record in caplog.records)
    private = (sandbox.folder / "app_private_key.pem").read_text().split("\n")[1:4]
    secret = [ACCOUNT, name, quote(name), payload, "BEGIN RSA", *private, runtime.settings["MARKETPLACE_SECRET"]]
    assert [word[:12] for word in secret if word and word in said] == []
    assert "sign=" not in said
