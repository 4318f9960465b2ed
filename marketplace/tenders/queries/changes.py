"""Reading versions of a notice, questions with their answers, what replaced what, and what one's own bid is worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries as rulebook
from marketplace.tenders.errors.changes import ClarificationNotFound
from marketplace.tenders.models import Amendment, Bid, Clarification, Tender
from marketplace.tenders.queries.eligibility import rules_for
from marketplace.tenders.rules import changing

LOOKED_BACK = 200


def amendments(ctx: Ctx, tender_id: str) -> list[Amendment]:
    """All changes of a notice, newest first."""
    wanted = select(Amendment).where(Amendment.tender_id == tender_id).order_by(Amendment.version.desc())
    return list(ctx.session.scalars(wanted))


def amendments_after(ctx: Ctx, tender_id: str, version: int) -> list[Amendment]:
    """The changes after a version, oldest first: what one has to read before one confirms."""
    wanted = select(Amendment).where(Amendment.tender_id == tender_id, Amendment.version > version)
    return list(ctx.session.scalars(wanted.order_by(Amendment.version)))


def clarification(ctx: Ctx, id: str) -> Clarification:
    """One question. Raises ClarificationNotFound."""
    found = ctx.session.get(Clarification, id, populate_existing=True)
    if found is None:
        raise ClarificationNotFound
    return found


def clarifications(ctx: Ctx, tender_id: str) -> list[Clarification]:
    """All questions of a tender with their answers, oldest first; who asked is not in them."""
    wanted = select(Clarification).where(Clarification.tender_id == tender_id).order_by(Clarification.id)
    return list(ctx.session.scalars(wanted))


def unanswered(buyer_id: str) -> Select[Clarification]:
    """Questions in a buyer's open tenders that wait for an answer; page by id."""
    open_ones = select(Tender.id).where(Tender.buyer_id == buyer_id, Tender.stage == "open")
    return select(Clarification).where(Clarification.answered_at.is_(None), Clarification.tender_id.in_(open_ones))


def clarify_until(ctx: Ctx, found: Tender) -> datetime | None:
    """Until when one may ask. Source: rulebook posting.clarify_until_workdays_before_close."""
    if found.closes_at is None:
        return None
    days = rules_for(ctx, found)["posting.clarify_until_workdays_before_close"]
    return rulebook.add_workdays(ctx, found.closes_at, -days)


def successor(ctx: Ctx, tender_id: str) -> Tender | None:
    """The tender that was begun in place of this one, a draft included."""
    return ctx.session.scalar(select(Tender).where(Tender.reposts_id == tender_id))


@dataclass(frozen=True, slots=True)
class Links:
    """The tender in whose place this one stands, and the one in its own place; published ones only."""

    before: Tender | None
    after: Tender | None


def links(ctx: Ctx, found: Tender) -> Links:
    """What a notice shows of earlier and later postings."""
    before = ctx.session.get(Tender, found.reposts_id) if found.reposts_id else None
    after = successor(ctx, found.id)
    return Links(before, after if after is not None and after.published_at is not None else None)


def standing(ctx: Ctx, found: Tender, version: int) -> str:
    """What a bid sealed for a version of the notice is worth under the notice as it is: counts, confirm or invalid."""
    if version >= found.counts_from:
        return "counts"
    void = select(func.max(Amendment.version)).where(
        Amendment.tender_id == found.id, Amendment.effect == changing.INVALIDATE
    )
    return changing.standing(version, found.counts_from, ctx.session.scalar(void) or 0)


@dataclass(frozen=True, slots=True)
class Uncounted:
    """One's own bid that stayed shut at the opening."""

    tender: Tender
    bid: Bid


def uncounted(ctx: Ctx, agency_id: str) -> list[Uncounted]:
    """The agency's own bids of amended tenders that were not confirmed and so were never opened, newest first."""
    ended = Tender.stage.not_in(["draft", "open"])
    changed = select(Tender).where(ended, Tender.counts_from > 1).order_by(Tender.id.desc()).limit(LOOKED_BACK)
    found: Sequence[Tender] = ctx.session.scalars(changed).all()
    indexes = {ctx.keys.index("bid", row.id, agency_id): row for row in found}
    wanted = select(Bid).where(Bid.bidder_index.in_(indexes), Bid.withdrawn_at.is_(None))
    bids = [(indexes[bid.bidder_index], bid) for bid in ctx.session.scalars(wanted)]
    return [Uncounted(row, bid) for row, bid in bids if bid.notice_version < row.counts_from]
