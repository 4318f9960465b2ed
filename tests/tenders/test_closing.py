"""Closing many at once: the same as one by one, each once, none lost, whoever dies or stalls."""

import hashlib
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from marketplace.agencies import service as agencies
from marketplace.kernel.deadlines import Deadline
from marketplace.selection.models import Draw
from marketplace.tenders import errors, queries, service
from marketplace.tenders.models import Award, Bid, Exclusion, Offer, Tender
from marketplace.tenders.service import bidding
from marketplace.testing.plugin import a_sqlite_market, put_away, runtime_of
from marketplace.testing.tenders import a_bid, a_buying_actor, a_tender, some_bidders

ROOT = Path(__file__).parents[2]
PRICES = (8_800_000, 8_500_000, 8_900_000)


def bid_upon(work, tenders, bidders, prices=PRICES):
    for tender in tenders:
        for bidder, price in zip(bidders, prices, strict=False):
            a_bid(work, bidder, tender.id, price)


def outcome(work, tender_id):
    """What became of a tender, without the ids that differ."""
    with work(write=False) as ctx:
        found = ctx.session.get_one(Tender, tender_id)
        offers = ctx.session.scalars(select(Offer).where(Offer.tender_id == tender_id)).all()
        left = ctx.session.scalars(select(Exclusion).where(Exclusion.tender_id == tender_id)).all()
        won = ctx.session.scalars(select(Award).where(Award.tender_id == tender_id)).all()
        return (
            found.stage,
            found.extensions,
            sorted((offer.uscc, offer.price_fen, offer.status, offer.rank or 0, offer.reason) for offer in offers),
            sorted((row.cause, row.reason) for row in left),
            [(award.price_fen, award.rank, award.status) for award in won],
        )


def test_closing_many_is_closing_each(work, clock):
    bidders = some_bidders(work, 4)
    twins = [[a_tender(work) for _ in range(2)] for _ in range(4)]
    full, few, broken, none = twins
    bid_upon(work, full, bidders)
    bid_upon(work, few, bidders[:1])
    bid_upon(work, broken, bidders, (*PRICES, 8_400_000))
    with work() as ctx:
        for tender in broken:
            index = queries.bidder_index(ctx, tender.id, bidders[0].organisation_id)
            ctx.session.execute(update(Bid).where(Bid.bidder_index == index).values(envelope="00"))
    with work() as ctx:
        agencies.suspend(ctx, bidders[3].organisation_id, reason="处理决定", until=ctx.now + timedelta(days=90))
    clock.set(max(tender.closes_at for pair in twins for tender in pair))
    for pair in twins:
        with work() as ctx:
            service.close(ctx, pair[0].id)
    with work() as ctx:
        service.close_many(ctx, [pair[1].id for pair in twins])
    for pair in twins:
        assert outcome(work, pair[0].id) == outcome(work, pair[1].id)
    assert outcome(work, full[1].id)[4] == [(8_500_000, 1, "pending")]
    assert outcome(work, few[1].id)[1] == 1
    assert {cause for cause, _ in outcome(work, broken[1].id)[3]} == {"broken", "barred"}
    assert outcome(work, none[1].id)[1] == 1


def test_the_ranking_follows_from_what_was_sealed_alone(work, clock):
    """Without a tie nothing is drawn: both databases, on which this runs, rank the same bids alike."""
    bidders, tenders = some_bidders(work, 6), [a_tender(work) for _ in range(3)]
    sealed = [[8_000_000 + (place * 5 + at * 7) % 6 * 10_000 + at for at in range(6)] for place in range(3)]
    for tender, prices in zip(tenders, sealed, strict=True):
        bid_upon(work, [tender], bidders, prices)
    clock.set(max(tender.closes_at for tender in tenders))
    with work() as ctx:
        service.close_many(ctx, [tender.id for tender in tenders])
    for tender, prices in zip(tenders, sealed, strict=True):
        ranked = sorted(outcome(work, tender.id)[2], key=lambda row: row[3])
        assert [(price, rank) for _, price, _, rank, _ in ranked] == list(zip(sorted(prices), range(1, 7), strict=True))
        assert outcome(work, tender.id)[4] == [(min(prices), 1, "pending")]


def in_turn(seed):
    """Entropy that is the same in every run: the next bytes of a stream that the seed fixes."""
    drawn = count()
    return lambda size: hashlib.shake_256(f"{seed}/{next(drawn)}".encode()).digest(size)


def ties_and_draws(runtime, clock):
    """Tenders with equal prices and without prices, closed together: who was ranked where, and whether chance was."""
    runtime.entropy = in_turn("ties")

    def work(actor=None, *, write=True):
        return runtime.work(actor, write=write)

    buyer, bidders = a_buying_actor(work), some_bidders(work, 6)
    drawn = [a_tender(work, buyer, method="random", fixed_price_fen=8_000_000) for _ in range(2)]
    tied = [a_tender(work, buyer) for _ in range(3)]
    bid_upon(work, drawn, bidders, [8_000_000] * 6)
    bid_upon(work, tied, bidders, [8_000_000, 7_000_000, 7_000_000, 8_000_000, 7_000_000, 8_000_000])
    ids = [tender.id for tender in (*drawn, *tied)]
    clock.set(max(tender.closes_at for tender in (*drawn, *tied)))
    with runtime.work() as ctx:
        service.close_many(ctx, ids)
        draws = ctx.session.scalar(select(func.count()).select_from(Draw))
    return draws, [sorted((row[3], row[0]) for row in outcome(work, id)[2]) for id in ids]


def test_both_databases_draw_the_same_winners_from_the_same_chance(
    runtime, clock, marketplace_backend, marketplace_keys, tmp_path
):
    """With ties, too: on PostgreSQL this compares it with SQLite, and on SQLite one run with another."""
    folder = tmp_path / "twin"
    folder.mkdir()
    app = a_sqlite_market(marketplace_backend, marketplace_keys, folder)
    twin = runtime_of(app)
    draws, ranked = ties_and_draws(runtime, clock)
    assert (draws, ranked) == ties_and_draws(twin, twin.clock)
    put_away(app)
    assert draws == len(ranked) == 5
    assert len({order[0] for order in ranked}) > 1  # chance had a part in it: not always the same firm is first


def test_the_timer_closes_what_is_due_together_and_each_once(runtime, work, clock):
    tenders = [a_tender(work) for _ in range(8)]
    bid_upon(work, tenders, some_bidders(work, 3))
    clock.set(max(tender.closes_at for tender in tenders))
    with ThreadPoolExecutor(3) as pool:
        kept = sum(pool.map(lambda _: runtime.tick(), range(3)))
    runtime.settle()
    all_is_there_once(work, tenders, 3)
    assert kept >= len(tenders)


def all_is_there_once(work, tenders, bids):
    with work(write=False) as ctx:
        for tender in tenders:
            won = select(func.count()).select_from(Award).where(Award.tender_id == tender.id)
            opened = select(func.count()).select_from(Offer).where(Offer.tender_id == tender.id)
            assert (ctx.session.scalar(won), ctx.session.scalar(opened)) == (1, bids)


def test_one_that_cannot_be_closed_holds_up_no_other(runtime, work, clock):
    tenders = [a_tender(work) for _ in range(3)]
    bid_upon(work, tenders, some_bidders(work, 3))
    with work() as ctx:
        ctx.session.execute(update(Tender).where(Tender.id == tenders[1].id).values(envelope_key="00" * 32))
    clock.set(max(tender.closes_at for tender in tenders))
    runtime.settle()
    all_is_there_once(work, [tenders[0], tenders[2]], 3)
    with work(write=False) as ctx:
        waiting = ctx.session.scalars(select(Deadline).where(Deadline.subject == tenders[1].id)).one()
        assert (waiting.done_at, waiting.tries) == (None, 1)
        assert ctx.session.get_one(Tender, tenders[1].id).stage == "open"


def test_bidders_that_stall_across_the_deadline_are_seen_or_refused(runtime, work, clock, monkeypatch):
    """The adversarial race: between the guard and the commit a bidder stays away for a while."""
    lost, taken = stalling_closings(runtime, work, clock, monkeypatch, rounds=4)
    assert lost == []
    assert taken > 0


@pytest.mark.long
def test_twenty_closings_with_stalling_bidders_lose_nothing(runtime, work, clock, monkeypatch):
    lost, taken = stalling_closings(runtime, work, clock, monkeypatch, rounds=20)
    assert lost == []
    assert taken > 0


def stalling_closings(runtime, work, clock, monkeypatch, rounds):
    """So many closings under 12 bidders who stay a while before they commit: (digests lost, number taken).

    Where writers do not wait for each other they stay longer than a closing that does not wait for them would take.
    """
    sign, dice = bidding.receipt, random.Random(7)
    with work(write=False) as ctx:
        long = 0.3 if ctx.session.get_bind().dialect.name == "postgresql" else 0

    def stay(*args, **kwargs):
        time.sleep(long + dice.random() * 0.06)
        return sign(*args, **kwargs)

    bidders, lost, taken = some_bidders(work, 14), [], 0
    for _ in range(rounds):
        tender, before = a_tender(work), clock()
        bid_upon(work, [tender], bidders[12:], PRICES[:2])
        with monkeypatch.context() as slow:
            slow.setattr(bidding, "receipt", stay)
            digests = race(runtime, work, clock, tender, bidders[:12], dice)
        runtime.settle()
        with work(write=False) as ctx:
            opened = select(Bid.digest).join(Offer, Offer.bid_id == Bid.id).where(Offer.tender_id == tender.id)
            lost += sorted(digests - set(ctx.session.scalars(opened)))
        taken += len(digests)
        clock.set(before + timedelta(minutes=1))
    return lost, taken


def race(runtime, work, clock, tender, bidders, dice):
    """Digests of the bids that were acknowledged while the market closed among them."""
    digests, delays = set(), [dice.random() * 0.08 for _ in bidders]

    def bid(bidder, delay):
        time.sleep(delay)
        try:
            digests.add(a_bid(work, bidder, tender.id, 8_000_000)["digest"])
        except errors.TenderNotOpen:
            return

    def close():
        time.sleep(0.04)
        clock.set(tender.closes_at)
        runtime.tick()

    with ThreadPoolExecutor(len(bidders) + 2) as pool:
        done = [pool.submit(bid, *pair) for pair in zip(bidders, delays, strict=True)]
        done += [pool.submit(close) for _ in range(2)]
        for one in done:
            one.result()
    return digests


def test_a_worker_killed_while_it_closes_loses_no_bid_and_awards_nothing_twice(runtime, work, clock):
    tenders = [a_tender(work) for _ in range(12)]
    bid_upon(work, tenders, some_bidders(work, 3))
    at = max(tender.closes_at for tender in tenders)
    clock.set(at + timedelta(minutes=1))
    killed_after(runtime, at, 0.15)
    runtime.settle()
    all_is_there_once(work, tenders, 3)


@pytest.mark.long
def test_workers_killed_again_and_again_lose_no_bid_and_award_nothing_twice(runtime, work, clock):
    tenders = [a_tender(work) for _ in range(60)]
    bid_upon(work, tenders, some_bidders(work, 3))
    at = max(tender.closes_at for tender in tenders)
    for turn, seconds in enumerate((0.0, 0.1, 0.2, 0.4, 0.8)):  # each begins when the lease of the last has run out
        killed_after(runtime, at + timedelta(minutes=turn), seconds)
    clock.set(at + timedelta(minutes=5))
    runtime.settle()
    all_is_there_once(work, tenders, 3)


def killed_after(runtime, at, seconds):
    """Start a worker, let it begin, and kill it so many seconds after it says that it ticks."""
    settings = {name: value for name, value in runtime.settings.items() if value}
    settings["MARKETPLACE_DEMO_CLOCK"] = f"{at.isoformat()}@{datetime.now(UTC).isoformat()}"
    program = "from marketplace.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "worker"],
        env={"PYTHONPATH": str(ROOT), "PATH": "", "LANG": "C.UTF-8", **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert "ticking" in process.stdout.readline()
    threading.Event().wait(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
