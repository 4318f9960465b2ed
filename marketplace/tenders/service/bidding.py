"""Bidding: one sealed envelope per agency and tender, changed or withdrawn until closing."""

from typing import Any, cast

from sqlalchemy import CursorResult, select, update

from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import NotPermitted
from marketplace.kernel.money import yuan
from marketplace.tenders import queries, rules
from marketplace.tenders.errors import (
    BidAlreadyPlaced,
    BidChanged,
    BidNotFound,
    NotEligible,
    PriceAboveCeiling,
    PriceInvalid,
    PriceNotFixed,
    TenderNotFound,
    TenderNotOpen,
)
from marketplace.tenders.errors.changes import NoticeChanged
from marketplace.tenders.errors.live import PriceBelowFloor
from marketplace.tenders.events import BidPlaced, BidReplaced, BidWithdrawn
from marketplace.tenders.models import Bid, Receipt, Tender
from marketplace.tenders.service import envelopes
from marketplace.tenders.service.steps import lock_name, receipt, subject_of


def place_bid(
    ctx: Ctx,
    tender_id: str,
    *,
    price_fen: int,
    days: int,
    lead: str = "",
    note: str = "",
    replaces: str | None = None,
    notice_version: int = 1,
) -> Receipt:
    """Seal a bid of the actor's agency, or exchange the one whose digest is `replaces`.

    price_fen in fen, days in working days, notice_version: of the notice that the bidder has read. Returns the signed
    receipt. Raises TenderNotOpen, NoticeChanged, NotEligible, PriceAboveCeiling, PriceNotFixed, PriceInvalid,
    BidAlreadyPlaced, BidChanged, NotPermitted.
    """
    ctx.require("bid.place")
    agency_id = _agency(ctx)
    tender = _open_tender(ctx, tender_id)
    if notice_version != tender.notice_version:
        raise NoticeChanged(number=tender.number, version=tender.notice_version)
    if bars := queries.eligibility(ctx, tender, agency_id):
        raise NotEligible(bar=bars[0])
    _require_price(tender, price_fen)
    inside = {"price_fen": price_fen, "days": days, "lead": lead, "note": note}
    envelope = envelopes.seal(tender, {"tender_id": tender.id, "agency_id": agency_id, **inside})
    digest = rules.digest_of(envelope)
    earlier = _row(ctx, tender.id, agency_id)
    if earlier is None:
        if replaces is not None:
            raise BidChanged
        _insert(ctx, tender, agency_id, envelope, digest)
    else:
        _exchange(ctx, earlier, replaces, envelope=envelope, digest=digest, notice_version=notice_version)
    subject = subject_of(tender)
    event = BidPlaced(subject, digest) if replaces is None else BidReplaced(subject, digest, replaces)
    return receipt(ctx, tender, ctx.record(event), digest)


def withdraw_bid(ctx: Ctx, tender_id: str, *, digest: str | None = None) -> Receipt:
    """Take the agency's own bid back unopened; the envelope is destroyed. digest: of the bid meant, or None for any.

    Raises TenderNotOpen, BidNotFound, BidChanged, NotPermitted.
    """
    ctx.require("bid.withdraw")
    agency_id = _agency(ctx)
    tender = _open_tender(ctx, tender_id)
    mine = queries.my_bid(ctx, tender.id, agency_id)
    if mine is None:
        raise BidNotFound
    if digest not in {None, mine.digest}:
        raise BidChanged
    known = mine.digest
    _update(ctx, mine, envelope="", withdrawn_at=ctx.now)
    return receipt(ctx, tender, ctx.record(BidWithdrawn(subject_of(tender), known)), known)


def my_bid(ctx: Ctx, tender_id: str) -> Bid | None:
    """The actor's own live bid, still sealed, or None. Raises NotPermitted for one who is no agency."""
    ctx.require("bid.place")
    return queries.my_bid(ctx, tender_id, _agency(ctx))


def _agency(ctx: Ctx) -> str:
    if ctx.actor.organisation_id is None:
        raise NotPermitted(permission="bid.place")
    return ctx.actor.organisation_id


def _open_tender(ctx: Ctx, tender_id: str) -> Tender:
    """The tender, held against closing until commit.

    The stage is read after the lock: the closer changes it under the same lock, so a bid that waited is refused and a
    bid that was let in is seen by the closer. `ctx.now` alone would be stale by then.
    """
    ctx.lock(lock_name(tender_id), shared=True)
    tender = queries.fresh(ctx, tender_id)
    if tender.published_at is None:  # a draft is nobody's business but its buyer's
        raise TenderNotFound
    if not rules.STATES.allows(tender.stage, "bid") or tender.closes_at is None or ctx.now >= tender.closes_at:
        raise TenderNotOpen(number=tender.number)
    return tender


def _require_price(tender: Tender, price_fen: int) -> None:
    if price_fen <= 0:
        raise PriceInvalid(field="price_fen")
    if price_fen > tender.ceiling_fen:
        raise PriceAboveCeiling(field="price_fen", ceiling=yuan(tender.ceiling_fen))
    if tender.floor_fen is not None and price_fen < tender.floor_fen:
        raise PriceBelowFloor(field="price_fen", floor=yuan(tender.floor_fen))
    if tender.fixed_price_fen not in {None, price_fen}:
        raise PriceNotFixed(field="price_fen", price=yuan(tender.fixed_price_fen or 0))


def _row(ctx: Ctx, tender_id: str, agency_id: str) -> Bid | None:
    index = queries.bidder_index(ctx, tender_id, agency_id)
    wanted = select(Bid).where(Bid.tender_id == tender_id, Bid.bidder_index == index)
    return ctx.session.scalar(wanted.execution_options(populate_existing=True))


def _insert(ctx: Ctx, tender: Tender, agency_id: str, envelope: str, digest: str) -> None:
    ctx.session.add(
        Bid(
            id=ctx.new_id(),
            tender_id=tender.id,
            bidder_index=queries.bidder_index(ctx, tender.id, agency_id),
            envelope=envelope,
            digest=digest,
            placed_at=ctx.now,
            version=1,
            notice_version=tender.notice_version,
        )
    )
    ctx.session.flush()  # the unique index refuses the second of two bids at once


def _exchange(ctx: Ctx, earlier: Bid, replaces: str | None, **sealed: Any) -> None:
    if earlier.withdrawn_at is None and replaces is None:
        raise BidAlreadyPlaced
    if replaces is not None and (earlier.withdrawn_at is not None or earlier.digest != replaces):
        raise BidChanged
    _update(ctx, earlier, placed_at=ctx.now, withdrawn_at=None, **sealed)


def _update(ctx: Ctx, row: Bid, **values: Any) -> None:
    """Change the bid if it is still the version that was read: of two changes at once one is refused."""
    same = update(Bid).where(Bid.id == row.id, Bid.version == row.version)
    changed = ctx.session.execute(
        same.values(version=row.version + 1, **values).execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", changed).rowcount != 1:
        raise BidChanged
    ctx.session.expire(row)
