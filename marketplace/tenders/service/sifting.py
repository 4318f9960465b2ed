"""Which opened bids are considered, and the published reason for those that are not."""

from collections.abc import Iterable, Mapping, Sequence

from marketplace.agencies.rules import Bar
from marketplace.kernel import gathering
from marketplace.kernel.context import Ctx
from marketplace.selection import queries as selection
from marketplace.selection.ports import Offer as Candidate
from marketplace.selection.ports import TenderFacts, with_params
from marketplace.tenders import queries
from marketplace.tenders.events import OfferExcluded
from marketplace.tenders.models import Exclusion, Offer, Tender
from marketplace.tenders.queries import asking
from marketplace.tenders.service.steps import subject_of

FULL_CREDIT = 100
Refused = tuple[Offer, tuple[str, str]]


def exclude(ctx: Ctx, tender: Tender, offer: Offer, cause: str, reason: str) -> Exclusion:
    """Write one exclusion and publish it."""
    offer.status, offer.reason = "excluded", reason
    row = Exclusion(
        id=ctx.new_id(),
        tender_id=tender.id,
        offer_id=offer.id,
        cause=cause,
        reason=reason,
        excluded_by=ctx.actor.login_id or ctx.actor.kind,
        excluded_at=ctx.now,
    )
    gathering.add_last(ctx.session, row)  # it points to the offer
    ctx.record(OfferExcluded(subject_of(tender), tender.number, offer.agency_name, cause, reason))
    return row


def refusal(ctx: Ctx, tender: Tender, offer: Offer) -> tuple[str, str] | None:
    """Cause and reason why an opened bid cannot be considered, or None. Standing is asked again at closing."""
    return next((found for _, found in refusals(ctx, [(tender, [offer])])[0]), None)


def refusals(ctx: Ctx, opened: Sequence[tuple[Tender, Sequence[Offer]]]) -> list[list[Refused]]:
    """Of each tender those of the opened bids that cannot be considered, with cause and reason; asked all at once."""
    known = [[offer.agency_id for offer in offers if offer.agency_id is not None] for _, offers in opened]
    tenders = [tender for tender, _ in opened]
    bars = queries.eligibility_of(ctx, list(zip(tenders, known, strict=True)))
    return [_refused(ctx, *pair, of_one) for pair, of_one in zip(opened, bars, strict=True)]


def _refused(ctx: Ctx, tender: Tender, offers: Sequence[Offer], bars: Mapping[str, list[Bar]]) -> list[Refused]:
    method, facts = with_params(selection.method(ctx, tender.method), tender.method_params), facts_of(ctx, tender)
    found: list[Refused] = []
    for offer in offers:
        if offer.agency_id is None or offer.price_fen is None:
            found.append((offer, ("broken", "报价信封损坏或被替换，无法开启")))
        elif bars[offer.agency_id]:
            bar = bars[offer.agency_id][0]
            cause = "avoidance" if bar.code == "tender.avoidance" else "barred"
            found.append((offer, (cause, bar.text)))
        elif (reason := method.admit(facts, candidate(offer))) is not None:
            found.append((offer, ("price", reason)))
    return found


def facts_of(ctx: Ctx, tender: Tender) -> TenderFacts:
    """What a selection method may know of the tender."""
    return TenderFacts(
        number=tender.number,
        ceiling_fen=tender.ceiling_fen,
        fixed_price_fen=tender.fixed_price_fen,
        direct_agency_id=tender.direct_agency_id,
        quote=tender.quote,
        floor_fen=tender.floor_fen,
        rate_floor_bp=tender.rate_floor_bp,
        rate_cap_bp=tender.rate_cap_bp,
        invited=tuple(row.agency_id for row in asking.invitations(ctx, tender)),
    )


def candidate(offer: Offer, *, points: tuple[int, ...] = ()) -> Candidate:
    """A valid opened bid as a selection method sees it. points: of the assessors."""
    assert offer.agency_id is not None
    assert offer.price_fen is not None
    return Candidate(
        id=offer.id,
        label=offer.label,
        agency_id=offer.agency_id,
        price_fen=offer.price_fen,
        received_at=offer.received_at,
        days=offer.days or 0,
        place=offer.place or 0,
        rate_bp=offer.rate_bp,
        stars=offer.stars,
        credit=FULL_CREDIT if offer.credit is None else offer.credit,
        points=points,
        named=bool(offer.named),
    )


def left_out(offers: Iterable[Offer]) -> list[dict[str, str]]:
    """The opened offers that are not considered, as a draw and a ranking publish them."""
    rows = sorted((row for row in offers if row.status == "excluded"), key=lambda row: (row.label, row.id))
    return [{"label": row.label, "agency": row.agency_name, "reason": row.reason} for row in rows]
