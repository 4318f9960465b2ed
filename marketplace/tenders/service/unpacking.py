"""From what was in an envelope to an offer, and the offers of an opening into the database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert

from marketplace.kernel import gathering
from marketplace.kernel.context import Ctx
from marketplace.selection.quotes import half_up
from marketplace.selection.rules import label_of
from marketplace.tenders.models import Bid, Offer, Tender
from marketplace.tenders.service.sifting import FULL_CREDIT

_NEW = insert(cast("Table", Offer.__table__))


@dataclass
class Fresh:
    """An offer that is not yet stored: the columns of `Offer` and none of what makes two hundred thousand objects dear.

    Its fields are the columns, so that `vars` is the row.
    """

    id: str
    tender_id: str
    bid_id: str
    received_at: datetime
    agency_id: str | None = None
    agency_name: str = ""
    uscc: str = ""
    label: str = ""
    price_fen: int | None = None
    rate_bp: int | None = None
    days: int | None = None
    stars: int | None = None
    credit: int | None = None
    named: bool = False
    place: int | None = None
    lead: str = ""
    note: str = ""
    status: str = "valid"
    rank: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Firm:
    """What an offer says of its agency, worked out once for all its offers. credit: whole points."""

    name: str
    uscc: str
    stars: int | None
    credit: int


def firm_of(agency: Any) -> Firm:
    """The agency as its offers show it."""
    stars = None if agency.is_new else agency.stars
    return Firm(agency.name, agency.uscc, stars, _credit(agency.score_points))


def offers_of(
    ctx: Ctx,
    tender: Tender,
    bids: Iterable[Bid],
    inside: Mapping[str, Mapping[str, Any] | None],
    firms: Mapping[str, Firm],
) -> list[Offer]:
    """The offers that bids become. inside: by bid, None for one that could not be opened; firms: by id."""
    tender_id, number = tender.id, tender.number
    found = []
    for bid in bids:
        offer, facts = Fresh(ctx.new_id(), tender_id, bid.id, bid.placed_at), inside[bid.id]
        if facts is not None:
            _fill(offer, facts, firms[facts["agency_id"]], number)
        found.append(offer)
    return cast("list[Offer]", found)


def _fill(offer: Fresh, facts: Mapping[str, Any], firm: Firm, number: str) -> None:
    offer.agency_id, offer.price_fen, offer.rate_bp = facts["agency_id"], facts["price_fen"], facts["rate_bp"]
    offer.days, offer.lead, offer.note = facts["days"], facts["lead"], facts["note"]
    offer.agency_name, offer.uscc, offer.label = firm.name, firm.uscc, label_of(firm.uscc, number)
    offer.stars, offer.credit = firm.stars, firm.credit


def store(ctx: Ctx, offers: Iterable[Offer]) -> None:
    """Write the offers at the end of the block that gathers, as they are by then: ranked, excluded or only opened."""
    for offer in offers:
        gathering.write(ctx.session, _NEW, vars(offer))


def _credit(score_points: int | None) -> int:
    """Whole credit points within 0 and 100, halves up; a newcomer has them all. score_points: hundredths.

    Source: rulebook credit.initial.
    """
    return FULL_CREDIT if score_points is None else min(FULL_CREDIT, half_up(max(0, score_points), 100))
