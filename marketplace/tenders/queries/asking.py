"""Reading what methods need: past direct awards, explanations, assessors, invitations, the ranking record."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from marketplace.audit import queries as audit
from marketplace.kernel.context import Ctx
from marketplace.kernel.deadlines import Deadline
from marketplace.kernel.events import EventRow
from marketplace.selection.errors import RankingNotFound
from marketplace.tenders.events.weighing import InviteesDrawn, OfferNamed, RankingPublished
from marketplace.tenders.models import Assessor, Explanation, Invitation, Score, Tender
from marketplace.tenders.queries import openings

# A tender that came to nothing is nobody's direct award.
ENDED_IN_NOTHING = ("failed", "cancelled")


def direct_history(ctx: Ctx, found: Tender, since: datetime) -> list[Tender]:
    """Direct selections that the tender's buyer has published since an instant, without the tender itself."""
    wanted = select(Tender).where(
        Tender.buyer_id == found.buyer_id,
        Tender.method == "direct",
        Tender.published_at >= since,
        Tender.id != found.id,
        Tender.stage.not_in(ENDED_IN_NOTHING),
    )
    return list(ctx.session.scalars(wanted.order_by(Tender.published_at, Tender.id)))


def explanations(ctx: Ctx, tender_id: str) -> list[Explanation]:
    """Explanations of low quotes that were asked for, in the order of asking."""
    wanted = select(Explanation).where(Explanation.tender_id == tender_id).order_by(Explanation.id)
    return list(ctx.session.scalars(wanted.execution_options(populate_existing=True)))


def explanations_owed(agency_id: str) -> Select[Explanation]:
    """Explanations that an agency has not given yet, the soonest due first."""
    owed = select(Explanation).where(Explanation.agency_id == agency_id, Explanation.status == "asked")
    return owed.order_by(Explanation.due_at, Explanation.id)


def explanation(ctx: Ctx, offer_id: str) -> Explanation | None:
    """The explanation that was asked of one offer, or None."""
    return ctx.session.scalar(select(Explanation).where(Explanation.offer_id == offer_id))


def assessors(ctx: Ctx, tender_id: str) -> list[Assessor]:
    """Everybody who was asked to score, those replaced included; not public before the ranking."""
    wanted = select(Assessor).where(Assessor.tender_id == tender_id).order_by(Assessor.id)
    return list(ctx.session.scalars(wanted.execution_options(populate_existing=True)))


def scores(ctx: Ctx, tender_id: str) -> list[tuple[Assessor, Score]]:
    """All scores of a tender with who gave them; not public before the ranking."""
    joined = select(Assessor, Score).join(Score, Score.assessor_id == Assessor.id)
    rows = ctx.session.execute(joined.where(Assessor.tender_id == tender_id).order_by(Assessor.id, Score.offer_id))
    return [(row.Assessor, row.Score) for row in rows]


def invitations(ctx: Ctx, found: Tender) -> list[Invitation]:
    """Who is invited to an inquiry, the named first; empty for other methods. Not public before the opening."""
    if not found.invite_draw:
        return []
    wanted = select(Invitation).where(Invitation.tender_id == found.id)
    return list(ctx.session.scalars(wanted.order_by(Invitation.drawn, Invitation.id)))


def invitations_owed(ctx: Ctx, kind: str, keepers: Iterable[str]) -> list[Tender]:
    """Open inquiries whose invited are still to be drawn and for which one of these keepers has not revealed its seed.

    kind: of the deadline that was promised for the draw.
    """
    waiting = select(Deadline.subject).where(Deadline.kind == kind, Deadline.done_at.is_(None))
    wanted = select(Tender).where(Tender.id.in_(waiting), Tender.stage == "open").order_by(Tender.closes_at, Tender.id)
    mine = set(keepers)
    return [
        row
        for row in ctx.session.scalars(wanted)
        if any(keeper in mine and "seed" not in kept for keeper, kept in row.invite_draw.items())
    ]


def _said(ctx: Ctx, found: Tender, type_: str) -> dict[str, Any] | None:
    """What the newest event of a type of this tender says."""
    wanted = select(EventRow.body).where(EventRow.subject == f"tender/{found.id}", EventRow.type == type_)
    body = ctx.session.scalar(wanted.order_by(EventRow.id.desc()).limit(1))
    return None if body is None else json.loads(body)["data"]


def _logged(ctx: Ctx, found: Tender, type_: str) -> dict[str, Any] | None:
    """The record that the newest event of a type of this tender carries."""
    said = _said(ctx, found, type_)
    return None if said is None else said["record"]


def named(ctx: Ctx, found: Tender) -> dict[str, Any] | None:
    """Whom the buyer of an inquiry chose by comparing, and why: {agency, reason}; None for other methods."""
    return _said(ctx, found, OfferNamed.type) if found.invite_draw else None


def ranking_record(ctx: Ctx, found: Tender) -> dict[str, Any]:
    """The published ranking record of a tender, exactly as it stands in the event log. Raises RankingNotFound."""
    record = _logged(ctx, found, RankingPublished.type)
    if record is None:
        raise RankingNotFound(number=found.number)
    return record


def invitation_draw(ctx: Ctx, found: Tender) -> dict[str, Any] | None:
    """The record of the draw of the invited, once the bids are open; None before, and where nobody was drawn."""
    return None if found.opened_at is None else _logged(ctx, found, InviteesDrawn.type)


def proofs(ctx: Ctx, found: Tender) -> dict[str, Any]:
    """All that a stranger needs to check how a tender was decided, in one document: minutes, ranking, newest head.

    What does not exist yet is left out. Raises NotOpened before the opening.
    """
    known = openings.minutes(ctx, found.id)
    parts: dict[str, Any] = {
        "minutes": {name: known[name] for name in ("minutes", "offers", "public_key", "signature")}
    }
    if (record := _logged(ctx, found, RankingPublished.type)) is not None:
        parts["ranking"] = record
    if (head := audit.latest_head(ctx)) is not None:
        parts["head"] = audit.head_document(head)
    return parts


def published_sheets(ctx: Ctx, found: Tender) -> list[dict[str, Any]]:
    """What each assessor gave, by name, once the ranking is published: {name, organisation, points by label}."""
    if not found.assessors:
        return []
    record = _logged(ctx, found, RankingPublished.type)
    return [] if record is None else list(record["assessors"])


def published_recusals(ctx: Ctx, found: Tender) -> list[Assessor]:
    """The assessors that gave up their seats over a conflict of interest, once the ranking is published."""
    if not found.assessors or _said(ctx, found, RankingPublished.type) is None:
        return []
    return [row for row in assessors(ctx, found.id) if row.conflict]


def seats_of(ctx: Ctx, login_id: str) -> list[tuple[Assessor, Tender]]:
    """The seats of one assessor with their tenders, newest first; those replaced are left out."""
    joined = select(Assessor, Tender).join(Tender, Tender.id == Assessor.tender_id)
    mine = joined.where(Assessor.login_id == login_id, Assessor.status != "replaced", Tender.opened_at.is_not(None))
    return [(row.Assessor, row.Tender) for row in ctx.session.execute(mine.order_by(Assessor.id.desc()).limit(200))]
