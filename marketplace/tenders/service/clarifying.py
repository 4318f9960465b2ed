"""答疑: anybody who may bid asks without being known, the buyer answers to all."""

from datetime import datetime

from marketplace.agencies import queries as agencies
from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries as rulebook
from marketplace.tenders import queries, rules
from marketplace.tenders.errors import FactsMissing, TenderNotFound, TenderNotOpen
from marketplace.tenders.errors.changes import (
    AnsweredAlready,
    AnswerNeedsAmendment,
    QuestionNamesAsker,
    QuestionsClosed,
)
from marketplace.tenders.events.changes import ClarificationAnswered, ClarificationAsked, ClarificationOverdue
from marketplace.tenders.models import Clarification, Tender
from marketplace.tenders.queries import changes
from marketplace.tenders.service.bidding import acting_agency
from marketplace.tenders.service.steps import locked_own, subject_of

OVERDUE = "tender.answer_due"


def ask(ctx: Ctx, tender_id: str, *, question: str) -> Clarification:
    """Ask about an open notice; neither the public nor the buyer learns who asks.

    Raises TenderNotFound, TenderNotOpen, QuestionsClosed, QuestionNamesAsker, FactsMissing, NotPermitted.
    Source: rulebook posting.clarify_until_workdays_before_close, posting.clarify_answer_workdays.
    """
    ctx.require("bid.place")
    agency_id = acting_agency(ctx)
    tender = _asked_about(ctx, tender_id)
    question = question.strip()
    if not question:
        raise FactsMissing(field="question", label="问题")
    firm = agencies.agency(ctx, agency_id)
    if rules.names(question, firm.name, firm.uscc):
        raise QuestionNamesAsker(field="question")
    row = Clarification(
        id=ctx.new_id(),
        tender_id=tender.id,
        asker_index=ctx.keys.index("asker", tender.id, agency_id),
        question=question,
        asked_at=ctx.now,
        due_at=_due(ctx, tender),
        answer="",
    )
    ctx.session.add(row)
    ctx.session.flush()
    ctx.promise(OVERDUE, row.id, row.due_at)
    ctx.record(ClarificationAsked(subject_of(tender), tender.number, row.id, question))
    ctx.send("tender.asked", {"tender_id": tender.id, "number": tender.number, "clarification_id": row.id})
    return row


def _asked_about(ctx: Ctx, tender_id: str) -> Tender:
    """The notice, when it is still open to questions. Raises TenderNotFound, TenderNotOpen, QuestionsClosed."""
    tender = queries.fresh(ctx, tender_id)
    if tender.published_at is None:
        raise TenderNotFound
    if not rules.STATES.allows(tender.stage, "ask") or tender.closes_at is None or ctx.now >= tender.closes_at:
        raise TenderNotOpen(number=tender.number)
    until = changes.clarify_until(ctx, tender)
    if until is None or ctx.now >= until:
        raise QuestionsClosed
    return tender


def _due(ctx: Ctx, tender: Tender) -> datetime:
    assert tender.closes_at is not None
    days = queries.rules_for(ctx, tender)["posting.clarify_answer_workdays"]
    return min(rulebook.add_workdays(ctx, ctx.now, days), tender.closes_at)


def answer(ctx: Ctx, clarification_id: str, *, answer: str, changes_notice: bool = False) -> Clarification:
    """Answer a question to everybody, once. changes_notice: the answer says something that the notice does not.

    Raises ClarificationNotFound, TenderNotFound, TenderNotOpen, AnsweredAlready, AnswerNeedsAmendment, FactsMissing,
    NotPermitted.
    """
    ctx.require("tender.publish")
    if not answer.strip():
        raise FactsMissing(field="answer", label="答复")
    tender = locked_own(ctx, changes.clarification(ctx, clarification_id).tender_id)
    row = changes.clarification(ctx, clarification_id)
    if tender.stage != "open":
        raise TenderNotOpen(number=tender.number)
    if row.answered_at is not None:
        raise AnsweredAlready
    if changes_notice and not _amended_since(ctx, tender, row):
        raise AnswerNeedsAmendment(field="changes_notice")
    row.answer, row.answered_at = answer.strip(), ctx.now
    ctx.session.flush()
    ctx.release(OVERDUE, row.id)
    ctx.record(ClarificationAnswered(subject_of(tender), tender.number, row.id, row.question, row.answer))
    ctx.send("tender.clarified", {"tender_id": tender.id, "number": tender.number, "clarification_id": row.id})
    return row


def remind(ctx: Ctx, clarification_id: str) -> None:
    """An answer is overdue: say so in public and remind the buyer. Answered or no longer open: nothing happens."""
    row = changes.clarification(ctx, clarification_id)
    tender = queries.tender(ctx, row.tender_id)
    if row.answered_at is not None or tender.stage != "open":
        return
    ctx.record(ClarificationOverdue(subject_of(tender), tender.number, row.id))
    ctx.send("tender.answer_overdue", {"tender_id": tender.id, "number": tender.number, "clarification_id": row.id})


def _amended_since(ctx: Ctx, tender: Tender, row: Clarification) -> bool:
    return any(change.amended_at >= row.asked_at for change in changes.amendments(ctx, tender.id))
