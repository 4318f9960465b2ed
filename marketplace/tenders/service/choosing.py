"""From the opened bids to a proposed winner: ask people where the method or a low price demands it, then rank."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from marketplace.kernel import gathering
from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries as rulebook
from marketplace.selection import queries as selections
from marketplace.selection import service as selection
from marketplace.selection.ranking import ranking_record
from marketplace.tenders import queries, rules
from marketplace.tenders.events import AwardProposed
from marketplace.tenders.events.weighing import RankingPublished
from marketplace.tenders.models import Award, Offer, Tender
from marketplace.tenders.service import comparing, explaining, scoring
from marketplace.tenders.service.preparing import least_bids
from marketplace.tenders.service.revealing import enter_room, reveal
from marketplace.tenders.service.sifting import candidate, facts_of, left_out
from marketplace.tenders.service.steps import fail, locked, locked_own, move, subject_of

NO_VALID_OFFER = "没有有效报价"
TOO_FEW_VALID = "开启后有效报价不足规定家数"
ASK = (explaining.ask, scoring.ask, comparing.ask)


def award(ctx: Ctx, tender_id: str) -> Award | None:
    """Go on with an opened, screened tender: ask for explanations or scores, or rank and publish the first.

    None when people are asked first, or when nobody is left (流标).
    Raises WrongState, TenderNotFound, NotPermitted, KeyNotHeld (503) when chance is needed and no key is loaded.
    """
    ctx.require("tender.publish")
    return propose(ctx, locked_own(ctx, tender_id))


def advance(ctx: Ctx, tender_id: str) -> Award | None:
    """Go on where a tender waits, once everything that was asked is answered or overdue. Idempotent by stage."""
    tender = locked(ctx, tender_id)
    if tender.stage == "opened":
        return propose(ctx, tender)
    if tender.stage == "explaining" and explaining.is_settled(ctx, tender):
        move(tender, "settle")
        return propose(ctx, tender)
    if tender.stage == "scoring" and scoring.is_settled(ctx, tender):
        return rank(ctx, tender, opened_offers(ctx, tender), sheets=scoring.sheets(ctx, tender))
    if tender.stage == "comparing" and comparing.is_settled(ctx, tender):
        return rank(ctx, tender, opened_offers(ctx, tender))
    return None


def propose(ctx: Ctx, tender: Tender, offers: Sequence[Offer] | None = None) -> Award | None:
    """Ask what has to be asked, else rank by the tender's method and propose the first. The caller holds the lock.

    Where the method goes on in a live room and there are several to compete, they enter it and nobody is proposed yet;
    what has to be asked is asked when they come out of it, about their last quotes. Fails where too few are valid.
    offers: all opened ones of the tender where the caller has them in hand, fresh; None reads them.
    """
    rules.STATES.move(tender.stage, "award")
    found = opened_offers(ctx, tender) if offers is None else list(offers)
    valid = [offer for offer in found if offer.status == "valid"]
    lack = _lack(ctx, tender, len(valid))
    if selections.is_live(ctx, tender.method) and tender.opened_at is None:
        if len(valid) > 1 and not lack:
            enter_room(ctx, tender)
            return None
        reveal(ctx, tender)
    if lack:
        fail(ctx, tender, lack)
        return None
    if any(ask(ctx, tender, valid) for ask in ASK):
        return None
    return rank(ctx, tender, found)


def _lack(ctx: Ctx, tender: Tender, valid: int) -> str:
    """Why too few of the opened offers are valid to go on, or empty: the minimum counts offers, not envelopes.

    Source: rulebook selection.min_bidders, selection.below_min_second.
    """
    book = queries.rules_for(ctx, tender)
    if rules.may_proceed(valid, least_bids(tender, book), book["selection.below_min_second"]):
        return ""
    return TOO_FEW_VALID if valid else NO_VALID_OFFER


def rank(
    ctx: Ctx,
    tender: Tender,
    offers: Sequence[Offer],
    *,
    sheets: Sequence[Mapping[str, Any]] = (),
) -> Award:
    """Order the valid ones among all opened offers, publish the record, propose the first; the rest are reserves.

    sheets: what each assessor gave. At least one is valid.
    """
    valid = {offer.id: offer for offer in offers if offer.status == "valid"}
    candidates = [
        candidate(row, points=tuple(sheet["points"][row.label] for sheet in sheets)) for row in valid.values()
    ]
    choice = selection.choose(
        ctx,
        tender_id=tender.id,
        number=tender.number,
        method=tender.method,
        offers=candidates,
        params=tender.method_params,
        excluded=lambda: left_out(offers),
    )
    for place, id in enumerate(choice.ranking, 1):
        valid[id].rank, valid[id].reason = place, choice.reasons[id]
    record = ranking_record(facts_of(ctx, tender), tender.method, tender.method_params, candidates, choice)
    record |= {"exclusions": left_out(offers), "assessors": list(sheets)}
    ctx.record(RankingPublished(subject_of(tender), tender.number, record))
    ranking = [valid[id] for id in choice.ranking]
    return start_award(ctx, tender, ranking[0], "award", ranking)


def opened_offers(ctx: Ctx, tender: Tender) -> list[Offer]:
    """All opened offers of a tender as they are in the database now."""
    wanted = select(Offer).where(Offer.tender_id == tender.id).order_by(Offer.label, Offer.id)
    return list(ctx.session.scalars(wanted.execution_options(populate_existing=True)))


def start_award(ctx: Ctx, tender: Tender, offer: Offer, verb: str, ranking: Sequence[Offer]) -> Award:
    """Propose one offer and let its publicity days run. ranking: the valid offers from first to last.

    Source: rulebook award.publicity_workdays.
    """
    assert offer.agency_id is not None
    assert offer.price_fen is not None
    assert offer.rank is not None
    move(tender, verb)
    tender.completed_at = None
    days = queries.rules_for(ctx, tender)["award.publicity_workdays"]
    found = Award(
        id=ctx.new_id(),
        tender_id=tender.id,
        offer_id=offer.id,
        agency_id=offer.agency_id,
        price_fen=offer.price_fen,
        rank=offer.rank,
        status="pending",
        live=True,
        awarded_at=ctx.now,
        publicity_ends_at=rulebook.add_workdays(ctx, ctx.now, days),
        ended_reason="",
    )
    gathering.add_last(ctx.session, found)  # it points to the offer
    ctx.promise("award.publicity_ends", found.id, found.publicity_ends_at, first=True)
    ctx.record(
        AwardProposed(
            subject_of(tender),
            number=tender.number,
            award_id=found.id,
            agency=offer.agency_name,
            price_fen=found.price_fen,
            reason=offer.reason,
            ranking=[row.label for row in ranking],
            publicity_ends_at=found.publicity_ends_at.isoformat(),
        )
    )
    ctx.send("tender.awarded", {"tender_id": tender.id, "number": tender.number, "award_id": found.id})
    return found
