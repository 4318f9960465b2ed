"""B2, B3, B4: one bid end to end over HTTP beside its floor and beside the usual way, on both databases."""

import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice, repeat
from pathlib import Path
from secrets import token_hex
from typing import Any, cast

from sqlalchemy import Table, func, insert, select

from marketplace.bench import load, world
from marketplace.bench.frame import PAIRS, BrokenInvariantError, Row, foreign, pairs
from marketplace.bench.market import POSTGRESQL, SQLITE, WORKERS, Place, beside, place, served
from marketplace.kernel.events import EventRow, Unsealed
from marketplace.tenders.models import Bid

EACH = 150
PUBLIC = {"organisation": None, "public": True, "sealed": True}
FACTS = {"price_fen": "50000.00", "days": 20, "lead": "王建国", "note": ""}
Pairs = tuple[list[float], list[float]]


def bid_requests(
    tender_id: str, secrets: Sequence[str], *, path: str = "/api/v1/tenders/{tender}/bids", keyed: bool = True
) -> list[bytes]:
    """One prepared bid of each bidder. keyed: each names a key, so that its answer is kept."""
    return [
        load.post(
            path.format(tender=tender_id),
            {"price_fen": f"{50_000 + number}.00", "days": 20, "lead": "王建国", "note": ""},
            Authorization=f"Bearer {secret}",
            **({"Idempotency_Key": token_hex(16)} if keyed else {}),
        )
        for number, secret in enumerate(secrets)
    ]


def require_all_accepted(where: Place, tender_id: str, answers: Sequence[load.Answer]) -> None:
    """Every answer is a receipt, and rows, events and receipts agree. Raises BrokenInvariantError."""
    bad = [answer for answer in answers if answer.status != 201]
    if bad:
        raise BrokenInvariantError(f"{len(bad)} of {len(answers)} refused, e.g. {bad[0].status} {bad[0].body[:200]!r}")
    digests = {json.loads(answer.body)["digest"] for answer in answers}
    with where.runtime.work(write=False) as ctx:
        stored = set(ctx.session.scalars(select(Bid.digest).where(Bid.tender_id == tender_id)))
        sealed = select(func.count()).select_from(EventRow).where(EventRow.subject == f"tender/{tender_id}")
        events = ctx.session.scalar(sealed.where(EventRow.sealed))
    if not digests <= stored or len(digests) != len(answers) or events != len(stored):
        raise BrokenInvariantError(f"{len(digests - stored)} bids with a receipt are not stored")


@dataclass(frozen=True)
class Other:
    """The app beside ours, which takes bids upon a tender of its own. factory: module:function. keyed: keeps answers.

    real: what it takes are bids of real bidders, and are as much worth as what we take.
    """

    factory: str
    keyed: bool
    real: bool

    def requests(self, tender_id: str, secrets: Sequence[str]) -> Iterator[bytes]:
        """What it is sent, for as long as it is asked."""
        path = f"/bid/{tender_id}"
        if self.real:
            return iter(bid_requests(tender_id, secrets, path=path, keyed=False))
        return repeat(load.post(path, FACTS, Authorization="Bearer x"))


BARE = Other("marketplace.bench.floor:bare", keyed=True, real=False)
USUAL = Other("marketplace.bench.usual:usual", keyed=False, real=True)


def _both(folder: Path, backend: str, other: Other) -> tuple[Pairs, list[load.Answer], float]:
    """Ours and another app on the same server and database, in turns: the pairs, our answers, the foreign load."""
    with place(folder, backend) as where, foreign() as noise:
        world.seed(where.runtime)
        secrets = world.bidders(where.runtime, EACH * (PAIRS + 1))
        tender, twin = world.tender(where.runtime), world.tender(where.runtime)
        # The usual way keeps no answers, so we do not either where it stands beside us.
        ours, answers = iter(bid_requests(tender.id, secrets, keyed=other.keyed)), list[load.Answer]()
        theirs, taken = other.requests(twin.id, secrets), list[load.Answer]()
        # One raw writer of SQLite: two of them would measure how they wait for each other.
        alone = backend == SQLITE and other is BARE
        with served(where) as port, beside(where, other.factory, 1 if alone else WORKERS) as (second, pids):

            def subject() -> float:
                before = where.cpu_us()
                got = load.closed(port, list(islice(ours, EACH)))
                answers.extend(got)
                return (where.cpu_us() - before) / len(got)

            def bare() -> float:
                before = where.cpu_us(pids)
                got = load.closed(second, list(islice(theirs, EACH)))
                taken.extend(got)
                if any(answer.status != 201 for answer in got):
                    raise BrokenInvariantError(f"the other refused: {got[0].status} {got[0].body[:200]!r}")
                return (where.cpu_us(pids) - before) / len(got)

            measured = pairs(bare, subject)
        require_all_accepted(where, tender.id, answers)
        if other.real:
            require_all_accepted(where, twin.id, taken)
    return measured, answers, noise.percent


def _row(id: str, folder: Path, backend: str, goal: float) -> Row:
    (floors, subjects), answers, noise = _both(folder, backend, BARE)
    waits = [answer.wait_ms for answer in answers]
    return Row(
        id,
        f"POST bid, {backend}",
        "us",
        statistics.median(subjects),
        statistics.median(floors),
        [s / f for f, s in zip(floors, subjects, strict=True)],
        goal,
        foreign_percent=noise,
        figures={"p50_ms": load.percentile(waits, 0.5), "p99_ms": load.percentile(waits, 0.99)},
    )


def sqlite(folder: Path) -> Row:
    """B2: a bid on SQLite that survives a power cut, with all features, beside a bare app that writes the same rows."""
    return _row("B2", folder, SQLITE, 2.0)


def postgresql(folder: Path) -> Row:
    """B3: the same on PostgreSQL; CPU of app and database together."""
    return _row("B3", folder, POSTGRESQL, 1.5)


def usual_way(folder: Path) -> Row:
    """B4: the usual way with the same features by ours, on the same server and PostgreSQL."""
    return _usual("B4", folder, POSTGRESQL, 6.0)


def usual_way_sqlite(folder: Path) -> Row:
    """B4S: the same on SQLite."""
    return _usual("B4S", folder, SQLITE, 5.0)


def _usual(id: str, folder: Path, backend: str, goal: float) -> Row:
    (twins, ours), _, noise = _both(folder, backend, USUAL)
    ratios = [twin / our for twin, our in zip(twins, ours, strict=True)]
    subject, base = statistics.median(twins), statistics.median(ours)
    return Row(id, f"usual way by ours, {backend}", "us", subject, base, ratios, goal, "", noise, at_least=True)


def crowded(folder: Path, number: int = 10_000) -> Row:
    """B3N: a bid upon a tender that has ten thousand already, beside one upon a tender that has ten; PostgreSQL."""
    with place(folder, POSTGRESQL) as where, foreign() as noise:
        world.seed(where.runtime)
        secrets = world.bidders(where.runtime, EACH)
        few = [_with_bids(where, 10) for _ in range(PAIRS + 1)]
        many = [_with_bids(where, number) for _ in range(PAIRS + 1)]
        with served(where) as port:

            def bids(waiting: Iterator[str]) -> float:
                tender, before = next(waiting), where.cpu_us()
                answers = load.closed(port, bid_requests(tender, secrets))
                used = (where.cpu_us() - before) / EACH
                if any(answer.status != 201 for answer in answers):
                    raise BrokenInvariantError(f"refused: {answers[0].body[:200]!r}")
                return used

            floors, subjects = pairs(partial(bids, iter(few)), partial(bids, iter(many)))
    ratios = [s / f for f, s in zip(floors, subjects, strict=True)]
    subject, base = statistics.median(subjects), statistics.median(floors)
    words = f"bid {number:,} beside bid 10"  # bounded: what costs the same may by chance cost less
    return Row("B3N", words, "us", subject, base, ratios, 1.1, "", noise.percent, bounded=True)


def _with_bids(where: Place, number: int) -> str:
    """A tender that has so many bids, events and leaves that wait; they are stored and will not be opened."""
    tender = world.tender(where.runtime)
    at = tender.created_at
    ids = [token_hex(16) for _ in range(number)]
    same = {"tender_id": tender.id, "envelope": "e" * 400, "placed_at": at, "version": 1, "notice_version": 1}
    said = {"subject": f"tender/{tender.id}", "type": "tender.bid.placed", "at": at, "actor": "sealed"}
    rows: tuple[tuple[Any, list[dict[str, Any]]], ...] = (
        (Bid, [{"id": id, "bidder_index": token_hex(32), "digest": token_hex(32), **same} for id in ids]),
        (EventRow, [{"id": id, "leaf": token_hex(32), "body": "b" * 400, **PUBLIC, **said} for id in ids]),
        (Unsealed, [{"event_id": id, "held_for": said["subject"]} for id in ids]),
    )
    for model, some in rows:
        with where.runtime.work() as ctx:
            ctx.session.connection().execute(insert(cast("Table", model.__table__)), some)
    return tender.id
