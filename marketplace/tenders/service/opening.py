"""Opening: the market closes a tender by itself, opens every envelope and publishes what was in it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from nacl.public import PrivateKey, SealedBox
from sqlalchemy import func, select

from marketplace.agencies import queries as agencies
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import KeyNotHeld
from marketplace.rulebook import queries as rulebook
from marketplace.rulebook.rules import Rules
from marketplace.selection import queries as selection
from marketplace.selection.errors import PoolIsFrozen
from marketplace.selection.quotes import half_up
from marketplace.selection.rules import label_of
from marketplace.tenders import queries, rules
from marketplace.tenders.errors import AlreadyExcluded, ReasonMissing, TenderStillOpen
from marketplace.tenders.events import ShareHandedIn, SharesAwaited, TenderExtended
from marketplace.tenders.models import Bid, Exclusion, Offer, Tender
from marketplace.tenders.queries import openings
from marketplace.tenders.service import envelopes
from marketplace.tenders.service.amending import note_uncounted
from marketplace.tenders.service.choosing import propose
from marketplace.tenders.service.revealing import reveal
from marketplace.tenders.service.sifting import FULL_CREDIT, exclude, refusals
from marketplace.tenders.service.steps import fail, locked_many, locked_own, move, subject_of

TOO_FEW = "有效报名不足规定家数"


def close(ctx: Ctx, tender_id: str) -> Tender:
    """Close a tender whose time has come: extend once, fail, or open and award. Already closed: nothing happens.

    Where fewer keepers than needed hand in their shares by themselves, it waits for the others, shut.
    Raises TenderStillOpen before its time.
    Source: rulebook selection.min_bidders, selection.below_min_first, selection.below_min_second.
    """
    return close_many(ctx, [tender_id])[0]


def close_many(ctx: Ctx, tender_ids: Iterable[str]) -> list[Tender]:
    """Close several tenders in one unit of work; each as `close` does, under locks that are taken first."""
    tenders = locked_many(ctx, tender_ids)
    due = [tender for tender in tenders if tender.stage == "open" and tender.closes_at is not None]
    early = next((one for one in due if ctx.now < drained_at(one, queries.rules_for(ctx, one))), None)
    if early is not None:
        raise TenderStillOpen(number=early.number)
    for tender in due:
        _close(ctx, tender)
    return tenders


def _close(ctx: Ctx, tender: Tender) -> None:
    book = queries.rules_for(ctx, tender)
    bids = ctx.session.scalar(select(func.count()).select_from(Bid).where(*queries.counting(tender))) or 0
    key = f"selection.min_bidders.{tender.method}"
    minimum = book[key] if key in book else 1  # noqa: SIM401 - a rule set is no dict; another method needs one bid
    if bids < minimum and book["selection.below_min_first"] == "extend" and _extend(ctx, tender, book):
        return
    if not rules.may_proceed(bids, minimum, book["selection.below_min_second"]):
        fail(ctx, tender, TOO_FEW)
        return
    move(tender, "close")
    ctx.release("tender.close", tender.id)
    if not open_closed(ctx, tender):
        _await_shares(ctx, tender, book)


def drained_at(tender: Tender, book: Rules) -> datetime:
    """When the last bid that arrived in time has left the line, and the tender may be closed.

    Source: rulebook opening.drain_seconds.
    """
    assert tender.closes_at is not None
    return tender.closes_at + timedelta(seconds=book["opening.drain_seconds"])


def open_closed(ctx: Ctx, tender: Tender) -> bool:
    """Open a closed tender and award it when enough keepers have handed in; False while they have not.

    The caller holds the lock. Where the seeds of a draw are kept elsewhere, that process awards next.
    """
    box = envelopes.opener(ctx, tender, envelopes.gather(ctx, tender))
    if box is None:
        return False
    _open(ctx, tender, box)
    if not selection.is_live(ctx, tender.method):
        reveal(ctx, tender)
    if not tender.screening:
        try:
            propose(ctx, tender)
        except KeyNotHeld:
            ctx.promise("tender.award", tender.id, ctx.now)
    return True


def exclude_offer(ctx: Ctx, offer_id: str, *, reason: str) -> Exclusion:
    """Exclude an opened bid before the award, with a published reason; for tenders that are screened.

    Raises OfferNotFound, TenderNotFound, WrongState, ReasonMissing, AlreadyExcluded, PoolIsFrozen, NotPermitted.
    """
    ctx.require("tender.publish")
    if not reason.strip():
        raise ReasonMissing(field="reason")
    tender = locked_own(ctx, queries.offer(ctx, offer_id).tender_id)
    move(tender, "exclude")
    if selection.pool_or_none(ctx, tender.number) is not None:
        raise PoolIsFrozen
    offer = ctx.session.get_one(Offer, offer_id, populate_existing=True)
    if offer.status != "valid":
        raise AlreadyExcluded
    return exclude(ctx, tender, offer, "screening", reason)


def _extend(ctx: Ctx, tender: Tender, book: Any) -> bool:
    """Prolong sign-up; envelopes stay sealed and nobody learns how many there are."""
    assert tender.closes_at is not None
    if tender.extensions >= book["selection.extend_times"]:
        return False
    days = book["selection.extend_workdays"]
    until = rulebook.add_workdays(ctx, tender.closes_at, days)
    if until <= ctx.now:  # the worker was away for days: bidders get the whole extension all the same
        until = rulebook.add_workdays(ctx, ctx.now, days)
    move(tender, "extend")
    tender.closes_at, tender.extensions = until, tender.extensions + 1
    ctx.promise("tender.close", tender.id, until)
    ctx.record(TenderExtended(subject_of(tender), tender.number, until.isoformat()))
    ctx.send("tender.extended", {"tender_id": tender.id, "number": tender.number, "closes_at": until.isoformat()})
    return True


def _await_shares(ctx: Ctx, tender: Tender, book: Any) -> None:
    """Say who is waited for and until when. Source: rulebook opening.share_minutes, opening.void_workdays."""
    due_at = ctx.now + timedelta(minutes=book["opening.share_minutes"])
    void_at = rulebook.add_workdays(ctx, ctx.now, book["opening.void_workdays"])
    ctx.promise("tender.shares_due", tender.id, due_at)
    ctx.promise("tender.shares_void", tender.id, void_at)
    shares = openings.shares(ctx, tender.id)
    for row in shares:
        if row.share is not None:
            ctx.record(ShareHandedIn(subject_of(tender), tender.number, row.keeper, row.digest))
    keepers = [row.keeper for row in shares if row.share is None]
    facts = (tender.number, keepers, tender.threshold, due_at.isoformat(), void_at.isoformat())
    ctx.record(SharesAwaited(subject_of(tender), *facts))
    ctx.send("tender.shares_awaited", {"tender_id": tender.id, "number": tender.number, "keepers": keepers})


def _open(ctx: Ctx, tender: Tender, box: SealedBox[PrivateKey]) -> None:
    move(tender, "open")
    for kind in ("tender.shares_due", "tender.shares_void"):
        ctx.release(kind, tender.id)
    note_uncounted(ctx, tender)
    live = select(Bid).where(*queries.counting(tender)).order_by(Bid.digest)
    bids = list(ctx.session.scalars(live.execution_options(populate_existing=True)))
    offers = [_offer(ctx, tender, bid, envelopes.open_bid(ctx, box, tender, bid)) for bid in bids]
    ctx.session.add_all(offers)
    ctx.session.flush()
    for offer, found in refusals(ctx, tender, offers):
        exclude(ctx, tender, offer, *found)


def _credit(score_points: int | None) -> int:
    """Whole credit points within 0 and 100, halves up; a newcomer has them all. score_points: hundredths.

    Source: rulebook credit.initial.
    """
    return FULL_CREDIT if score_points is None else min(FULL_CREDIT, half_up(max(0, score_points), 100))


def _offer(ctx: Ctx, tender: Tender, bid: Bid, facts: dict[str, Any] | None) -> Offer:
    known: dict[str, Any] = {"agency_name": "", "uscc": "", "label": "", "lead": "", "note": ""}
    if facts is not None:
        firm = agencies.agency(ctx, facts["agency_id"])
        known = {name: facts[name] for name in ("agency_id", "price_fen", "rate_bp", "days", "lead", "note")}
        known |= {"agency_name": firm.name, "uscc": firm.uscc, "label": label_of(firm.uscc, tender.number)}
        known |= {"stars": None if firm.is_new else firm.stars, "credit": _credit(firm.score_points)}
    return Offer(
        id=ctx.new_id(),
        tender_id=tender.id,
        bid_id=bid.id,
        received_at=bid.placed_at,
        status="valid",
        named=False,
        reason="",
        **known,
    )
