"""From the ranking to the letter: publicity, acceptance, refusal and the next reserve, confirmation."""

from datetime import datetime, timedelta

from marketplace.budgets import queries as budget_queries
from marketplace.budgets import service as budgets
from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries as rulebook
from marketplace.rulebook.rules import Rules
from marketplace.tenders import queries, rules
from marketplace.tenders.errors import AwardNotYours, ContractInForce, ReasonMissing, SigningNotOverdue
from marketplace.tenders.events import (
    AwardAccepted,
    AwardCancelled,
    AwardConfirmed,
    AwardDeclined,
    AwardLapsed,
    PublicityEnded,
)
from marketplace.tenders.models import Award, Tender
from marketplace.tenders.service.choosing import opened_offers, start_award
from marketplace.tenders.service.sifting import exclude, refusal
from marketplace.tenders.service.steps import fail, locked, locked_own, move, subject_of

NO_RESERVE = "没有可以递补的候补机构"
NOT_SIGNED = "逾期未签订合同"


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
    ranked = [row for row in opened_offers(ctx, tender) if row.status == "valid" and row.rank is not None]
    for offer in sorted(ranked, key=lambda row: row.rank or 0):
        if (offer.rank or 0) <= after.rank:
            continue
        if found := refusal(ctx, tender, offer):
            exclude(ctx, tender, offer, *found)
            continue
        left = [row for row in ranked if row.status == "valid"]
        return start_award(ctx, tender, offer, "reaward", sorted(left, key=lambda row: row.rank or 0))
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
    Raises WrongState, AwardNotFound, TenderNotFound, NotPermitted. Source: rulebook contract.sign_workdays,
    contract.sign_max_days.
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
    found.sign_due_at = _sign_due(ctx, queries.rules_for(ctx, tender))
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


def _sign_due(ctx: Ctx, book: Rules) -> datetime:
    """So many working days, but never more days than the law has."""
    soon = rulebook.add_workdays(ctx, ctx.now, book["contract.sign_workdays"])
    return min(soon, ctx.now + timedelta(days=book["contract.sign_max_days"]))


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
