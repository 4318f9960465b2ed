"""The verbs of supervision: complaints and what is found on them. Cases and sanctions are in proceedings.py."""

import json
from collections.abc import Mapping

from marketplace.credit import service as credit
from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries as rulebook
from marketplace.supervision import queries
from marketplace.supervision.errors import AnswerClosed, FindingNeedsAgency
from marketplace.supervision.events import (
    ComplaintAccepted,
    ComplaintAnswered,
    ComplaintDecided,
    ComplaintFiled,
    ComplaintOverdue,
    ComplaintRefused,
    FindingDecided,
)
from marketplace.supervision.models import Complaint, Finding
from marketplace.supervision.proceedings import decide_case, defend, end_sanction, lift, open_case, sweep
from marketplace.supervision.rules import COMPLAINT_STATES
from marketplace.tenders import service as tenders

__all__ = [
    "accept",
    "answer",
    "complain",
    "decide",
    "decide_case",
    "defend",
    "end_sanction",
    "lift",
    "note_overdue",
    "open_case",
    "record_finding",
    "refuse",
    "sweep",
]

# Complaints about these may be about an objection that was not answered.
OF_TENDERS = ("tender", "award")
# What a finding costs in the credit score; findings that only lead to removal are not listed.
INCIDENTS: Mapping[str, str] = {
    "complaint_verified": "complaint",
    "refuse_contract": "no_contract",
    "late": "late",
    "poor_result": "returned_result",
    "forged_data": "false_data",
    "qualification_fraud": "false_data",
    "collusion": "collusion",
}


def complain(
    ctx: Ctx,
    *,
    about_kind: str,
    about_number: str,
    category: str,
    text: str,
    complainant_name: str,
    phone: str,
    email: str = "",
) -> Complaint:
    """投诉: anybody may; the receipt number is the way to follow it. Who complained is stored encrypted.

    about_number: tender or contract number, or an agency's unified social credit code.
    Raises ComplainedOfNotFound, CalendarEnds. Source of the clock: complaint.accept_workdays.
    """
    about = queries.about(ctx, about_kind, about_number)
    rules = rulebook.rules_at(ctx, about.region, ctx.now)
    row = Complaint(
        id=ctx.new_id(),
        number=ctx.number("TS"),
        about_kind=about.kind,
        about_id=about.id,
        about_number=about.number,
        agency_id=about.agency_id,
        item_code=about.item_code,
        region=about.region,
        category=category,
        text=text,
        complainant_sealed=_sealed(ctx, name=complainant_name, phone=phone, email=email),
        by_organisation_id=ctx.actor.organisation_id,
        state="filed",
        ruleset_id=rules.id,
        filed_at=ctx.now,
        due_at=rulebook.add_workdays(ctx, ctx.now, rules["complaint.accept_workdays"]),
        overdue=False,
    )
    _file(ctx, row)
    _take_objection_along(ctx, row)
    return row


def _take_objection_along(ctx: Ctx, row: Complaint) -> None:
    """The complaint of an agency whose objection was not answered in time takes that objection to the department."""
    if row.about_kind in OF_TENDERS and row.by_organisation_id is not None:
        tenders.take_up_objection(ctx, row.about_number, row.number)


def _sealed(ctx: Ctx, **who: str) -> str:
    return ctx.keys.encrypt(json.dumps(who, ensure_ascii=False).encode())


def _file(ctx: Ctx, row: Complaint) -> None:
    ctx.session.add(row)
    ctx.session.flush()
    ctx.promise("complaint.accept_due", row.id, row.due_at)
    ctx.record(ComplaintFiled(_subject(row), row.number, row.about_kind, row.about_number, row.category))


def accept(ctx: Ctx, complaint_id: str) -> Complaint:
    """受理: take the complaint up; the clock to decide starts, and that of the agency's answer. Raises WrongState.

    Source of the clocks: complaint.decide_workdays, complaint.reply_workdays.
    """
    ctx.require("complaint.decide")
    row = queries.complaint(ctx, complaint_id, lock=True)
    row.state = COMPLAINT_STATES.move(row.state, "accept")
    rules = rulebook.rules_of(ctx, row.ruleset_id)
    row.accepted_at = ctx.now
    row.due_at = rulebook.add_workdays(ctx, ctx.now, rules["complaint.decide_workdays"])
    if row.agency_id is not None:
        row.answer_due_at = rulebook.add_workdays(ctx, ctx.now, rules["complaint.reply_workdays"])
    row.overdue = False
    ctx.release("complaint.accept_due", row.id)
    ctx.promise("complaint.decide_due", row.id, row.due_at)
    ctx.record(ComplaintAccepted(subject=_subject(row), number=row.number))
    return row


def answer(ctx: Ctx, complaint_id: str, *, text: str) -> Complaint:
    """答复: the agency complained of tells its side, and may add to it until its time is over.

    Raises ComplaintNotFound for another agency's complaint, AnswerClosed.
    """
    ctx.require("agency.edit")
    row = queries.complaint_of_agency(ctx, complaint_id, lock=True)
    if row.state != "accepted" or row.answer_due_at is None or ctx.now >= row.answer_due_at:
        raise AnswerClosed(field="text")
    row.answer = f"{row.answer}\n\n{text}".strip()
    row.answered_at = ctx.now
    ctx.record(ComplaintAnswered(subject=_subject(row), number=row.number))
    return row


def refuse(ctx: Ctx, complaint_id: str, *, reason: str) -> Complaint:
    """不予受理: it is not for this market to decide; the reason is told. Raises WrongState."""
    ctx.require("complaint.decide")
    row = queries.complaint(ctx, complaint_id, lock=True)
    row.state = COMPLAINT_STATES.move(row.state, "refuse")
    ctx.release("complaint.accept_due", row.id)
    _sign(ctx, row, reason)
    ctx.record(ComplaintRefused(subject=_subject(row), number=row.number, reason=reason))
    _follow(ctx, row, upheld=False)
    return row


def decide(
    ctx: Ctx,
    complaint_id: str,
    *,
    upheld: bool,
    decision: str,
    finding_kind: str = "complaint_verified",
) -> Complaint:
    """办结: uphold or dismiss. Upheld against an agency it becomes a finding of the kind that was proven.

    Raises WrongState, FindingTwice.
    """
    ctx.require("complaint.decide")
    row = queries.complaint(ctx, complaint_id, lock=True)
    row.state = COMPLAINT_STATES.move(row.state, "uphold" if upheld else "dismiss")
    ctx.release("complaint.decide_due", row.id)
    _sign(ctx, row, decision)
    ctx.record(ComplaintDecided(subject=_subject(row), number=row.number, upheld=upheld, decision=decision))
    _follow(ctx, row, upheld=upheld)
    if upheld and row.agency_id is not None:
        _find(ctx, row.agency_id, finding_kind, row.number, decision, row.item_code, row.id)
    return row


def record_finding(
    ctx: Ctx, *, agency_id: str | None, kind: str, reference: str, text: str, item_code: str | None = None
) -> Finding:
    """认定: put a decided breach on record without a complaint; it counts from now on, in credit and for exit rules.

    reference: number of the contract, tender or decision that proves it. Raises FindingNeedsAgency, FindingTwice.
    """
    ctx.require("finding.decide")
    if not agency_id:
        raise FindingNeedsAgency(field="uscc", kind=kind)
    return _find(ctx, agency_id, kind, reference, text, item_code, None)


def note_overdue(ctx: Ctx, complaint_id: str, stage: str) -> None:
    """A clock ran out: mark the complaint, unless that step has been done. stage: accept or decide."""
    row = queries.complaint(ctx, complaint_id, lock=True)
    waiting = {"accept": "filed", "decide": "accepted"}[stage]
    if row.state != waiting or row.overdue:
        return
    row.overdue = True
    ctx.record(ComplaintOverdue(subject=_subject(row), number=row.number, stage=stage))


def _follow(ctx: Ctx, row: Complaint, *, upheld: bool) -> None:
    if row.about_kind in OF_TENDERS:
        tenders.follow_complaint(ctx, row.about_number, row.number, upheld=upheld, decision=row.decision)


def _sign(ctx: Ctx, row: Complaint, decision: str) -> None:
    row.decision = decision
    row.decided_at = ctx.now
    row.decided_by = ctx.actor.login_id or ctx.actor.kind
    row.deciding_body = queries.body_of(ctx)
    row.overdue = False


def _find(
    ctx: Ctx, agency_id: str, kind: str, reference: str, text: str, item_code: str | None, complaint_id: str | None
) -> Finding:
    finding = Finding(
        id=ctx.new_id(),
        agency_id=agency_id,
        kind=kind,
        reference=reference,
        item_code=item_code,
        complaint_id=complaint_id,
        text=text,
        decided_at=ctx.now,
        decided_by=ctx.actor.login_id or ctx.actor.kind,
        deciding_body=queries.body_of(ctx),
    )
    ctx.session.add(finding)
    ctx.session.flush()
    ctx.record(FindingDecided(subject=f"agency/{agency_id}", finding_id=finding.id, kind=kind, reference=reference))
    if kind in INCIDENTS:
        source = f"finding/{finding.id}"
        credit.record_incident(ctx, agency_id=agency_id, kind=INCIDENTS[kind], reference=source, decided_at=ctx.now)
    return finding


def _subject(row: Complaint) -> str:
    return f"complaint/{row.id}"
