"""The end of a room: what happened is published, and its standings are the ranking."""

from marketplace.auctions import queries, rules
from marketplace.auctions.events import AuctionEnded
from marketplace.kernel.context import Ctx
from marketplace.tenders.service import Final, award_live
from marketplace.tenders.service.steps import locked, subject_of


def finish(ctx: Ctx, auction_id: str) -> None:
    """Publish what happened in an ended room, and award by its standings. Finished already: nothing happens.

    Raises KeyNotHeld (503) when the draw must decide and no key is loaded.
    """
    row = queries.held(ctx, auction_id)
    if row.status != "ended" or row.digest:
        return
    tender = locked(ctx, row.tender_id)
    room, seats = rules.room_of(row.state), queries.seats(ctx, row.id)
    row.digest = rules.digest_of(queries.entries(ctx, row.id))
    ended = AuctionEnded(subject_of(tender), row.number, row.digest, rules.standings(room), queries.identities(seats))
    ctx.record(ended)
    place = rules.places(room)
    finals = {
        seat.offer_id: Final(at.value, at.at, place[seat.number]) for seat in seats for at in (room.seat(seat.number),)
    }
    award_live(ctx, tender.id, finals)
