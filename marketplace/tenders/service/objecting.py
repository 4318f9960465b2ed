"""Objections of participants: they stop the clock of an award until they are decided."""

from datetime import datetime, timedelta

from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries as rulebook
from marketplace.tenders import queries, rules
from marketplace.tenders.errors import (
    NotParticipant,
    ObjectionAlreadyFiled,
    ObjectionClosed,
    ObjectionDecidedAlready,
    ObjectionNotFound,
    ReasonMissing,
)
from marketplace.tenders.errors.objections import ObjectionAtDepartment
from marketplace.tenders.events import ObjectionDecided, ObjectionFiled
from marketplace.tenders.models import Award, Objection, Receipt, Tender
from marketplace.tenders.service.awarding import close_objections, end_live_award, next_reserve
from marketplace.tenders.service.sifting import exclude
from marketplace.tenders.service.steps import locked, move, receipt, subject_of

REPLY_DUE, LAPSE = "objection.reply_due", "objection.lapse"


def object_to_award(ctx: Ctx, award_id: str, *, grounds: str) -> Receipt:
    """File an objection of the actor's agency against an award that is not yet confirmed. Returns a signed receipt.

    Raises ReasonMissing, NotParticipant, ObjectionClosed, ObjectionAlreadyFiled, NotPermitted.
    Source: rulebook objection.window_workdays, objection.reply_workdays.
    """
    ctx.require("objection.file")
    if not grounds.strip():
        raise ReasonMissing(field="grounds")
    tender = locked(ctx, queries.award(ctx, award_id).tender_id)
    found = ctx.session.get_one(Award, award_id, populate_existing=True)
    name = _participant(ctx, tender)
    book = queries.rules_for(ctx, tender)
    last = rulebook.add_workdays(ctx, found.awarded_at, book["objection.window_workdays"])
    if not found.live or not rules.STATES.allows(tender.stage, "object") or ctx.now > last:
        raise ObjectionClosed
    earlier = queries.objections(ctx, tender.id)
    if any(row.award_id == found.id and row.agency_id == ctx.actor.organisation_id for row in earlier):
        raise ObjectionAlreadyFiled
    _stop_clock(ctx, tender, found)
    _file(ctx, found, grounds, rulebook.add_workdays(ctx, ctx.now, book["objection.reply_workdays"]))
    event = ObjectionFiled(subject_of(tender), tender.number, found.id, name, grounds)
    return receipt(ctx, tender, ctx.record(event))


def _file(ctx: Ctx, found: Award, grounds: str, due: datetime) -> None:
    row = Objection(
        id=ctx.new_id(),
        tender_id=found.tender_id,
        award_id=found.id,
        agency_id=ctx.actor.organisation_id,
        grounds=grounds,
        status="pending",
        filed_at=ctx.now,
        reply_due_at=due,
        reply="",
        complaint="",
    )
    ctx.session.add(row)
    ctx.promise(REPLY_DUE, row.id, due, first=True)


def decide_objection(ctx: Ctx, objection_id: str, *, upheld: bool, reply: str) -> Objection:
    """Decide an objection. Upheld: the award ends and the next reserve steps in. Dismissed: the clock goes on.

    By the tender's buyer or a regulator; by a regulator alone once it is with the department.
    Raises ReasonMissing, ObjectionNotFound, ObjectionDecidedAlready, ObjectionAtDepartment, NotPermitted.
    """
    ctx.require("objection.decide")
    if not reply.strip():
        raise ReasonMissing(field="reply")
    tender = locked(ctx, queries.objection(ctx, objection_id).tender_id)
    row = ctx.session.get_one(Objection, objection_id, populate_existing=True)
    if not (queries.is_own(ctx, tender) or "authority" in ctx.actor.roles):
        raise ObjectionNotFound
    if row.status != "pending":
        raise ObjectionDecidedAlready
    if row.complaint and "authority" not in ctx.actor.roles:
        raise ObjectionAtDepartment
    settle(ctx, tender, row, "upheld" if upheld else "dismissed", reply)
    return row


def settle(ctx: Ctx, tender: Tender, row: Objection, status: str, reply: str) -> None:
    """End an objection with public words. status: upheld ends the award; dismissed and lapsed let its clock go on."""
    upheld, was = status == "upheld", row.status
    row.status, row.reply, row.decided_at, row.decided_by = status, reply, ctx.now, ctx.actor.login_id or ctx.actor.kind
    ctx.session.flush()
    ctx.release_all([REPLY_DUE, LAPSE], [row.id])
    ctx.record(ObjectionDecided(subject_of(tender), tender.number, row.award_id, upheld, reply))
    if upheld:
        _end_award(ctx, tender, reply)
    elif was == "pending" and not _pending(ctx, row):
        _resume_clock(ctx, tender, queries.award(ctx, row.award_id))


def participant_name(ctx: Ctx, row: Objection) -> str:
    """The name of the agency that objected."""
    return next(offer.agency_name for offer in queries.offers(ctx, row.tender_id) if offer.agency_id == row.agency_id)


def _participant(ctx: Ctx, tender: Tender) -> str:
    """The name of the actor's agency as it stands among the opened offers."""
    for offer in queries.offers(ctx, tender.id):
        if offer.agency_id is not None and offer.agency_id == ctx.actor.organisation_id:
            return offer.agency_name
    raise NotParticipant


def _pending(ctx: Ctx, decided: Objection) -> bool:
    rows = queries.objections(ctx, decided.tender_id)
    return any(row.award_id == decided.award_id and row.status == "pending" for row in rows)


def _stop_clock(ctx: Ctx, tender: Tender, found: Award) -> None:
    if tender.stage != "objected":
        due = found.confirm_due_at or found.publicity_ends_at
        found.remaining_seconds = max(0, int((due - ctx.now).total_seconds()))
        ctx.release("award.publicity_ends", found.id)
        ctx.release("award.confirm", found.id)
    move(tender, "object")


def _resume_clock(ctx: Ctx, tender: Tender, found: Award) -> None:
    due = ctx.now + timedelta(seconds=found.remaining_seconds or 0)
    found.remaining_seconds = None
    if found.confirm_due_at is None:
        move(tender, "resume_publicity")
        found.publicity_ends_at = due
        ctx.promise("award.publicity_ends", found.id, due)
    else:
        move(tender, "resume_confirming")
        found.confirm_due_at = due
        ctx.promise("award.confirm", found.id, due)


def _end_award(ctx: Ctx, tender: Tender, reply: str) -> None:
    found = end_live_award(ctx, tender, "cancel", reply)
    if found is None:
        return
    exclude(ctx, tender, queries.offer(ctx, found.offer_id), "objection", reply)
    close_objections(ctx, found)
    next_reserve(ctx, tender, found)
