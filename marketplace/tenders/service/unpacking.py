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
    lead: str = ""
    note: str = ""
    status: str = "valid"
    rank: int | None = None
    reason: str = ""


def offer_of(ctx: Ctx, tender: Tender, bid: Bid, facts: Mapping[str, Any] | None, firms: Mapping[str, Any]) -> Offer:
    """The offer that a bid becomes. facts: from its envelope, or None when it could not be opened; firms: by id."""
    found = Fresh(ctx.new_id(), tender.id, bid.id, bid.placed_at)
    if facts is not None:
        firm = firms[facts["agency_id"]]
        for name in ("agency_id", "price_fen", "rate_bp", "days", "lead", "note"):
            setattr(found, name, facts[name])
        found.agency_name, found.uscc, found.label = firm.name, firm.uscc, label_of(firm.uscc, tender.number)
        found.stars, found.credit = None if firm.is_new else firm.stars, _credit(firm.score_points)
    return cast("Offer", found)


def store(ctx: Ctx, offers: Iterable[Offer]) -> None:
    """Write the offers at the end of the block that gathers, as they are by then: ranked, excluded or only opened."""
    for offer in offers:
        gathering.write(ctx.session, _NEW, vars(offer))


def _credit(score_points: int | None) -> int:
    """Whole credit points within 0 and 100, halves up; a newcomer has them all. score_points: hundredths.

    Source: rulebook credit.initial.
    """
    return FULL_CREDIT if score_points is None else min(FULL_CREDIT, half_up(max(0, score_points), 100))
