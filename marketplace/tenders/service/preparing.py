"""Before the closing: what is in an envelope follows from its bytes alone, so it is taken out while nobody waits.

It stays in the memory of the process that holds the keys. Whether a bid counts, and everything else, is decided under
the locks of the closing; what is prepared saves it the work of opening those bids that are still the same by then.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from marketplace.kernel.context import Ctx
from marketplace.rulebook.rules import Rules
from marketplace.tenders import queries
from marketplace.tenders.models import Bid, KeyShare, Tender
from marketplace.tenders.queries import openings
from marketplace.tenders.service import envelopes

Facts = dict[str, Any]
# A bid as its envelope knows it: tender id, bidder index, and the digest that names the bytes.
Key = tuple[str, str, str]
Prepared = Mapping[Key, Facts]


def drained_at(tender: Tender, book: Rules) -> datetime:
    """When the last bid that arrived in time has left the line, and the tender may be closed.

    Source: rulebook opening.drain_seconds.
    """
    assert tender.closes_at is not None
    return tender.closes_at + timedelta(seconds=book["opening.drain_seconds"])


def least_bids(tender: Tender, book: Rules) -> int:
    """How many bids a tender needs. Source: rulebook selection.min_bidders."""
    key = f"selection.min_bidders.{tender.method}"
    return book[key] if key in book else 1  # noqa: SIM401 - a rule set is no dict; another method needs one bid


def prepare(ctx: Ctx, tender_ids: Iterable[str]) -> dict[Key, Facts]:
    """What is in the bids of those tenders that nothing can keep open any more; nothing is written.

    Only of tenders that are drained, that have as many bids as they need, and of whose keepers enough are here or have
    handed in: of all others the closing decides first. What does not open is left to the closing, too.
    """
    open_ones = select(Tender).where(Tender.id.in_(list(tender_ids)), Tender.stage == "open")
    found = [one for one in ctx.session.scalars(open_ones) if one.closes_at is not None]
    due = [one for one in found if ctx.now >= drained_at(one, queries.rules_for(ctx, one))]
    bids = queries.counting_bids(ctx, due)
    ready = [one for one in due if len(bids[one.id]) >= least_bids(one, queries.rules_for(ctx, one))]
    keepers = openings.shares_of(ctx, [one.id for one in ready])
    opened = _opened(ctx, [(one, keepers[one.id], bids[one.id]) for one in ready])
    return {_key_of(bid): facts for bid, facts in opened if facts is not None}


def taken_out(
    ctx: Ctx,
    tenders: Sequence[Tender],
    keepers: Mapping[str, Sequence[KeyShare]],
    bids: Mapping[str, Sequence[Bid]],
    prepared: Prepared,
) -> dict[str, Facts | None]:
    """What is in every bid, by its id, None where its envelope does not open: as prepared where it is the same."""
    found: dict[str, Facts | None] = {}
    left = []
    for tender in tenders:
        some = bids[tender.id]
        same = {bid.id: facts for bid in some if (facts := prepared.get(_key_of(bid))) is not None}
        found |= same
        if len(same) < len(some) or not some:
            left.append((tender, keepers[tender.id], [bid for bid in some if bid.id not in same]))
    return found | {bid.id: facts for bid, facts in _opened(ctx, left)}


def _key_of(bid: Bid) -> Key:
    return bid.tender_id, bid.bidder_index, bid.digest


def _opened(
    ctx: Ctx, cases: Sequence[tuple[Tender, Sequence[KeyShare], Sequence[Bid]]]
) -> list[tuple[Bid, Facts | None]]:
    """Bids of tenders of whose shares enough are at hand; the envelopes of all are read by one statement."""
    boxes = {tender.id: envelopes.opener(ctx, tender, shares) for tender, shares, _ in cases}
    sealed = queries.envelopes(ctx, [id for id, box in boxes.items() if box is not None])
    return [
        (bid, envelopes.open_bid(ctx, box, tender, bid, sealed[bid.id]))
        for tender, _, bids in cases
        if (box := boxes[tender.id]) is not None
        for bid in bids
    ]
