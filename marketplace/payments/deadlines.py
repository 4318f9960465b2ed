"""Timer door: prepare after acceptance, take approved orders to the wire, apply notices."""

import logging
from collections.abc import Callable

from marketplace.kernel.context import Ctx, Runtime
from marketplace.payments import fetching, flight, payees, service
from marketplace.payments.errors import NothingDue, NothingUndisputed

LIMIT = 1000  # orders in one turn; a turn is bounded in time as well
log = logging.getLogger("marketplace.payments")


def prepare(ctx: Ctx, milestone_id: str) -> None:
    """A milestone was accepted. A part without money of a budget needs no order."""
    try:
        service.prepare(ctx, milestone_id)
    except NothingDue:
        log.info("milestone %s: nothing is due from a budget", milestone_id)


def send(ctx: Ctx, order_id: str) -> None:
    """Mark an approved order; the wire comes after the tick, when no transaction is open."""
    service.make_due_now(ctx, order_id)


def apply_notice(ctx: Ctx, notice_row_id: str) -> None:
    """Apply what the inbox holds."""
    service.apply_notice(ctx, notice_row_id)


def fix_payee(ctx: Ctx, contract_id: str) -> None:
    """A contract was signed: the account it pays to is the one its agency has registered now."""
    payees.fix(ctx, contract_id)


def release(ctx: Ctx, line_id: str) -> None:
    """The day of a retention has come: draw up its order."""
    service.prepare_retention(ctx, line_id)


def follow_dispute(ctx: Ctx, milestone_id: str) -> None:
    """A dispute was raised or has ended. Where nothing undisputed is left, nothing is drawn up."""
    try:
        service.follow_dispute(ctx, milestone_id)
    except (NothingDue, NothingUndisputed):
        log.info("milestone %s: nothing undisputed is due", milestone_id)


def pay(runtime: Runtime) -> None:
    """Send and ask whatever is due."""
    flight.run_due(runtime, LIMIT)


def fetch_receipts(runtime: Runtime) -> None:
    """Ask for the official receipts of what was paid."""
    fetching.run_due(runtime, LIMIT)


HANDLERS: dict[str, Callable[[Ctx, str], None]] = {
    "payment.prepare": prepare,
    "payment.fix_payee": fix_payee,
    "payment.release": release,
    "payment.follow_dispute": follow_dispute,
    "payment.send": send,
    "payment.notice": apply_notice,
}
AFTER_TICK: list[Callable[[Runtime], None]] = [pay, fetch_receipts]
