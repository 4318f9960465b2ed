"""An objection that nobody answers: what silence means, the way to the department, and the end of the waiting."""

from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries as rulebook
from marketplace.rulebook.rules import Rules
from marketplace.tenders import queries
from marketplace.tenders.events.objections import ObjectionTakenUp, ObjectionUnanswered, ObjectionUndecided
from marketplace.tenders.models import Objection, Tender
from marketplace.tenders.service.objecting import LAPSE, participant_name, settle
from marketplace.tenders.service.steps import locked, subject_of

COMPLAINT = "complaint"
# What silence means → how the objection ends, in public words; where it means a complaint, it goes on waiting.
ENDS = {
    "dismiss": ("dismissed", "项目业主逾期未答复，按规则视为异议不成立"),
    "uphold": ("upheld", "项目业主逾期未答复，按规则视为异议成立"),
}
NOBODY_COMPLAINED = "项目业主逾期未答复，异议机构未在期限内投诉，异议程序终结"
NOBODY_DECIDED = "主管部门逾期未作处理决定，中选程序恢复，投诉继续处理"
OVERTAKABLE = ("publicity", "objected", "confirming")


def _meaning(book: Rules) -> str:
    """Source: rulebook objection.silence; a tender from before this key follows the law."""
    return str(book["objection.silence"]) if "objection.silence" in book else COMPLAINT


def note_silence(ctx: Ctx, objection_id: str) -> None:
    """The time to answer has passed: say so in public and go on as the rulebook says. Answered: nothing happens.

    Source: rulebook objection.silence, objection.complaint_workdays.
    """
    tender, row = _held(ctx, objection_id)
    if row.status != "pending" or row.silent_at is not None:
        return
    book = queries.rules_for(ctx, tender)
    means, row.silent_at = _meaning(book), ctx.now
    if means == COMPLAINT:
        row.waits_until = rulebook.add_workdays(ctx, ctx.now, book["objection.complaint_workdays"])
        ctx.promise(LAPSE, row.id, row.waits_until)
    until = row.waits_until.isoformat() if row.waits_until else ""
    who = participant_name(ctx, row)
    ctx.record(ObjectionUnanswered(subject_of(tender), tender.number, row.id, who, means, until))
    _remind(ctx, tender, row, "reply")
    if means in ENDS:
        settle(ctx, tender, row, *ENDS[means])


def take_up_objection(ctx: Ctx, number: str, complaint: str) -> None:
    """The actor's agency complains that its objection was not answered: from now on the department decides it.

    number: of the tender. complaint: its number. Where nothing of the agency's waits for a complaint, nothing happens.
    Source: rulebook objection.decision_workdays.
    """
    tender = locked(ctx, queries.by_number(ctx, number).id)
    for row in queries.objections(ctx, tender.id):
        waits = row.status == "pending" and row.waits_until is not None and ctx.now < row.waits_until
        if waits and not row.complaint and row.agency_id == ctx.actor.organisation_id:
            days = queries.rules_for(ctx, tender)["objection.decision_workdays"]
            row.complaint, row.waits_until = complaint, rulebook.add_workdays(ctx, ctx.now, days)
            ctx.session.flush()
            ctx.promise(LAPSE, row.id, row.waits_until)
            facts = (row.id, participant_name(ctx, row), row.waits_until.isoformat())
            ctx.record(ObjectionTakenUp(subject_of(tender), tender.number, *facts))


def follow_complaint(ctx: Ctx, number: str, complaint: str, *, upheld: bool, decision: str) -> None:
    """The department has decided a complaint: so is the objection that it was about. None: nothing happens.

    After its time was over, too, an upheld one ends the award, as long as that is not confirmed.
    """
    tender = locked(ctx, queries.by_number(ctx, number).id)
    for row in queries.objections(ctx, tender.id):
        if row.complaint != complaint:
            continue
        late = row.status == "lapsed" and upheld and queries.award(ctx, row.award_id).live
        if row.status == "pending" or (late and tender.stage in OVERTAKABLE):
            settle(ctx, tender, row, "upheld" if upheld else "dismissed", decision)


def lapse_objection(ctx: Ctx, objection_id: str) -> None:
    """Nobody complained, or nobody decided, in time: the award's clock goes on. Decided or prolonged: nothing happens.

    Source: rulebook objection.complaint_workdays, objection.decision_workdays.
    """
    tender, row = _held(ctx, objection_id)
    if row.status != "pending" or row.waits_until is None or ctx.now < row.waits_until:
        return
    if row.complaint:
        ctx.record(ObjectionUndecided(subject_of(tender), tender.number, row.id, participant_name(ctx, row)))
        _remind(ctx, tender, row, "decision")
    settle(ctx, tender, row, "lapsed", NOBODY_DECIDED if row.complaint else NOBODY_COMPLAINED)


def _held(ctx: Ctx, objection_id: str) -> tuple[Tender, Objection]:
    tender = locked(ctx, queries.objection(ctx, objection_id).tender_id)
    return tender, ctx.session.get_one(Objection, objection_id, populate_existing=True)


def _remind(ctx: Ctx, tender: Tender, row: Objection, what: str) -> None:
    facts = {"tender_id": tender.id, "number": tender.number, "objection_id": row.id, "buyer_id": tender.buyer_id}
    ctx.send("tender.objection_overdue", {**facts, "what": what})
