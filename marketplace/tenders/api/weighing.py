"""JSON door: how offers were weighed, what people were asked, and their answers."""

from typing import Any

from marketplace.kernel.context import Ctx
from marketplace.tenders import queries, service
from marketplace.tenders.api.doorway import api
from marketplace.tenders.models import Assessor, Explanation, Offer
from marketplace.tenders.queries import asking
from marketplace.tenders.schemas import OfferOut, TenderReasonIn
from marketplace.tenders.schemas.weighing import (
    AssessorOut,
    ConflictIn,
    ExplanationIn,
    ExplanationJudgementIn,
    ExplanationOut,
    PointsIn,
    ProofsOut,
    RankingOut,
    ReplacementIn,
)
from marketplace.web.doors import public, requires, unit_of_work


@api.get("/tenders/<number>/ranking.json")
@public
@unit_of_work
@api.response(200, RankingOut)
def ranking(ctx: Ctx, number: str) -> dict[str, Any]:
    """The ranking record of a tender, as `marketplace ranking verify` reads it."""
    return asking.ranking_record(ctx, queries.by_number(ctx, number))


@api.get("/tenders/<number>/proof.json")
@public
@unit_of_work
@api.response(200, ProofsOut)
def proofs(ctx: Ctx, number: str) -> dict[str, Any]:
    """Opening minutes, ranking with its draw, and the newest tree head in one file for `marketplace verify`."""
    return asking.proofs(ctx, queries.by_number(ctx, number))


@api.post("/offers/<offer_id>/explanation")
@requires("bid.place")
@unit_of_work
@api.arguments(ExplanationIn)
@api.response(201, ExplanationOut)
def explain_price(ctx: Ctx, data: dict[str, Any], offer_id: str) -> Explanation:
    """Explain one's own abnormally low quote, once, in time."""
    return service.explain_price(ctx, offer_id, **data)


@api.post("/offers/<offer_id>/explanation/judgement")
@requires("tender.publish")
@unit_of_work
@api.arguments(ExplanationJudgementIn)
@api.response(200, ExplanationOut)
def judge_explanation(ctx: Ctx, data: dict[str, Any], offer_id: str) -> Explanation:
    """Accept or refuse an explanation, with a published reason."""
    return service.judge_explanation(ctx, offer_id, **data)


@api.post("/offers/<offer_id>/choice")
@requires("tender.publish")
@unit_of_work
@api.arguments(TenderReasonIn)
@api.response(200, OfferOut)
def name_offer(ctx: Ctx, data: dict[str, Any], offer_id: str) -> Offer:
    """Name the offer that the buyer of an inquiry chose by comparing, with a published reason."""
    return service.name_offer(ctx, offer_id, **data)


@api.post("/tenders/<tender_id>/declaration")
@requires("tender.score")
@unit_of_work
@api.arguments(ConflictIn)
@api.response(200, AssessorOut)
def declare(ctx: Ctx, data: dict[str, Any], tender_id: str) -> Assessor:
    """An assessor declares a conflict of interest, or that there is none."""
    return service.declare(ctx, tender_id, **data)


@api.post("/tenders/<tender_id>/points")
@requires("tender.score")
@unit_of_work
@api.arguments(PointsIn)
@api.response(201, AssessorOut)
def give_points(ctx: Ctx, data: dict[str, Any], tender_id: str) -> Assessor:
    """An assessor scores every valid offer at once and for good."""
    return service.give_points(ctx, tender_id, **data)


@api.post("/tenders/<tender_id>/assessors/<assessor_id>/replacement")
@requires("tender.publish")
@unit_of_work
@api.arguments(ReplacementIn)
@api.response(201, AssessorOut)
def replace_assessor(ctx: Ctx, data: dict[str, Any], tender_id: str, assessor_id: str) -> Assessor:
    """The buyer gives the seat of an assessor that has not finished to somebody else."""
    return service.replace_assessor(ctx, tender_id, assessor_id, **data)
