"""Facts about a collection, by whatever way and in whatever order they come."""

import itertools
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.collection import service
from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.money import Fen
from marketplace.payments.models import GatewayNotice
from marketplace.payments.ports import Outcome
from marketplace.testing.collection import a_debtor, an_offered_collection, now
from tests.collection.paying import fact, held


def test_another_amount_than_asked_for_is_a_matter_for_a_person(runtime, work, sandbox, debtor):
    row = an_offered_collection(runtime, work, debtor)
    with work() as ctx:
        service.apply(ctx, row.id, fact(row, Outcome.SUCCEEDED, amount=Fen(row.amount_fen - 1)))
    assert (now(work, row).state, now(work, row).attention) == ("waiting", True)
    assert held(work, row) == {"unallocated": row.amount_fen - 1}


def test_a_worker_that_was_overtaken_may_show_money_and_nothing_else(runtime, work, sandbox, debtor):
    row = an_offered_collection(runtime, work, debtor)
    with work() as ctx:
        service.apply(ctx, row.id, fact(row, Outcome.REFUSED), fence=row.fence - 1)
    assert now(work, row).state == "waiting"
    with work() as ctx:
        service.apply(ctx, row.id, fact(row, Outcome.SUCCEEDED), fence=row.fence - 1)
    assert now(work, row).state == "paid"


SAID = [
    ("notice", Outcome.ACCEPTED), ("notice", Outcome.SUCCEEDED), ("notice", Outcome.REFUSED), ("query", Outcome.ACCEPTED),
    ("query", Outcome.SUCCEEDED), ("statement", Outcome.SUCCEEDED), ("query", Outcome.UNKNOWN), ("query", Outcome.NOT_FOUND),
]  # fmt: skip


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(
    order=st.lists(st.sampled_from(range(len(SAID))), max_size=8),
    seed=st.permutations(range(len(SAID))),
)
def test_any_order_and_repetition_of_facts_gives_one_result(runtime, work, sandbox, order, seed):
    debtor = a_debtor(work)
    row = an_offered_collection(runtime, work, debtor)
    for place in itertools.chain(order, seed):
        source, outcome = SAID[place]
        with work() as ctx:
            service.apply(ctx, row.id, fact(row, outcome, source))
    assert now(work, row).state == "paid"
    assert held(work, row) == {"collected": row.amount_fen}


def post(client, body):
    return client.post("/payments/notices/sandbox", data=body, headers={"Sec-Fetch-Site": "cross-site"})


def test_a_notice_is_stored_first_and_settles_the_collection_when_applied(runtime, work, client, sandbox, debtor):
    row = an_offered_collection(runtime, work, debtor)
    notice = sandbox.pay(row.number, deliver=False)["notice"]
    for _ in range(3):
        assert post(client, notice).text == "success"
    assert now(work, row).state == "waiting"
    runtime.settle()
    assert now(work, row).state == "paid"
    assert post(client, notice).text == "success"
    runtime.settle()
    assert held(work, row) == {"collected": row.amount_fen}
    with work() as ctx:
        (stored,) = ctx.session.query(GatewayNotice).all()
        assert stored.state == "applied"
        assert ctx.keys.decrypt(stored.body).decode() == notice
        assert b"user-agent" in ctx.keys.decrypt(stored.headers).lower()


def test_forged_notices_are_kept_within_bounds_and_never_acknowledged(
    runtime, work, client, sandbox, debtor, monkeypatch
):
    monkeypatch.setattr("marketplace.payments.inbox.FORGED_AN_HOUR", 3)
    row = an_offered_collection(runtime, work, debtor)
    notice = sandbox.pay(row.number, deliver=False)["notice"]
    for n in range(5):
        assert post(client, notice.replace("sign=", f"sign={n}")).text != "success"
    assert post(client, notice).text == "success"
    runtime.settle()
    assert now(work, row).state == "paid"
    with work() as ctx:
        assert ctx.session.query(GatewayNotice).filter_by(state="rejected").count() == 3


def test_a_notice_that_names_nothing_of_ours_is_quarantined(runtime, work, client, sandbox, gateway, debtor):
    from marketplace.payments.gateways.sandbox import sandbox_gateway
    from tests.payments.paying import soon

    rail = sandbox_gateway(runtime.settings, runtime.clock)
    made = rail.prepare_payment(
        "SK-STRANGER", Fen(500), "x", expires_at=runtime.clock() + timedelta(hours=1), notify_url=""
    )
    rail.send(made, deadline=soon())
    assert post(client, sandbox.pay("SK-STRANGER", deliver=False)["notice"]).text == "success"
    runtime.settle()
    with work() as ctx:
        assert [row.state for row in ctx.session.query(GatewayNotice)] == ["quarantined"]


def test_the_trades_of_a_day_are_reconciled_and_tell_what_no_notice_said(runtime, work, clock, sandbox, debtor):
    from marketplace.reconciliation import fetching
    from marketplace.reconciliation import queries as recon
    from marketplace.reconciliation.queries import statements

    row = an_offered_collection(runtime, work, debtor)
    at = clock().astimezone(SHANGHAI)
    sandbox.pay(row.number, at=f"{at:%Y-%m-%d %H:%M:%S}", deliver=False)
    with work() as ctx:
        fetching.want(ctx, "sandbox", at.date())
    assert fetching.run_due(runtime) == 2
    assert now(work, row).state == "paid"
    with work() as ctx:
        day = recon.day_of(ctx, "sandbox:trade", at.date())
        assert statements.counts(ctx, day) == {"lines": 1, "matched": 1, "breaks": 0}
