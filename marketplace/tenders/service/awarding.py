"""From the ranking to the letter: publicity, acceptance, refusal and the next reserve, confirmation."""

from collections.abc import Mapping

from sqlalchemy import select

from marketplace.budgets import queries as budget_queries
from marketplace.budgets import service as budgets
from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries as rulebook
from marketplace.selection import queries as selections
from marketplace.selection import service as selection
from marketplace.tenders import queries, rules
from marketplace.tenders.errors import AwardNotYours, ContractInForce, ReasonMissing, SigningNotOverdue
from marketplace.tenders.events import (
    AwardAccepted,
    AwardCancelled,
    AwardConfirmed,
    AwardDeclined,
    AwardLapsed,
    AwardProposed,
    PublicityEnded,
)
from marketplace.tenders.models import Award, Offer, Tender
from marketplace.tenders.service.revealing import enter_room, reveal
from marketplace.tenders.service.sifting import candidate, exclude, left_out, refusal
from marketplace.tenders.service.steps import fail, locked, locked_own, move, subject_of

NO_VALID_OFFER = "没有有效报价"
NO_RESERVE = "没有可以递补的候补机构"
NOT_SIGNED = "逾期未签订合同"


def award(ctx: Ctx, tender_id: str) -> Award | None:
    """Award an opened, screened tender: rank the valid offers and publish the first. None when nobody is left (流标).

    Raises WrongState, TenderNotFound, NotPermitted, KeyNotHeld (503) when chance is needed and no key is loaded.
    """
    ctx.require("tender.publish")
    return propose(ctx, locked_own(ctx, tender_id))


def propose(ctx: Ctx, tender: Tender) -> Award | None:
    """Rank by the tender's method and propose the first; the rest are reserves. The caller holds the lock.

    Where the method goes on in a live room and there are several to compete, they enter it and nobody is proposed yet.
    """
    rules.STATES.move(tender.stage, "award")
    valid = valid_offers(ctx, tender)
    if selections.is_live(ctx, tender.method) and tender.opened_at is None:
        if len(valid) > 1:
            enter_room(ctx, tender)
            return None
        reveal(ctx, tender)
    if not valid:
        fail(ctx, tender, NO_VALID_OFFER)
        return None
    return rank(ctx, tender, valid, {})


def rank(ctx: Ctx, tender: Tender, valid: list[Offer], places: Mapping[str, int]) -> Award:
    """Order the valid offers by the method and propose the first. places: offer id → place in a live room."""
    choice = selection.choose(
        ctx,
        tender_id=tender.id,
        number=tender.number,
        method=tender.method,
        offers=[candidate(offer, places.get(offer.id, 0)) for offer in valid],
        excluded=lambda: left_out(queries.offers(ctx, tender.id)),
    )
    by_id = {offer.id: offer for offer in valid}
    for place, id in enumerate(choice.ranking, 1):
        by_id[id].rank, by_id[id].reason = place, choice.reasons.get(id, "")
    return _start(ctx, tender, by_id[choice.ranking[0]], "award")


def valid_offers(ctx: Ctx, tender: Tender) -> list[Offer]:
    """The offers that are still considered, as they are in the database now."""
    wanted = select(Offer).where(Offer.tender_id == tender.id, Offer.status == "valid").order_by(Offer.label)
    return list(ctx.session.scalars(wanted.execution_options(populate_existing=True)))


def _start(ctx: Ctx, tender: Tender, offer: Offer, verb: str) -> Award:
    """Propose one offer and let its publicity days run. Source: rulebook award.publicity_workdays."""
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
    ctx.session.add(found)
    ctx.session.flush()
    ctx.promise("award.publicity_ends", found.id, found.publicity_ends_at)
    _publish(ctx, tender, offer, found)
    return found


def _publish(ctx: Ctx, tender: Tender, offer: Offer, found: Award) -> None:
    ranked = [row for row in queries.offers(ctx, tender.id) if row.rank is not None and row.status == "valid"]
    ctx.record(
        AwardProposed(
            subject_of(tender),
            number=tender.number,
            award_id=found.id,
            agency=offer.agency_name,
            price_fen=found.price_fen,
            reason=offer.reason,
            ranking=[row.label for row in ranked],
            publicity_ends_at=found.publicity_ends_at.isoformat(),
        )
    )
    ctx.send("tender.awarded", {"tender_id": tender.id, "number": tender.number, "award_id": found.id})


def end_live_award(ctx: Ctx, tender: Tender, verb: str, reason: str) -> Award | None:
    """End the award that counts, if there is one, and withdraw its promises. verb: decline or cancel."""
    found = queries.live_award(ctx, tender.id)
    if found is None:
        return None
    found.status = rules.AWARD_STATES.move(found.status, verb)
    found.live, found.ended_at, found.ended_reason = None, ctx.now, reason
    for kind in ("award.publicity_ends", "award.confirm", "contract.sign_due"):
        ctx.release(kind, found.id)
    ctx.session.flush()
    name = queries.offer(ctx, found.offer_id).agency_name
    if verb == "cancel":
        ctx.record(AwardCancelled(subject_of(tender), tender.number, found.id, name, reason))
    return found


def next_reserve(ctx: Ctx, tender: Tender, after: Award) -> Award | None:
    """Propose the best reserve that may still take the work; without one the tender fails. No new draw."""
    for offer in sorted(valid_offers(ctx, tender), key=lambda row: row.rank or 0):
        if offer.rank is None or offer.rank <= after.rank:
            continue
        if found := refusal(ctx, tender, offer):
            exclude(ctx, tender, offer, *found)
            continue
        return _start(ctx, tender, offer, "reaward")
    fail(ctx, tender, NO_RESERVE)
    return None


def _locked_award(ctx: Ctx, award_id: str) -> tuple[Tender, Award]:
    tender = locked(ctx, queries.award(ctx, award_id).tender_id)
    return tender, ctx.session.get_one(Award, award_id, populate_existing=True)


def _still_fit(ctx: Ctx, tender: Tender, found: Award) -> bool:
    """Whether the winner may still take the work; if it was suspended or expelled meanwhile, the reserve steps in."""
    offer = queries.offer(ctx, found.offer_id)
    why = refusal(ctx, tender, offer)
    if why is None:
        return True
    end_live_award(ctx, tender, "cancel", why[1])
    exclude(ctx, tender, offer, *why)
    next_reserve(ctx, tender, found)
    return False


def end_publicity(ctx: Ctx, award_id: str) -> Award:
    """Let the publicity end when its time has come; with an open objection, or twice, nothing happens.

    A winner that was suspended or expelled meanwhile loses the award. Source: rulebook award.confirm_workdays.
    """
    tender, found = _locked_award(ctx, award_id)
    if not found.live or tender.stage != "publicity" or ctx.now < found.publicity_ends_at:
        return found
    if not _still_fit(ctx, tender, found):
        return found
    move(tender, "end_publicity")
    days = queries.rules_for(ctx, tender)["award.confirm_workdays"]
    found.confirm_due_at = rulebook.add_workdays(ctx, ctx.now, days)
    ctx.promise("award.confirm", found.id, found.confirm_due_at)
    ctx.record(PublicityEnded(subject_of(tender), tender.number, found.id, found.confirm_due_at.isoformat()))
    return found


def confirm_award(ctx: Ctx, award_id: str, *, automatic: bool = False) -> Award:
    """Confirm the award: letter with check code, budget difference back, contract to be signed in time.

    By the buyer once the publicity has ended, or by the market itself when the buyer stayed silent (automatic).
    A winner that was suspended or expelled meanwhile is not confirmed: the award comes back cancelled.
    Raises WrongState, AwardNotFound, TenderNotFound, NotPermitted. Source: rulebook contract.sign_workdays.
    """
    ctx.require("award.confirm")
    locked_own(ctx, queries.award(ctx, award_id).tender_id)
    tender, found = _locked_award(ctx, award_id)
    status = rules.AWARD_STATES.move(found.status, "confirm")
    rules.STATES.move(tender.stage, "confirm")
    if not _still_fit(ctx, tender, found):
        return found
    found.status = status
    move(tender, "confirm")
    found.confirmed_at = tender.completed_at = ctx.now
    found.check_code = rules.check_code(ctx.entropy(rules.CODE_BYTES))
    days = queries.rules_for(ctx, tender)["contract.sign_workdays"]
    found.sign_due_at = rulebook.add_workdays(ctx, ctx.now, days)
    if tender.encumbrance_id is not None:
        budgets.award(ctx, tender.encumbrance_id, amount_fen=found.price_fen)
    ctx.release("award.confirm", found.id)
    ctx.promise("contract.sign_due", found.id, found.sign_due_at)
    name = queries.offer(ctx, found.offer_id).agency_name
    ctx.record(
        AwardConfirmed(subject_of(tender), tender.number, found.id, name, found.price_fen, found.check_code, automatic)
    )
    ctx.send("tender.confirmed", {"tender_id": tender.id, "number": tender.number, "award_id": found.id})
    return found


def accept_award(ctx: Ctx, award_id: str) -> Award:
    """The winner says that it takes the work; saying so again changes nothing. Raises AwardNotYours, WrongState."""
    ctx.require("award.accept")
    tender, found = _winners(ctx, award_id)
    found.status = rules.AWARD_STATES.move(found.status, "accept")
    if found.accepted_at is None:
        found.accepted_at = ctx.now
        name = queries.offer(ctx, found.offer_id).agency_name
        ctx.record(AwardAccepted(subject_of(tender), tender.number, found.id, name))
    return found


def decline_award(ctx: Ctx, award_id: str, *, reason: str) -> Award | None:
    """The winner gives the work back; the next reserve steps in, or the tender fails. Returns the new award, if any.

    Raises ReasonMissing, AwardNotYours, WrongState, ContractInForce, NotPermitted.
    """
    ctx.require("award.decline")
    if not reason.strip():
        raise ReasonMissing(field="reason")
    tender, found = _winners(ctx, award_id)
    rules.AWARD_STATES.move(found.status, "decline")
    if found.signed_at is not None or _obligated(ctx, tender):
        raise ContractInForce
    end_live_award(ctx, tender, "decline", reason)
    offer = queries.offer(ctx, found.offer_id)
    ctx.record(AwardDeclined(subject_of(tender), tender.number, found.id, found.agency_id, offer.agency_name, reason))
    close_objections(ctx, found)
    return next_reserve(ctx, tender, found)


def lapse_award(ctx: Ctx, award_id: str) -> Award | None:
    """The buyer gives up waiting for a signature that is overdue; the next reserve steps in, or the tender fails.

    Raises SigningNotOverdue before contract.sign_workdays have passed, ContractInForce, WrongState, AwardNotFound.
    """
    ctx.require("award.confirm")
    locked_own(ctx, queries.award(ctx, award_id).tender_id)
    tender, found = _locked_award(ctx, award_id)
    if found.signed_at is not None or _obligated(ctx, tender):
        raise ContractInForce
    if found.status != "active" or found.sign_due_at is None or ctx.now < found.sign_due_at:
        raise SigningNotOverdue
    end_live_award(ctx, tender, "decline", NOT_SIGNED)
    agency = queries.offer(ctx, found.offer_id).agency_name
    ctx.record(AwardLapsed(subject_of(tender), tender.number, found.id, found.agency_id, agency))
    return next_reserve(ctx, tender, found)


def mark_signed(ctx: Ctx, award_id: str) -> Award:
    """Note that the contract of an award is in force, so that it can no longer be declined."""
    _, found = _locked_award(ctx, award_id)
    rules.AWARD_STATES.move(found.status, "accept")
    found.signed_at = found.signed_at or ctx.now
    ctx.release("contract.sign_due", found.id)
    return found


def close_objections(ctx: Ctx, found: Award) -> None:
    """Objections against an award that ended have nothing left to decide."""
    for row in queries.objections(ctx, found.tender_id):
        if row.award_id == found.id and row.status == "pending":
            row.status, row.decided_at = "closed", ctx.now


def _winners(ctx: Ctx, award_id: str) -> tuple[Tender, Award]:
    tender, found = _locked_award(ctx, award_id)
    if found.agency_id != ctx.actor.organisation_id:
        raise AwardNotYours
    return tender, found


def _obligated(ctx: Ctx, tender: Tender) -> bool:
    if tender.encumbrance_id is None:
        return False
    return budget_queries.encumbrance(ctx, tender.encumbrance_id).state not in {"reserved", "awarded"}
