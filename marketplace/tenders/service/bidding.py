"""Bidding: one sealed envelope per agency and tender, changed or withdrawn until closing."""

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import BindParameter, Integer, String, Table, bindparam, exists, insert, select, update

from marketplace.kernel.base import Instant
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError, NotPermitted
from marketplace.kernel.events import Event, Recorded, Told, told
from marketplace.tenders import queries, rules
from marketplace.tenders.errors import (
    BidAlreadyPlaced,
    BidChanged,
    BidNotFound,
    NotEligible,
    TenderNotFound,
    TenderNotOpen,
)
from marketplace.tenders.errors.changes import BidInvalidated, NothingToConfirm, NoticeChanged
from marketplace.tenders.events import BidPlaced, BidReplaced, BidWithdrawn
from marketplace.tenders.events.changes import BidConfirmed
from marketplace.tenders.models import Bid, Receipt, Tender
from marketplace.tenders.queries import changes, placing
from marketplace.tenders.queries.placing import Earlier, Sight
from marketplace.tenders.rules import changing
from marketplace.tenders.service import envelopes
from marketplace.tenders.service.quoting import price_of
from marketplace.tenders.service.steps import lock_name, receipt, subject_of

BIDS, TENDERS = cast("Table", Bid.__table__), cast("Table", Tender.__table__)

# Built once: everything below is written for every bid, ten thousand times in the last minute.
_tender: BindParameter[str] = bindparam("tender", type_=String(32))
# Guard and stamp are one instant: `received` is what the row says and what is compared with the closing.
_received = bindparam("received", type_=Instant)
_while_open = exists(
    select(TENDERS.c.id).where(
        TENDERS.c.id == _tender,
        TENDERS.c.stage == "open",
        TENDERS.c.notice_version == bindparam("seen", type_=Integer),
        TENDERS.c.closes_at > _received,
    )
)
_SEALED = ("id", "bidder_index", "envelope", "digest", "version", "notice_version")
_INSERT = insert(BIDS).from_select(
    ["tender_id", "placed_at", *_SEALED],
    select(_tender, _received, *(bindparam(name, type_=BIDS.c[name].type) for name in _SEALED)).where(_while_open),
)


def _change(*names: str, **fixed: Any) -> Told:
    """A change of one's bid if it is still the version that was read: of two changes at once one is refused."""
    same = (BIDS.c.id == bindparam("bid"), BIDS.c.version == bindparam("was", type_=Integer))
    values = {name: bindparam(f"set_{name}", type_=BIDS.c[name].type) for name in names}
    changed = update(BIDS).where(*same, _while_open).values(version=BIDS.c.version + 1, **values, **fixed)
    return told(changed, BIDS.c.id)


PLACE = told(_INSERT, BIDS.c.id)
_EXCHANGE = _change("envelope", "digest", "notice_version", placed_at=_received, withdrawn_at=None)
_WITHDRAW = _change(envelope="", withdrawn_at=_received, withdrawn=BIDS.c.withdrawn + BIDS.c.digest)
_CONFIRM = _change("notice_version")


def place_bid(
    ctx: Ctx,
    tender_id: str,
    *,
    price_fen: int | None = None,
    rate_bp: int | None = None,
    days: int,
    lead: str = "",
    note: str = "",
    replaces: str | None = None,
    notice_version: int = 1,
) -> Receipt:
    """Seal a bid of the actor's agency, or exchange the one whose digest is `replaces`.

    price_fen in fen, or rate_bp in basis points where the notice asks for a discount rate; days in working days;
    notice_version: of the notice that the bidder has read. Returns the signed receipt. Raises TenderNotOpen,
    NoticeChanged, NotEligible, PriceAboveCeiling, PriceBelowFloor, PriceNotFixed, PriceInvalid, RateWanted,
    RateNotWanted, RateOutside, BidAlreadyPlaced, BidChanged, NotPermitted.
    """
    ctx.require("bid.place")
    agency_id = acting_agency(ctx)
    sight = _look(ctx, tender_id, agency_id)
    notice, earlier = sight.notice, sight.earlier
    require_open(ctx, notice)
    _require_same(notice, notice_version)
    if bars := placing.bars(ctx, sight, agency_id):
        raise NotEligible(bar=bars[0])
    inside = {"price_fen": price_fen, "rate_bp": rate_bp, "days": days, "lead": lead, "note": note}
    sealed = in_envelope(notice, agency_id, inside)
    digest, subject = sealed["digest"], subject_of(notice)
    event = BidPlaced(subject, digest) if replaces is None else BidReplaced(subject, digest, replaces)
    if earlier is None:
        return receipt(ctx, notice, _insert(ctx, notice, agency_id, replaces, sealed, event))
    return receipt(ctx, notice, _exchange(ctx, notice, earlier, replaces, sealed, event))


def withdraw_bid(ctx: Ctx, tender_id: str, *, digest: str | None = None) -> Receipt:
    """Take the agency's own bid back unopened; the envelope is destroyed. digest: of the bid meant, or None for any.

    Raises TenderNotOpen, BidNotFound, BidChanged, NotPermitted.
    """
    ctx.require("bid.withdraw")
    sight = _look(ctx, tender_id, acting_agency(ctx))
    notice, mine = sight.notice, sight.earlier
    require_open(ctx, notice)
    if mine is None or mine.withdrawn_at is not None:
        raise BidNotFound
    if digest not in {None, mine.digest}:
        raise BidChanged
    event = BidWithdrawn(subject_of(notice), mine.digest)
    return receipt(ctx, notice, _update(ctx, notice, mine, _WITHDRAW, {}, event))


def confirm_bid(ctx: Ctx, tender_id: str, *, notice_version: int, digest: str | None = None) -> Receipt:
    """Let one's sealed bid count, unopened, for the notice as it is now.

    notice_version: of the notice that was read. digest: of the bid meant, or None for any. Raises TenderNotOpen,
    NoticeChanged, BidNotFound, BidChanged, NothingToConfirm, BidInvalidated, NotEligible, NotPermitted.
    """
    ctx.require("bid.place")
    agency_id = acting_agency(ctx)
    sight = _look(ctx, tender_id, agency_id)
    notice, mine = sight.notice, sight.earlier
    require_open(ctx, notice)
    _require_same(notice, notice_version)
    if mine is None or mine.withdrawn_at is not None:
        raise BidNotFound
    if digest not in {None, mine.digest}:
        raise BidChanged
    worth = changes.standing(ctx, notice, mine.notice_version)
    if worth != changing.CONFIRM:
        raise NothingToConfirm if worth == "counts" else BidInvalidated
    if bars := placing.bars(ctx, sight, agency_id):
        raise NotEligible(bar=bars[0])
    event = BidConfirmed(subject_of(notice), mine.digest, notice_version)
    fresh = {"set_notice_version": notice_version}
    return receipt(ctx, notice, _update(ctx, notice, mine, _CONFIRM, fresh, event))


def my_bid(ctx: Ctx, tender_id: str) -> Bid | None:
    """The actor's own live bid, still sealed, or None. Raises NotPermitted for one who is no agency."""
    ctx.require("bid.place")
    return queries.my_bid(ctx, tender_id, acting_agency(ctx))


def acting_agency(ctx: Ctx) -> str:
    """The agency for which the actor acts. Raises NotPermitted."""
    if ctx.actor.organisation_id is None:
        raise NotPermitted(permission="bid.place")
    return ctx.actor.organisation_id


def in_envelope(notice: Tender, agency_id: str, inside: Mapping[str, Any]) -> dict[str, Any]:
    """A bid sealed for the notice as it was read: the columns of its row. Raises what `price_of` refuses."""
    price = price_of(notice, inside["price_fen"], inside["rate_bp"])
    facts = {"tender_id": notice.id, "agency_id": agency_id, **inside, "price_fen": price}
    envelope = envelopes.seal(notice, facts)
    return {"envelope": envelope, "digest": rules.digest_of(envelope), "notice_version": notice.notice_version}


def _look(ctx: Ctx, tender_id: str, agency_id: str) -> Sight:
    """Take the lock that bids share, and see what a bid needs to know. Raises TenderNotFound."""
    index = queries.bidder_index(ctx, tender_id, agency_id)
    found = placing.look(ctx, tender_id, agency_id, index=index, lock=lock_name(tender_id))
    if found is None:
        raise TenderNotFound
    return found


def require_open(ctx: Ctx, notice: Tender) -> None:
    """Whether bids are taken, by the instant at which the request had arrived and not by when its turn came."""
    closes_at = notice.closes_at
    if not rules.STATES.allows(notice.stage, "bid") or closes_at is None or ctx.received_at >= closes_at:
        raise TenderNotOpen(number=notice.number)


def _require_same(notice: Tender, version: int) -> None:
    """Whether the bidder has read the notice as it is."""
    if version != notice.notice_version:
        raise NoticeChanged(number=notice.number, version=notice.notice_version)


def _insert(
    ctx: Ctx, notice: Tender, agency_id: str, replaces: str | None, sealed: Mapping[str, Any], event: Event
) -> Recorded:
    if replaces is not None:
        raise BidChanged
    index = queries.bidder_index(ctx, notice.id, agency_id)
    # The unique index refuses the second of two bids at once.
    return _write(ctx, notice, PLACE, {"id": ctx.new_id(), "bidder_index": index, "version": 1, **sealed}, event)


def _exchange(
    ctx: Ctx, notice: Tender, earlier: Earlier, replaces: str | None, sealed: Mapping[str, Any], event: Event
) -> Recorded:
    if earlier.withdrawn_at is None and replaces is None:
        raise BidAlreadyPlaced
    if replaces is not None and (earlier.withdrawn_at is not None or earlier.digest != replaces):
        raise BidChanged
    fresh = {f"set_{name}": value for name, value in sealed.items()}
    return _update(ctx, notice, earlier, _EXCHANGE, fresh, event)


def _update(ctx: Ctx, notice: Tender, row: Earlier, change: Told, values: Mapping[str, Any], event: Event) -> Recorded:
    return _write(ctx, notice, change, {"bid": row.id, "was": row.version, **values}, event)


def _write(ctx: Ctx, notice: Tender, change: Told, values: Mapping[str, Any], event: Event) -> Recorded:
    """Write a bid and its event while the notice is what was read. Raises NoticeChanged, TenderNotOpen, BidChanged."""
    done = ctx.record_with(change, {**values, **guard(ctx, notice)}, event, at=ctx.received_at)
    if done is None:
        raise _what_changed(ctx, notice)
    return done


def guard(ctx: Ctx, notice: Tender) -> dict[str, Any]:
    """What a bid is written under: the notice that was read, and the one instant of guard and stamp."""
    return {"tender": notice.id, "seen": notice.notice_version, "received": ctx.received_at}


def _what_changed(ctx: Ctx, notice: Tender) -> DomainError:
    """Why nothing was written: the notice changed while the lock was waited for, or another request was quicker."""
    now = queries.fresh(ctx, notice.id)
    if now.notice_version != notice.notice_version:
        return NoticeChanged(number=now.number, version=now.notice_version)
    require_open(ctx, now)
    return BidChanged()
