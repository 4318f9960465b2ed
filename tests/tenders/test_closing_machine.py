"""Bids, changes, withdrawals, two closers at once and workers that die while they close, in any order.

Whatever got a receipt is there at the opening, once; nothing is opened twice and nothing awarded twice.
"""

import os
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import event, select, text

from marketplace.kernel import deadlines
from marketplace.kernel.errors import DomainError
from marketplace.kernel.events import EventRow
from marketplace.tenders import service
from marketplace.tenders.models import Award, Bid, Offer, Tender
from marketplace.tenders.rules import UNDER_AWARD
from marketplace.tenders.service import bidding
from marketplace.testing.plugin import START, engine_of
from marketplace.testing.tenders import a_bid, a_buying_actor, a_tender, some_bidders

FIRMS, TENDERS = 4, 2
PAUSES = st.sampled_from([0, 0, 0.004, 0.012])
FIRM, TENDER = st.integers(0, FIRMS - 1), st.integers(0, TENDERS - 1)
# Who, upon which tender, doing what, at what price, after how many seconds, and whether he stalls before he commits.
ACT = st.tuples(
    FIRM,
    TENDER,
    st.sampled_from(["bid", "bid", "bid", "withdraw"]),
    st.integers(1, 9),
    PAUSES,
    st.sampled_from([True, True, False]),
)
PATIENCE_SECONDS = 5
_WAITED_FOR = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")


class Storm:
    """Where bidders and closers meet: whoever stalls goes on once the closers are done, or wait for him."""

    def __init__(self, engine):
        self._engine = engine
        self.written, self.closed = threading.Event(), threading.Event()

    def stall(self):
        self.written.set()
        end = time.monotonic() + PATIENCE_SECONDS
        while not self._waited_for() and time.monotonic() < end and not self.closed.wait(0.005):
            continue

    def _waited_for(self):
        if self._engine.dialect.name != "postgresql":
            return True  # whoever writes has the file alone
        with self._engine.connect() as connection:
            return connection.scalar(_WAITED_FOR) > 0


class LastMinutes(RuleBasedStateMachine):
    """Two tenders that close at one instant; what the bidders hold receipts for is kept beside the market."""

    @initialize(first=st.sampled_from([2, 2, 2, 0]))
    def post(self, first):
        self.clock.set(START)
        self.tenders = [a_tender(self.work, self.buyer) for _ in range(TENDERS)]
        self.ids = [tender.id for tender in self.tenders]
        self.live = {}
        self._note([self._act(firm, at, "bid", 9) for firm in range(first) for at in range(TENDERS)])

    @rule(acts=st.lists(ACT, min_size=1, max_size=3), minutes=st.sampled_from([1, 600, 4_000]))
    def one_after_the_other(self, acts, minutes):
        for *act, _, _ in acts:
            self._note([self._act(*act)])
        self.clock.advance(minutes=minutes)
        self.runtime.tick()

    @rule(
        acts=st.lists(ACT, min_size=2, max_size=5),
        due=st.sampled_from([True, True, False]),
        dies_after=st.one_of(st.none(), st.integers(1, 70)),
    )
    def all_at_once(self, acts, due, dies_after):
        """dies_after: so many statements of a worker that is killed there, in the middle of what it does."""
        if dies_after is not None:
            self._kill_a_worker(dies_after)
        self._storm(acts, due or dies_after is not None)

    @invariant()
    def whatever_has_a_receipt_is_there_once(self):
        if not hasattr(self, "ids"):
            return
        with self.work(write=False) as ctx:
            rows = ctx.session.execute(
                select(Bid.tender_id, Bid.bidder_index, Bid.digest).where(
                    Bid.tender_id.in_(self.ids), Bid.withdrawn_at.is_(None)
                )
            ).all()
            stages = dict(ctx.session.execute(select(Tender.id, Tender.stage).where(Tender.id.in_(self.ids))).all())
            opened = ctx.session.execute(
                select(Offer.tender_id, Bid.digest)
                .join(Bid, Bid.id == Offer.bid_id)
                .where(Offer.tender_id.in_(self.ids))
            ).all()
            awards = Counter(ctx.session.scalars(select(Award.tender_id).where(Award.tender_id.in_(self.ids))))
            said = Counter(
                ctx.session.execute(
                    select(EventRow.subject, EventRow.type).where(
                        EventRow.subject.in_([f"tender/{id}" for id in self.ids])
                    )
                ).all()
            )
        assert len({row[:2] for row in rows}) == len(rows), "one live bid per agency and tender"
        for place, id in enumerate(self.ids):
            kept = sorted(digest for (_, at), (digest, _) in self.live.items() if at == place)
            assert sorted(digest for at, _, digest in rows if at == id) == kept, (
                "a receipt and no bid, or a bid without"
            )
            seen = sorted(digest for at, digest in opened if at == id)
            assert seen == (kept if stages[id] in UNDER_AWARD else []), "a bid that was not opened, or opened twice"
            assert awards[id] == (stages[id] in UNDER_AWARD), "awarded twice, or never"
            told = [said[f"tender/{id}", f"tender.{what}"] for what in ("bids.opened", "award.proposed")]
            assert told == [awards[id]] * 2, "the log tells of another number of openings or awards"

    def teardown(self):
        if not hasattr(self, "ids"):
            return
        for _ in range(3):  # what had too few bidders is prolonged once
            self.clock.set(max(self._closings()))
            self.runtime.settle()
        self.whatever_has_a_receipt_is_there_once()
        with self.work(write=False) as ctx:
            won = dict(ctx.session.execute(select(Award.tender_id, Award.price_fen)).all())
            stages = dict(ctx.session.execute(select(Tender.id, Tender.stage)).all())
        for place, id in enumerate(self.ids):
            prices = [price for (_, at), (_, price) in self.live.items() if at == place]
            assert stages[id] in {*UNDER_AWARD, "failed"}, "a closing that died was forgotten"
            assert won.get(id) == (min(prices) if stages[id] in UNDER_AWARD else None)

    def _closings(self):
        with self.work(write=False) as ctx:
            return [ctx.session.get_one(Tender, id).closes_at for id in self.ids]

    def _act(self, firm, tender, verb, price, wait=0, stall=None):
        """(whose, the digest and price that he now holds a receipt for, or None); nothing where he was refused."""
        held, fen = self.live.get((firm, tender)), 8_000_000 + price * 1_000 + firm
        time.sleep(wait)
        self.stalling.storm = stall
        try:
            if verb == "bid":
                before = held[0] if held else None
                given = a_bid(self.work, self.bidders[firm], self.ids[tender], fen, replaces=before)
                return (firm, tender), (given["digest"], fen)
            if held is not None:
                with self.work(self.bidders[firm]) as ctx:
                    service.withdraw_bid(ctx, self.ids[tender], digest=held[0])
                return (firm, tender), None
        except DomainError:
            return None
        finally:
            if stall is not None:
                stall.written.set()
        return None

    def _note(self, done):
        done = [result for result in done if result is not None]
        assert len({who for who, _ in done}) == len(done), "of two at once for one agency both were accepted"
        for who, holds in done:
            self.live.pop(who, None)
            if holds is not None:
                self.live[who] = holds

    def _storm(self, acts, due):
        """Everybody acts, and two workers tick as soon as somebody stalls before his commit; `due`: at the closing."""
        at, storm = max(self._closings()), Storm(self.engine)
        if not any(stalls for *_, stalls in acts):
            storm.written.set()

        def close():
            storm.written.wait(PATIENCE_SECONDS)
            if due and self.clock() < at:
                self.clock.set(at)
            self.runtime.tick()

        with ThreadPoolExecutor(len(acts) + 2) as pool:
            done = [pool.submit(self._act, *act, storm if stalls else None) for *act, stalls in acts]
            workers = [pool.submit(close) for _ in range(2)]
            for one in workers:
                one.result()
            storm.closed.set()
            self._note([one.result() for one in done])

    def _kill_a_worker(self, statement):
        """At the closing another process begins to close; it is killed where it has sent so many statements."""
        self.clock.set(max(*self._closings(), self.clock()))
        self.engine.dispose()  # no connection may be carried into another process
        heard, say = os.pipe()
        child = os.fork()
        if child == 0:
            event.listen(self.engine, "after_cursor_execute", self._stopper(statement, say))
            try:
                self.runtime.tick()
            finally:
                os._exit(0)
        os.close(say)
        os.read(heard, 1)  # a byte where it has come so far, nothing where it had less to do
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(heard)

    @staticmethod
    def _stopper(statement, say):
        left = iter(range(statement - 1, -1, -1))

        def count(*_):
            if next(left, 0) == 0:
                os.write(say, b".")
                signal.pause()

        return count


def play(app, runtime, work, clock, monkeypatch, examples, steps, **more):
    """Bidders may stall between writing and committing: the time in which a bid could be lost."""
    sign, stalling = bidding.receipt, threading.local()

    def slowly(*args, **kwargs):
        if (storm := getattr(stalling, "storm", None)) is not None:
            storm.stall()
        return sign(*args, **kwargs)

    monkeypatch.setattr(bidding, "receipt", slowly)
    # Leases that run out at once: closers meet over the same tenders, and only claims keep them apart.
    monkeypatch.setattr(deadlines, "LEASE", timedelta(0))
    market = {
        "runtime": runtime,
        "clock": clock,
        "work": staticmethod(work),
        "engine": engine_of(app),
        "stalling": stalling,
        "bidders": some_bidders(work, FIRMS),
        "buyer": a_buying_actor(work),
    }
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        phases=[Phase.generate],  # threads never run twice alike: shrinking would take minutes and end nowhere
        suppress_health_check=list(HealthCheck),
        **more,
    )
    run_state_machine_as_test(type("Machine", (LastMinutes,), market), settings=chosen)


def test_no_bid_with_a_receipt_is_lost_in_any_order_of_events(app, runtime, work, clock, monkeypatch):
    play(app, runtime, work, clock, monkeypatch, examples=7, steps=3, derandomize=True)


@pytest.mark.long
def test_no_bid_with_a_receipt_is_lost_in_hundreds_of_closings(app, runtime, work, clock, monkeypatch):
    play(app, runtime, work, clock, monkeypatch, examples=300, steps=12)
