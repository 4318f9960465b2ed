"""Builders for auction rooms: a bidding tender whose entry quotes are opened, its room, and its time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from marketplace.auctions import queries
from marketplace.auctions.deadlines import drive
from marketplace.auctions.models import AuctionRoom
from marketplace.kernel.clock import SimulatedClock
from marketplace.kernel.context import Runtime
from marketplace.kernel.ports import Actor
from marketplace.rulebook import queries as rulebook
from marketplace.tenders.models import Tender
from marketplace.testing.tenders import a_bid, a_buying_actor, a_tender, let_it_close, some_bidders

PRICES = (8_800_000, 8_500_000, 8_900_000)


@dataclass(frozen=True)
class Hall:
    """A room with its tender, its buyer, and its bidders in the order of their bids."""

    tender: Tender
    buyer: Actor
    bidders: list[Actor]
    number: str


def a_room(
    runtime: Runtime,
    clock: SimulatedClock,
    *,
    prices: Sequence[int] = PRICES,
    usernames: Sequence[str] = (),
    buyer: str = "",
    **over: Any,
) -> Hall:
    """A scheduled room. prices: entry quotes in fen; usernames, buyer: of its logins; over: facts of the notice."""
    owner = a_buying_actor(runtime.work, username=buyer)
    tender = a_tender(runtime.work, owner, method="bidding", **over)
    bidders = some_bidders(runtime.work, len(prices), usernames=usernames)
    for bidder, price in zip(bidders, prices, strict=True):
        a_bid(runtime.work, bidder, tender.id, price)
    closed = let_it_close(runtime, clock, tender.id)
    return Hall(closed, owner, bidders, closed.number)


def room_now(runtime: Runtime, number: str) -> AuctionRoom:
    """The room as it is."""
    with runtime.work(write=False) as ctx:
        return queries.room(ctx, number)


def step(runtime: Runtime, clock: SimulatedClock, number: str, late: timedelta = timedelta(0)) -> AuctionRoom:
    """Move the clock to the room's next step, or later, and drive."""
    due = room_now(runtime, number).due_at
    assert due is not None
    clock.set(due + late)
    drive(runtime)
    return room_now(runtime, number)


def enter(runtime: Runtime, clock: SimulatedClock, number: str) -> AuctionRoom:
    """Start the room and move the clock into its first stage."""
    row = step(runtime, clock, number)
    clock.advance(seconds=2)
    return row


def play_out(runtime: Runtime, clock: SimulatedClock, number: str) -> AuctionRoom:
    """Let the room end without another quote, and its result be published."""
    while room_now(runtime, number).due_at is not None:
        step(runtime, clock, number)
    runtime.settle()
    return room_now(runtime, number)


def rule_values(monkeypatch: Any, **values: Any) -> None:
    """Other values of bidding.* rules for one test: `rule_values(monkeypatch, form="turns")`."""
    known = rulebook.rules_of

    def changed(ctx: Any, ruleset_id: str) -> Any:
        book = known(ctx, ruleset_id)
        return _Changed(book, {f"bidding.{name}": value for name, value in values.items()})

    monkeypatch.setattr(rulebook, "rules_of", changed)


class _Changed:
    """A rule set with some values exchanged."""

    def __init__(self, book: Any, values: dict[str, Any]) -> None:
        self._book, self._values = book, values

    def __getitem__(self, key: str) -> Any:
        return self._values[key] if key in self._values else self._book[key]

    def __contains__(self, key: str) -> bool:
        return key in self._book

    def __getattr__(self, name: str) -> Any:
        return getattr(self._book, name)
