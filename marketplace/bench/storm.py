"""B6, B7, B8, B10: the last minute before noon. What is counted first is what must not happen."""

import json
import signal
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from marketplace.bench import closing, load, processes, world
from marketplace.bench.bidding import bid_requests
from marketplace.bench.frame import BrokenInvariantError, Row, exact, fdatasync_ms, foreign
from marketplace.bench.market import POSTGRESQL, Place, place, served
from marketplace.kernel.clock import system_clock
from marketplace.tenders.models import Bid, Offer, Tender

# A client's clock ends when the kernel has taken the bytes; ours begins when they have been read.
ON_THE_WAY = timedelta(milliseconds=250)
IN_TIME = 0.8
WARM = 200
DRAIN_SECONDS = 40


@dataclass(frozen=True)
class Storm:
    """What a storm gave. sent: in time and well before the closing. taken: of those, acknowledged."""

    sent: int
    taken: int
    answered_per_s: float
    capacity_per_s: float
    waits: list[float]
    shed: int


def storm(where: Place, share: float, number: int) -> Storm:
    """Send bids at a share of capacity across the closing of one tender, then open it.

    Raises BrokenInvariantError for a bid lost, late, doubled, or refused though in time, and for any other answer.
    """
    world.seed(where.runtime)
    secrets = world.bidders(where.runtime, number + 2 * WARM)
    warm, tender = world.tender(where.runtime), world.tender(where.runtime)
    trial, requests = bid_requests(warm.id, secrets[: 2 * WARM]), bid_requests(tender.id, secrets[2 * WARM :])
    with served(where) as port:
        load.closed(port, trial[:WARM])
        begin = time.perf_counter()
        load.closed(port, trial[WARM:])
        capacity = WARM / (time.perf_counter() - begin)
        rate = capacity * share
        closes_at = system_clock() + timedelta(seconds=1 + number * IN_TIME / rate)
        world.close_at(where.runtime, [tender.id], closes_at)
        time.sleep(1)
        begin = time.perf_counter()
        answers = load.timed(port, requests, rate=rate, connections=min(number, 400))
        took = time.perf_counter() - begin
    early = [one for one in answers if datetime.fromtimestamp(one.sent, UTC) < closes_at - ON_THE_WAY]
    taken = [one for one in answers if one.status == 201]
    _require_order(answers, early, closes_at)
    _require_opened(where, tender, taken)
    waits = [one.wait_ms for one in answers]
    shed = sum(one.status == 503 for one in answers)
    return Storm(len(early), sum(one.status == 201 for one in early), number / took, capacity, waits, shed)


def _require_order(answers: Sequence[load.Answer], early: Sequence[load.Answer], closes_at: datetime) -> None:
    late = [one for one in answers if one.status == 201 and datetime.fromtimestamp(one.sent, UTC) >= closes_at]
    refused = [one for one in early if one.status == 409]
    other = [one for one in answers if one.status not in {201, 409, 503}]
    for words, found in (("late bids were taken", late), ("bids in time were refused", refused), ("other", other)):
        if found:
            raise BrokenInvariantError(f"{len(found)} {words}, e.g. {found[0].status} {found[0].body[:160]!r}")


def _require_opened(where: Place, tender: Tender, taken: Sequence[load.Answer]) -> None:
    """Every receipt is an opened bid and every opened bid has a receipt."""
    receipts = [json.loads(one.body)["digest"] for one in taken]
    end, found = time.monotonic() + DRAIN_SECONDS, set[str]()
    wanted = select(Bid.digest).join(Offer, Offer.bid_id == Bid.id).where(Offer.tender_id == tender.id)
    while time.monotonic() < end and not found:
        where.runtime.tick()
        with where.runtime.work(write=False) as ctx:
            found = set(ctx.session.scalars(wanted))
        time.sleep(0.5)
    if len(set(receipts)) != len(receipts) or set(receipts) != found:
        raise BrokenInvariantError(f"{len(set(receipts) - found)} of {len(receipts)} receipts were not opened")


def _storm_row(id: str, folder: Path, share: float, number: int) -> Row:
    with place(folder, POSTGRESQL) as where, foreign() as noise:
        got = storm(where, share, number)
    figures = {
        "p50_ms": load.percentile(got.waits, 0.5),
        "p99_ms": load.percentile(got.waits, 0.99),
        "max_ms": max(got.waits),
    }
    if share < 1:
        bound = 40 + 10 * fdatasync_ms()[1]
        ratio = figures["p99_ms"] / bound
        words = f"{got.taken} of {got.sent} in time taken, 0 lost 0 late 0 doubled"
        name, p99 = f"storm at {share:.0%}", figures["p99_ms"]
        row = Row(id, name, "ms", p99, bound, [ratio], 1.0, words, noise.percent, bounded=True)
        row.cpu, row.figures = False, figures
        return row
    words = f"{got.answered_per_s / got.capacity_per_s:.2f} of capacity answered, {got.shed} shed, 0 lost 0 late"
    ratio = got.taken / max(1, got.sent)
    row = Row(id, f"storm at {share:.0%}", "", got.taken, got.sent, [ratio], 1.0, words, noise.percent, at_least=True)
    row.cpu, row.figures = False, figures
    return row


def busy(folder: Path, number: int = 1500) -> Row:
    """B6: a storm at 80 % of capacity over a closing."""
    return _storm_row("B6", folder, 0.8, number)


def overload(folder: Path, number: int = 1500) -> Row:
    """B7: a storm at 150 % of capacity: what was sent in time is taken, however long it waited."""
    return _storm_row("B7", folder, 1.5, number)


def overload_all(folder: Path) -> Row:
    """B7A: ten thousand bids to one tender at 150 % of capacity."""
    return _storm_row("B7A", folder, 1.5, 10_000)


def closers(folder: Path, number: int = 400) -> Row:
    """B10: four workers close at once and one is killed; nothing is lost and nothing awarded twice."""
    program = "from marketplace.cli import main; main()"
    with place(folder, POSTGRESQL) as where:
        at = system_clock() - timedelta(minutes=1)
        ids = closing.due_tenders(where, number, at)
        with ExitStack() as stack:
            workers = [
                stack.enter_context(processes.running(["-c", program, "worker"], where.environment, where.folder))
                for _ in range(4)
            ]
            closing.wait_for_ticks(where.folder / "process.log", len(workers))
            closing.make_due(where, ids, at)
            time.sleep(1)
            workers[0].send_signal(signal.SIGKILL)
            closing.wait_for_awards(where, number)
        closing.result(where, ids)
    return exact("B10", f"4 closers, 1 killed, {number}", {"lost": 0, "double awards": 0})
