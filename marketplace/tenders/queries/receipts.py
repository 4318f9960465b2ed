"""Which events of a tender are an agency's own, so that it can have the receipts of them again.

Events of sealed bids name nobody. One's own are found as one's own bid is: by the keyed index of its row, which holds
the digest of the envelope, and those of envelopes that were taken back before it; each change names what it replaced.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from marketplace.audit.receipts import Own
from marketplace.kernel.context import Ctx
from marketplace.kernel.events import EventRow, recorded
from marketplace.tenders.events import BidPlaced, BidReplaced, BidWithdrawn, ObjectionFiled
from marketplace.tenders.events.changes import BidConfirmed
from marketplace.tenders.models import Bid, Objection, Tender
from marketplace.tenders.queries import bidder_index

DIGEST = 64  # characters of one digest
LOOKED_BACK = 200  # tenders


def own(ctx: Ctx, tender_id: str, agency_id: str) -> Own:
    """By event type, whether an event is the agency's: of its bid, its objection, and what the domains above know."""
    mine = _Bids(ctx, tender_id, _row(ctx, tender_id, agency_id))
    above: Mapping[str, Any] = ctx.plugins.get("receipt_owners", {})
    more = [owner(ctx, tender_id, agency_id) for owner in above.values()]
    bids = dict.fromkeys((kind.type for kind in (BidPlaced, BidReplaced, BidWithdrawn, BidConfirmed)), mine.holds)
    return {
        **bids,
        ObjectionFiled.type: lambda content: content["organisation"] == agency_id,
        **{type: holds for kinds in more for type, holds in kinds.items()},
    }


def _row(ctx: Ctx, tender_id: str, agency_id: str) -> Bid | None:
    """The agency's bid, whether it stands or was withdrawn."""
    index = bidder_index(ctx, tender_id, agency_id)
    wanted = select(Bid).where(Bid.tender_id == tender_id, Bid.bidder_index == index)
    return ctx.session.scalar(wanted.execution_options(populate_existing=True))


class _Bids:
    """The envelopes of one bid; earlier ones are looked for only when somebody asks for them."""

    def __init__(self, ctx: Ctx, tender_id: str, row: Bid | None) -> None:
        self._ctx, self._tender_id = ctx, tender_id
        self._last = _digests(row) if row is not None else frozenset[str]()
        self._all: frozenset[str] | None = None

    def holds(self, content: Mapping[str, Any]) -> bool:
        digest = content["data"]["digest"]
        if digest in self._last or not self._last:
            return digest in self._last
        if self._all is None:
            self._all = self._with_earlier()
        return digest in self._all

    def _with_earlier(self) -> frozenset[str]:
        subject = EventRow.subject == f"tender/{self._tender_id}"
        wanted = select(EventRow).where(subject, EventRow.type == BidReplaced.type)
        said = [recorded(row).content["data"] for row in self._ctx.session.scalars(wanted)]
        before = {data["digest"]: data["replaces"] for data in said}
        known: set[str] = set()
        fresh = set(self._last)
        while fresh:
            known |= fresh
            fresh = {before[digest] for digest in fresh if digest in before} - known
        return frozenset(known)


def _digests(row: Bid) -> frozenset[str]:
    gone = [row.withdrawn[at : at + DIGEST] for at in range(0, len(row.withdrawn), DIGEST)]
    return frozenset([row.digest, *gone])


@dataclass(frozen=True, slots=True)
class Shelved:
    """One's own bid that nobody will open: withdrawn, or in a tender that ended before its opening."""

    tender: Tender
    bid: Bid


def shelved(ctx: Ctx, agency_id: str) -> list[Shelved]:
    """The agency's own bids that were withdrawn or stay shut for good, newest tender first, of the latest tenders."""
    latest = select(Tender).where(Tender.stage != "draft").order_by(Tender.id.desc()).limit(LOOKED_BACK)
    tenders = {bidder_index(ctx, row.id, agency_id): row for row in ctx.session.scalars(latest)}
    here = (Bid.tender_id.in_([row.id for row in tenders.values()]), Bid.bidder_index.in_(tenders))
    mine = {bid.bidder_index: bid for bid in ctx.session.scalars(select(Bid).where(*here))}
    return [Shelved(row, mine[index]) for index, row in tenders.items() if index in mine and _shut(row, mine[index])]


def _shut(tender: Tender, bid: Bid) -> bool:
    ended = tender.stage in {"failed", "cancelled"} and tender.opened_at is None
    return bid.withdrawn_at is not None or (ended and bid.notice_version >= tender.counts_from)


def objections(ctx: Ctx, agency_id: str, limit: int = 100) -> list[tuple[Objection, Tender]]:
    """The agency's own objections with their tenders, newest first."""
    joined = select(Objection, Tender).join(Tender, Tender.id == Objection.tender_id)
    rows = ctx.session.execute(
        joined.where(Objection.agency_id == agency_id).order_by(Objection.id.desc()).limit(limit)
    )
    return [(row, tender) for row, tender in rows]
