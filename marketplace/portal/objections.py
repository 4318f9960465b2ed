"""What waits around objections: for the buyer's answer, for the regulator, for whoever got no answer."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, select

from marketplace.kernel.context import Ctx
from marketplace.portal.home import Line
from marketplace.tenders.models import Objection, Tender

LOOKED_AT = 9  # one more than a desk shows


def to_answer(ctx: Ctx) -> Iterable[Line]:
    """Objections that the actor's own organisation has to answer."""
    for row, tender in _pending(ctx, Tender.buyer_id == ctx.actor.organisation_id):
        yield Line(f"buyer/tenders/{tender.number}", tender.title, row.waits_until or row.reply_due_at, "期限")


def unanswered(ctx: Ctx) -> Iterable[Line]:
    """Objections whose time for an answer has passed without one."""
    for row, tender in _pending(ctx, Objection.silent_at.is_not(None)):
        yield Line(f"objections/{row.id}", f"{tender.number}　{tender.title}", row.waits_until, "期限")


def to_take_further(ctx: Ctx) -> Iterable[Line]:
    """The actor's own unanswered objections, while a complaint about them may be filed."""
    mine = Objection.agency_id == ctx.actor.organisation_id
    for row, tender in _pending(ctx, mine, Objection.waits_until > ctx.now, Objection.complaint == ""):
        yield Line(f"awards/{tender.number}", tender.title, row.waits_until, "期限")


def _pending(ctx: Ctx, *which: ColumnElement[bool]) -> list[tuple[Objection, Tender]]:
    joined = select(Objection, Tender).join(Tender, Tender.id == Objection.tender_id)
    wanted = joined.where(Objection.status == "pending", *which)
    wanted = wanted.order_by(Objection.reply_due_at, Objection.id).limit(LOOKED_AT)
    return [(row.Objection, row.Tender) for row in ctx.session.execute(wanted)]
