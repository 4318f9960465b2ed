"""择优评审: assessors declare that they have no conflict, give points for the plans, and are published afterwards."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from marketplace.identity import queries as identity
from marketplace.identity.rules import PERMISSIONS
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import NotPermitted
from marketplace.rulebook import queries as rulebook
from marketplace.selection import queries as selection
from marketplace.tenders import queries
from marketplace.tenders.errors import ReasonMissing
from marketplace.tenders.errors.weighing import (
    AssessorConflicted,
    AssessorDone,
    AssessorNotAsked,
    AssessorUnknown,
    ConflictNotDeclared,
    PointsUnfit,
)
from marketplace.tenders.events.weighing import AssessorRecused, AssessorReplaced
from marketplace.tenders.models import Assessor, Offer, Score, Tender
from marketplace.tenders.queries import asking
from marketplace.tenders.service.steps import fail, locked, locked_own, move, subject_of

DUE = "tender.score_due"
TOO_FEW_SCORES = "评审期限届满，完成评审的人员不足规定人数"
HIGHEST = 100
AT_WORK = ("asked", "declared")


def who_may_score(ctx: Ctx, username: str) -> tuple[str, str] | None:
    """Login id and name of somebody who holds the role of an assessor, or None."""
    login = identity.login_by_username(ctx, username)
    if login is None:
        return None
    held = identity.memberships(ctx, login.id)
    return (login.id, login.name) if any("tender.score" in PERMISSIONS[row.role] for row in held) else None


def seat(ctx: Ctx, tender: Tender, username: str) -> Assessor:
    """Give one assessor a seat. Raises AssessorUnknown, AssessorConflicted for somebody of a bidding agency."""
    who = who_may_score(ctx, username)
    if who is None:
        raise AssessorUnknown(field="assessors", username=username)
    login_id, name = who
    homes = identity.organisations_of(ctx, login_id)
    bidders = {offer.agency_id for offer in queries.offers(ctx, tender.id)}
    if any(home.id in bidders or home.kind == "agency" for home in homes):
        raise AssessorConflicted(field="assessors", name=name)
    row = Assessor(
        id=ctx.new_id(),
        tender_id=tender.id,
        login_id=login_id,
        name=name,
        organisation=homes[0].name,
        status="asked",
        conflict="",
    )
    ctx.session.add(row)
    ctx.session.flush()
    return row


def ask(ctx: Ctx, tender: Tender, valid: Sequence[Offer]) -> bool:
    """Let the assessors score where the method asks for it. Source: rulebook merit.score_workdays."""
    if selection.asks(ctx, tender.method) != "scores":
        return False
    move(tender, "ask_scores")
    days = queries.rules_for(ctx, tender)["merit.score_workdays"]
    tender.asked_until = rulebook.add_workdays(ctx, ctx.now, days)
    ctx.promise(DUE, tender.id, tender.asked_until)
    ctx.send("tender.scores_asked", {"tender_id": tender.id, "number": tender.number})
    return True


def declare(ctx: Ctx, tender_id: str, *, conflict: str = "") -> Assessor:
    """The assessor declares a conflict of interest, in words, or that there is none. With one the seat is given up.

    Raises AssessorNotAsked, AssessorDone, WrongState, NotPermitted.
    """
    tender, row = _mine(ctx, tender_id)
    if row.status not in AT_WORK:
        raise AssessorDone
    row.declared_at, row.conflict = ctx.now, conflict.strip()
    row.status = "recused" if row.conflict else "declared"
    ctx.session.flush()
    if row.conflict:
        ctx.record(AssessorRecused(subject_of(tender), tender.number, row.name, row.organisation))
        ctx.send("tender.assessor_recused", {"tender_id": tender.id, "number": tender.number})
    return row


def give_points(
    ctx: Ctx, tender_id: str, *, points: Mapping[str, int], comments: Mapping[str, str] | None = None
) -> Assessor:
    """Score every valid offer at once and for good. points: offer id → 0 to 100, whole points; comments likewise.

    Raises ConflictNotDeclared, PointsUnfit, AssessorDone, AssessorNotAsked, WrongState, NotPermitted.
    """
    tender, row = _mine(ctx, tender_id)
    if row.status == "asked":
        raise ConflictNotDeclared
    if row.status != "declared":
        raise AssessorDone
    wanted = {offer.id: offer.agency_name for offer in queries.offers(ctx, tender.id) if offer.status == "valid"}
    for id, name in wanted.items():
        if not 0 <= points.get(id, -1) <= HIGHEST:
            raise PointsUnfit(field=f"points-{id}", agency=name)
    said = comments or {}
    scores = [
        Score(id=ctx.new_id(), assessor_id=row.id, offer_id=id, points=points[id], comment=said.get(id, ""))
        for id in wanted
    ]
    ctx.session.add_all(scores)
    row.status, row.done_at = "done", ctx.now
    ctx.session.flush()
    ctx.promise("tender.award", tender.id, ctx.now)
    return row


def replace_assessor(ctx: Ctx, tender_id: str, assessor_id: str, *, username: str, reason: str) -> Assessor:
    """The buyer puts somebody else into the seat of an assessor that has not finished, with a published reason.

    Raises ReasonMissing, AssessorNotAsked, AssessorDone, AssessorUnknown, AssessorConflicted, WrongState, NotPermitted.
    """
    ctx.require("tender.publish")
    if not reason.strip():
        raise ReasonMissing(field="reason")
    tender = locked_own(ctx, tender_id)
    move(tender, "score")
    row = ctx.session.get(Assessor, assessor_id, populate_existing=True)
    if row is None or row.tender_id != tender.id:
        raise AssessorNotAsked
    if row.status in {"done", "replaced"}:
        raise AssessorDone
    made = seat(ctx, tender, username)
    row.status = "replaced"
    ctx.session.flush()
    ctx.record(AssessorReplaced(subject_of(tender), tender.number, row.name, reason))
    return made


def is_settled(ctx: Ctx, tender: Tender) -> bool:
    """Whether all seats have scored, or the time is up and enough have; with too few the tender fails.

    Source: rulebook merit.assessors_min.
    """
    seats = asking.assessors(ctx, tender.id)
    done = sum(row.status == "done" for row in seats)
    enough = done >= queries.rules_for(ctx, tender)["merit.assessors_min"]
    overdue = tender.asked_until is not None and ctx.now >= tender.asked_until
    if enough and (overdue or not any(row.status in AT_WORK for row in seats)):
        return True
    if overdue:
        fail(ctx, tender, TOO_FEW_SCORES)
    return False


def sheets(ctx: Ctx, tender: Tender) -> list[dict[str, Any]]:
    """What everybody who scored gave: {name, organisation, points: label → points}; published with the ranking."""
    labels = {offer.id: offer.label for offer in queries.offers(ctx, tender.id)}
    found: dict[str, dict[str, Any]] = {}
    for row, score in asking.scores(ctx, tender.id):
        sheet = found.setdefault(row.id, {"name": row.name, "organisation": row.organisation, "points": {}})
        sheet["points"][labels[score.offer_id]] = score.points
    return list(found.values())


def _mine(ctx: Ctx, tender_id: str) -> tuple[Tender, Assessor]:
    ctx.require("tender.score")
    if ctx.actor.login_id is None:
        raise NotPermitted(permission="tender.score")
    tender = locked(ctx, tender_id)
    wanted = select(Assessor).where(Assessor.tender_id == tender_id, Assessor.login_id == ctx.actor.login_id)
    row = ctx.session.scalar(wanted.execution_options(populate_existing=True))
    if row is None:
        raise AssessorNotAsked
    move(tender, "score")
    return tender, row
