"""Rows of the bid path: one bid end to end over HTTP, on both databases."""

import json
from collections.abc import Sequence

from sqlalchemy import func, select

from marketplace.bench import load
from marketplace.bench.frame import BrokenInvariantError
from marketplace.bench.market import Place
from marketplace.kernel.events import EventRow
from marketplace.tenders.models import Bid


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
