"""B8: bidders that stay away between the guard and the commit while the market closes among them."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from marketplace.bench import world
from marketplace.bench.frame import Row, exact
from marketplace.bench.market import POSTGRESQL, place
from marketplace.kernel.clock import SimulatedClock, system_clock
from marketplace.kernel.context import Runtime
from marketplace.kernel.ports import Actor
from marketplace.tenders import service
from marketplace.tenders.errors import TenderNotOpen
from marketplace.tenders.models import Award, Bid, Offer, Tender
from marketplace.testing.tenders import a_bid, some_bidders

STALLING, STEADY = 12, 2
LONGEST_STALL_S, SPREAD_S = 0.06, 0.08
PRICE_FEN = 8_000_000
# Until the last bid that arrived in time has left the line: longer than any rulebook lets it wait.
DRAINED = timedelta(minutes=10)


def race(folder: Path, rounds: int = 20) -> Row:
    """B8: so many closings; what was acknowledged and not opened, stamped late, or awarded twice."""
    dice, counts = random.Random(7), {"lost": 0, "late": 0, "phantom": 0, "double awards": 0}
    taken = 0
    with place(folder, POSTGRESQL) as where:
        runtime, clock = where.runtime, SimulatedClock(system_clock())
        runtime.clock = clock
        world.seed(runtime)
        bidders = some_bidders(runtime.work, STALLING + STEADY)
        for _ in range(rounds):
            clock.advance(minutes=1)
            tender = world.tender(runtime)
            for place_, bidder in enumerate(bidders[STALLING:]):
                a_bid(runtime.work, bidder, tender.id, PRICE_FEN + 1 + place_)
            begun = clock()
            digests = _closing(runtime, clock, tender, bidders[:STALLING], dice)
            _count(runtime, tender, digests, counts)
            taken += len(digests)
            clock.set(begun)
    row = exact("B8", f"race, {rounds} closings", counts)
    row.info += f" of {taken} taken among {rounds * STALLING} that stalled"
    return row


def _closing(
    runtime: Runtime, clock: SimulatedClock, tender: Tender, bidders: list[Actor], dice: random.Random
) -> set[str]:
    """Digests of the bids that were acknowledged while the market closed among them."""
    assert tender.closes_at is not None
    waits = [(dice.random() * SPREAD_S, dice.random() * LONGEST_STALL_S) for _ in bidders]
    with ThreadPoolExecutor(len(bidders) + 1) as pool:
        bids = [pool.submit(_bid, runtime, one, tender.id, *wait) for one, wait in zip(bidders, waits, strict=True)]
        pool.submit(_close, runtime, clock, tender.closes_at + DRAINED).result()
        found = {bid.result() for bid in bids}
    runtime.settle()
    return {digest for digest in found if digest}


def _bid(runtime: Runtime, bidder: Actor, tender_id: str, after_s: float, stall_s: float) -> str:
    time.sleep(after_s)
    try:
        with runtime.work(bidder) as ctx:
            digest = str(service.place_bid(ctx, tender_id, price_fen=PRICE_FEN, days=20)["digest"])
            time.sleep(stall_s)
    except TenderNotOpen:
        return ""
    return digest


def _close(runtime: Runtime, clock: SimulatedClock, at: datetime) -> None:
    time.sleep(SPREAD_S / 2)
    clock.set(at)
    runtime.tick()


def _count(runtime: Runtime, tender: Tender, digests: set[str], counts: dict[str, int]) -> None:
    with runtime.work(write=False) as ctx:
        wanted = select(Bid.digest, Bid.placed_at).join(Offer, Offer.bid_id == Bid.id)
        opened = ctx.session.execute(wanted.where(Offer.tender_id == tender.id)).all()
        awards = ctx.session.scalar(select(func.count()).where(Award.tender_id == tender.id)) or 0
    counts["lost"] += len(digests - {row.digest for row in opened})
    counts["phantom"] += len(opened) - len(digests) - STEADY
    counts["late"] += sum(row.placed_at >= tender.closes_at for row in opened)
    counts["double awards"] += awards - 1
