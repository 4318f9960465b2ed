"""B2, B3, B4: one bid end to end over HTTP beside its floor and beside the usual way, on both databases."""

import json
import statistics
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from sqlalchemy import func, select, text

from marketplace.bench import floor, load, world
from marketplace.bench.frame import PAIRS, BrokenInvariantError, Row, foreign, pairs
from marketplace.bench.market import POSTGRESQL, SQLITE, Place, beside, place, served
from marketplace.kernel.events import EventRow
from marketplace.tenders.models import Bid

EACH = 150
FACTS = {"price_fen": "50000.00", "days": 20, "lead": "王建国", "note": ""}
Pairs = tuple[list[float], list[float]]


def bid_requests(tender_id: str, secrets: Sequence[str], **headers: str) -> list[bytes]:
    """One prepared bid of each bidder."""
    return [
        load.post(
            f"/api/v1/tenders/{tender_id}/bids",
            {"price_fen": f"{50_000 + number}.00", "days": 20, "lead": "王建国", "note": ""},
            Authorization=f"Bearer {secret}",
            **headers,
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


def _both(folder: Path, backend: str, factory: str) -> tuple[Pairs, list[load.Answer], float]:
    """Ours and another app on the same server and database, in turns: the pairs, our answers, the foreign load."""
    with place(folder, backend) as where, foreign() as noise:
        world.seed(where.runtime)
        secrets = world.bidders(where.runtime, EACH * (PAIRS + 1))
        tender = world.tender(where.runtime)
        ours, answers = iter(bid_requests(tender.id, secrets)), list[load.Answer]()
        with where.runtime.work() as ctx:
            for statement in floor.SCHEMA:
                ctx.session.execute(text(statement))
        theirs = [load.post("/bid", FACTS, Authorization="Bearer x")] * EACH
        with served(where) as port, beside(where, factory) as (other, pids):

            def subject() -> float:
                before = where.cpu_us()
                got = load.closed(port, list(islice(ours, EACH)))
                answers.extend(got)
                return (where.cpu_us() - before) / len(got)

            def bare() -> float:
                before = where.cpu_us(pids)
                got = load.closed(other, theirs)
                if any(answer.status != 201 for answer in got):
                    raise BrokenInvariantError(f"the floor refused: {got[0].body[:200]!r}")
                return (where.cpu_us(pids) - before) / len(got)

            measured = pairs(bare, subject)
        require_all_accepted(where, tender.id, answers)
    return measured, answers, noise.percent


def _row(id: str, folder: Path, backend: str, goal: float) -> Row:
    (floors, subjects), answers, noise = _both(folder, backend, "marketplace.bench.floor:bare")
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
    """B4: the usual way (ORM, cookie session, check, then insert) by ours, on PostgreSQL."""
    (twins, ours), _, noise = _both(folder, POSTGRESQL, "marketplace.bench.floor:usual")
    ratios = [twin / our for twin, our in zip(twins, ours, strict=True)]
    subject, base = statistics.median(twins), statistics.median(ours)
    return Row("B4", "usual way by ours", "us", subject, base, ratios, 1.0, "", noise, at_least=True)
