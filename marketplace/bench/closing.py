"""B9: ten thousand tenders due at one second, closed, opened and awarded; the same result on both databases."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Table, func, insert, select, text

from marketplace.agencies.models import Agency
from marketplace.bench import processes, world
from marketplace.bench.frame import BrokenInvariantError, Row, foreign
from marketplace.bench.market import POSTGRESQL, SQLITE, Place, place
from marketplace.kernel.clock import system_clock
from marketplace.kernel.context import Runtime
from marketplace.kernel.deadlines import Deadline
from marketplace.tenders import rules
from marketplace.tenders.models import Award, Bid, KeyShare, Offer, Tender
from marketplace.tenders.queries import bidder_index
from marketplace.tenders.service import envelopes

BIDS = 20
WORKERS = 2
CHUNK = 500
WITHIN_SECONDS = 60
PATIENCE_SECONDS = 900


def row_of(where: Place, model: Any, condition: Any) -> list[dict[str, Any]]:
    """Rows of a table as dictionaries."""
    with where.runtime.work(write=False) as ctx:
        return [dict(row) for row in ctx.session.execute(select(model.__table__).where(condition)).mappings()]


def due_tenders(where: Place, number: int, at: datetime) -> list[str]:
    """So many tenders by lowest price, twenty sealed bids each, that close at one instant; the same everywhere.

    Nobody is told to close them yet.
    """
    world.seed(where.runtime)
    world.bidders(where.runtime, BIDS)
    first = world.tender(where.runtime)
    tender = row_of(where, Tender, Tender.id == first.id)[0]
    shares = row_of(where, KeyShare, KeyShare.tender_id == first.id)
    ids = [hashlib.sha256(f"tender {place}".encode()).hexdigest()[:32] for place in range(number)]
    with where.runtime.work(write=False) as ctx:
        known = ctx.session.execute(select(Agency.uscc, Agency.id)).all()
        agencies = [id for uscc, id in sorted(known, key=lambda row: row.uscc) if uscc in world.codes(BIDS)]
    for start in range(0, number, CHUNK):
        some = list(enumerate(ids))[start : start + CHUNK]
        fresh = [{"id": id, "number": f"ZJ-B-{place:06d}", "seq": (first.seq or 0) + 1 + place} for place, id in some]
        tenders = [{**tender, **own, "closes_at": at} for own in fresh]
        _insert(where.runtime, Tender, tenders)
        kept = [{**share, "id": _id(share["id"], id), "tender_id": id} for _, id in some for share in shares]
        _insert(where.runtime, KeyShare, kept)
        bids = [bid for place, id in some for bid in _bids(where.runtime, first, place, id, agencies)]
        _insert(where.runtime, Bid, bids)
    if where.server is not None:  # what came in one minute has no statistics yet; what comes in weeks has
        names = ", ".join(model.__tablename__ for model in (Tender, KeyShare, Bid))
        with where.runtime.work() as ctx:
            ctx.session.execute(text(f"ANALYZE {names}"))
    return ids


def make_due(where: Place, ids: list[str], at: datetime) -> None:
    """Promise to close them all, at once."""
    due = [{"id": _id("due", id), "kind": "tender.close", "subject": id, "due_at": at, "tries": 0} for id in ids]
    _insert(where.runtime, Deadline, due)


def _insert(runtime: Runtime, model: Any, rows: list[dict[str, Any]]) -> None:
    with runtime.work() as ctx:
        ctx.session.connection().execute(insert(cast("Table", model.__table__)), rows)


def _id(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:32]


def _bids(runtime: Runtime, like: Tender, place: int, id: str, agencies: list[str]) -> Iterator[dict[str, Any]]:
    with runtime.glance() as ctx:
        for number, agency in enumerate(agencies):
            # One lowest price in each tender: a tie would be drawn, and every database would draw its own.
            price = 5_000_000 + (place * 7 + number * 13) % BIDS * 1_000 + number
            inside = {"price_fen": price, "rate_bp": None, "days": 20, "lead": "", "note": ""}
            facts = {"tender_id": id, "agency_id": agency, **inside}
            envelope = envelopes.seal(like, facts)
            yield {
                "id": _id("bid", id, str(number)),
                "tender_id": id,
                "bidder_index": bidder_index(ctx, id, agency),
                "envelope": envelope,
                "digest": rules.digest_of(envelope),
                "placed_at": like.created_at,
                "version": 1,
                "notice_version": 1,
            }


def result(where: Place, ids: list[str]) -> str:
    """A digest of who won what at which price, after asking that every bid was opened and every tender awarded once."""
    with where.runtime.work(write=False) as ctx:
        won = select(Tender.number, Offer.uscc, Award.price_fen).join(Award, Award.tender_id == Tender.id)
        rows = ctx.session.execute(won.join(Offer, Offer.id == Award.offer_id).order_by(Tender.number)).all()
        offers = ctx.session.scalar(select(func.count()).select_from(Offer).where(Offer.status == "valid"))
        lowest = dict(
            ctx.session.execute(
                select(Tender.number, func.min(Offer.price_fen))
                .join(Offer, Offer.tender_id == Tender.id)
                .group_by(Tender.number)
            ).all()
        )
    if len(rows) != len(ids) or len({row.number for row in rows}) != len(ids):
        raise BrokenInvariantError(f"{len(rows)} awards for {len(ids)} tenders")
    if offers != len(ids) * BIDS:
        raise BrokenInvariantError(f"{offers} of {len(ids) * BIDS} bids were opened")
    if wrong := [row for row in rows if lowest[row.number] != row.price_fen]:
        raise BrokenInvariantError(f"{len(wrong)} awards are not the lowest price")
    text = ";".join(f"{row.number},{row.uscc},{row.price_fen}" for row in rows)
    return hashlib.sha256(text.encode()).hexdigest()


def closed(where: Place, number: int, workers: int = WORKERS) -> tuple[float, float, str]:
    """Let workers close them: (seconds from being due to the last award, CPU microseconds per tender, result).

    The workers are there before: what a process costs to start is no tender's.
    """
    at = system_clock() - timedelta(minutes=1)
    ids = due_tenders(where, number, at)
    program = "from marketplace.cli import main; main()"
    with ExitStack() as stack:
        started = [
            stack.enter_context(processes.running(["-c", program, "worker"], where.environment, where.folder))
            for _ in range(workers)
        ]
        where.web = [process.pid for process in started]
        wait_for_ticks(where.folder / "process.log", workers)
        before = where.cpu_us()
        make_due(where, ids, at)
        begin = time.perf_counter()
        wait_for_awards(where, number)
        took, used = time.perf_counter() - begin, where.cpu_us() - before
        where.web = []
    return took, used / number, result(where, ids)


def wait_for_ticks(log: Path, workers: int) -> None:
    """Until so many workers say that they tick. Raises BrokenInvariantError when they do not come."""
    end = time.monotonic() + PATIENCE_SECONDS
    while log.read_text("utf-8").count("ticking") < workers:
        if time.monotonic() > end:
            raise BrokenInvariantError("the workers do not tick; see process.log")
        time.sleep(0.1)


def wait_for_awards(where: Place, number: int) -> None:
    """Until so many awards are there. Raises BrokenInvariantError when they do not come."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        with where.runtime.work(write=False) as ctx:
            if (ctx.session.scalar(select(func.count()).select_from(Award)) or 0) >= number:
                return
        time.sleep(0.2)
    raise BrokenInvariantError(f"not closed within {PATIENCE_SECONDS} s; see process.log")


def closing(folder: Path, number: int = 500) -> Row:
    """B9: tenders of twenty sealed bids due at one second, on both databases with one result."""
    return _closing("B9", folder, number)


def closing_all(folder: Path) -> Row:
    """B9a: ten thousand of them."""
    return _closing("B9A", folder, 10_000)


def _closing(id: str, folder: Path, number: int) -> Row:
    figures: dict[str, float] = {}
    results: dict[str, str] = {}
    with foreign() as load:
        for backend in (POSTGRESQL, SQLITE):
            home = folder / backend
            home.mkdir()
            with place(home, backend) as where:
                took, used, results[backend] = closed(where, number)
            figures[f"{backend}_s"], figures[f"{backend}_us"] = took, used
    if len(set(results.values())) != 1:
        raise BrokenInvariantError("the two databases gave different winners")
    slowest = max(figures["postgresql_s"], figures["sqlite_s"]) * 10_000 / number
    return Row(
        id,
        f"close {number} x {BIDS}, both",
        "s",
        slowest,
        WITHIN_SECONDS,
        [slowest / WITHIN_SECONDS],
        1.0,
        "same winners; seconds for 10,000",
        load.percent,
        cpu=False,
        figures=figures,
        bounded=True,
    )
