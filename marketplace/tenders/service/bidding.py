"""Bidding: one sealed envelope per agency and tender, changed or withdrawn until closing."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    BindParameter,
    CursorResult,
    Executable,
    Integer,
    String,
    Table,
    and_,
    bindparam,
    exists,
    func,
    insert,
    select,
    update,
)

from marketplace.kernel.base import Instant
from marketplace.kernel.context import Ctx, lock_key
from marketplace.kernel.errors import DomainError, NotPermitted
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
from marketplace.tenders.queries import changes
from marketplace.tenders.rules import changing
from marketplace.tenders.service import envelopes
from marketplace.tenders.service.quoting import price_of
from marketplace.tenders.service.steps import lock_name, receipt, subject_of

BIDS, TENDERS = cast("Table", Bid.__table__), cast("Table", Tender.__table__)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The agency's bid that is there already, withdrawn or not."""

    id: str
    digest: str
    withdrawn_at: datetime | None
    version: int
    notice_version: int


# Built once: everything below is asked for every bid, ten thousand times in the last minute.
_BID = tuple(BIDS.c[field.name].label(f"bid_{field.name}") for field in fields(Earlier))
_tender: BindParameter[str] = bindparam("tender", type_=String(32))
_own = and_(BIDS.c.tender_id == TENDERS.c.id, BIDS.c.bidder_index == bindparam("bidder"))
_LOOK = select(TENDERS, *_BID).select_from(TENDERS.outerjoin(BIDS, _own)).where(TENDERS.c.id == _tender)
_LOCK_AND_LOOK = _LOOK.add_columns(func.pg_advisory_xact_lock_shared(bindparam("lock", type_=BigInteger)))
# Guard and stamp are one instant: `received` is what the row says and what is compared with the closing.
_while_open = exists(
    select(TENDERS.c.id).where(
        TENDERS.c.id == _tender,
        TENDERS.c.stage == "open",
        TENDERS.c.notice_version == bindparam("seen", type_=Integer),
        TENDERS.c.closes_at > bindparam("received", type_=Instant),
    )
)
_SEALED = ("id", "bidder_index", "envelope", "digest", "placed_at", "version", "notice_version")
_INSERT = insert(BIDS).from_select(
    ["tender_id", *_SEALED],
    select(_tender, *(bindparam(name, type_=BIDS.c[name].type) for name in _SEALED)).where(_while_open),
)


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
    notice, earlier = _look(ctx, tender_id, agency_id)
    _require_open(ctx, notice)
    if notice_version != notice.notice_version:
        raise NoticeChanged(number=notice.number, version=notice.notice_version)
    if bars := queries.eligibility(ctx, notice, agency_id):
        raise NotEligible(bar=bars[0])
    price = price_of(notice, price_fen, rate_bp)
    inside = {"price_fen": price, "rate_bp": rate_bp, "days": days, "lead": lead, "note": note}
    envelope = envelopes.seal(notice, {"tender_id": notice.id, "agency_id": agency_id, **inside})
    digest = rules.digest_of(envelope)
    sealed = {"envelope": envelope, "digest": digest, "notice_version": notice_version}
    if earlier is None:
        _insert(ctx, notice, agency_id, replaces, sealed)
    else:
        _exchange(ctx, notice, earlier, replaces, sealed)
    subject = subject_of(notice)
    event = BidPlaced(subject, digest) if replaces is None else BidReplaced(subject, digest, replaces)
    return receipt(ctx, notice, ctx.record(event, at=ctx.received_at), digest)


def withdraw_bid(ctx: Ctx, tender_id: str, *, digest: str | None = None) -> Receipt:
    """Take the agency's own bid back unopened; the envelope is destroyed. digest: of the bid meant, or None for any.

    Raises TenderNotOpen, BidNotFound, BidChanged, NotPermitted.
    """
    ctx.require("bid.withdraw")
    notice, mine = _look(ctx, tender_id, acting_agency(ctx))
    _require_open(ctx, notice)
    if mine is None or mine.withdrawn_at is not None:
        raise BidNotFound
    if digest not in {None, mine.digest}:
        raise BidChanged
    _update(ctx, notice, mine, {"envelope": "", "withdrawn_at": ctx.received_at})
    event = BidWithdrawn(subject_of(notice), mine.digest)
    return receipt(ctx, notice, ctx.record(event, at=ctx.received_at), mine.digest)


def confirm_bid(ctx: Ctx, tender_id: str, *, notice_version: int, digest: str | None = None) -> Receipt:
    """Let one's sealed bid count, unopened, for the notice as it is now.

    notice_version: of the notice that was read. digest: of the bid meant, or None for any. Raises TenderNotOpen,
    NoticeChanged, BidNotFound, BidChanged, NothingToConfirm, BidInvalidated, NotEligible, NotPermitted.
    """
    ctx.require("bid.place")
    agency_id = acting_agency(ctx)
    notice, mine = _look(ctx, tender_id, agency_id)
    _require_open(ctx, notice)
    if notice_version != notice.notice_version:
        raise NoticeChanged(number=notice.number, version=notice.notice_version)
    if mine is None or mine.withdrawn_at is not None:
        raise BidNotFound
    if digest not in {None, mine.digest}:
        raise BidChanged
    worth = changes.standing(ctx, notice, mine.notice_version)
    if worth != changing.CONFIRM:
        raise NothingToConfirm if worth == "counts" else BidInvalidated
    if bars := queries.eligibility(ctx, notice, agency_id):
        raise NotEligible(bar=bars[0])
    _update(ctx, notice, mine, {"notice_version": notice_version})
    event = BidConfirmed(subject_of(notice), mine.digest, notice_version)
    return receipt(ctx, notice, ctx.record(event, at=ctx.received_at), mine.digest)


def my_bid(ctx: Ctx, tender_id: str) -> Bid | None:
    """The actor's own live bid, still sealed, or None. Raises NotPermitted for one who is no agency."""
    ctx.require("bid.place")
    return queries.my_bid(ctx, tender_id, acting_agency(ctx))


def acting_agency(ctx: Ctx) -> str:
    """The agency for which the actor acts. Raises NotPermitted."""
    if ctx.actor.organisation_id is None:
        raise NotPermitted(permission="bid.place")
    return ctx.actor.organisation_id


def _look(ctx: Ctx, tender_id: str, agency_id: str) -> tuple[Tender, Earlier | None]:
    """Take the lock that bids share, and read the notice and the agency's earlier bid, in one journey.

    What is read may be older than the lock, for which it may have waited: it is good for refusals, and what is written
    asks the notice again (`_while_open`). Raises TenderNotFound.
    """
    postgresql = ctx.session.get_bind().dialect.name == "postgresql"
    known: dict[str, str | int] = {"tender": tender_id, "bidder": queries.bidder_index(ctx, tender_id, agency_id)}
    if postgresql:
        known["lock"] = lock_key(lock_name(tender_id))
    row = ctx.session.connection().execute(_LOCK_AND_LOOK if postgresql else _LOOK, known).one_or_none()
    if row is None or row.published_at is None:  # a draft is nobody's business but its buyer's
        raise TenderNotFound
    # A row has the attributes of a Tender and none of what makes loading one dear.
    return cast("Tender", row), Earlier(*row[len(TENDERS.c) :][: len(_BID)]) if row.bid_id else None


def _require_open(ctx: Ctx, notice: Tender) -> None:
    """Whether bids are taken, by the instant at which the request had arrived and not by when its turn came."""
    closes_at = notice.closes_at
    if not rules.STATES.allows(notice.stage, "bid") or closes_at is None or ctx.received_at >= closes_at:
        raise TenderNotOpen(number=notice.number)


def _insert(ctx: Ctx, notice: Tender, agency_id: str, replaces: str | None, sealed: Mapping[str, Any]) -> None:
    if replaces is not None:
        raise BidChanged
    index = queries.bidder_index(ctx, notice.id, agency_id)
    new = {"id": ctx.new_id(), "bidder_index": index, "placed_at": ctx.received_at, "version": 1, **sealed}
    # The unique index refuses the second of two bids at once.
    if _write(ctx, _INSERT, {**new, **_guard(ctx, notice)}) != 1:
        raise _what_changed(ctx, notice)


def _exchange(ctx: Ctx, notice: Tender, earlier: Earlier, replaces: str | None, sealed: Mapping[str, Any]) -> None:
    if earlier.withdrawn_at is None and replaces is None:
        raise BidAlreadyPlaced
    if replaces is not None and (earlier.withdrawn_at is not None or earlier.digest != replaces):
        raise BidChanged
    _update(ctx, notice, earlier, {**sealed, "placed_at": ctx.received_at, "withdrawn_at": None})


def _update(ctx: Ctx, notice: Tender, row: Earlier, values: Mapping[str, Any]) -> None:
    """Change the bid if it is still the version that was read: of two changes at once one is refused."""
    same = update(BIDS).where(BIDS.c.id == row.id, BIDS.c.version == row.version, _while_open)
    if _write(ctx, same.values(version=row.version + 1, **values), _guard(ctx, notice)) != 1:
        raise _what_changed(ctx, notice)


def _what_changed(ctx: Ctx, notice: Tender) -> DomainError:
    """Why nothing was written: the notice changed while the lock was waited for, or another request was quicker."""
    now = queries.fresh(ctx, notice.id)
    if now.notice_version != notice.notice_version:
        return NoticeChanged(number=now.number, version=now.notice_version)
    _require_open(ctx, now)
    return BidChanged()


def _guard(ctx: Ctx, notice: Tender) -> dict[str, Any]:
    return {"tender": notice.id, "seen": notice.notice_version, "received": ctx.received_at}


def _write(ctx: Ctx, statement: Executable, values: Mapping[str, Any]) -> int:
    kept = {"preserve_rowcount": True}  # for an INSERT nobody else asks how many
    done = ctx.session.connection().execute(statement, values, execution_options=kept)
    return cast("CursorResult[Any]", done).rowcount
