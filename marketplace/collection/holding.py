"""延迟结算: money that the provider holds until the result is accepted, or two persons of the payer let it go.

The market never holds it. What is neither accepted nor let go goes back before the provider would settle by itself.
"""

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import select

from marketplace.collection import books, queries, rules, service
from marketplace.collection.errors import (
    CollectionNotFound,
    CollectionUnsuited,
    ReleaseNotAsked,
    ReleaseSamePerson,
)
from marketplace.collection.events import ReleaseAsked, SettlementAsked
from marketplace.collection.evidence import locked
from marketplace.collection.models import Collection, Settlement
from marketplace.contracts import queries as contracts
from marketplace.kernel.context import Ctx
from marketplace.kernel.money import Fen
from marketplace.payments import queries as payments
from marketplace.payments.evidence import who
from marketplace.payments.ports import HoldsMoney, Prepared

Cause = Literal["acceptance", "two_persons"]


def settlements_of(ctx: Ctx, collection_id: str) -> Sequence[Settlement]:
    """Every settlement of a collection, oldest first."""
    wanted = select(Settlement).where(Settlement.collection_id == collection_id)
    return ctx.session.scalars(wanted.order_by(Settlement.id)).all()


def look(ctx: Ctx, collection_id: str) -> None:
    """Settle what is held for a milestone that is accepted; while a refund is open, later."""
    row = locked(ctx, collection_id)
    if row.hold_state == "held" and _accepted(ctx, row):
        _settle(ctx, row, "acceptance")


def accepted(ctx: Ctx, milestone_id: str) -> None:
    """A milestone was accepted: settle what the provider holds for it."""
    for id in ctx.session.scalars(queries.held_for(milestone_id)):
        look(ctx, id)


def end(ctx: Ctx, collection_id: str) -> None:
    """到期: before the provider settles by itself, what is not accepted goes back to its payer."""
    row = locked(ctx, collection_id)
    if row.hold_state != "held":
        return
    left = books.held_fen(ctx, row)["held"]
    if _accepted(ctx, row):
        _settle(ctx, row, "acceptance")
    elif left:
        service.give_back(ctx, row, f"hold-ends/{row.id}", left, "保管期满未验收，原路退回")


def ask_release(ctx: Ctx, collection_id: str, *, reason: str) -> Collection:
    """申请提前结算: the payer wants the agency to have the money before acceptance; a second person confirms.

    Raises ReleaseNotAsked, CollectionReasonNeeded.
    """
    row = _payers_own(ctx, collection_id)
    row.release_asked_by, row.release_reason, row.released_by = who(ctx), service.said(reason), None
    ctx.record(ReleaseAsked(subject=f"collection/{row.id}", number=row.number, reason=row.release_reason))
    ctx.session.flush()
    return row


def confirm_release(ctx: Ctx, collection_id: str) -> Collection:
    """确认提前结算: a second person of the payer. Raises ReleaseNotAsked, ReleaseSamePerson."""
    row = _payers_own(ctx, collection_id)
    if row.release_asked_by is None:
        raise ReleaseNotAsked
    if row.release_asked_by == who(ctx):
        raise ReleaseSamePerson
    row.released_by = who(ctx)
    ctx.session.flush()
    _settle(ctx, row, "two_persons")
    return row


def _payers_own(ctx: Ctx, collection_id: str) -> Collection:
    ctx.require("collection.pay")
    row = locked(ctx, collection_id)
    if ctx.actor.kind not in {"system", "terminal"} and ctx.actor.organisation_id != row.buyer_id:
        raise CollectionNotFound
    if row.hold_state != "held":
        raise ReleaseNotAsked
    return row


def _accepted(ctx: Ctx, row: Collection) -> bool:
    return contracts.milestone(ctx, row.milestone_id).accepted_at is not None


def _settle(ctx: Ctx, row: Collection, cause: Cause) -> None:
    held = books.held_fen(ctx, row)
    if held["refunding"]:
        ctx.promise("collection.held", row.id, ctx.now + rules.AGAIN)
        return
    if not held["held"]:
        return
    frozen = _frozen(ctx, row, held["held"])
    made = Settlement(
        id=ctx.new_id(),
        collection_id=row.id,
        cause=cause,
        amount_fen=frozen.amount,
        gateway=row.gateway,
        state="created",
        made_at=ctx.now,
        made_by=who(ctx),
        **service.wire(ctx, frozen),
    )
    ctx.session.add(made)
    row.hold_state = "settling"
    facts: dict[str, Any] = {"number": made.number, "collection": row.number, "cause": cause}
    ctx.record(SettlementAsked(subject=f"collection/{row.id}", amount_fen=made.amount_fen, **facts))
    ctx.session.flush()


def _frozen(ctx: Ctx, row: Collection, amount_fen: int) -> Prepared:
    rail = payments.gateway(ctx, row.gateway)
    paid = Prepared.of("payment", row.number, Fen(row.amount_fen), ctx.keys.decrypt(row.payload))
    number = f"{ctx.number('JS')}-{ctx.entropy(3).hex().upper()}"
    if not isinstance(rail, HoldsMoney):
        raise CollectionUnsuited
    try:
        return rail.prepare_settlement(number, paid, Fen(amount_fen), row.provider_ids)
    except ValueError as error:
        raise CollectionUnsuited from error
