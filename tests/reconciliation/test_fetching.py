"""Statements come by themselves, also for days on which no worker asked; a provider's fee is a break of its own."""

from datetime import timedelta

from marketplace.kernel.clock import SHANGHAI, shanghai_date
from marketplace.reconciliation import fetching, queries
from marketplace.testing.reconciliation import two_clerks
from tests.payments.conftest import sandbox

__all__ = ["sandbox"]


def test_days_nobody_asked_for_are_fetched_later_and_a_fee_waits_on_the_clerks_desk(
    runtime, work, client, sign_in, clock, sandbox
):
    two_clerks(work, username="rec")
    with work() as ctx:
        first = shanghai_date(ctx.now)
        fetching.want_missing(ctx)
    assert fetching.run_due(runtime) == 2
    clock.advance(days=3)
    sandbox.charge(2_358, at=f"{clock().astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}")
    clock.advance(days=1)
    with work() as ctx:
        fetching.want_missing(ctx)
    assert fetching.run_due(runtime) == 8
    with work() as ctx:
        until = first + timedelta(days=3)
        assert queries.missing_days(ctx, "sandbox:account", first, until) == []
        ((kind, fen),) = [(row.kind, row.amount_fen) for row in ctx.session.scalars(queries.breaks())]
    assert (kind, fen) == ("fee", -2_358)
    sign_in(client, "rec-one")
    desk = client.get("/desk").text
    assert "渠道手续费　-23.58" in desk
    assert f"支付沙箱账户　{first - timedelta(days=1)}" in desk
