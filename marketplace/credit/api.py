"""JSON door of credit."""

from typing import Any

from flask import request

from marketplace.agencies import queries as agencies
from marketplace.credit import appeals, imports, queries, service
from marketplace.credit.models import Appeal, Grade, Review, ScoreEntry
from marketplace.credit.schemas import (
    AppealDecisionIn,
    AppealIn,
    AppealOut,
    AppealsOut,
    BlockIn,
    FeedFiles,
    FeedForm,
    FeedReportOut,
    GradesOut,
    IncidentIn,
    ReplyIn,
    ReviewIn,
    ReviewOut,
    ReviewsOut,
    ScoreEntriesOut,
    ScoreEntryOut,
)
from marketplace.kernel.context import Ctx
from marketplace.web.doors import api_door, public, requires, unit_of_work
from marketplace.web.paging import Page, page_of

api = api_door("credit", __name__)


def _after() -> str | None:
    return request.args.get("after")


@api.get("/agencies/<uscc>/reviews")
@public
@unit_of_work
@api.response(200, ReviewsOut)
def list_reviews(ctx: Ctx, uscc: str) -> Page[Review]:
    """Reviews of an agency, newest first."""
    wanted = queries.ratings(agencies.by_uscc(ctx, uscc).id)
    return page_of(ctx.session, wanted, key=(Review.id,), descending=True, cursor=_after())


@api.get("/agencies/<uscc>/grades")
@public
@unit_of_work
@api.response(200, GradesOut)
def list_grades(ctx: Ctx, uscc: str) -> Page[Grade]:
    """The history of an agency's grades with every point explained, newest first."""
    wanted = queries.grades(agencies.by_uscc(ctx, uscc).id)
    return page_of(ctx.session, wanted, key=(Grade.seq,), descending=True, cursor=_after())


@api.get("/agencies/<uscc>/score-entries")
@public
@unit_of_work
@api.response(200, ScoreEntriesOut)
def list_entries(ctx: Ctx, uscc: str) -> Page[ScoreEntry]:
    """Decided facts about an agency, newest first."""
    wanted = queries.entries(agencies.by_uscc(ctx, uscc).id)
    return page_of(ctx.session, wanted, key=(ScoreEntry.id,), descending=True, cursor=_after())


@api.post("/agencies/<uscc>/score-entries")
@requires("credit.write")
@unit_of_work
@api.arguments(IncidentIn)
@api.response(201, ScoreEntryOut)
def record_incident(ctx: Ctx, data: dict[str, Any], uscc: str) -> ScoreEntry:
    """Record a decided fact; the same fact counts once."""
    return service.record_incident(ctx, agency_id=agencies.by_uscc(ctx, uscc).id, **data)


@api.post("/contracts/<contract_id>/review")
@requires("review.write")
@unit_of_work
@api.arguments(ReviewIn)
@api.response(201, ReviewOut)
def write_review(ctx: Ctx, data: dict[str, Any], contract_id: str) -> Review:
    """Rate finished work, once."""
    return service.review(ctx, contract_id, **data)


@api.post("/reviews/<review_id>/reply")
@requires("review.reply")
@unit_of_work
@api.arguments(ReplyIn)
@api.response(200, ReviewOut)
def reply(ctx: Ctx, data: dict[str, Any], review_id: str) -> Review:
    """Answer a review, once."""
    return service.reply(ctx, review_id, **data)


@api.post("/reviews/<review_id>/block")
@requires("credit.write")
@unit_of_work
@api.arguments(BlockIn)
@api.response(200, ReviewOut)
def block(ctx: Ctx, data: dict[str, Any], review_id: str) -> Review:
    """Take the words of a review off the pages for a listed reason; the marks still count."""
    return service.block(ctx, review_id, **data)


@api.post("/reviews/<review_id>/appeal")
@requires("review.reply")
@unit_of_work
@api.arguments(AppealIn)
@api.response(201, AppealOut)
def appeal_review(ctx: Ctx, data: dict[str, Any], review_id: str) -> Appeal:
    """Contest a review."""
    return appeals.appeal_review(ctx, review_id, **data)


@api.post("/score-entries/<entry_id>/appeal")
@requires("review.reply")
@unit_of_work
@api.arguments(AppealIn)
@api.response(201, AppealOut)
def appeal_entry(ctx: Ctx, data: dict[str, Any], entry_id: str) -> Appeal:
    """Contest a decided fact."""
    return appeals.appeal_entry(ctx, entry_id, **data)


@api.get("/credit-appeals")
@requires("credit.read")
@unit_of_work
@api.response(200, AppealsOut)
def list_appeals(ctx: Ctx) -> Page[Appeal]:
    """Appeals that wait for a decision, the most urgent first."""
    return page_of(ctx.session, queries.open_appeals(), key=(Appeal.due_at, Appeal.id), cursor=_after())


@api.post("/credit-appeals/<appeal_id>/decision")
@requires("credit.write")
@unit_of_work
@api.arguments(AppealDecisionIn)
@api.response(200, AppealOut)
def decide_appeal(ctx: Ctx, data: dict[str, Any], appeal_id: str) -> Appeal:
    """Decide an appeal."""
    return appeals.decide_appeal(ctx, appeal_id, **data)


@api.post("/credit-feeds/<feed>/imports")
@requires("credit.write")
@unit_of_work
@api.arguments(FeedFiles, location="files")
@api.arguments(FeedForm, location="form")
@api.response(200, FeedReportOut)
def import_feed(ctx: Ctx, files: dict[str, Any], data: dict[str, Any], feed: str) -> imports.ImportReport:
    """Enter records of an outside source (multipart/form-data); by default only tried."""
    return imports.import_feed(ctx, feed=feed, content=files["file"].read(), **data)
