"""Reading tenders. Before opening nothing here tells who bid, what, or how many; only an agency finds its own bid."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Select, bindparam, select

from marketplace.identity.models import Organisation
from marketplace.kernel.context import Ctx
from marketplace.kernel.events import EventRow
from marketplace.tenders import rules
from marketplace.tenders.errors import AwardNotFound, ObjectionNotFound, OfferNotFound, TenderNotFound
from marketplace.tenders.models import Award, Bid, Exclusion, Objection, Offer, Tender
from marketplace.tenders.queries import listing
from marketplace.tenders.queries.eligibility import (
    authorities,
    eligibility,
    eligibility_many,
    eligibility_of,
    explained,
    rules_for,
)
from marketplace.tenders.queries.searching import search
from marketplace.web.paging import Page, cursor_after

__all__ = ["authorities", "eligibility", "eligibility_many", "eligibility_of", "explained", "rules_for"]

CHUNK = 400
_COUNTING = (
    select(*(column for column in Bid.__table__.columns if column.name != "envelope"))
    .join(Tender, Tender.id == Bid.tender_id)
    .where(Tender.id.in_(bindparam("tenders", expanding=True)))
    .where(Bid.withdrawn_at.is_(None), Bid.notice_version >= Tender.counts_from)
    .order_by(Bid.digest)
)
_ENVELOPES = select(Bid.id, Bid.envelope).where(
    Bid.tender_id.in_(bindparam("tenders", expanding=True)), Bid.withdrawn_at.is_(None)
)


def tender(ctx: Ctx, id: str) -> Tender:
    """One tender, drafts included. Raises TenderNotFound."""
    found = ctx.session.get(Tender, id)
    if found is None:
        raise TenderNotFound
    return found


def fresh(ctx: Ctx, id: str) -> Tender:
    """One tender as it is in the database now, not as it was first read. Raises TenderNotFound."""
    found = ctx.session.get(Tender, id, populate_existing=True)
    if found is None:
        raise TenderNotFound
    return found


def is_own(ctx: Ctx, found: Tender) -> bool:
    """Whether the actor acts for the buyer, or for the market itself."""
    return ctx.actor.kind in {"system", "terminal"} or found.buyer_id == ctx.actor.organisation_id


def by_number(ctx: Ctx, number: str) -> Tender:
    """A published tender, or the actor's own draft. Raises TenderNotFound."""
    found = ctx.session.scalar(select(Tender).where(Tender.number == number))
    if found is None or (found.published_at is None and not is_own(ctx, found)):
        raise TenderNotFound
    return found


def own(ctx: Ctx, id: str) -> Tender:
    """A tender of the actor's own organisation. Raises TenderNotFound for anybody else's."""
    found = tender(ctx, id)
    if not is_own(ctx, found):
        raise TenderNotFound
    return found


def notices(
    *, stage: str = "", item_code: str = "", method: str = "", region: str = "", buyer_id: str = ""
) -> Select[Tender]:
    """Published notices; page by (published_at, id). region: a division code and all below it."""
    found = select(Tender).where(Tender.published_at.is_not(None))
    exact = {Tender.stage: stage, Tender.item_code: item_code, Tender.method: method, Tender.buyer_id: buyer_id}
    found = found.where(*(column == value for column, value in exact.items() if value))
    if prefix := rules.region_prefix(region):
        found = found.where(Tender.region.startswith(prefix, autoescape=True))
    return found


def page_of_notices(
    ctx: Ctx, *, text: str = "", cursor: str | None = None, lines: bool = False, **filters: str
) -> Page[Tender]:
    """One page of published notices, newest first, of all or of those with all the words. Raises BadCursor.

    filters: as of `notices`. lines: only what a line of the list says is read.
    """
    if text.strip():
        return search(ctx, text, filters, cursor=cursor, lines=lines)
    return listing.page(ctx, filters, cursor=cursor, lines=lines)


def cursor_of(published_at: datetime, id: str) -> str:
    """The cursor that stands after one notice of the list."""
    return cursor_after([published_at, id])


def holds(words: str, asked: str) -> bool:
    """Whether a text has all the words of a query, by the same pairs of characters as the index."""
    return rules.wanted_grams(asked) <= rules.grams(words)


def awards(*, status: str = "", agency_id: str = "") -> Select[Award]:
    """Public awards; page by (awarded_at, id)."""
    found = select(Award)
    if status:
        found = found.where(Award.status == status)
    return found.where(Award.agency_id == agency_id) if agency_id else found


def board(ctx: Ctx, buyer_id: str, stage: str = "") -> Select[Tender]:
    """All tenders of one buyer, drafts included; page by id."""
    found = select(Tender).where(Tender.buyer_id == buyer_id)
    return found.where(Tender.stage == stage) if stage else found


def names(ctx: Ctx, ids: Iterable[str]) -> dict[str, str]:
    """Names of organisations by id, in one statement."""
    wanted = select(Organisation.id, Organisation.name).where(Organisation.id.in_(set(ids)))
    return {row.id: row.name for row in ctx.session.execute(wanted)}


def buyers_by_code(ctx: Ctx) -> dict[str, str]:
    """Ids of those who may post by their unified social credit code; a department comes before an enterprise."""
    wanted = select(Organisation.uscc, Organisation.id).where(Organisation.kind.in_(("enterprise", "department")))
    return {row.uscc: row.id for row in ctx.session.execute(wanted.order_by(Organisation.kind.desc()))}


def tenders_of(ctx: Ctx, rows: Sequence[Award]) -> dict[str, Tender]:
    """The tenders of some awards by tender id, in one statement."""
    wanted = select(Tender).where(Tender.id.in_({row.tender_id for row in rows}))
    return {row.id: row for row in ctx.session.scalars(wanted)}


def offers(ctx: Ctx, tender_id: str) -> list[Offer]:
    """Opened bids in the order of the ranking; nothing before everybody may read them."""
    public = Tender.opened_at.is_not(None)
    wanted = select(Offer).join(Tender, Tender.id == Offer.tender_id).where(Offer.tender_id == tender_id, public)
    return list(ctx.session.scalars(wanted.order_by(Offer.rank.is_(None), Offer.rank, Offer.price_fen, Offer.label)))


def offer(ctx: Ctx, id: str) -> Offer:
    """One opened bid. Raises OfferNotFound."""
    found = ctx.session.get(Offer, id)
    if found is None:
        raise OfferNotFound
    return found


def exclusions(ctx: Ctx, tender_id: str) -> list[Exclusion]:
    """Every exclusion with its reason, oldest first."""
    return list(ctx.session.scalars(select(Exclusion).where(Exclusion.tender_id == tender_id).order_by(Exclusion.id)))


def award(ctx: Ctx, id: str) -> Award:
    """One award. Raises AwardNotFound."""
    found = ctx.session.get(Award, id)
    if found is None:
        raise AwardNotFound
    return found


def awards_of(ctx: Ctx, tender_id: str) -> list[Award]:
    """All awards of a tender, first to last: the earlier ones were declined or cancelled."""
    return list(ctx.session.scalars(select(Award).where(Award.tender_id == tender_id).order_by(Award.id)))


def live_award(ctx: Ctx, tender_id: str) -> Award | None:
    """The award that counts, or None."""
    return ctx.session.scalar(select(Award).where(Award.tender_id == tender_id, Award.live.is_(True)))


def objection(ctx: Ctx, id: str) -> Objection:
    """One objection. Raises ObjectionNotFound."""
    found = ctx.session.get(Objection, id)
    if found is None:
        raise ObjectionNotFound
    return found


def objections(ctx: Ctx, tender_id: str) -> list[Objection]:
    """Objections in a tender with their answers, oldest first."""
    return list(ctx.session.scalars(select(Objection).where(Objection.tender_id == tender_id).order_by(Objection.id)))


def trail(ctx: Ctx, found: Tender) -> list[EventRow]:
    """The public events of a tender, oldest first; those of sealed bids only after the opening."""
    wanted = select(EventRow).where(EventRow.subject == f"tender/{found.id}", EventRow.public)
    if found.opened_at is None:
        wanted = wanted.where(~EventRow.sealed)
    return list(ctx.session.scalars(wanted.order_by(EventRow.id)))


def bidder_index(ctx: Ctx, tender_id: str, agency_id: str) -> str:
    """The keyed index under which an agency's one bid in one tender is found; it says nothing without the key."""
    return ctx.keys.index("bid", tender_id, agency_id)


def counting_bids(ctx: Ctx, found: Iterable[Tender]) -> dict[str, list[Bid]]:
    """The bids that count at closing by tender, as they are now, in the order of their digests: by one statement.

    They are rows with the attributes of a Bid but its envelope, to be read and not to be changed.
    """
    bids: dict[str, list[Bid]] = {one.id: [] for one in found}
    ctx.session.flush()
    for row in ctx.session.connection().execute(_COUNTING, {"tenders": list(bids)}):
        bids[row.tender_id].append(cast("Bid", row))
    return bids


def envelopes(ctx: Ctx, tender_ids: Sequence[str]) -> dict[str, str]:
    """The sealed envelopes of the live bids of several tenders, hex, by bid, by one statement."""
    if not tender_ids:
        return {}
    rows = ctx.session.connection().execute(_ENVELOPES, {"tenders": tender_ids})
    return {row.id: row.envelope for row in rows}


def my_bid(ctx: Ctx, tender_id: str, agency_id: str) -> Bid | None:
    """The agency's own live bid, still sealed, or None."""
    index = bidder_index(ctx, tender_id, agency_id)
    wanted = select(Bid).where(Bid.tender_id == tender_id, Bid.bidder_index == index, Bid.withdrawn_at.is_(None))
    return ctx.session.scalar(wanted.execution_options(populate_existing=True))


@dataclass(frozen=True, slots=True)
class MyBid:
    """One tender an agency takes part in: the sealed bid before opening, offer and award afterwards."""

    tender: Tender
    placed_at: datetime
    digest: str
    offer: Offer | None = None
    award: Award | None = None
    version: int | None = None

    @property
    def stale(self) -> bool:
        """Whether the sealed bid does not count unless it is confirmed or placed anew."""
        return self.version is not None and self.version < self.tender.counts_from


def my_open_bids(ctx: Ctx, agency_id: str) -> list[MyBid]:
    """The agency's live bids in tenders that are not opened yet, soonest closing first."""
    open_ids = ctx.session.scalars(select(Tender.id).where(Tender.stage.in_(("open", "closed"))))
    found: list[MyBid] = []
    ids = list(open_ids)
    for chunk in [ids[i : i + CHUNK] for i in range(0, len(ids), CHUNK)]:
        indexes = [bidder_index(ctx, id, agency_id) for id in chunk]
        mine = (Tender.id.in_(chunk), Bid.bidder_index.in_(indexes), Bid.withdrawn_at.is_(None))
        wanted = select(Tender, Bid).join(Bid, Bid.tender_id == Tender.id).where(*mine)
        rows = ctx.session.execute(wanted)
        found += [MyBid(t, b.placed_at, b.digest, version=b.notice_version) for t, b in rows]
    return sorted(found, key=lambda mine: (mine.tender.closes_at or ctx.now, mine.tender.id))


def my_opened_offers(ctx: Ctx, agency_id: str, limit: int = 100) -> list[MyBid]:
    """The agency's opened bids, newest first, with the award where it won."""
    joined = select(Offer, Tender, Bid, Award).join(Tender, Tender.id == Offer.tender_id)
    joined = joined.join(Bid, Bid.id == Offer.bid_id).outerjoin(Award, Award.offer_id == Offer.id)
    wanted = joined.where(Offer.agency_id == agency_id).order_by(Offer.id.desc()).limit(limit)
    rows = ctx.session.execute(wanted)
    return [MyBid(case, opened.received_at, bid.digest, opened, won) for opened, case, bid, won in rows]


def my_bids(ctx: Ctx, agency_id: str) -> list[MyBid]:
    """Everything the agency takes or took part in: open tenders first, then the newest opened ones."""
    return my_open_bids(ctx, agency_id) + my_opened_offers(ctx, agency_id)
