"""JSON door: questions, changes of a notice, confirming a bid, and the end of a tender."""

from typing import Any

from marketplace.kernel.context import Ctx
from marketplace.tenders import queries, service
from marketplace.tenders.api.doorway import api
from marketplace.tenders.models import Amendment, Clarification, Receipt, Tender
from marketplace.tenders.queries import changes
from marketplace.tenders.schemas import ReceiptOut, TenderDraftOut, TenderReasonIn
from marketplace.tenders.schemas.changes import (
    AmendmentIn,
    AmendmentOut,
    AnswerIn,
    BidConfirmIn,
    ClarificationOut,
    QuestionIn,
    TenderCancelIn,
)
from marketplace.web.doors import public, requires, unit_of_work


@api.get("/tenders/<tender_id>/amendments")
@public
@unit_of_work
@api.response(200, AmendmentOut(many=True))
def amendments(ctx: Ctx, tender_id: str) -> list[Amendment]:
    """All changes of a notice, newest first."""
    return changes.amendments(ctx, tender_id)


@api.post("/tenders/<tender_id>/amendments")
@requires("tender.publish")
@unit_of_work
@api.arguments(AmendmentIn)
@api.response(201, AmendmentOut)
def amend(ctx: Ctx, data: dict[str, Any], tender_id: str) -> Amendment:
    """Change an open notice; time, budget and sealed bids follow by rule."""
    return service.amend(ctx, tender_id, **data)


@api.post("/tenders/<tender_id>/bids/mine/confirmation")
@requires("bid.place")
@unit_of_work
@api.arguments(BidConfirmIn)
@api.response(200, ReceiptOut)
def confirm_bid(ctx: Ctx, data: dict[str, Any], tender_id: str) -> Receipt:
    """Let one's sealed bid count, unopened, for the notice as it is now; answers with a signed receipt."""
    return service.confirm_bid(ctx, tender_id, **data)


@api.get("/tenders/<tender_id>/clarifications")
@public
@unit_of_work
@api.response(200, ClarificationOut(many=True))
def clarifications(ctx: Ctx, tender_id: str) -> list[Clarification]:
    """All questions about a notice with their answers, oldest first."""
    queries.by_number(ctx, queries.tender(ctx, tender_id).number)
    return changes.clarifications(ctx, tender_id)


@api.post("/tenders/<tender_id>/clarifications")
@requires("bid.place")
@unit_of_work
@api.arguments(QuestionIn)
@api.response(201, ClarificationOut)
def ask(ctx: Ctx, data: dict[str, Any], tender_id: str) -> Clarification:
    """Ask about an open notice; nobody learns who asks."""
    return service.ask(ctx, tender_id, **data)


@api.post("/clarifications/<clarification_id>/answer")
@requires("tender.publish")
@unit_of_work
@api.arguments(AnswerIn)
@api.response(200, ClarificationOut)
def answer(ctx: Ctx, data: dict[str, Any], clarification_id: str) -> Clarification:
    """Answer a question to everybody."""
    return service.answer(ctx, clarification_id, **data)


@api.post("/tenders/<tender_id>/cancellation")
@requires("tender.cancel")
@unit_of_work
@api.arguments(TenderCancelIn)
@api.response(200, TenderDraftOut)
def cancel(ctx: Ctx, data: dict[str, Any], tender_id: str) -> Tender:
    """End a tender: void, abandoned, or to be reposted."""
    return service.cancel(ctx, tender_id, **data)


@api.post("/tenders/<tender_id>/repost")
@requires("tender.draft")
@unit_of_work
@api.arguments(TenderReasonIn)
@api.response(201, TenderDraftOut)
def repost(ctx: Ctx, data: dict[str, Any], tender_id: str) -> Tender:
    """Begin a new draft in place of a tender, ending it if it still runs."""
    return service.repost(ctx, tender_id, **data)
