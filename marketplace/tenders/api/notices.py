"""JSON door: notices, bids and awards, by the same verbs as the pages."""

from typing import Any

from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import KeyNotHeld, NotPermitted
from marketplace.tenders import queries, service
from marketplace.tenders.api import direct
from marketplace.tenders.api.doorway import api
from marketplace.tenders.errors import BidNotFound
from marketplace.tenders.models import Award, Bid, Exclusion, Objection, Offer, Receipt, Tender
from marketplace.tenders.queries import letters
from marketplace.tenders.queries.eligibility import Reason
from marketplace.tenders.queries.letters import Letter
from marketplace.tenders.schemas import (
    BarOut,
    BidIn,
    BidWithdrawIn,
    ExclusionOut,
    MyBidOut,
    NoticeOut,
    NoticesOut,
    NoticesQuery,
    OfferOut,
    ReceiptOut,
    TenderDraftIn,
    TenderDraftOut,
    TenderPublishIn,
    TenderReasonIn,
)
from marketplace.tenders.schemas.awards import (
    AwardOut,
    AwardsOut,
    AwardsQuery,
    LetterOut,
    ObjectionDecisionIn,
    ObjectionIn,
    ObjectionOut,
)
from marketplace.web.direct import directly
from marketplace.web.doors import public, requires, unit_of_work
from marketplace.web.gate import BIDS, lane
from marketplace.web.idempotency import sealed_but
from marketplace.web.paging import Page, page_of


@api.get("/tenders")
@public
@unit_of_work
@api.arguments(NoticesQuery, location="query")
@api.response(200, NoticesOut)
def notices(ctx: Ctx, data: dict[str, Any]) -> Page[Tender]:
    """Published notices, newest first; filters by stage, item, method, region and words."""
    cursor = data.pop("after")
    return queries.page_of_notices(ctx, cursor=cursor, **data)


@api.post("/tenders")
@requires("tender.draft")
@unit_of_work
@api.arguments(TenderDraftIn)
@api.response(201, TenderDraftOut)
def draft(ctx: Ctx, data: dict[str, Any]) -> Tender:
    """Begin a notice."""
    return service.draft(ctx, **data)


@api.get("/tenders/<number>")
@public
@unit_of_work
@api.response(200, NoticeOut)
def notice(ctx: Ctx, number: str) -> Tender:
    """One notice by its number."""
    return queries.by_number(ctx, number)


@api.put("/tenders/<tender_id>/draft")
@requires("tender.draft")
@unit_of_work
@api.arguments(TenderDraftIn)
@api.response(200, TenderDraftOut)
def revise(ctx: Ctx, data: dict[str, Any], tender_id: str) -> Tender:
    """Write a draft anew."""
    return service.revise(ctx, tender_id, **data)


@api.post("/tenders/<tender_id>/publication")
@requires("tender.publish")
@unit_of_work
@api.arguments(TenderPublishIn)
@api.response(200, TenderDraftOut)
def publish(ctx: Ctx, data: dict[str, Any], tender_id: str) -> Tender:
    """Send the notice out."""
    return service.publish(ctx, tender_id, **data)


@api.get("/tenders/<tender_id>/eligibility")
@requires("bid.place")
@unit_of_work
@api.response(200, BarOut(many=True))
def eligibility(ctx: Ctx, tender_id: str) -> list[Reason]:
    """Every reason why one's own agency may not bid, with the rule by name; an empty list means that it may."""
    found = queries.by_number(ctx, queries.tender(ctx, tender_id).number)
    return queries.explained(ctx, found, queries.eligibility(ctx, found, _agency(ctx)))


@api.post("/tenders/<tender_id>/bids")
@lane(BIDS)
@sealed_but("replaces", "notice_version")
@directly(direct.place_bid)
@requires("bid.place")
@unit_of_work
@api.arguments(BidIn)
@api.response(201, ReceiptOut)
def place_bid(ctx: Ctx, data: dict[str, Any], tender_id: str) -> Receipt:
    """Seal a bid, or exchange the one whose digest is `replaces`; answers with a signed receipt.

    Of what is sealed nothing is kept, so a key (Idempotency-Key) used again answers with the first bid's receipt
    whatever the price is: use a new key for each bid.
    """
    return service.place_bid(ctx, tender_id, **data)


@api.get("/tenders/<tender_id>/bids/mine")
@requires("bid.place")
@unit_of_work
@api.response(200, MyBidOut)
def my_bid(ctx: Ctx, tender_id: str) -> Bid:
    """One's own sealed bid: that it is there, not what is in it."""
    found = service.my_bid(ctx, tender_id)
    if found is None:
        raise BidNotFound
    return found


@api.post("/tenders/<tender_id>/bids/mine/withdrawal")
@lane(BIDS)
@requires("bid.withdraw")
@unit_of_work
@api.arguments(BidWithdrawIn)
@api.response(200, ReceiptOut)
def withdraw_bid(ctx: Ctx, data: dict[str, Any], tender_id: str) -> Receipt:
    """Take one's bid back unopened; answers with a signed receipt."""
    return service.withdraw_bid(ctx, tender_id, **data)


@api.get("/tenders/<tender_id>/offers")
@public
@unit_of_work
@api.response(200, OfferOut(many=True))
def offers(ctx: Ctx, tender_id: str) -> list[Offer]:
    """Opened bids in the order of the ranking; empty before the opening, whatever has come in."""
    return queries.offers(ctx, tender_id)


@api.get("/tenders/<tender_id>/exclusions")
@public
@unit_of_work
@api.response(200, ExclusionOut(many=True))
def exclusions(ctx: Ctx, tender_id: str) -> list[Exclusion]:
    """Opened bids that were not considered, with the reasons."""
    return queries.exclusions(ctx, tender_id)


@api.post("/offers/<offer_id>/exclusion")
@requires("tender.publish")
@unit_of_work
@api.arguments(TenderReasonIn)
@api.response(201, ExclusionOut)
def exclude_offer(ctx: Ctx, data: dict[str, Any], offer_id: str) -> Exclusion:
    """Exclude an opened bid of a screened tender."""
    return service.exclude_offer(ctx, offer_id, **data)


@api.post("/tenders/<tender_id>/award")
@requires("tender.publish")
@unit_of_work
@api.response(200, NoticeOut)
def award(ctx: Ctx, tender_id: str) -> Tender:
    """Rank the valid offers of a screened tender and propose the first; without one the tender fails."""
    try:
        service.award(ctx, tender_id)
    except KeyNotHeld:  # the process that keeps the seeds does it next; the answer still says "opened"
        ctx.promise("tender.award", tender_id, ctx.now)
    return queries.tender(ctx, tender_id)


@api.get("/tenders/<tender_id>/awards")
@public
@unit_of_work
@api.response(200, AwardOut(many=True))
def awards_of(ctx: Ctx, tender_id: str) -> list[Award]:
    """All awards of a tender, first to last."""
    return queries.awards_of(ctx, tender_id)


@api.post("/awards/<award_id>/lapse")
@requires("award.confirm")
@unit_of_work
@api.response(200, AwardOut)
def lapse_award(ctx: Ctx, award_id: str) -> Award:
    """Stop waiting for a signature that is overdue; the next reserve steps in."""
    service.lapse_award(ctx, award_id)
    return queries.award(ctx, award_id)


@api.get("/tenders/<tender_id>/objections")
@public
@unit_of_work
@api.response(200, ObjectionOut(many=True))
def objections(ctx: Ctx, tender_id: str) -> list[Objection]:
    """Objections in a tender with their answers."""
    return queries.objections(ctx, tender_id)


@api.get("/awards")
@public
@unit_of_work
@api.arguments(AwardsQuery, location="query")
@api.response(200, AwardsOut)
def awards(ctx: Ctx, data: dict[str, Any]) -> Page[Award]:
    """Awards, newest first."""
    cursor = data.pop("after")
    key = (Award.awarded_at, Award.id)
    return page_of(ctx.session, queries.awards(**data), key=key, descending=True, cursor=cursor)


@api.post("/awards/<award_id>/acceptance")
@requires("award.accept")
@unit_of_work
@api.response(200, AwardOut)
def accept_award(ctx: Ctx, award_id: str) -> Award:
    """The winner says that it takes the work."""
    return service.accept_award(ctx, award_id)


@api.post("/awards/<award_id>/refusal")
@requires("award.decline")
@unit_of_work
@api.arguments(TenderReasonIn)
@api.response(200, AwardOut)
def decline_award(ctx: Ctx, data: dict[str, Any], award_id: str) -> Award:
    """The winner gives the work back; the next reserve steps in."""
    service.decline_award(ctx, award_id, **data)
    return queries.award(ctx, award_id)


@api.post("/awards/<award_id>/confirmation")
@requires("award.confirm")
@unit_of_work
@api.response(200, AwardOut)
def confirm_award(ctx: Ctx, award_id: str) -> Award:
    """The buyer confirms after the publicity."""
    return service.confirm_award(ctx, award_id)


@api.post("/awards/<award_id>/objections")
@requires("objection.file")
@unit_of_work
@api.arguments(ObjectionIn)
@api.response(201, ReceiptOut)
def object_to_award(ctx: Ctx, data: dict[str, Any], award_id: str) -> Receipt:
    """A participant objects; the clock stands still until the answer."""
    return service.object_to_award(ctx, award_id, **data)


@api.post("/objections/<objection_id>/decision")
@requires("objection.decide")
@unit_of_work
@api.arguments(ObjectionDecisionIn)
@api.response(200, ObjectionOut)
def decide_objection(ctx: Ctx, data: dict[str, Any], objection_id: str) -> Objection:
    """The buyer or a regulator decides an objection."""
    return service.decide_objection(ctx, objection_id, **data)


@api.get("/letters/<code>")
@public
@unit_of_work
@api.response(200, LetterOut)
def letter(ctx: Ctx, code: str) -> Letter:
    """The award letter with a check code."""
    return letters.letter_by_code(ctx, code)


def _agency(ctx: Ctx) -> str:
    if ctx.actor.organisation_id is None:
        raise NotPermitted(permission="bid.place")
    return ctx.actor.organisation_id
