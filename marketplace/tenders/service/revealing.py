"""When everybody learns what was in the envelopes: at the opening, or at the end of a live room."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from sqlalchemy import select

from marketplace.kernel.context import Ctx
from marketplace.kernel.events import canonical
from marketplace.tenders import rules
from marketplace.tenders.events import BidsOpened
from marketplace.tenders.models import Bid, KeyShare, Offer, Tender
from marketplace.tenders.queries import openings
from marketplace.tenders.service.steps import move, subject_of


def reveal(ctx: Ctx, tender: Tender, pairs: Sequence[tuple[Offer, str]] = (), keepers: Sequence[KeyShare] = ()) -> None:
    """Publish the signed minutes of the opening: who opened, every envelope by its digest, and what was in it.

    pairs: every offer with the digest of its envelope, by digest, and keepers: theirs, where the caller has them in
    hand; else they are read.
    """
    tender.opened_at = ctx.now
    opened = pairs or _pairs(ctx, tender)
    found = [
        {"agency": offer.agency_name, "price_fen": offer.price_fen, "rate_bp": offer.rate_bp, "days": offer.days}
        for offer, _ in opened
    ]
    digests = [digest for _, digest in opened]
    minutes = rules.minutes_of(_facts(ctx, tender), _keepers(ctx, tender, keepers), digests, canonical(found))
    signature = ctx.keys.sign(canonical(minutes))
    who = {"public_key": ctx.keys.public_key, "signature": signature}
    ctx.record(BidsOpened(subject_of(tender), tender.number, digests, found, minutes, **who))


def _pairs(ctx: Ctx, tender: Tender) -> list[tuple[Offer, str]]:
    joined = select(Offer, Bid.digest).join(Bid, Bid.id == Offer.bid_id).where(Offer.tender_id == tender.id)
    return [(row.Offer, row.digest) for row in ctx.session.execute(joined.order_by(Bid.digest))]


def _facts(ctx: Ctx, tender: Tender) -> dict[str, Any]:
    assert tender.closes_at is not None
    return {
        "tender": tender.number,
        "closes_at": tender.closes_at.isoformat(),
        "opened_at": ctx.now.isoformat(),
        "opened_by": ctx.actor.login_id or ctx.actor.kind,
        "envelope_key": tender.envelope_key,
        "threshold": tender.threshold,
    }


def _keepers(ctx: Ctx, tender: Tender, rows: Sequence[KeyShare]) -> list[dict[str, Any]]:
    return [
        {
            "keeper": row.keeper,
            "digest": row.digest,
            "handed_in_at": row.handed_in_at.astimezone(UTC).isoformat() if row.handed_in_at else None,
            "handed_in_by": row.handed_in_by,
        }
        for row in rows or openings.shares(ctx, tender.id)
    ]


def enter_room(ctx: Ctx, tender: Tender) -> None:
    """Let the bidders go on in a live room; until its end nobody learns who they are or what they quoted."""
    move(tender, "enter")
    ctx.promise("auction.schedule", tender.id, ctx.now)
