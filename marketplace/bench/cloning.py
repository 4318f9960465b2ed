"""Many auction rooms from one: a hall that went through the whole market, and copies of its rows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from marketplace.auctions import rules
from marketplace.auctions.models import AuctionEntry, AuctionRoom, AuctionSeat
from marketplace.auctions.rules import Terms
from marketplace.catalogue import service as catalogue
from marketplace.kernel.base import Base
from marketplace.kernel.clock import SimulatedClock, system_clock
from marketplace.kernel.context import Ctx, Runtime
from marketplace.rulebook import service as rulebook
from marketplace.tenders.models import Bid, Offer, Tender
from marketplace.testing.auctions import Hall, a_room

Rows = list[dict[str, Any]]


def a_hall(runtime: Runtime, seats: int) -> Hall:
    """A tender that was posted, bid for and closed some days ago, with its room. seats: how many bidders."""
    clock = SimulatedClock(system_clock() - timedelta(days=21))
    runtime.clock = clock
    with runtime.work() as ctx:
        rulebook.seed(ctx)
        catalogue.seed(ctx)
    hall = a_room(runtime, clock, prices=[8_999_900 - 100 * n for n in range(seats)])
    clock.advance(minutes=1)  # the market waits for bids that arrived in time before it opens
    runtime.settle()
    runtime.clock = system_clock
    return hall


def rooms_like(
    runtime: Runtime, hall: Hall, count: int, wait: timedelta, changed: Callable[[Terms], Terms]
) -> list[str]:
    """Copies of a hall, all to start at the same instant. wait: until then; changed: their terms. Returns numbers."""
    with runtime.work() as ctx:
        room = ctx.session.scalars(select(AuctionRoom).where(AuctionRoom.number == hall.number)).one()
        sample = {model: _rows(ctx, model, model.tender_id == hall.tender.id) for model in (Bid, Offer)} | {
            Tender: _rows(ctx, Tender, Tender.id == hall.tender.id)
        }
        seats = _rows(ctx, AuctionSeat, AuctionSeat.auction_id == room.id)
        state = rules.room_of(room.state)
        entries = {seat.number: (seat.entry, seat.at) for seat in state.seats}
        terms, starts_at = changed(state.terms), ctx.now + wait
        fresh = rules.scheduled(terms, entries, starts_at)
        numbers = [f"BENCH-{n:04d}" for n in range(count)]
        for n, number in enumerate(numbers):
            _copy(ctx, n, number, sample, seats, fresh)
        ctx.session.execute(
            update(AuctionRoom).where(AuctionRoom.id == room.id).values(status="cancelled", due_at=None)
        )
    return numbers


def _rows(ctx: Ctx, model: type[Base], where: Any) -> Rows:
    found = ctx.session.scalars(select(model).where(where))
    names = [column.key for column in model.__mapper__.column_attrs]
    return [{name: getattr(row, name) for name in names} for row in found]


def _copy(ctx: Ctx, n: int, number: str, sample: dict[Any, Rows], seats: Rows, room: rules.Room) -> None:
    def own(id: str) -> str:
        return f"e{n:04x}{id[5:]}"

    tender = {**sample[Tender][0], "number": number, "seq": None, "encumbrance_id": None}
    tender["id"] = own(tender["id"])
    ctx.session.execute(insert(Tender), [tender])
    bids = [{**bid, "id": own(bid["id"]), "tender_id": tender["id"], "envelope": ""} for bid in sample[Bid]]
    offers = [
        {**offer, "id": own(offer["id"]), "tender_id": tender["id"], "bid_id": own(offer["bid_id"])}
        for offer in sample[Offer]
    ]
    ctx.session.execute(insert(Bid), bids)
    ctx.session.execute(insert(Offer), offers)
    id = own(seats[0]["auction_id"])
    row = {"id": id, "tender_id": tender["id"], "number": number, "status": room.status, "starts_at": room.starts_at}
    row |= {"due_at": rules.due_at(room), "state": rules.to_json(room), "face": {**rules.face(room), "version": 1}}
    ctx.session.execute(insert(AuctionRoom), [{**row, "version": 1, "face_version": 1, "digest": ""}])
    ctx.session.execute(
        insert(AuctionSeat), [{**seat, "auction_id": id, "offer_id": own(seat["offer_id"])} for seat in seats]
    )
    entry = {"auction_id": id, "serial": 1, "body": rules.scheduled_entry(room, ctx.now)}
    ctx.session.execute(insert(AuctionEntry), [entry])
