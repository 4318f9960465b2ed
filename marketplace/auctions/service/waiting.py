"""What happens when the one who holds a room's key stays away: an incident, and in the end the tender fails."""

from datetime import datetime, timedelta

from marketplace.auctions import queries, rules
from marketplace.auctions.events import AuctionKeyAwaited
from marketplace.auctions.models import AuctionRoom
from marketplace.auctions.service.journal import cancel
from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries as rulebook
from marketplace.tenders import queries as tenders
from marketplace.tenders.service.steps import fail, locked, subject_of

LOOK_AGAIN = timedelta(minutes=1)
KEY_AWAY = "竞价室的密钥在期限内没有到场，密封报价不予开启"


def await_key(ctx: Ctx, auction_id: str) -> None:
    """Look whether a sealed stage ended and nobody opened it: say so, and until when it is waited; else look later.

    Source: rulebook bidding.late_seconds, opening.void_workdays.
    """
    row = queries.held(ctx, auction_id)
    tender = locked(ctx, row.tender_id)
    if row.due_at is None:
        return
    if row.sealed and tender.stage != "auction":
        cancel(ctx, row)
    elif row.sealed and ctx.now >= _late_at(row):
        void_at = rulebook.add_workdays(ctx, row.due_at, tenders.rules_for(ctx, tender)["opening.void_workdays"])
        ctx.promise("auction.key_void", row.id, void_at)
        ctx.record(AuctionKeyAwaited(subject_of(tender), row.number, void_at.isoformat()))
        ctx.send("auction.key_awaited", {"tender_id": tender.id, "number": row.number, "void_at": void_at.isoformat()})
    else:
        _look_again(ctx, row)


def void_unopened(ctx: Ctx, auction_id: str) -> None:
    """The key never came: the tender fails and the envelopes stay shut. Source: rulebook opening.void_workdays."""
    row = queries.held(ctx, auction_id)
    tender = locked(ctx, row.tender_id)
    if row.due_at is None:
        return
    days = tenders.rules_for(ctx, tender)["opening.void_workdays"]
    if not row.sealed or ctx.now < rulebook.add_workdays(ctx, row.due_at, days):  # opened meanwhile, and going on
        _look_again(ctx, row)
        return
    if tender.stage == "auction":
        fail(ctx, tender, KEY_AWAY)
    cancel(ctx, row)


def _late_at(row: AuctionRoom) -> datetime:
    assert row.due_at is not None
    return row.due_at + rules.room_of(row.state).terms.seconds("late")


def _look_again(ctx: Ctx, row: AuctionRoom) -> None:
    ctx.promise("auction.key_due", row.id, max(_late_at(row), ctx.now + LOOK_AGAIN))
